"""Cameras that send JPEG over HTTP: a stream of them (MJPEG), or one each time it is asked.

The pictures stay packed until somebody wants to look: of a stream that is faster than we are,
most are never decoded at all.
"""

import threading
from typing import Final

from core import clock
from core.clock import monotonic_s
from vision.feeds.feed import READ_TIMEOUT_S, FeedFailed, FrameBroken, Shot
from vision.feeds.http_stream import HttpStream

MOST_BYTES: Final = 16 << 20
"""Of one picture; who sends more sends something else."""
_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_SNAPSHOT_S: Final = 0.2


class MjpegFeed:
    """Pictures between boundaries, as they come."""

    is_finite = False

    def __init__(self, stream: HttpStream, *, timeout_s: float = READ_TIMEOUT_S) -> None:
        self._stream = stream
        self._timeout_s = timeout_s
        self._mark = b"--" + (stream.boundary() or b"")
        self._held = bytearray()
        self._is_past_mark = False
        """The boundary before the next part has been read: it ended a part of unknown length."""

    def read(self) -> Shot | None:
        """The next picture; FeedFailed where it ends, or none is whole in time."""
        deadline_s = monotonic_s() + 2 * self._timeout_s
        if not self._is_past_mark:
            self._skip_blank_lines(deadline_s)
        head = self._until(b"\r\n\r\n", deadline_s)
        length = _length(head)
        if length is not None:
            while len(self._held) < length:
                self._more(deadline_s)
            packed = bytes(self._held[:length])
            del self._held[:length]
        else:
            packed = self._until(self._mark, deadline_s).rstrip(b"\r\n")
        self._is_past_mark = length is None
        return _shot(packed)

    def cut(self) -> None:
        """Hang up on a `read` under way."""
        self._stream.cut()

    def close(self) -> None:
        """Hang up."""
        self._stream.close()

    def _skip_blank_lines(self, deadline_s: float) -> None:
        while not (held := self._held.lstrip(b"\r\n")):
            self._more(deadline_s)
        self._held = held

    def _until(self, mark: bytes, deadline_s: float) -> bytes:
        """All that comes before a mark, which is dropped."""
        searched = 0
        while (at := self._held.find(mark, max(0, searched - len(mark)))) < 0:
            searched = len(self._held)
            self._more(deadline_s)
        found = bytes(self._held[:at])
        del self._held[: at + len(mark)]
        return found

    def _more(self, deadline_s: float) -> None:
        if monotonic_s() > deadline_s:
            raise FeedFailed("the stream drips: no whole picture in time; look at its network")
        piece = self._stream.piece()
        if not piece:
            raise FeedFailed("the camera ended the stream; look at how many viewers it allows")
        if len(self._held) > MOST_BYTES:
            raise FeedFailed("the stream holds no pictures; give an MJPEG address")
        self._held += piece


class SnapshotFeed:
    """A camera that gives one picture each time it is asked."""

    is_finite = False

    def __init__(self, url: str, first: HttpStream, *, timeout_s: float = READ_TIMEOUT_S) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._stream: HttpStream | None = first
        self._cut = threading.Event()
        self._due_s = monotonic_s()

    def read(self) -> Shot | None:
        """Ask again, five times a second at the most."""
        self._cut.wait(max(0.0, self._due_s - monotonic_s()))
        if self._cut.is_set():
            raise FeedFailed("stopped")
        self._due_s = monotonic_s() + _SNAPSHOT_S
        if self._stream is None:
            self._stream = HttpStream(self._url, timeout_s=self._timeout_s)
        packed = bytearray()
        deadline_s = monotonic_s() + 2 * self._timeout_s
        try:
            while piece := self._stream.piece():
                packed += piece
                if len(packed) > MOST_BYTES or monotonic_s() > deadline_s:
                    raise FeedFailed("no picture came in time; give a JPEG or MJPEG address")
        finally:
            self.close()
        return _shot(bytes(packed))

    def cut(self) -> None:
        """Ask no more."""
        self._cut.set()
        if (stream := self._stream) is not None:
            stream.cut()

    def close(self) -> None:
        """Hang up."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


def _shot(packed: bytes) -> Shot:
    if not packed.startswith(_START) or _END not in packed[-64:]:
        raise FrameBroken(f"a picture of {len(packed)} bytes is cut off, or no JPEG")
    return Shot(clock.utc_now(), packed=packed)


def _length(head: bytes) -> int | None:
    """What the part says of its size; None: nothing that can be believed."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
            return length if length <= MOST_BYTES else None
    return None
