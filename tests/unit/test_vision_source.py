"""Frames of streams, films and folders: the newest wins, the dead come back, nothing hangs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.clock import monotonic_s, utc_now
from devices.backoff import Backoff
from tests.servers.camera import camera, jpeg, number_of, numbered
from tests.servers.rtsp import rtsp_camera
from tests.servers.waiting import wait_until
from vision.feeds.feed import masked
from vision.feeds.opening import AddressRefused, Place
from vision.source import Pace, Source, State, Stream, open_source

SOON = 0.05


@contextmanager
def source(place: Place | str, **how: Any) -> Iterator[tuple[Source, list[State]]]:
    """A source that runs, and what it says of its state."""
    states: list[State] = []
    where = Place(url=place) if isinstance(place, str) else place
    backoff = Backoff(first_s=SOON, most_s=SOON)
    one = Source(where, backoff=backoff, on_state=states.append, **how)
    one.start()
    try:
        yield one, states
    finally:
        one.stop()


def video(path: Path, frames: int, *, fps: float = 10.0, code: str = "MJPG") -> Path:
    """A recording whose frames say their number."""
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*code), fps, (320, 240)
    )
    for number in range(frames):
        writer.write(np.full((240, 320, 3), number * 8 % 256, np.uint8))
    writer.release()
    return path


def all_of(one: Source) -> list[int]:
    """The numbers of all frames."""
    return [number_of(shot.image) for shot in one.frames()]


@pytest.mark.parametrize("with_length", [True, False], ids=["length", "boundary alone"])
def test_a_stream_is_read_as_it_comes(with_length: bool) -> None:  # noqa: FBT001
    """Whole frames in order, dated when they came."""
    with camera(with_length=with_length) as there, source(there.url) as (one, states):
        began = utc_now()
        taken = []
        for shot in one.frames():
            taken.append(shot)
            if len(taken) == 8:
                break
        numbers = [number_of(shot.image) for shot in taken]
        assert numbers == sorted(numbers)
        assert len(set(numbers)) == 8
        assert all(began <= shot.at <= utc_now() for shot in taken[1:])
    assert [state.stream for state in states] == [Stream.UP]


def test_the_newest_frame_wins_and_no_queue_grows() -> None:
    """Whoever looks after fifty frames sees the fiftieth, and the tally says what was skipped."""
    with camera(fps=200) as there, source(there.url) as (one, _):
        wait_until(lambda: there.sent >= 50)
        there.fall_silent()
        wait_until(lambda: one.tally.frames == there.sent)
        shot = wait_until(one.take)
        assert shot is not None
        assert number_of(shot.image) == (there.sent - 1) % 32
        assert one.tally.skipped == there.sent - 1


@pytest.mark.parametrize("scheme", ["Digest", "Basic"])
def test_cameras_that_want_a_password_get_it(scheme: str) -> None:
    """Digest and Basic; special characters are percent-encoded in the url."""
    with (
        camera(login=("admin", "se:cr eto"), scheme=scheme) as there,
        source(there.url.replace("se:cr eto", "se%3Acr%20eto")) as (one, _),
    ):
        assert wait_until(one.take)


def test_a_wrong_password_is_said_and_not_shown() -> None:
    """The state names the camera and the cure; neither user nor password is in it."""
    with (
        camera(login=("admin", "bueno")) as there,
        source(there.url.replace("bueno", "malo123")) as (_, states),
    ):
        wait_until(lambda: states)
        assert states[0].stream is Stream.DOWN
        assert "correct user and password" in states[0].why
        assert "malo123" not in states[0].why
        assert "admin" not in states[0].why


def test_a_camera_that_dies_mid_frame_is_a_fault_and_comes_back() -> None:
    """Down once, however many attempts fail; up once, when frames come again."""
    with camera() as there, source(there.url) as (one, states):
        wait_until(one.take)
        there.cut()
        wait_until(lambda: one.state.stream is Stream.DOWN)
        wait_until(lambda: "refuses connections" in one.state.why, what=one.state.why)
        there.restore()
        wait_until(lambda: one.state.stream is Stream.UP)
        assert wait_until(one.take)
        assert [state.stream for state in states] == [Stream.UP, Stream.DOWN, Stream.UP]
        assert one.tally.downs == 1


def test_a_half_open_connection_is_left() -> None:
    """A stream that says nothing more is down after the time limit, and tried again."""
    with camera() as there, source(Place(url=there.url, timeout_s=0.3)) as (one, _):
        wait_until(one.take)
        there.fall_silent()
        began_s = monotonic_s()
        wait_until(lambda: one.state.stream is Stream.DOWN)
        assert monotonic_s() - began_s < 5
        assert "silent" in one.state.why
        there.speak()
        wait_until(lambda: one.state.stream is Stream.UP)


def test_a_silent_stream_does_not_hold_up_a_stop() -> None:
    """A read under way is cut, long before its time limit."""
    with camera() as there, source(Place(url=there.url, timeout_s=60)) as (one, _):
        wait_until(one.take)
        there.fall_silent()
        began_s = monotonic_s()
        one.stop()
        assert monotonic_s() - began_s < 5
        assert one.is_drained or one.has_frame


def test_broken_frames_are_counted_and_skipped() -> None:
    """The stream stays up, and every frame that is answered is whole."""
    with camera(fps=100) as there, source(there.url) as (one, states):
        wait_until(one.take)
        there.spoil(5)
        wait_until(lambda: one.tally.broken == 5)
        wait_until(lambda: one.take() is not None)
        assert [state.stream for state in states] == [Stream.UP]


def test_a_stream_of_garbage_is_down() -> None:
    """Pictures that are none, one after the other, are a fault of the camera."""
    with (
        camera(lambda _: b"\xff\xd8garbage\xff\xd9", fps=500) as there,
        source(there.url) as (one, states),
    ):
        wait_until(lambda: states)
        assert states[0].stream is Stream.DOWN
        assert "broken frames in a row" in states[0].why
        assert one.tally.frames == 0


def test_frames_of_no_use_are_broken() -> None:
    """A dot, and a picture of 20 000 pixels a side, which is not even decoded."""
    dot = jpeg(np.zeros((1, 1, 3), np.uint8))
    wide = bytearray(jpeg(np.zeros((64, 64, 3), np.uint8)))
    at = wide.index(b"\xff\xc0")
    wide[at + 5 : at + 9] = (20_000).to_bytes(2, "big") * 2
    odd = [dot, bytes(wide)]
    pictures = lambda n: odd[n] if n < 2 else numbered(n)  # noqa: E731
    with camera(pictures) as there, source(there.url) as (one, _):
        assert wait_until(one.take)
        assert one.tally.broken == 2


def test_a_camera_that_gives_single_pictures_is_asked_again() -> None:
    """An address of one JPEG is a slow stream."""
    with camera() as there, source(there.snapshot_url) as (one, _):
        wait_until(one.take)
        wait_until(one.take)
        assert len(there.asked) >= 2


def test_rtsp_is_read_like_any_camera(capfd: pytest.CaptureFixture[str]) -> None:
    """The newest frame wins there too; FFMPEG says nothing."""
    with rtsp_camera(fps=12) as there, source(there.url) as (one, states):
        taken = [number_of(shot.image) for shot, _ in zip(one.frames(), range(5), strict=False)]
        assert len(set(taken)) == 5
        before = there.sent
        wait_until(lambda: there.sent >= before + 20)
        newest = next(one.frames())
        behind = (there.sent - number_of(newest.image)) % 32
        assert behind <= 4 or behind >= 30
        assert [state.stream for state in states] == [Stream.UP]
    assert capfd.readouterr().err == ""


def test_an_rtsp_stream_that_falls_silent_is_down_and_comes_back() -> None:
    """FFMPEG's own limits end the wait."""
    with rtsp_camera() as there, source(Place(url=there.url, timeout_s=2)) as (one, _):
        wait_until(one.take)
        there.fall_silent()
        wait_until(lambda: one.state.stream is Stream.DOWN)
        there.speak()
        wait_until(lambda: one.state.stream is Stream.UP)


