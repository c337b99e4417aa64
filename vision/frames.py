"""Pictures as the networks take them, from files as they come.

Whatever is on file becomes 8-bit colour or a refusal that says why: cameras deliver grey, 16-bit
and cut-off pictures, and none of them may stop a worker.
"""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import C5Error

U8 = NDArray[np.uint8]

LEAST_PX: Final = 16
MOST_PX: Final = 8192
"""Longest side that is decoded: a picture of 20 000 pixels a side needs 1.2 GB."""
_HEAD: Final = 1 << 16


class PhotoRefused(C5Error):
    """A picture cannot be looked at; the message says why and what to give instead."""

    reason = "photo_refused"


def load(path: Path) -> U8:
    """A photograph in 8-bit blue, green, red; PhotoRefused where it is none."""
    try:
        packed = np.fromfile(path, np.uint8)
    except OSError as exc:
        raise PhotoRefused(f"{path} cannot be opened: {exc.strerror or exc}") from None
    return decode(packed, str(path))


def decode(packed: U8, name: str = "the picture") -> U8:
    """A packed picture (JPEG, PNG ...) in 8-bit blue, green, red; PhotoRefused where it is none.

    packed  (n,) bytes of the file
    """
    if not packed.size:
        raise PhotoRefused(f"{name} is empty; give a JPEG or PNG picture")
    size = _size_of(packed)
    if size and max(size) > MOST_PX:
        raise PhotoRefused(
            f"{name} is {size[0]} x {size[1]} pixels; at most {MOST_PX} a side are read, shrink it"
        )
    try:
        image = cv2.imdecode(packed, cv2.IMREAD_UNCHANGED)
    except cv2.error as exc:
        raise PhotoRefused(f"{name} cannot be decoded: {exc.err}") from None
    if image is None:
        raise PhotoRefused(f"{name} is no picture, or a broken one; give a JPEG or PNG picture")
    return colours(np.asarray(image), name)


def colours(image: NDArray[np.generic], name: str = "the frame") -> U8:
    """Any frame as (h, w, 3) 8-bit; grey, 16-bit and floating ones too."""
    if image.ndim == 2:  # noqa: PLR2004
        image = image[:, :, None]
    if image.ndim != 3 or image.shape[2] not in {1, 3, 4}:  # noqa: PLR2004
        raise PhotoRefused(f"{name} has shape {image.shape}; give grey or colour pictures")
    high, wide = image.shape[:2]
    if min(high, wide) < LEAST_PX:
        raise PhotoRefused(
            f"{name} is {wide} x {high} pixels; no plate is read below {LEAST_PX} a side"
        )
    if max(high, wide) > MOST_PX:
        raise PhotoRefused(
            f"{name} is {wide} x {high} pixels; at most {MOST_PX} a side are read, shrink it"
        )
    if image.dtype != np.uint8:
        image = _eight_bit(image)
    out = np.asarray(image, np.uint8)
    if out.shape[2] == 1:
        return np.ascontiguousarray(np.repeat(out, 3, axis=2))
    return np.ascontiguousarray(out[:, :, :3])


def _eight_bit(image: NDArray[np.generic]) -> U8:
    """16-bit and floating values, stretched to what they span: sensors seldom use their range."""
    values = np.nan_to_num(image.astype(np.float32))
    low, high = (float(one) for one in np.percentile(values, (0.1, 99.9)))
    level = np.clip((values - low) * (255 / max(high - low, 1e-6)), 0, 255)
    return np.asarray(level, np.uint8)


def _size_of(packed: U8) -> tuple[int, int] | None:
    """Width and height by the file's own head, before anything is decoded; None: not told."""
    head = packed[:_HEAD].tobytes()
    if head[:8] == b"\x89PNG\r\n\x1a\n" and len(head) >= 24:  # noqa: PLR2004
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if head[:2] == b"BM" and len(head) >= 26:  # noqa: PLR2004
        wide = int.from_bytes(head[18:22], "little", signed=True)
        return wide, abs(int.from_bytes(head[22:26], "little", signed=True))
    if head[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 9 < packed.size:
        if packed[at] != 0xFF:  # noqa: PLR2004
            return None
        kind, length = int(packed[at + 1]), int(packed[at + 2]) << 8 | int(packed[at + 3])
        if 0xC0 <= kind <= 0xCF and kind not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004
            return (
                int(packed[at + 7]) << 8 | int(packed[at + 8]),
                int(packed[at + 5]) << 8 | int(packed[at + 6]),
            )
        at += 2 + length
    return None
