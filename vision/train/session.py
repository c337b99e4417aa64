"""A training run that follows the clock and can be stopped at any time.

The learning rate depends on the share of the time that has gone, not on a count of steps, so a busy
machine ends when it should with what it could do. A checkpoint every few minutes holds everything.
Where torch sees a GPU it learns there, from batches four times as large and in bfloat16.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from torch import nn

_PEAK: Final = 3e-3
_AGAIN: Final = 0.5
"""Peak of a run that goes on from a checkpoint, over a first run's."""
_WARM: Final = 0.03
_LAST: Final = 0.02
_EMA: Final = 0.995
_BURN_IN: Final = 100
"""Steps before the mean begins: earlier weights would be noise in it."""
_TELL_S: Final = 60.0
_SAVE_S: Final = {"cpu": 240.0, "cuda": 60.0}
_PARTS: Final = {"cpu": 1, "cuda": 4}
"""Drawn batches that are learnt from at once."""


def device_of(net: nn.Module) -> torch.device:
    """Where a network's weights lie."""
    return next(net.parameters()).device


class Session:
    """A network, its running mean and its optimiser, for so many minutes of wall time."""

    def __init__(
        self,
        net: nn.Module,
        checkpoint: Path,
        *,
        minutes: float,
        resume: bool,
        seed: int,
        workers: int,
        say: Callable[[str], None],
    ) -> None:
        """Set threads and seeds; with `resume` go on from the checkpoint, or from `net`.

        Without a GPU torch has the cores that no worker draws on; with one worker it has one.
        """
        torch.manual_seed(seed)
        torch.set_num_threads(1 if workers == 1 else max(1, (os.cpu_count() or 1) - workers))
        cv2.setNumThreads(1)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.backends.cudnn.benchmark = True  # every batch has one shape
        self.parts = _PARTS[self.device.type]
        self.net = net.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        averaged = torch.optim.swa_utils.get_ema_multi_avg_fn(_EMA)  # type: ignore[no-untyped-call]
        self.mean = torch.optim.swa_utils.AveragedModel(
            self.net, multi_avg_fn=averaged, use_buffers=True
        )
        self._optimiser = torch.optim.AdamW(self.net.parameters(), lr=_PEAK, weight_decay=1e-2)
        say(f"{self.device.type}, {workers} drawing, {torch.get_num_threads()} threads of torch")
        self._checkpoint, self._say = checkpoint, say
        self._seconds, self._resumed = 60 * minutes, resume
        self._losses: deque[torch.Tensor] = deque(maxlen=100)
        self.steps = 0
        if resume and checkpoint.exists():
            state: dict[str, Any] = torch.load(
                checkpoint, map_location=self.device, weights_only=True
            )
            self.net.load_state_dict(state["net"])
            self.mean.load_state_dict(state["mean"])
            self._optimiser.load_state_dict(state["optimiser"])
            self.steps = state["steps"]

    def turns(self, judge: Callable[[nn.Module], dict[str, float]] | None) -> Iterator[None]:
        """One turn a step until the time is up; then and now and again, save and judge the mean."""
        began = saved = told = time.monotonic()
        while (done := (time.monotonic() - began) / self._seconds) < 1:
            rate = 1.0 if self._resumed else min(1.0, (done + 1e-3) / _WARM)
            rate *= 0.5 * (1 + np.cos(np.pi * done)) * (1 - _LAST) + _LAST
            for group in self._optimiser.param_groups:
                group["lr"] = float(_PEAK * rate * (_AGAIN if self._resumed else 1))
            yield
            now = time.monotonic()
            if now - told > _TELL_S:
                loss = float(torch.stack(tuple(self._losses)).mean())
                self._say(f"{done:.3f} steps {self.steps} loss {loss:.4f}")
                told = now
            if now - saved > _SAVE_S[self.device.type]:
                self._save(judge)
                saved = now
        self._save(judge)

    def answer(self, x: torch.Tensor) -> torch.Tensor:
        """What the network says of a batch on its device."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            said: torch.Tensor = self.net(x)
        return said.float()

    def step(self, loss: torch.Tensor) -> None:
        """Learn from one batch."""
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 3.0)
        self._optimiser.step()
        if self.steps > _BURN_IN:
            self.mean.update_parameters(self.net)
        self.steps += 1
        self._losses.append(loss.detach())

    def _save(self, judge: Callable[[nn.Module], dict[str, float]] | None) -> None:
        state = {
            "net": self.net.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "steps": self.steps,
        }
        partial = self._checkpoint.with_suffix(".part")
        torch.save(state, partial)
        partial.replace(self._checkpoint)
        if judge is not None:
            self._say(f"held out after {self.steps} steps: {judge(self.mean.module)}")
