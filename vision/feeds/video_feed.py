"""What FFMPEG opens for cv2: RTSP and other live streams, and video files.

A live stream is bounded by FFMPEG's own time limits and read over TCP. A file tells its own
times; one that ends before the frames it promises is a failure, not an end.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from core import clock
from vision.feeds.feed import READ_TIMEOUT_S, FeedFailed, FrameBroken, Shot, masked

_QUIET: Final = {"OPENCV_FFMPEG_LOGLEVEL": "-8"}
"""FFMPEG would print addresses, passwords and all."""
_MISSES: Final = 5
_TAIL_FRAMES: Final = 2
"""Containers count a frame or two more than decoders give."""


def hush() -> None:
    """Keep FFMPEG and cv2 from printing; once, before anything is opened."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


class LiveFeed:
    """A live stream by FFMPEG."""

    is_finite = False

    def __init__(self, url: str, *, timeout_s: float = READ_TIMEOUT_S) -> None:
        """Connect; FeedFailed where nobody answers in time."""
        hush()
        limit_ms = int(timeout_s * 1000)
        self._url = url
        self._capture = cv2.VideoCapture(
            url,
            cv2.CAP_FFMPEG,
            [
                *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit_ms),
                *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit_ms),
            ],
        )
        if not self._capture.isOpened():
            raise FeedFailed(
                f"{masked(url)} cannot be opened; look at the url, its user and password, and "
                "whether the camera answers"
            )

    def read(self) -> Shot | None:
        """The next frame; FeedFailed where none comes in time."""
        for _ in range(_MISSES):
            done, image = self._capture.read()
            if done:
                return Shot(clock.utc_now(), image=np.asarray(image, np.uint8))
            if not self._capture.grab():
                break
        raise FeedFailed(f"{masked(self._url)} ended or fell silent; look at the camera")

    def cut(self) -> None:
        """Nothing can be done from outside: the time limit ends a `read` under way."""

    def close(self) -> None:
        """Hang up."""
        self._capture.release()


class FileFeed:
    """A recording, from its first frame to its last."""

    is_finite = True

    def __init__(self, path: Path, *, starts_at: datetime | None = None) -> None:
        """Open it; FeedFailed where it is no video, or an unfinished one.

        starts_at  when its first frame was taken; None: so that its last one is taken now
        """
        hush()
        if not path.is_file():
            raise FeedFailed(f"there is no file {path}; correct the url")
        self._path = path
        self._capture: Any = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise FeedFailed(f"{path} is no video, or an unfinished one; give a whole recording")
        self._promised = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        lasts_s = self._promised / fps if fps > 0 and self._promised > 0 else 0.0
        self._starts_at = starts_at or clock.utc_now() - timedelta(seconds=lasts_s)
        self._given = 0

    def read(self) -> Shot | None:
        """The next frame, at its own time; FeedFailed where the recording is cut off."""
        if not self._capture.grab():
            if self._given < self._promised - _TAIL_FRAMES:
                raise FeedFailed(
                    f"{self._path} ends after {self._given} of {self._promised} frames; "
                    "it was cut off, copy it again"
                )
            return None
        self._given += 1
        into = timedelta(milliseconds=max(0.0, self._capture.get(cv2.CAP_PROP_POS_MSEC)))
        done, image = self._capture.retrieve()
        if not done:
            raise FrameBroken(f"frame {self._given} of {self._path} cannot be decoded")
        return Shot(self._starts_at + into, image=np.asarray(image, np.uint8))

    def cut(self) -> None:
        """A disk answers by itself."""

    def close(self) -> None:
        """Close the file."""
        self._capture.release()
