"""An MJPEG stream is the same pictures however its bytes are cut into pieces, and never hangs."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.feeds.feed import FeedFailed, FrameBroken
from vision.feeds.http_feed import MjpegFeed

BODIES = st.lists(st.binary(max_size=40), min_size=1, max_size=6)
"""What pictures are made of; the feed looks at their ends only."""


class _Stream:
    """Bytes that come in pieces, and then no more."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = iter(pieces)

    def boundary(self) -> bytes:
        """What parts the pictures."""
        return b"b7"

    def piece(self) -> bytes:
        """The next one."""
        return next(self._pieces, b"")


def whole(body: bytes) -> bytes:
    """A picture as far as its ends go; without anything that looks like a boundary."""
    return b"\xff\xd8" + body.replace(b"-", b"+") + b"\xff\xd9"


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The same bytes in pieces, none of them empty."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[low:high] for low, high in pairwise(edges)]


def read(data: bytes, places: list[int]) -> Iterator[bytes | None]:
    """Every picture, None for a broken one, until the stream ends."""
    stream: Any = _Stream(cut(data, places))
    feed = MjpegFeed(stream)
    while True:
        try:
            shot = feed.read()
        except FrameBroken:
            yield None
        except FeedFailed:
            return
        else:
            assert shot is not None
            yield shot.packed


@pytest.mark.parametrize("with_length", [True, False], ids=["length", "boundary alone"])
@given(bodies=BODIES, places=st.lists(st.integers(0, 2000), max_size=30))
def test_pieces_do_not_matter(
    bodies: list[bytes],
    places: list[int],
    with_length: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    """Every picture comes, whole and in order; one whose end nobody marked may stay out."""
    pictures = [whole(body) for body in bodies]
    data = b"".join(
        b"--b7\r\nContent-Type: image/jpeg\r\n"
        + (b"Content-Length: %d\r\n" % len(one) if with_length else b"")
        + b"\r\n"
        + one
        + b"\r\n"
        for one in pictures
    )
    got = list(read(data, places))
    assert got == (pictures if with_length else pictures[:-1])


@given(data=st.binary(max_size=400), places=st.lists(st.integers(0, 400), max_size=10))
def test_garbage_ends(data: bytes, places: list[int]) -> None:
    """Whatever a camera sends is pictures, broken pictures, or the end of the stream."""
    noise = data.replace(b"\0", b"--b7\r\n\r\n").replace(b"\1", b"Content-Length: 9\r\n\r\n")
    for one in read(noise, places):
        assert one is None or one.startswith(b"\xff\xd8")


@given(body=st.binary(max_size=40), lost=st.integers(1, 20))
def test_a_broken_picture_is_followed_by_a_whole_one(body: bytes, lost: int) -> None:
    """The boundary finds the way back."""
    good = whole(body)
    bad = good[:-lost] if lost < len(good) else b"x"
    head = b"--b7\r\n\r\n"
    got = list(read(head + bad + b"\r\n" + head + good + b"\r\n" + head, []))
    assert got[-1] == good
    assert got[0] is None or b"\xff\xd9" in bad
