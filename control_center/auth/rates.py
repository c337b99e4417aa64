"""How often someone may ask: a bucket that fills evenly, a key each, in this process's memory.

What is counted is bounded: a full bucket is forgotten, since an absent one is full.
"""

from collections.abc import Callable
from typing import Final

from control_center.problems import TooMany
from core import clock

_A_MINUTE_S: Final = 60.0
_SWEEP: Final = 1000
"""Buckets looked through for full ones when there are more than so many."""


class Rate:
    """So many a minute for each key, all of them at once if need be."""

    def __init__(self, a_minute: int, *, now_s: Callable[[], float] = clock.monotonic_s) -> None:
        self._size = float(a_minute)
        self._now_s = now_s
        self._level: dict[str, tuple[float, float]] = {}
        """What is left, and when that was; keys in the order of their last use."""

    def take(self, key: str) -> None:
        """Take one; TooMany, with the time to wait, when there is none left."""
        now_s = self._now_s()
        left = self._left(key, now_s)
        if left < 1.0:
            wait_s = (1.0 - left) * _A_MINUTE_S / self._size
            raise TooMany(
                f"more than {self._size:.0f} a minute; try again in {wait_s:.0f} s",
                retry_after_s=wait_s,
            )
        self._level.pop(key, None)
        self._level[key] = (left - 1.0, now_s)
        if len(self._level) > _SWEEP:
            self._forget_full(now_s)

    def __len__(self) -> int:
        return len(self._level)

    def _left(self, key: str, now_s: float) -> float:
        left, at_s = self._level.get(key, (self._size, now_s))
        return min(self._size, left + (now_s - at_s) * self._size / _A_MINUTE_S)

    def _forget_full(self, now_s: float) -> None:
        for key in [key for key in self._level if self._left(key, now_s) >= self._size]:
            del self._level[key]
