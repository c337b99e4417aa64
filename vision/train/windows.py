"""The detector's batches: windows on scenes, and what it should say of each."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.boxes import BASE_HIGH, BASE_WIDE, STRIDE
from vision.train.scene import HIGH, WIDE, Scene, Scenes

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

Windows = tuple[U8, F32, F32]
"""(n, h, w, 3) pictures, (n, 3, h/8, w/8) kinds and (n, 10, h/8, w/8) shapes: see `targets`."""
COUNT: Final = 20


def targets(scene: Scene) -> tuple[F32, F32]:
    """What the network should say of a scene.

    Returns (3, h, w): 1 plate, 0 background, -1 left out; whether corners are exact; whether the
    background is a photograph; and (10, h, w): sizes and corners, where there is a plate.
    """
    rows, columns = HIGH // STRIDE, WIDE // STRIDE
    kinds = np.zeros((3, rows, columns), np.float32)
    kinds[2] = float(scene.photograph)
    shapes = np.zeros((10, rows, columns), np.float32)
    xs = np.arange(columns, dtype=np.float32) * STRIDE + STRIDE / 2
    ys = np.arange(rows, dtype=np.float32) * STRIDE + STRIDE / 2
    for quad in (*scene.unsure, *(one.corners for one in scene.plates)):
        low, top = quad.min(axis=0) - 3, quad.max(axis=0) + 3
        kinds[0][np.ix_((ys > low[1]) & (ys < top[1]), (xs > low[0]) & (xs < top[0]))] = -1
    for one in scene.plates:
        low, top = one.corners.min(axis=0), one.corners.max(axis=0)
        wide, high = np.maximum(top - low, 2)
        middle = (low + top) / 2
        near_x = np.abs(xs - middle[0]) <= max(STRIDE / 2, 0.14 * wide)
        near_y = np.abs(ys - middle[1]) <= max(STRIDE / 2, 0.14 * high)
        where = np.ix_(near_y, near_x)
        kinds[0][where] = 1
        kinds[1][where] = float(one.exact)
        shapes[0][where] = np.log(wide / BASE_WIDE)
        shapes[1][where] = np.log(high / BASE_HIGH)
        for corner in range(4):
            x, y = one.corners[corner]
            shapes[2 + 2 * corner][where] = np.broadcast_to(
                (x - xs[near_x]) / wide, kinds[0][where].shape
            )
            shapes[3 + 2 * corner][where] = np.broadcast_to(
                ((y - ys[near_y]) / high)[:, None], kinds[0][where].shape
            )
    return kinds, shapes


def drawn(seed: int, *, folder: Path | None) -> Callable[[], Windows]:
    """What draws batches of COUNT windows from a seed; `folder` holds photographs, or is None."""
    scenes = Scenes(seed, folder)

    def batch() -> Windows:
        made = [scenes.one() for _ in range(COUNT)]
        aims = [targets(one) for one in made]
        return (
            np.stack([one.image for one in made]),
            np.stack([kinds for kinds, _ in aims]),
            np.stack([shapes for _, shapes in aims]),
        )

    return batch