def test_a_recording_is_read_without_loss_when_asked(tmp_path: Path) -> None:
    """Every frame, however slow the reader; dated by the recording, the last one now."""
    place = Place(url=str(video(tmp_path / "v.avi", 20)))
    with source(place, pace=Pace.ALL) as (one, states):
        shots = list(one.frames())
    assert [number_of(shot.image) for shot in shots] == list(range(20))
    assert shots[10].at - shots[0].at == timedelta(seconds=1)
    assert abs(shots[-1].at - utc_now()) < timedelta(seconds=10)
    assert [state.stream for state in states] == [Stream.UP, Stream.ENDED]
    assert one.tally.skipped == 0


def test_a_recording_plays_in_its_own_time(tmp_path: Path) -> None:
    """Half a second of film takes half a second; frames are dated now."""
    began_s, began = monotonic_s(), utc_now()
    with source(str(video(tmp_path / "v.avi", 6))) as (one, _):
        shots = list(one.frames())
    assert monotonic_s() - began_s >= 0.5
    assert all(began <= shot.at <= utc_now() for shot in shots)


def test_a_recording_may_say_when_it_was_taken(tmp_path: Path) -> None:
    """Its frames are dated from there."""
    taken = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    place = Place(url=f"file://{video(tmp_path / 'v.avi', 3)}", starts_at=taken)
    with source(place, pace=Pace.ALL) as (one, _):
        assert [(shot.at - taken).total_seconds() for shot in one.frames()] == [0, 0.1, 0.2]


