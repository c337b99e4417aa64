"""What every source of frames is: shots one after the other, an end or a failure, and no hang.

Addresses of cameras carry passwords; whatever is said of one is said by `masked`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import numpy as np
from numpy.typing import NDArray

from core.errors import C5Error
from vision import frames

U8 = NDArray[np.uint8]

READ_TIMEOUT_S: Final = 5.0
"""A live stream that is silent for so long is dead."""
_HIDDEN: Final = "***"


class FeedFailed(C5Error):
    """A source cannot be opened or has ended before its time; the message says what to look at."""

    reason = "stream_down"


class FrameBroken(C5Error):
    """One frame cannot be used; the next may be whole."""

    reason = "frame_broken"


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame as it came: packed as JPEG, or as an image already."""

    at: datetime
    """When it was taken, as well as the source tells; UTC."""
    image: U8 | None = None
    packed: bytes | None = None

    def unpacked(self) -> U8:
        """(h, w, 3) blue, green, red; FrameBroken where it is no picture, or one of no use."""
        try:
            if self.packed is not None:
                return frames.decode(np.frombuffer(self.packed, np.uint8), "the frame")
            if self.image is not None:
                return frames.colours(self.image)
        except frames.PhotoRefused as exc:
            raise FrameBroken(str(exc)) from None
        raise FrameBroken("the frame is empty; look at what the camera sends")


class Feed(Protocol):
    """An opened source, read by one thread."""

    is_finite: bool
    """It has an end, and a failure is final: a file. Otherwise it is tried again."""

    def read(self) -> Shot | None:
        """Wait for the next shot; None: the end. FrameBroken for one, FeedFailed for all."""

    def cut(self) -> None:
        """Make a `read` under way fail soon; from any thread."""

    def close(self) -> None:
        """Give back what it holds; on the reading thread."""


def masked(url: str) -> str:
    """An address as it may be shown: without user, password and values of its query.

    >>> masked("rtsp://admin:secreto@10.0.0.7:554/h264?channel=1&pwd=x")
    'rtsp://***@10.0.0.7:554/h264?channel=***&pwd=***'
    >>> masked("videos/norte.mp4")
    'videos/norte.mp4'
    """
    if "://" not in url:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("://")[0] + "://" + _HIDDEN
    _, at, host = parts.netloc.rpartition("@")
    netloc = f"{_HIDDEN}@{host}" if at else host
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    query = "&".join(f"{name}={_HIDDEN}" for name in names)
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))
