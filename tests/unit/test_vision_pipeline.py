"""A plate's two looks, from afar and from near by, where they do not agree on its ends."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.detect import Found
from vision.formats.fit import Candidate
from vision.formats.grammar import Region
from vision.pipeline import Pipeline

FRAME = np.zeros((300, 400, 3), np.uint8)


def box(left: float, right: float) -> NDArray[np.float32]:
    """Corners of a level plate."""
    return np.array([[left, 220], [right, 220], [right, 248], [left, 248]], np.float32)


class Script:
    """Detector and reader that answer what they are told to."""

    def __init__(self, near: Found, texts: dict[float, str]) -> None:
        self.near = near
        self.texts = texts
        self.reads = 0

    def refine(self, frame: Any, found: Found) -> Found:  # noqa: ARG002 - as the real one
        """The look from near by."""
        return self.near

    def read(self, frame: Any, corners: Any, region: Region) -> list[Candidate]:  # noqa: ARG002
        """The text that begins at this edge."""
        self.reads += 1
        text = self.texts[float(corners[0, 0])]
        mask = region.mask_of(text)
        sure = (0.9,) * len(text)
        return [Candidate(plate=text, score=0.9, characters=sure, mask=mask.text if mask else None)]


@pytest.mark.parametrize(
    ("near_left", "near_text", "far_text", "plate", "reads"),
    [
        (190, "70440", "1B70440", "1B70440", 2),  # the gap was taken for the plate's end
        (190, "70440", "1870440", "70440", 2),  # fits no mask either
        (190, "70440", "1B70448", "70440", 2),  # contradicts what was seen from near by
        (190, "RK735AS", "1B70440", "RK735AS", 1),  # fits a mask: nothing to mend
        (170, "70440", "1B70440", "70440", 1),  # the looks agree on the ends
    ],
)
def test_a_plate_cut_short_is_read_whole(
    near_left: float, near_text: str, far_text: str, plate: str, reads: int
) -> None:
    """The wider look is believed where it makes a mask's text of what was read."""
    script = Script(
        Found(corners=box(near_left, 268), score=0.9), {near_left: near_text, 163: far_text}
    )
    pipeline = Pipeline("eu")
    pipeline._detector = script  # type: ignore[assignment]
    pipeline._reader = script  # type: ignore[assignment]
    said = pipeline.look(FRAME, Found(corners=box(163, 268), score=0.9))
    assert said is not None
    assert (said.plate, script.reads) == (plate, reads)
    assert said.box[0] == (163 if plate == far_text else near_left)
