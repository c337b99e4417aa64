"""Frames that people watch show no plate that a machine, or a person, could read."""

import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.pipeline import Pipeline
from vision.veil import WIDE_PX, Veil

STREETS = Path(__file__).parents[1] / "data" / "plates"


def test_plates_are_not_readable_in_what_people_watch() -> None:
    """Where the plate was the picture is flat, and no reader finds it."""
    veil, pipeline = Veil(), Pipeline("mx")
    truth = json.loads((STREETS / "truth.json").read_text())
    for name in sorted(truth)[:12]:
        plate, corners = truth[name]["plate"], np.array(truth[name]["corners"])
        frame = np.asarray(cv2.imread(str(STREETS / name)), np.uint8)
        packed = veil.jpeg(frame)
        seen = np.asarray(cv2.imdecode(np.frombuffer(packed, np.uint8), 1), np.uint8)
        assert seen.shape[1] <= WIDE_PX
        assert plate not in {one.plate for one in pipeline.read(seen)}, name
        scale = seen.shape[1] / frame.shape[1]
        (left, upper), (right, lower) = corners.min(axis=0), corners.max(axis=0)
        rows = slice(int(upper * scale), int(lower * scale))
        where = rows, slice(int(left * scale), int(right * scale))
        before = cv2.resize(frame, seen.shape[1::-1], interpolation=cv2.INTER_AREA)
        # Edges between the few blocks are left, the characters' are gone.
        assert _edges(seen[where]) < 0.5 * _edges(np.asarray(before[where], np.uint8)), name


def test_an_empty_street_is_shown_as_it_is() -> None:
    """A small frame without plates is not changed but for JPEG."""
    frame = np.full((120, 160, 3), 90, np.uint8)
    frame[60:] = 140
    seen = np.asarray(cv2.imdecode(np.frombuffer(Veil().jpeg(frame), np.uint8), 1), np.uint8)
    assert seen.shape == frame.shape
    assert np.abs(seen.astype(int) - frame).max() < 6


def _edges(part: NDArray[np.uint8]) -> float:
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F)).mean())
