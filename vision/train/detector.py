"""Train the detector: windows on streets with drawn and photographed plates.

Negatives are mined: of all cells without a plate only the hardest of each batch count. In
photographs a cell that looks like a plate may be one that nobody labelled, so a first run leaves it
out there, and what it finds is looked through by people before a second run punishes it.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from vision.boxes import BASE_HIGH, BASE_WIDE, STRIDE, box_of, decode, iou, settle
from vision.train.nets import Detector
from vision.train.photos import photos
from vision.train.scene import HIGH, WIDE, Scene, Scenes
from vision.train.session import Session
from vision.train.warm import PUBLISHED, start

F32 = NDArray[np.float32]
_BATCH: Final = 20
_NEGATIVES: Final = 6
_DOUBT: Final = 0.5
"""In photographs a background cell above this score is not punished in a first run. A run that goes
on trusts unlabelled.toml, which is made by looking at what the first run finds."""


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


def loss_of(
    grid: torch.Tensor, kinds: torch.Tensor, shapes: torch.Tensor, *, doubt: float
) -> torch.Tensor:
    """Presence with mined negatives, size and corners.

    (n, 11, h, w) the network's grid, (n, 3, h, w) and (n, 10, h, w) of `targets`
    """
    logits = grid[:, 0]
    plate = kinds[:, 0] == 1
    background = kinds[:, 0] == 0
    with torch.no_grad():
        background &= ~((kinds[:, 2] > 0) & (logits.sigmoid() > doubt))
    count = max(1, int(plate.sum()))
    hit = nn.functional.softplus(-logits[plate]).mean() if plate.any() else logits.sum() * 0
    false = nn.functional.softplus(logits[background])
    hardest = false.topk(min(false.numel(), _NEGATIVES * count + 40)).values
    miss = hardest.mean() * 2 + false.mean() * 4
    if not plate.any():
        return miss
    said = grid[:, 1:].permute(0, 2, 3, 1)[plate]
    want = shapes.permute(0, 2, 3, 1)[plate]
    exact = kinds[:, 1][plate] > 0
    size = nn.functional.smooth_l1_loss(said[:, :2], want[:, :2], beta=0.1)
    corners, wanted = said[:, 2:].reshape(-1, 4, 2), want[:, 2:].reshape(-1, 4, 2)
    # Where only the box is known, the corners' extent must fill it.
    spread = torch.cat([corners.amin(1), corners.amax(1)], 1)
    filled = torch.cat([wanted.amin(1), wanted.amax(1)], 1)
    place = nn.functional.smooth_l1_loss(spread, filled, beta=0.03)
    if exact.any():
        place = place + nn.functional.smooth_l1_loss(corners[exact], wanted[exact], beta=0.03)
    return hit + miss + size + 8 * place


def boxed(image: NDArray[np.uint8], wide: int, high: int) -> tuple[NDArray[np.uint8], float]:
    """The picture shrunk into (high, wide), the rest grey; and by how much it shrank."""
    scale = min(wide / image.shape[1], high / image.shape[0])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    out = np.full((high, wide, 3), 114, np.uint8)
    out[: size[1], : size[0]] = cv2.resize(image, size, interpolation=method)
    return out, scale


def held_out(net: nn.Module, folder: Path) -> dict[str, float]:
    """Share of held-out photographs whose best answer is the labelled plate (overlap over 0.5)."""
    net.eval()
    right: dict[str, list[bool]] = {}
    for photo in photos(folder, ("us", "br", "eu")):
        if not photo.held_out or photo.box is None:
            continue
        image, scale = boxed(photo.read(), 640, 480)
        with torch.no_grad():
            grid = net(pixels([image]))[0].numpy()
        corners, _ = settle(*decode(grid, 0.2))
        x, y, w, h = photo.box
        label = np.array([x, y, x + w, y + h], np.float32) * scale
        hit = bool(len(corners)) and bool((iou(label, box_of(corners[:2])) > 0.5).any())
        right.setdefault(photo.group, []).append(hit)
    net.train()
    return {group: float(np.mean(hits)) for group, hits in right.items()}


def pixels(images: list[NDArray[np.uint8]]) -> torch.Tensor:
    """Pictures as the network takes them."""
    x = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    return x.float().div_(255).contiguous(memory_format=torch.channels_last)


def _sample(scenes: Scenes) -> torch.Tensor:
    return pixels([scenes.one().image for _ in range(2 * _BATCH)])


def train(
    *,
    minutes: float,
    checkpoint: Path,
    folder: Path | None,
    resume: bool,
    seed: int,
    say: Callable[[str], None],
) -> None:
    """Train for so many minutes of wall time; leave a checkpoint."""
    net, scenes = Detector(), Scenes(seed, folder)
    start(net, checkpoint, PUBLISHED / "detector.onnx", lambda: _sample(scenes), resume=resume)
    run = Session(net, checkpoint, minutes=minutes, resume=resume, seed=seed, say=say)
    doubt = 1.0 if resume else _DOUBT
    judge = partial(held_out, folder=folder) if folder else None
    for _ in run.turns(judge):
        batch = [scenes.one() for _ in range(_BATCH)]
        aims = [targets(scene) for scene in batch]
        kinds = torch.from_numpy(np.stack([one for one, _ in aims]))
        shapes = torch.from_numpy(np.stack([two for _, two in aims]))
        run.step(
            loss_of(run.net(pixels([scene.image for scene in batch])), kinds, shapes, doubt=doubt)
        )
