"""`c5 lpr read`: one answer a photo, whatever the photo is."""

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from control_center.cli import lpr
from vision.frames import PhotoRefused, colours, load
from vision.network import ModelRefused
from vision.network import load as load_model

GREY = np.full((240, 320), 120, np.uint8)


def png(path: Path, image: Any) -> Path:
    """A picture on disk."""
    assert cv2.imwrite(str(path), image)
    return path


def huge(path: Path, side: int = 20_000) -> Path:
    """A PNG that says it is this large; decoding it would need 1.2 GB."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )
    return path


def ask(*arguments: str) -> list[dict[str, Any]]:
    """What the command prints, one object a line."""
    done = CliRunner().invoke(lpr.app, ["read", "--json", *arguments])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_bad_pictures_are_answers_and_stop_nothing(tmp_path: Path) -> None:
    """Each has its reason, in order, and the good one among them is still looked at."""
    whole = cv2.imencode(".jpg", np.full((300, 400, 3), 90, np.uint8))[1].tobytes()
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"x" * 400)
    (tmp_path / "cut.jpg").write_bytes(whole[:300])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.png").write_text("not a picture")
    files = [
        tmp_path / "broken.jpg",
        tmp_path / "empty.jpg",
        tmp_path / "text.png",
        png(tmp_path / "dot.png", np.zeros((1, 1, 3), np.uint8)),
        huge(tmp_path / "huge.png"),
        tmp_path / "absent.jpg",
        png(tmp_path / "good.png", np.full((300, 400, 3), 90, np.uint8)),
    ]
    answers = ask(*map(str, files))
    assert [one["file"] for one in answers] == [str(file) for file in files]
    assert all(one["error"]["reason"] == "photo_refused" for one in answers[:-1])
    assert all(one["plates"] == [] for one in answers)
    assert "error" not in answers[-1]
    assert "20000 x 20000 pixels" in answers[4]["error"]["message"]
    ask(str(tmp_path / "cut.jpg"))


@pytest.mark.parametrize(
    "image",
    [
        GREY,
        (GREY.astype(np.uint16) * 200),
        np.dstack([GREY] * 4),
        (np.dstack([GREY] * 3).astype(np.uint16) * 13),
    ],
    ids=["grey", "16 bit grey", "with alpha", "16 bit colour"],
)
def test_any_depth_is_read(tmp_path: Path, image: Any) -> None:
    """Grey, 16-bit and transparent pictures become 8-bit colour."""
    frame = load(png(tmp_path / "one.png", image))
    assert frame.shape == (240, 320, 3)
    assert frame.dtype == np.uint8
    assert "error" not in ask(str(tmp_path / "one.png"))[0]


def test_frames_that_are_no_pictures_are_refused() -> None:
    """A video's odd frame is refused by its shape."""
    with pytest.raises(PhotoRefused, match=r"shape \(4, 5, 7\)"):
        colours(np.zeros((4, 5, 7), np.uint8))
    with pytest.raises(PhotoRefused, match="at most 8192 a side"):
        colours(np.zeros((20, 9000), np.uint8))


def test_floats_with_gaps_are_stretched() -> None:
    """NaN is dark, and the rest fills the range."""
    image = np.linspace(0, 1, 32 * 32).reshape(32, 32)
    image[0, 0] = np.nan
    frame = colours(image)
    assert frame.max() == 255
    assert frame[0, 0, 0] == 0


def test_people_get_a_table(tmp_path: Path) -> None:
    """Errors stand in it too."""
    (tmp_path / "text.png").write_text("not a picture")
    done = CliRunner().invoke(lpr.app, ["read", str(tmp_path / "text.png")])
    assert done.exit_code == 0
    assert "placa" in done.stdout


@pytest.mark.parametrize("name", ["reader", "detector"])
def test_a_model_that_is_missing_is_refused(tmp_path: Path, name: str) -> None:
    """The refusal says what to restore."""
    with pytest.raises(ModelRefused, match="restore vision/models"):
        load_model(name, tmp_path)


def test_a_model_that_was_changed_is_refused(tmp_path: Path) -> None:
    """One byte is enough."""
    (tmp_path / "reader.onnx").write_bytes(b"not what was published")
    (tmp_path / "models.toml").write_text(
        f'[reader]\nfile = "reader.onnx"\nsha256 = "{"0" * 64}"\n', encoding="utf-8"
    )
    with pytest.raises(ModelRefused, match="has SHA-256"):
        load_model("reader", tmp_path)
