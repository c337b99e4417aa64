"""Corners, boxes and crops."""

import doctest

import cv2
import numpy as np
import pytest

from vision import rectify
from vision.boxes import box_of, decode, iou, settle
from vision.detect import STEP, fitted

SQUARE = np.array([[20, 10], [100, 10], [100, 50], [20, 50]], np.float32)


def test_examples_in_the_text() -> None:
    """The doctest of `grown` holds."""
    assert doctest.testmod(rectify, extraglobs={"np": np}).failed == 0


def test_a_leaning_plate_is_levelled() -> None:
    """What was drawn level, seen askew, comes back level."""
    flat = np.zeros((48, 128, 3), np.uint8)
    flat[:, 64:] = 255
    flat[30:, :20] = (0, 0, 255)
    corners = np.array([[60, 40], [300, 80], [290, 190], [50, 120]], np.float32)
    to = np.array([[0, 0], [128, 0], [128, 48], [0, 48]], np.float32)
    frame = cv2.warpPerspective(flat, cv2.getPerspectiveTransform(to, corners), (400, 240))
    back = rectify.rectify(np.asarray(frame, np.uint8), corners, (128, 48))
    assert np.abs(back.astype(int) - flat).mean() < 8


def test_a_plate_at_the_edge_goes_on() -> None:
    """Corners outside the frame repeat its edge instead of failing."""
    frame = np.full((60, 80, 3), 90, np.uint8)
    assert (rectify.rectify(frame, SQUARE - 40, (128, 48)) == 90).all()


def test_halves_share_their_middle() -> None:
    """The lower edge of the one is the upper edge of the other."""
    upper, lower = rectify.halves(SQUARE)
    assert (upper[[3, 2]] == lower[[0, 1]]).all()
    assert (upper[0] == SQUARE[0]).all()
    assert (lower[2] == SQUARE[2]).all()


def test_aspect_is_width_over_height() -> None:
    """80 by 40."""
    assert rectify.aspect(SQUARE) == pytest.approx(2.0)


def test_the_grid_is_read_back() -> None:
    """Corners come out where they were written; cells in doubt stay out."""
    grid = np.full((11, 4, 6), -9, np.float32)
    cell = np.array([2 * 8 + 4, 1 * 8 + 4], np.float32)
    size = np.array([80, 40], np.float32)
    grid[0, 1, 2] = 3
    grid[1:3, 1, 2] = np.log(size / [32, 16])
    grid[3:, 1, 2] = ((SQUARE - cell) / size).ravel()
    corners, scores = decode(grid, 0.5)
    assert corners[0] == pytest.approx(SQUARE, abs=1e-3)
    assert scores == pytest.approx([0.9526], abs=1e-3)


def test_one_answer_a_place() -> None:
    """Rivals join the best, boxes inside it give way, others stay."""
    corners = np.stack([SQUARE, SQUARE + 2, (SQUARE - 30) * 0.3 + 40, SQUARE + 200])
    kept, scores = settle(corners, np.array([0.9, 0.9, 0.8, 0.5], np.float32))
    assert scores == pytest.approx([0.9, 0.5])
    assert kept[0] == pytest.approx(SQUARE + 1)


def test_nothing_settles_to_nothing() -> None:
    """An empty grid has no plates."""
    kept, scores = settle(np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    assert kept.shape == (0, 4, 2)
    assert scores.shape == (0,)


def test_overlap() -> None:
    """Half of each: a third of both."""
    boxes = box_of(np.stack([SQUARE, SQUARE + np.array([40, 0], np.float32), SQUARE + 500]))
    assert iou(boxes[0], boxes) == pytest.approx([1, 1 / 3, 0])


@pytest.mark.parametrize("shape", [(720, 1280), (1280, 720), (17, 900), (16, 16), (2000, 30)])
def test_frames_of_any_shape_fit(shape: tuple[int, int]) -> None:
    """Sides are whole steps, and the area stays near what was asked."""
    small, scale = fitted(np.zeros((*shape, 3), np.uint8), 640 * 480)
    assert small.shape[0] % STEP == small.shape[1] % STEP == 0
    assert small.shape[0] * small.shape[1] <= 640 * 480 * 1.3 + 64 * max(small.shape)
    assert (scale <= 2).all()
