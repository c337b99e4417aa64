"""What the plate networks are trained on, as far as it shows without torch."""

import random
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from vision.train import crops, fonts, weather, windows
from vision.train.photos import Photo
from vision.train.plates import plate

RELABELLED = tomllib.loads(
    files("vision.train").joinpath("relabelled.toml").read_text(encoding="utf-8")
)


def labelled(name: str, text: str) -> Photo:
    """A photograph with this label."""
    return Photo(path=Path(name), group="eu", plate=text, box=None)


@pytest.mark.parametrize(
    ("name", "label", "says"),
    [
        ("test_024.jpg", "RKO26AJ", "RK026AJ"),
        ("test_051.jpg", "RK6O5AB", "RK605AB"),
        ("test_056.jpg", "RK3OOAG", "RK300AG"),
        ("test_065.jpg", "4BO4979", "4B04979"),
    ],
)
def test_what_a_wrong_label_says(name: str, label: str, says: str) -> None:
    """Training learns what is on the plate; the fold goes by the label, and none is held out."""
    photo = labelled(name, label)
    assert RELABELLED[name] == says == photo.says
    assert photo.plate == label
    assert not photo.held_out


def test_every_correction_is_one_of_those() -> None:
    """A line more needs its label in the test above, which sees that it is not held out."""
    assert len(RELABELLED) == 4


def test_any_other_label_is_believed() -> None:
    """A photograph that is not listed says its label."""
    assert labelled("other.jpg", "ABC123").says == "ABC123"


def test_crops_are_what_the_reader_takes() -> None:
    """Grey, 128 x 48, with something on them, and the same for the same seed."""
    with fonts.shipped():
        one, again = (crops.drawn(3, folder=None)() for _ in range(2))
    many, texts = one
    assert many.shape == (crops.COUNT, crops.HIGH, crops.WIDE)
    assert many.dtype == np.uint8
    assert float(np.median(many.std(axis=(1, 2)))) > 10
    assert all(text.isalnum() and text.isascii() and text == text.upper() for text in texts)
    assert texts == again[1]
    np.testing.assert_array_equal(many, again[0])


def test_mexican_crops_are_drawn_on_demand() -> None:
    """What a reader is judged by without photographs."""
    with fonts.shipped():
        trials = crops.trials(None)
    assert set(trials) == {"drawn mx"}
    assert len(trials["drawn mx"][0]) == len(trials["drawn mx"][1]) > 500


def test_bent_strokes_stay_where_they_were() -> None:
    """Shapes change a little, sizes and the picture's mean hardly."""
    with fonts.shipped():
        flat = plate(random.Random(1), region="mx").image[:, :, 1]
    rng = random.Random(2)
    for _ in range(20):
        bent = weather.bent(np.ascontiguousarray(flat), rng)
        assert bent.shape == flat.shape
        assert abs(float(bent.mean()) - float(flat.mean())) < 25


def test_windows_say_where_their_plates_are() -> None:
    """Every batch has pictures, kinds and shapes on the detector's grid."""
    with fonts.shipped():
        images, kinds, shapes = windows.drawn(3, folder=None)()
    count, high, wide = images.shape[:3]
    assert count == windows.COUNT
    assert kinds.shape == (count, 3, high // 8, wide // 8)
    assert shapes.shape == (count, 10, high // 8, wide // 8)
    assert set(np.unique(kinds[:, 0])) == {-1.0, 0.0, 1.0}
    assert (shapes[:, :2].transpose(0, 2, 3, 1)[kinds[:, 0] == 1] != 0).any()
