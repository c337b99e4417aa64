"""Whether bytes are a JPEG, told by their own structure and without decoding a pixel.

Enough to refuse what is no photograph before it is stored; a browser is told the type and nothing
else, and never guesses.
"""

from typing import Final

MAX_SIDE_PX: Final = 8192
_START, _END = b"\xff\xd8\xff", b"\xff\xd9"
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive: what cameras write and browsers show."""
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""
_SCAN, _FILL = 0xDA, 0xFF
_FRAME_BYTES: Final = 7
"""Precision, height and width, which a frame's segment has behind its length."""


def size_px(data: bytes) -> tuple[int, int] | None:
    """Width and height of a whole JPEG; None: it is none, is cut short, or is absurdly large."""
    if not data.startswith(_START) or not data.rstrip(b"\0").endswith(_END):
        return None
    at, found = 2, None
    while at + 4 <= len(data) and data[at] == _FILL:
        marker = data[at + 1]
        if marker == _FILL or marker in _BARE:
            at += 1 if marker == _FILL else 2
            continue
        if marker == _SCAN:
            return found
        length = int.from_bytes(data[at + 2 : at + 4])
        if marker in _FRAMES:
            if length < _FRAME_BYTES or at + 4 + 5 > len(data):
                return None
            height, width = (int.from_bytes(data[at + n : at + n + 2]) for n in (5, 7))
            if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
                return None
            found = width, height
        at += 2 + length
    return None
