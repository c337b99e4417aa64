"""The file of cameras: each is taken or refused by itself, and shards split them by name."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import ConfigError
from deploy import cities
from tests.unit.doc_tables import bare, table
from vision import config
from vision.config import Camera, Refused, Shard
from vision.passage import CameraView
from vision.source import Pace


def written(folder: Path, text: str) -> Path:
    """A file of cameras."""
    file = folder / "cameras.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_everything_that_can_be_said_is_taken(tmp_path: Path) -> None:
    """Options of the view, of the place and of the pace; paths are from the file's folder."""
    file = written(
        tmp_path,
        """
        [defaults]
        min_weakest = 0.5

        [[camera]]
        device_id = "C-norte"
        url = "rtsp://ana:secreto@10.0.0.7/h264"
        line = [[0.0, 0.6], [1.0, 0.6]]
        entering_side = "left"
        ignore = [[[0.0, 0.0], [0.3, 0.0], [0.3, 0.1]]]
        timeout_s = 3

        [[camera]]
        device_id = "C-video"
        url = "videos/sur.mp4"
        region = "us"
        pace = "all"
        repeat = true
        starts_at = 2026-01-02T03:04:05Z
        models = "redes"
        """,
    )
    norte, sur = config.read(file)
    assert isinstance(norte, Camera)
    assert isinstance(sur, Camera)
    assert norte.view == CameraView(
        device_id="C-norte",
        line=((0.0, 0.6), (1.0, 0.6)),
        entering_side="left",
        ignore=(((0.0, 0.0), (0.3, 0.0), (0.3, 0.1)),),
        min_weakest=0.5,
    )
    assert (norte.place.url, norte.place.timeout_s) == ("rtsp://ana:secreto@10.0.0.7/h264", 3.0)
    assert sur.view.region == "us"
    assert sur.place.path == tmp_path / "videos/sur.mp4"
    assert (sur.pace, sur.repeat) == (Pace.ALL, True)
    assert sur.place.starts_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert sur.models == tmp_path / "redes"


def test_the_citys_region_is_the_default(tmp_path: Path) -> None:
    """Unless the file or the camera says another."""
    file = written(
        tmp_path,
        '[[camera]]\ndevice_id = "A"\nurl = "rtsp://h"\n'
        '[[camera]]\ndevice_id = "B"\nurl = "rtsp://h"\nregion = "eu"\n',
    )
    regions = [one.view.region for one in config.read(file, region="br") if isinstance(one, Camera)]
    assert regions == ["br", "eu"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('region = "zz"', "no region of plates"),
        ('colour = "red"', "colour"),
        ("line = [[0.1, 0.2]]", "line"),
        ("line = [[0.1, 0.2], [0.1, 0.2]]", "two points are one"),
        ("line = [[0.1, 0.2], [10, 0.2]]", "line"),
        ("ignore = [[[0, 0], [1, 1]]]", "ignore"),
        ('url = "gopher://x"', "nothing reads gopher://"),
        ("timeout_s = 0", "timeout_s"),
        ('pace = "fast"', "pace"),
        ("starts_at = 2026-01-02T03:04:05", "starts_at"),
    ],
)
def test_a_camera_that_is_written_wrongly_is_refused_alone(
    tmp_path: Path, line: str, said: str
) -> None:
    """By its name, with what is wrong; the one beside it is taken."""
    url = "" if line.startswith("url") else 'url = "rtsp://ana:secreto@h/x"\n'
    file = written(
        tmp_path,
        f'[[camera]]\ndevice_id = "bad"\n{url}{line}\n'
        '[[camera]]\ndevice_id = "good"\nurl = "rtsp://h/x"\n',
    )
    bad, good = config.read(file)
    assert isinstance(bad, Refused)
    assert bad.device_id == "bad"
    assert said in bad.why
    assert "secreto" not in bad.why
    assert isinstance(good, Camera)


def test_a_camera_without_a_name_and_one_twice_are_refused(tmp_path: Path) -> None:
    """The first of two namesakes is watched."""
    one = '[[camera]]\ndevice_id = "A"\nurl = "rtsp://h"\n'
    nameless = '[[camera]]\nurl = "rtsp://h"\n[[camera]]\ndevice_id = "a/b"\nurl = "rtsp://h"\n'
    found = config.read(written(tmp_path, nameless + one + one))
    assert [isinstance(each, Camera) for each in found] == [False, False, True, False]
    assert [each.device_id for each in found] == [None, None, "A", None]
    assert "camera 1" in found[0].why if isinstance(found[0], Refused) else False


@pytest.mark.parametrize(
    "text", ["", "camera = 3", "[camera]\nx = 1", "[[camra]]\nurl = 'x'", "no toml", "\udcff"]
)
def test_a_file_that_is_none_is_refused_whole(tmp_path: Path, text: str) -> None:
    """It says where the format is described, or what could not be read."""
    file = tmp_path / "cameras.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ConfigError, match=r"cameras: .*cameras\.toml"):
        config.read(file)
    with pytest.raises(ConfigError, match="--cameras FILE"):
        config.read(tmp_path / "absent.toml")


def test_shards_split_the_cameras_without_a_rest() -> None:
    """Every camera is one shard's, by its name alone, and the shares are even."""
    names = [f"C-{number:03}" for number in range(300)]
    shares = [[name for name in names if Shard(n, 3).holds(name)] for n in (1, 2, 3)]
    assert sorted(name for share in shares for name in share) == names
    assert all(80 <= len(share) <= 120 for share in shares)
    assert [Shard(2, 3).holds(name) for name in names] == [name in shares[1] for name in names]
    assert Shard().holds("anything")


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/", "a/b", "1/65", "-1/3", ""])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    """It says how one is written."""
    with pytest.raises(ConfigError, match="write 1/3"):
        Shard.parse(text)


def test_passwords_are_read_and_never_quoted(tmp_path: Path) -> None:
    """A broken file is named, not shown."""
    file = tmp_path / "passwords.json"
    file.write_text(json.dumps({"C-1": "secreto"}))
    assert config.passwords(file) == {"C-1": "secreto"}
    for text in ('{"C-1": "secreto"', '["secreto"]', '{"C-1": 7}'):
        file.write_text(text)
        with pytest.raises(ConfigError, match="device id to password") as refused:
            config.passwords(file)
        assert "secreto" not in str(refused.value)
    with pytest.raises(ConfigError, match="c5 device add"):
        config.passwords(tmp_path / "absent.json")


def test_every_key_is_documented_and_no_other() -> None:
    """docs/lpr-watch.md has a row a key, in the order of the code."""
    rows = table("lpr-watch.md", "## The file of cameras")
    assert [bare(row[0]) for row in rows] == list(config._Entry.model_fields)


def test_the_example_of_a_city_is_one() -> None:
    """All of its cameras can be watched as they are written."""
    found = config.read(cities.FOLDER / "coatzacoalcos" / "cameras.toml")
    assert len(found) == 3
    assert all(isinstance(one, Camera) for one in found)
