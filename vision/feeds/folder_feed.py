"""A folder of pictures: those that are there, by name, and if asked those that are still to come.

Many traffic cameras put one JPEG a vehicle into a folder. A picture was taken when its file was
last written, or, where the folder is a film, so many a second.
"""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from core import clock
from core.clock import EPOCH
from vision import frames
from vision.feeds.feed import FeedFailed, FrameBroken, Shot

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
_LOOK_S: Final = 0.2
_SETTLED_S: Final = 0.3
"""A file that was written to so lately may not be whole."""


class FolderFeed:
    """Pictures of a folder, one after the other."""

    def __init__(
        self,
        path: Path,
        *,
        fps: float | None = None,
        starts_at: datetime | None = None,
        follow: bool = False,
    ) -> None:
        """Look what is there; FeedFailed where there is no folder, or no picture and none to come.

        fps        pictures a second; None: each when its file was written
        starts_at  when the first was taken; None: so that the last one is taken now
        follow     wait for pictures that come later
        """
        if not path.is_dir():
            raise FeedFailed(f"there is no folder {path}; correct the url")
        self.is_finite = not follow
        self._path = path
        self._fps = fps
        self._cut = threading.Event()
        self._waiting = self._found()[::-1]
        self._seen = set(self._waiting)
        if self.is_finite and not self._waiting:
            raise FeedFailed(f"{path} holds no pictures; give a folder of JPEG or PNG files")
        lasts_s = 0.0 if fps is None else len(self._waiting) / fps
        self._starts_at = starts_at or clock.utc_now() - timedelta(seconds=lasts_s)
        self._given = 0

    def read(self) -> Shot | None:
        """The next picture; one that cannot be read is FrameBroken, and the next follows."""
        while not self._waiting:
            if self.is_finite:
                return None
            if self._cut.wait(_LOOK_S):
                raise FeedFailed("stopped")
            self._look()
        file = self._waiting.pop()
        self._given += 1
        try:
            packed = np.fromfile(file, np.uint8)
            at = self._taken_at(file)
        except OSError as exc:
            raise FrameBroken(f"{file} cannot be opened: {exc.strerror or exc}") from None
        try:
            return Shot(at, image=frames.decode(packed, str(file)))
        except frames.PhotoRefused as exc:
            raise FrameBroken(str(exc)) from None

    def cut(self) -> None:
        """Wait for no more pictures."""
        self._cut.set()

    def close(self) -> None:
        """Nothing is held open."""

    def _found(self) -> list[Path]:
        try:
            return sorted(one for one in self._path.iterdir() if one.suffix.lower() in SUFFIXES)
        except OSError as exc:
            why = exc.strerror or exc
            raise FeedFailed(f"{self._path} cannot be listed: {why}; look at its rights") from None

    def _look(self) -> None:
        """Queue what has come and is no longer written to; forget what was taken away."""
        there = self._found()
        self._seen &= set(there)
        new = [one for one in there if one not in self._seen and self._is_settled(one)]
        self._seen.update(new)
        self._waiting = new[::-1]

    def _is_settled(self, file: Path) -> bool:
        try:
            return clock.wall_s() - file.stat().st_mtime > _SETTLED_S
        except OSError:
            return False

    def _taken_at(self, file: Path) -> datetime:
        if self._fps is not None:
            return self._starts_at + timedelta(seconds=(self._given - 1) / self._fps)
        return EPOCH + timedelta(seconds=file.stat().st_mtime)
