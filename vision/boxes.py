"""From the detector's grid to plates: corners, scores, and one answer a place."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]

STRIDE: Final = 8
BASE_WIDE: Final = 32.0
BASE_HIGH: Final = 16.0


def decode(grid: F32, threshold: float, most: int = 200) -> tuple[F32, F32]:
    """Plates that the grid says are there, best first, rivals included.

    grid  (11, h, w) the network's answer: see `vision.train.nets.Detector`
    Returns (n, 4, 2) corners in the network's pixels and (n,) scores 0-1.
    """
    floor = np.log(threshold / (1 - threshold))
    rows, columns = np.nonzero(grid[0] > floor)
    logits = grid[0, rows, columns]
    order = np.argsort(-logits)[:most]
    rows, columns, logits = rows[order], columns[order], logits[order]
    cells = grid[:, rows, columns]
    size = np.exp(np.clip(cells[1:3], -4, 6)) * np.array([[BASE_WIDE], [BASE_HIGH]], np.float32)
    middle = np.stack([columns, rows]).astype(np.float32) * STRIDE + STRIDE / 2
    corners = cells[3:].T.reshape(-1, 4, 2) * size.T[:, None, :] + middle.T[:, None, :]
    return corners.astype(np.float32), (1 / (1 + np.exp(-logits))).astype(np.float32)


def box_of(corners: F32) -> F32:
    """(n, 4, 2) corners -> (n, 4) left, top, right, bottom of the boxes about them."""
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def iou(one: F32, others: F32) -> F32:
    """Overlap of one (4,) box with (n, 4) others, over what they cover together."""
    low, top = np.maximum(one[:2], others[:, :2]), np.minimum(one[2:], others[:, 2:])
    both = np.clip(top - low, 0, None).prod(axis=1)
    area = (one[2:] - one[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - both
    return np.asarray(both / np.maximum(area, 1e-6), np.float32)


def settle(corners: F32, scores: F32, overlap: float = 0.3) -> tuple[F32, F32]:
    """One plate a place: rivals of the best give way, their corners averaged into it by score.

    (n, 4, 2) and (n,) -> (m, 4, 2) and (m,), best first.
    """
    boxes = box_of(corners)
    left = np.argsort(-scores)
    kept, sure = [], []
    while left.size:
        best = left[0]
        shared = iou(boxes[best], boxes[left])
        rivals = shared > overlap
        near = left[shared > 0.6]  # noqa: PLR2004 - close enough to be the same corners
        weight = scores[near] ** 2
        kept.append((corners[near] * weight[:, None, None]).sum(axis=0) / weight.sum())
        sure.append(scores[best])
        inside = _inside(boxes[best], boxes[left])
        left = left[~(rivals | inside)]
    if not kept:
        return corners[:0], scores[:0]
    return np.stack(kept).astype(np.float32), np.array(sure, np.float32)


def _inside(box: F32, others: F32) -> NDArray[np.bool_]:
    """Which others lie nearly whole in the box, or hold it nearly whole."""
    low, top = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    both = np.clip(top - low, 0, None).prod(axis=1)
    own, area = (box[2:] - box[:2]).prod(), (others[:, 2:] - others[:, :2]).prod(axis=1)
    return np.asarray(both > 0.8 * np.maximum(np.minimum(own, area), 1e-6), np.bool_)
