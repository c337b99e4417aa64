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

from vision.boxes import box_of, decode, iou, settle
from vision.train import windows
from vision.train.feed import Feed
from vision.train.nets import Detector
from vision.train.photos import photos
from vision.train.session import Session, device_of
from vision.train.warm import PUBLISHED, start

F32 = NDArray[np.float32]
_NEGATIVES: Final = 6
_DOUBT: Final = 0.5
"""In photographs a background cell above this score is not punished in a first run. A run that goes
on trusts unlabelled.toml, which is made by looking at what the first run finds."""


def loss_of(
    grid: torch.Tensor, kinds: torch.Tensor, shapes: torch.Tensor, *, doubt: float
) -> torch.Tensor:
    """Presence with mined negatives, size and corners.

    (n, 11, h, w) the network's grid, (n, 3, h, w) and (n, 10, h, w) of `windows.targets`
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


Trial = tuple[str, NDArray[np.uint8], F32]
"""Name of its set, the picture as it is looked at from afar, and the labelled box in it."""


def trials(folder: Path) -> list[Trial]:
    """The held-out photographs."""
    said = []
    for photo in photos(folder, ("us", "br", "eu")):
        if photo.held_out and photo.box is not None:
            image, scale = boxed(photo.read(), 640, 480)
            x, y, w, h = photo.box
            said.append((photo.group, image, np.array([x, y, x + w, y + h], np.float32) * scale))
    return said


def held_out(net: nn.Module, pictures: list[Trial]) -> dict[str, float]:
    """Share of held-out photographs whose best answer is the labelled plate (overlap over 0.5).

    `overlap` is the mean of all.
    """
    net.eval()
    device = device_of(net)
    met: dict[str, list[float]] = {}
    for group, image, label in pictures:
        with torch.no_grad():
            grid = net(pixels(image[None], device))[0].cpu().numpy()
        corners, _ = settle(*decode(grid, 0.2))
        over = float(iou(label, box_of(corners[:2])).max()) if len(corners) else 0.0
        met.setdefault(group, []).append(over)
    net.train()
    said = {group: float(np.mean(np.array(many) > 0.5)) for group, many in met.items()}
    return said | {"overlap": float(np.mean([one for many in met.values() for one in many]))}


def pixels(images: NDArray[np.uint8], device: torch.device) -> torch.Tensor:
    """(n, h, w, 3) pictures as the network takes them."""
    x = torch.from_numpy(images).to(device).permute(0, 3, 1, 2)
    return x.float().div_(255).contiguous(memory_format=torch.channels_last)


def train(
    *,
    minutes: float,
    checkpoint: Path,
    folder: Path | None,
    resume: bool,
    seed: int,
    workers: int,
    say: Callable[[str], None],
) -> None:
    """Train for so many minutes of wall time; leave a checkpoint."""
    net = Detector()
    judge = partial(held_out, pictures=trials(folder)) if folder else None
    doubt = 1.0 if resume else _DOUBT
    with Feed(partial(windows.drawn, folder=folder), seed=seed, workers=workers) as feed:
        start(
            net,
            checkpoint,
            PUBLISHED / "detector.onnx",
            lambda: pixels(np.concatenate([feed.one()[0] for _ in range(2)]), torch.device("cpu")),
            resume=resume,
        )
        run = Session(
            net, checkpoint, minutes=minutes, resume=resume, seed=seed, workers=workers, say=say
        )
        for _ in run.turns(judge):
            batch = [feed.one() for _ in range(run.parts)]
            images, kinds, shapes = (np.concatenate(one) for one in zip(*batch, strict=True))
            run.step(
                loss_of(
                    run.answer(pixels(images, run.device)),
                    torch.from_numpy(kinds).to(run.device),
                    torch.from_numpy(shapes).to(run.device),
                    doubt=doubt,
                )
            )
