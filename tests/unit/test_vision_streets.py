"""Plates read end to end, on streets that were drawn once and kept."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vision import frames
from vision.boxes import box_of, iou
from vision.pipeline import Pipeline, Plate

STREETS = Path(__file__).parents[1] / "data" / "plates"
TRUTH: dict[str, dict[str, Any]] = json.loads((STREETS / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def answers() -> dict[str, list[Plate]]:
    """Every street, read once."""
    pipeline = Pipeline("mx")
    return {name: pipeline.read(frames.load(STREETS / name)) for name in TRUTH}


def test_nine_of_ten_streets_read_exactly(answers: dict[str, list[Plate]]) -> None:
    """Day and night, every mask: the best answer is the plate, character for character."""
    wrong = {
        name: (truth["plate"], [one.plate for one in answers[name]])
        for name, truth in TRUTH.items()
        if [one.plate for one in answers[name][:1]] != [truth["plate"]]
    }
    assert len(wrong) <= len(TRUTH) // 10, wrong


def test_corners_are_the_plates(answers: dict[str, list[Plate]]) -> None:
    """Boxes of nine in ten overlap the truth by more than three fifths."""
    overlaps = [
        float(iou(boxes[0], boxes[1:])[0])
        for name, truth in TRUTH.items()
        if answers[name]
        for boxes in [box_of(np.array([truth["corners"], answers[name][0].corners], np.float32))]
    ]
    assert np.quantile(overlaps, 0.1) > 0.6


def test_answers_are_whole(answers: dict[str, list[Plate]]) -> None:
    """What is said of a plate agrees with itself."""
    for one in (plate for plates in answers.values() for plate in plates):
        assert one.region == "mx"
        assert 0 < one.weakest <= one.score <= 1
        assert one.candidates[0].plate == one.plate
        assert (one.mask is None) == (one.kind is None)


def test_a_plate_cut_out_is_read_whole() -> None:
    """With `crop` the picture is the plate."""
    name, truth = next(iter(TRUTH.items()))
    low, top = np.array(truth["corners"]).min(axis=0), np.array(truth["corners"]).max(axis=0)
    (left, above), (right, below) = low.astype(int), np.ceil(top).astype(int)
    part = frames.load(STREETS / name)[above:below, left:right]
    plates = Pipeline("mx").read(np.ascontiguousarray(part), crop=True)
    assert len(plates) == 1
    assert plates[0].box == (0, 0, right - left, below - above)
