"""Train the reader: drawn plates, and photographs' crops, through CTC."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from vision.train import crops
from vision.train.feed import Feed
from vision.train.nets import ALPHABET, Reader
from vision.train.session import Session, device_of
from vision.train.warm import PUBLISHED, start

U8 = NDArray[np.uint8]
_BLANK: Final = len(ALPHABET)
_CODES: Final = {mark: at for at, mark in enumerate(ALPHABET)}
_LOSS: Final = nn.CTCLoss(blank=_BLANK, zero_infinity=True)


def normal(many: U8, device: torch.device) -> torch.Tensor:
    """(n, h, w) grey crops as the network takes them: what `vision.read.normal` does."""
    x = torch.from_numpy(many).to(device).float()[:, None]
    x = x - x.mean(dim=(2, 3), keepdim=True)
    x = x / (x.std(dim=(2, 3), keepdim=True, unbiased=False) + 4.0)
    return x.contiguous(memory_format=torch.channels_last)


def greedy(scores: torch.Tensor) -> list[str]:
    """What each row of scores says when every place says its best."""
    said = []
    for row in scores.argmax(dim=2).tolist():
        kept = [one for at, one in enumerate(row) if at == 0 or one != row[at - 1]]
        said.append("".join(ALPHABET[one] for one in kept if one != _BLANK))
    return said


def held_out(net: nn.Module, trials: dict[str, crops.Batch]) -> dict[str, float]:
    """Share of each trial's crops that read exactly; O and 0 count as one here."""
    net.eval()
    device, right = device_of(net), {}
    with torch.no_grad():
        for name, (many, texts) in trials.items():
            said = [
                text
                for at in range(0, len(many), crops.COUNT)
                for text in greedy(net(normal(many[at : at + crops.COUNT], device)))
            ]
            right[name] = float(
                np.mean(
                    [
                        one.replace("O", "0") == text.replace("O", "0")
                        for one, text in zip(said, texts, strict=True)
                    ]
                )
            )
    net.train()
    return right


def loss_of(scores: torch.Tensor, texts: list[str]) -> torch.Tensor:
    """How far (n, 32, 37) scores are from what the crops say."""
    logs = scores.log_softmax(2).permute(1, 0, 2)
    marks = torch.tensor([_CODES[mark] for text in texts for mark in text], device=logs.device)
    places = torch.full((len(texts),), logs.shape[0])
    loss: torch.Tensor = _LOSS(logs, marks, places, torch.tensor([len(text) for text in texts]))
    return loss


def batch_of(feed: Feed[crops.Batch], parts: int) -> crops.Batch:
    """So many drawn batches as one."""
    drawn = [feed.one() for _ in range(parts)]
    return np.concatenate([many for many, _ in drawn]), [
        text for _, texts in drawn for text in texts
    ]


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
    net, trials = Reader(), crops.trials(folder)
    with Feed(partial(crops.drawn, folder=folder), seed=seed, workers=workers) as feed:
        start(
            net,
            checkpoint,
            PUBLISHED / "reader.onnx",
            lambda: normal(batch_of(feed, 4)[0], torch.device("cpu")),
            resume=resume,
        )
        run = Session(
            net, checkpoint, minutes=minutes, resume=resume, seed=seed, workers=workers, say=say
        )
        for _ in run.turns(partial(held_out, trials=trials)):
            many, texts = batch_of(feed, run.parts)
            run.step(loss_of(run.answer(normal(many, run.device)), texts))
