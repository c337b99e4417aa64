"""The plate bench's frames are what it says they are, and it takes its time as it says."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from bench import lpr


@pytest.mark.parametrize("shape", [(480, 640), (1080, 1920), (900, 300), (720, 1280)])
def test_every_picture_fits_the_frame(shape: tuple[int, int]) -> None:
    """As large as it goes, in its own proportions, grey beside it."""
    frame = lpr.framed(np.full((*shape, 3), 200, np.uint8))
    assert frame.shape == (720, 1280, 3)
    share = float((frame[:, :, 0] == 200).mean())
    scale = min(1280 / shape[1], 720 / shape[0])
    assert share == pytest.approx(shape[0] * shape[1] * scale**2 / (1280 * 720), abs=0.01)


def test_photographs_come_first(tmp_path: Path) -> None:
    """As many as were asked for, from the whole folder."""
    for at in range(5):
        cv2.imwrite(str(tmp_path / f"{at}.jpg"), np.full((90, 160, 3), 40 * at, np.uint8))
    pictures, source = lpr._pictures(3, tmp_path)
    assert source == "photographs"
    assert len(pictures) == 3


def test_traffic_is_drawn_where_there_are_none(tmp_path: Path) -> None:
    """Different frames, of the same size."""
    pictures, source = lpr._pictures(2, tmp_path)
    assert source == "drawn traffic"
    assert [one.shape for one in pictures] == [(720, 1280, 3)] * 2
    assert not np.array_equal(pictures[0], pictures[1])


def test_time_is_taken_of_each_call() -> None:
    """Processor and wall."""
    seen: list[int] = []
    timed = lpr._Timed(lambda frame: seen.append(frame.size))
    for _ in range(3):
        timed(np.zeros((2, 2, 3), np.uint8))
    assert seen == [12, 12, 12]
    assert len(timed.cpu_ms) == len(timed.wall_ms) == 3
    assert all(one >= 0 for one in (*timed.cpu_ms, *timed.wall_ms))
