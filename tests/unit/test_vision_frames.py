"""Pictures that would fill the memory are refused by their heads, before they are decoded."""

import struct
import tracemalloc
from pathlib import Path

import pytest

from vision.frames import PhotoRefused, load

SIDE = 20_000


def jpeg() -> bytes:
    """A JPEG's head: a comment, then a frame of this size."""
    comment = b"\xff\xfe" + struct.pack(">H", 12) + b"0123456789"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, SIDE, SIDE, 3) + bytes(9)
    return b"\xff\xd8" + comment + frame + bytes(64)


def bitmap() -> bytes:
    """A BMP's head; its height may be negative, which turns it upside down."""
    head = struct.pack("<IiiHHIIiiII", 40, SIDE, -SIDE, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head + bytes(64)


@pytest.mark.parametrize("packed", [jpeg(), bitmap()], ids=["jpeg", "bmp"])
def test_a_huge_picture_is_refused_by_its_head(tmp_path: Path, packed: bytes) -> None:
    """It says its size, and costs no memory."""
    path = tmp_path / "huge"
    path.write_bytes(packed)
    tracemalloc.start()
    with pytest.raises(PhotoRefused, match="20000 x 20000 pixels; at most 8192 a side"):
        load(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize("cut", [3, 9, 25, 40])
def test_a_head_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    """Wherever it ends."""
    path = tmp_path / "cut.jpg"
    path.write_bytes(jpeg()[:cut])
    with pytest.raises(PhotoRefused):
        load(path)
