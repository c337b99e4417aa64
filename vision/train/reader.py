"""Train the reader: drawn plates, and photographs' crops, through CTC."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from vision.read import normal
from vision.train.crops import Crops, plain
from vision.train.nets import ALPHABET, Reader
from vision.train.photos import photos
from vision.train.session import Session
from vision.train.warm import PUBLISHED, start

U8 = NDArray[np.uint8]
_BATCH: Final = 64
_REAL: Final = 0.28
"""Share of crops that are photographs'."""
_BLANK: Final = len(ALPHABET)


def _tensor(crops: list[U8]) -> torch.Tensor:
    x = torch.from_numpy(normal(np.stack(crops)))
    return x.contiguous(memory_format=torch.channels_last)


def _sample(crops: Crops) -> torch.Tensor:
    return _tensor([crops.one()[0] for _ in range(4 * _BATCH)])


def greedy(scores: torch.Tensor) -> list[str]:
    """What each row of scores says when every place says its best."""
    said = []
    for row in scores.argmax(dim=2).tolist():
        kept = [one for at, one in enumerate(row) if at == 0 or one != row[at - 1]]
        said.append("".join(ALPHABET[one] for one in kept if one != _BLANK))
    return said


def held_out(net: nn.Module, folder: Path) -> dict[str, float]:
    """Share of the held-out crops that read exactly, by set; O and 0 count as one here."""
    net.eval()
    right: dict[str, list[bool]] = {}
    pictures = [one for one in photos(folder) if one.held_out]
    with torch.no_grad():
        for start in range(0, len(pictures), _BATCH):
            batch = pictures[start : start + _BATCH]
            read = greedy(net(_tensor([plain(one) for one in batch])))
            for one, said in zip(batch, read, strict=True):
                right.setdefault(one.group, []).append(
                    said.replace("O", "0") == one.plate.replace("O", "0")
                )
    net.train()
    return {group: float(np.mean(hits)) for group, hits in right.items()}


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
    net, crops = Reader(), Crops(seed, folder, real=_REAL)
    start(net, checkpoint, PUBLISHED / "reader.onnx", lambda: _sample(crops), resume=resume)
    run = Session(net, checkpoint, minutes=minutes, resume=resume, seed=seed, say=say)
    loss_of = nn.CTCLoss(blank=_BLANK, zero_infinity=True)
    judge = partial(held_out, folder=folder) if folder else None
    for _ in run.turns(judge):
        batch = [crops.one() for _ in range(_BATCH)]
        x = _tensor([crop for crop, _ in batch])
        texts = [text for _, text in batch]
        y = torch.tensor([ALPHABET.index(mark) for text in texts for mark in text])
        logs = run.net(x).log_softmax(2).permute(1, 0, 2)
        places = torch.full((_BATCH,), logs.shape[0])
        run.step(loss_of(logs, y, places, torch.tensor([len(text) for text in texts])))
