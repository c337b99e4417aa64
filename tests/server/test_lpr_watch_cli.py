"""`c5 lpr watch` as people and service managers use it: files, shards, answers, exit codes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from control_center.cli import lpr
from core import settings
from core.errors import ConfigError
from core.seal import PlateVault
from tests.servers.camera import numbered
from tests.servers.ingest import City, Voice
from tests.servers.watching import enrolled
from vision.config import Shard
from vision.service import NothingToWatch
from vision.train import traffic

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def _settings(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of this test's servers."""
    for name, value in {
        "C5_DATABASE__URL": city.db_url,
        "C5_MQTT__URL": city.connections.mqtt_url,
        "C5_LOCAL__DIR": str(tmp_path / "none"),
        "C5_LPR__FRAMES_PORT": "0",
        "C5_LPR__CREDENTIALS": str(tmp_path / "cameras.json"),
    }.items():
        monkeypatch.setenv(name, value)
    settings.load.cache_clear()
    yield
    settings.load.cache_clear()


def written(folder: Path, voices: list[Voice], **camera: str) -> str:
    """The file of cameras and that of passwords."""
    said = "\n".join(f"{key} = {value}" for key, value in camera.items())
    tables = [f'[[camera]]\ndevice_id = "{voice.device_id}"\n{said}\n' for voice in voices]
    (folder / "cameras.toml").write_text("\n".join(tables))
    passwords = {voice.device_id: voice._password for voice in voices}
    (folder / "cameras.json").write_text(json.dumps(passwords))
    return str(folder / "cameras.toml")


def watch(*arguments: str, exit_code: int = 0) -> dict[str, Any]:
    """What the command answers."""
    done = CliRunner().invoke(lpr.app, ["watch", "--json", *arguments])
    assert done.exit_code == exit_code, (done.output, done.exception)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def refusal(*arguments: str) -> str:
    """What it refuses with."""
    done = CliRunner().invoke(lpr.app, ["watch", *arguments])
    assert isinstance(done.exception, ConfigError), done.output
    return str(done.exception)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of three pictures without plates."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(numbered(number))
    return folder


def test_recordings_end_it_and_the_answer_tells_all(
    city: City, tmp_path: Path, pictures: Path
) -> None:
    """One object, whose cameras say what came of them."""
    city.start()
    [voice] = enrolled(city)
    answer = watch("--cameras", written(tmp_path, [voice], url=f'"{pictures}"'))
    assert answer["refused"] == []
    [camera] = answer["cameras"]
    assert camera | {"url": ""} == {
        "device_id": voice.device_id,
        "url": "",
        "stream": "ended",
        "why": "",
        "frames": 3,
        "looked_at": 3,
        "skipped": 0,
        "broken": 0,
        "downs": 0,
        "passages": 0,
        "published": 0,
        "held": 0,
        "dropped": 0,
    }
    city.holds("event", 1)


def test_a_shard_watches_its_cameras_alone(city: City, tmp_path: Path, pictures: Path) -> None:
    """Together they watch all of them."""
    city.start()
    voices = enrolled(city, 4)
    file = written(tmp_path, voices, url=f'"{pictures}"')
    names = {voice.device_id for voice in voices}
    seen: set[str] = set()
    for number in (1, 2):
        mine = {name for name in names if Shard(number, 2).holds(name)}
        if mine:
            answer = watch("--cameras", file, "--shard", f"{number}/2")
            assert {one["device_id"] for one in answer["cameras"]} == mine
            seen |= mine
    assert seen == names


def test_a_camera_that_cannot_be_watched_is_an_exit_code(
    city: City, tmp_path: Path, pictures: Path
) -> None:
    """The others were watched, and the table for people says both."""
    city.start()
    one, other = enrolled(city, 2)
    file = written(tmp_path, [one, other], url=f'"{pictures}"')
    text = Path(file).read_text(encoding="utf-8")
    Path(file).write_text(text + 'region = "zz"\n[[camera]]\nurl = "x"\n', encoding="utf-8")
    answer = watch("--cameras", file, exit_code=3)
    assert [camera["stream"] for camera in answer["cameras"]] == ["ended", "refused"]
    assert "no region of plates" in answer["cameras"][1]["why"]
    assert "device_id" in answer["refused"][0]
    done = CliRunner().invoke(lpr.app, ["watch", "--cameras", file])
    assert done.exit_code == 3
    assert "cámara" in done.stdout


def test_it_runs_for_a_while(city: City, tmp_path: Path) -> None:
    """A stream that is down does not end it; the time does."""
    city.start()
    [voice] = enrolled(city)
    url = '"http://ana:geheim@127.0.0.1:1/video"'
    answer = watch("--cameras", written(tmp_path, [voice], url=url), "--for", "0.5")
    [camera] = answer["cameras"]
    assert camera["stream"] == "down"
    assert "geheim" not in json.dumps(answer)
    assert 0.5 <= answer["seconds"] < 30
    city.holds("event", 1)


def test_what_is_missing_is_named(city: City, tmp_path: Path) -> None:
    """The option and the setting that would say it."""
    del city
    assert "--cameras FILE, or lpr.cameras" in refusal()
    (tmp_path / "cameras.toml").write_text('[[camera]]\ndevice_id = "A"\nurl = "rtsp://h"\n')
    file = str(tmp_path / "cameras.toml")
    assert "c5 device add" in refusal("--cameras", file)
    assert "write 1/3" in refusal("--cameras", file, "--shard", "3/1")
    (tmp_path / "cameras.json").write_text("{}")
    done = CliRunner().invoke(lpr.app, ["watch", "--cameras", file])
    assert isinstance(done.exception, NothingToWatch)
    assert "A has no password" in str(done.exception)


def test_photographs_are_read_as_the_citys(monkeypatch: pytest.MonkeyPatch) -> None:
    """`c5 lpr read` without --region takes lpr.region; with it, what it says."""
    photo = str(Path(__file__).parents[1] / "data" / "plates" / "street00.jpg")
    monkeypatch.setenv("C5_LPR__REGION", "us")
    settings.load.cache_clear()
    for options, region in (([], "us"), (["--region", "mx"], "mx")):
        done = CliRunner().invoke(lpr.app, ["read", "--json", photo, *options])
        plates = json.loads(done.stdout)["plates"]
        assert {plate["region"] for plate in plates} == {region}


@pytest.mark.slow
def test_a_film_is_read_without_loss(city: City, tmp_path: Path) -> None:
    """The shipped networks: both vehicles are in the database, by hash, with their directions."""
    city.start()
    [voice] = enrolled(city)
    truth = traffic.film(tmp_path / "film.avi", 8, 2)
    file = written(
        tmp_path,
        [voice],
        url='"film.avi"',
        pace='"all"',
        line=json.dumps(truth["line"]),
        entering_side=f'"{truth["entering_side"]}"',
    )
    [camera] = watch("--cameras", file)["cameras"]
    assert (camera["passages"], camera["published"], camera["skipped"]) == (2, 2, 0)
    city.holds("plate_read", 2)
    vault = PlateVault(city.connections.plate_key)
    stored = city.sql("SELECT plate_hmac, direction FROM plate_read")
    assert {(bytes(hashed), way) for hashed, way in stored} == {
        (vault.hashed(one["plate"]), one["direction"]) for one in truth["passages"]
    }
    assert city.count("plate_crop") == 2