def test_a_recording_may_begin_again(tmp_path: Path) -> None:
    """A film for a demonstration goes on until it is stopped."""
    place = Place(url=str(video(tmp_path / "v.avi", 3)))
    with source(place, pace=Pace.ALL, repeat=True) as (one, _):
        numbers = [number_of(shot.image) for shot, _ in zip(one.frames(), range(8), strict=False)]
    assert numbers == [0, 1, 2, 0, 1, 2, 0, 1]


@pytest.mark.parametrize("name", ["v.avi", "v.mp4"])
def test_a_recording_that_ends_mid_frame_is_a_fault(tmp_path: Path, name: str) -> None:
    """What is whole is read; the failure is said and final. Without its index, nothing is."""
    whole = video(tmp_path / name, 30, code="MJPG" if name == "v.avi" else "mp4v")
    packed = whole.read_bytes()
    whole.write_bytes(packed[: len(packed) * 6 // 10])
    with source(str(whole), pace=Pace.ALL) as (one, _):
        frames = list(one.frames())
    assert one.state.stream is Stream.FAILED
    if name == "v.avi":
        assert 10 < len(frames) < 25
        assert "was cut off" in one.state.why
    else:
        assert "unfinished" in one.state.why


def test_a_folder_is_read_by_name_and_dated_by_its_files(tmp_path: Path) -> None:
    """Broken and foreign files are passed over."""
    for number in (2, 0, 1):
        (tmp_path / f"{number}.jpg").write_bytes(numbered(number))
    (tmp_path / "1b.jpg").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("no picture either")
    with source(str(tmp_path)) as (one, _):
        assert all_of(one) == [0, 1, 2]
    assert one.tally.broken == 1
    assert one.state.stream is Stream.ENDED


def test_a_folder_may_be_a_film(tmp_path: Path) -> None:
    """With a rate its pictures follow one another in time."""
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(
            cv2.imencode(".png", np.full((240, 320), number * 8, np.uint8))[1].tobytes()
        )
    with source(Place(url=str(tmp_path), fps=4), pace=Pace.ALL) as (one, _):
        shots = list(one.frames())
    assert [(shot.at - shots[0].at).total_seconds() for shot in shots] == [0, 0.25, 0.5, 0.75]


def test_a_folder_is_followed_when_asked(tmp_path: Path) -> None:
    """A picture that comes later is seen, once it is whole."""
    (tmp_path / "a.jpg").write_bytes(numbered(1))
    with source(Place(url=str(tmp_path), follow=True)) as (one, _):
        coming = one.frames()
        assert number_of(next(coming).image) == 1
        (tmp_path / "b.jpg").write_bytes(numbered(2))
        assert number_of(next(coming).image) == 2
        assert one.take() is None


@pytest.mark.parametrize(
    ("url", "said"),
    [("no/such/file.mp4", "there is no file"), ("/dev/null", "there is no file")],
)
def test_what_is_not_there_is_said(url: str, said: str) -> None:
    """Once and for all: a file does not come back like a camera."""
    one = open_source(url)
    wait_until(lambda: one.state.stream is Stream.FAILED)
    assert said in one.state.why
    one.stop()


def test_a_text_is_no_video_and_an_empty_folder_no_camera(tmp_path: Path) -> None:
    """Each says what to give instead."""
    (tmp_path / "v.mp4").write_text("no video")
    (tmp_path / "empty").mkdir()
    for name, said in (("v.mp4", "is no video"), ("empty", "no pictures")):
        with source(str(tmp_path / name)) as (one, states):
            wait_until(states.copy)
            assert one.state.stream is Stream.FAILED
            assert said in one.state.why


@pytest.mark.parametrize("url", ["gopher://x/y", "rtsp://", "", "http://[/x", "http://h:x/"])
def test_addresses_that_nothing_reads_are_refused(url: str) -> None:
    """When they are written down, not when they are opened."""
    with pytest.raises(AddressRefused):
        Place(url=url)


@pytest.mark.parametrize(
    "url", ["rtsp://ana:geheim@h:554/s?u=ana&p=geheim", "http://ana:ge@heim@h/", "x://ana:geheim[@"]
)
def test_no_part_of_a_password_is_shown(url: str) -> None:
    """Whatever characters it has."""
    shown = masked(url)
    assert "heim" not in shown
    assert "ana" not in shown


def test_ffmpeg_and_cv2_keep_passwords_to_themselves(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed when a stream cannot be opened."""
    url = "rtsp://ana:geheim@127.0.0.1:1/x"
    with source(Place(url=url, timeout_s=0.5)) as (one, _):
        wait_until(lambda: one.state.stream is Stream.DOWN)
        assert "geheim" not in one.state.why
    assert "geheim" not in "".join(capfd.readouterr())
