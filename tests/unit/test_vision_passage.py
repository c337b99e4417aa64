"""One passage a vehicle: what a watcher tells, and when, given what is found in its frames.

Here a script says what is found and read, so that each case is exactly what its name says; the
networks themselves are watched in test_vision_film.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import ConfigError
from vision.detect import Found
from vision.formats.fit import Candidate
from vision.formats.grammar import region
from vision.frames import PhotoRefused
from vision.passage import CROP_BYTES, CameraView, Passage, Watcher
from vision.pipeline import Pipeline, Plate
from vision.vehicle import jpeg, side

U8 = NDArray[np.uint8]
BEGIN = datetime(2026, 3, 14, 7, tzinfo=UTC)
LINE = ((0.0, 0.5), (1.0, 0.5))
MX = region("mx")
EMPTY = np.full((720, 1280, 3), 90, np.uint8)


def _street(at: int) -> U8:
    """Something bright, each time elsewhere."""
    image = EMPTY.copy()
    image[:200, 100 * at : 100 * at + 200] = 200
    return image


STREETS = [_street(at) for at in range(10)]
Seen = tuple[str, float, float, float]
"""A plate's text, its middle and its width."""


class Script(Pipeline):
    """Finds and reads what it is told to."""

    def __init__(self) -> None:
        self.now: list[Seen] = []
        self.sure = 0.95
        self.looks = 0

    @property
    def region(self) -> Any:
        """Mexico."""
        return MX

    @property
    def version(self) -> str:
        """No network's."""
        return "detector/reader"

    def find(self, frame: U8) -> list[Found]:
        """What the script says."""
        assert frame.shape == (720, 1280, 3)
        return [Found(corners=self._corners(one), score=0.9) for one in self.now]

    def look(self, frame: U8, found: Found) -> Plate | None:  # noqa: ARG002 - as the real one
        """The text of the plate that was found."""
        self.looks += 1
        middle = found.corners.mean(axis=0)
        text = min(self.now, key=lambda one: abs(one[1] - middle[0]) + abs(one[2] - middle[1]))[0]
        mask = MX.mask_of(text)
        candidate = Candidate(
            plate=text,
            score=self.sure,
            characters=(self.sure,) * len(text),
            mask=mask.text if mask else None,
        )
        return Plate(
            plate=text,
            score=self.sure,
            dscore=0.9,
            weakest=self.sure,
            corners=found.corners,
            region="mx",
            mask=candidate.mask,
            kind=None,
            state=None,
            candidates=(candidate,),
        )

    @staticmethod
    def _corners(one: Seen) -> NDArray[np.float32]:
        _, x, y, wide = one
        unit = np.array([[-0.5, -0.25], [0.5, -0.25], [0.5, 0.25], [-0.5, 0.25]], np.float32)
        return unit * wide + np.array([x, y], np.float32)


class Camera:
    """A watcher, its script and its clock: ten frames a second."""

    def __init__(self, **view: Any) -> None:
        self.script = Script()
        self.watcher = Watcher(CameraView(device_id="cam", **view), self.script)
        self.at_s = 0.0
        self.told: list[Passage] = []

    def see(self, *plates: Seen, moving: bool = True) -> None:
        """One frame; a picture in which nothing moves shows the same as the one before it."""
        self.script.now = list(plates)
        image = STREETS[round(self.at_s * 10) % 10] if moving else EMPTY
        self.told += self.watcher.see(image, BEGIN + timedelta(seconds=self.at_s))
        self.at_s += 0.1

    def rest(self, seconds: float) -> None:
        """An empty street."""
        for _ in range(round(seconds * 10)):
            self.see(moving=False)


def drive(text: str, begin_y: float = 100, end_y: float = 640, x: float = 900) -> Iterator[Seen]:
    """A vehicle that comes, or goes, in twelve frames."""
    for share in np.linspace(0, 1, 12):
        y = float(begin_y + (end_y - begin_y) * share)
        yield text, x, y, 50 + 70 * y / 720


@pytest.mark.parametrize("line", [LINE, None])
@pytest.mark.parametrize(("way", "direction"), [((100, 640), "in"), ((640, 100), "out")])
def test_a_vehicle_is_one_passage(line: Any, way: tuple[int, int], direction: str) -> None:
    """By its line, or by the growth of its plate where there is none."""
    camera = Camera(line=line)
    for seen in drive("XYA123C", *way):
        camera.see(seen)
    camera.rest(3)
    assert [(one.plate, one.direction) for one in camera.told] == [("XYA123C", direction)]
    one = camera.told[0]
    assert (one.mask, one.state, one.vehicle) == ("LLLDDDL", "Veracruz", "car")
    assert one.candidates[0] == ("XYA123C", one.score)
    assert one.model == "detector/reader"
    assert BEGIN <= one.first_at <= one.best_at <= one.last_at
    assert hashlib.sha256(one.crop_jpeg).hexdigest() == one.crop_sha256
    assert len(one.crop_jpeg) <= CROP_BYTES
    crop = cv2.imdecode(np.frombuffer(one.crop_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert crop is not None
    assert crop.shape[1] > one.box[2] - one.box[0]


def test_a_line_is_told_when_it_is_crossed() -> None:
    """Not when the vehicle has gone."""
    camera = Camera(line=LINE)
    for seen in drive("XYA123C"):
        camera.see(seen)
        if camera.told:
            break
    assert 360 < seen[2] < 560


def test_the_other_side_may_be_the_city() -> None:
    """Sides are the configuration's."""
    camera = Camera(line=LINE, entering_side="left")
    for seen in drive("XYA123C"):
        camera.see(seen)
    assert [one.direction for one in camera.told] == ["out"]


def test_two_lanes_are_two_passages() -> None:
    """At once, one each way."""
    camera = Camera(line=LINE)
    for comes, goes in zip(drive("XYA123C"), drive("YBC456D", 640, 100, 300), strict=True):
        camera.see(comes, goes)
    camera.rest(3)
    told = {one.plate: one.direction for one in camera.told}
    assert told == {"XYA123C": "in", "YBC456D": "out"}
    assert len(camera.told) == 2


def test_a_post_before_the_plate_makes_no_second_passage() -> None:
    """It is lost for half a second, in the middle."""
    camera = Camera(line=LINE)
    for at, seen in enumerate(drive("XYA123C")):
        camera.see(*([] if 4 <= at < 9 else [seen]))
    camera.rest(3)
    assert [one.plate for one in camera.told] == ["XYA123C"]


def test_a_plate_seen_again_within_seconds_is_the_same_passage() -> None:
    """And another one after a minute."""
    camera = Camera()
    for pause_s in (4, 60):
        for seen in drive("XYA123C"):
            camera.see(seen)
        camera.rest(pause_s)
        assert len(camera.told) == 1
    for seen in drive("XYA123C"):
        camera.see(seen)
    camera.rest(3)
    assert len(camera.told) == 2


def test_a_convoy_with_plates_in_a_row_is_told_vehicle_by_vehicle() -> None:
    """One digit apart, one second behind each other: police, a firm's vans."""
    camera = Camera(line=LINE)
    for text in ("XYA123C", "XYA124C", "XYA125C"):
        for seen in drive(text):
            camera.see(seen)
        camera.rest(1)
    camera.rest(3)
    assert [one.plate for one in camera.told] == ["XYA123C", "XYA124C", "XYA125C"]


def test_a_parked_car_is_one_passage() -> None:
    """Told without waiting for it to go, and never again, whatever passes before it."""
    camera = Camera()
    parked = ("XYA123C", 400.0, 500.0, 100.0)
    for seen in drive("XYA123C", 100, 500, 400):
        camera.see(seen)
    for _ in range(20):
        camera.see(parked, moving=False)
    assert [one.plate for one in camera.told] == ["XYA123C"]
    for lorry in ("YBC456D", "YCD567E"):
        for _ in range(200):
            camera.see()  # hidden for twenty seconds
        for seen in drive(lorry):
            camera.see(seen, parked)
    camera.rest(3)
    assert [one.plate for one in camera.told] == ["XYA123C", "YBC456D", "YCD567E"]


def test_a_standing_queue_costs_no_memory_and_few_looks() -> None:
    """Ten minutes before a red light, while the other lane moves."""
    camera = Camera(line=LINE)
    queue = [(f"XYA{at}23C", 300.0 + 250 * at, 250.0, 90.0) for at in range(4)]
    for at in range(300):
        camera.at_s = at * 2.1
        camera.see(*queue)
    assert camera.script.looks < 40
    assert len(camera.watcher._vehicles) == 4
    assert all(len(one.ballot) <= 24 for one in camera.watcher._vehicles.values())
    assert len(camera.told) == 4


def test_still_frames_are_not_looked_at() -> None:
    """But now and then, for safety."""
    camera = Camera()
    camera.rest(10)
    assert camera.watcher.frames == 100
    assert camera.watcher.looked < 10


@pytest.mark.parametrize("text", ["NISSAN", "TOYOTA"])
def test_a_badge_is_no_plate(text: str) -> None:
    """Every Mexican plate has a digit."""
    camera = Camera(line=LINE)
    for seen in drive(text):
        camera.see(seen)
    camera.rest(3)
    assert camera.told == []


def test_what_fits_no_mask_is_told_and_says_so() -> None:
    """A foreigner, read surely and often."""
    camera = Camera(line=LINE)
    for seen in drive("9AB9CD9"):
        camera.see(seen)
    camera.rest(3)
    assert [(one.plate, one.mask, one.vehicle) for one in camera.told] == [("9AB9CD9", None, None)]


def test_an_unsure_plate_is_counted_not_told() -> None:
    """Its weakest character decides."""
    camera = Camera(line=LINE, min_weakest=0.5)
    camera.script.sure = 0.4
    for seen in drive("XYA123C"):
        camera.see(seen)
    camera.rest(3)
    assert camera.told == []
    assert camera.watcher.unread == 1


def test_one_frame_is_no_passage() -> None:
    """Whatever flashes by."""
    camera = Camera()
    camera.see(("XYA123C", 400, 500, 100))
    camera.rest(3)
    assert camera.told == []


def test_what_is_masked_out_is_not_looked_at() -> None:
    """The lot behind the street."""
    camera = Camera(line=LINE, ignore=(((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)),))
    for seen in drive("XYA123C"):
        camera.see(seen)
    camera.rest(3)
    assert camera.told == []
    assert camera.script.looks == 0


def test_a_stream_that_ends_tells_what_was_under_way() -> None:
    """Mid-film, before the line."""
    camera = Camera(line=LINE)
    for seen in list(drive("XYA123C"))[:5]:
        camera.see(seen)
    assert camera.told == []
    assert [(one.plate, one.direction) for one in camera.watcher.flush()] == [("XYA123C", "in")]
    assert camera.watcher.flush() == []


def test_a_camera_that_changes_its_size_begins_anew() -> None:
    """What was under way is told first."""
    camera = Camera()
    for seen in list(drive("XYA123C"))[:8]:
        camera.see(seen)
    camera.script.now = []
    camera.script.find = lambda _frame: []  # type: ignore[method-assign,assignment]  # any size
    told = camera.watcher.see(np.full((480, 640, 3), 90, np.uint8), BEGIN + timedelta(seconds=9))
    assert [one.plate for one in told] == ["XYA123C"]


@pytest.mark.parametrize(
    "frame", [np.zeros((1, 1, 3), np.uint8), np.zeros((720, 20_000, 3), np.uint8)]
)
def test_frames_that_are_none_are_refused(frame: U8) -> None:
    """The watcher goes on with the next one."""
    camera = Camera()
    with pytest.raises(PhotoRefused):
        camera.watcher.see(frame, BEGIN)
    camera.see()


@pytest.mark.parametrize(
    "frame", [np.full((720, 1280), 90, np.uint8), np.full((720, 1280, 1), 900, np.uint16)]
)
def test_grey_and_deep_frames_are_seen(frame: NDArray[np.generic]) -> None:
    """As colour cameras' are."""
    camera = Camera()
    assert camera.watcher.see(frame, BEGIN) == []  # type: ignore[arg-type]  # as cameras send them


def test_region_and_pipeline_must_agree() -> None:
    """The refusal says how."""
    with pytest.raises(ConfigError, match=r"Pipeline\('us'\)"):
        Watcher(CameraView(device_id="cam", region="us"), Script())


def test_a_crop_is_small_whatever_it_shows() -> None:
    """Noise is what packs worst."""
    noise = np.random.default_rng(1).integers(0, 255, (900, 1400, 3)).astype(np.uint8)
    packed, digest = jpeg(noise, CROP_BYTES)
    assert len(packed) <= CROP_BYTES
    assert hashlib.sha256(packed).hexdigest() == digest


@pytest.mark.parametrize(
    ("line", "at", "right"),
    [
        (((0, 0.5), (1, 0.5)), (50, 80), True),
        (((1, 0.5), (0, 0.5)), (50, 80), False),
        (((0.5, 0), (0.5, 1)), (20, 50), True),
        (((0.5, 1), (0.5, 0)), (20, 50), False),
    ],
)
def test_sides_of_a_line(line: Any, at: tuple[float, float], right: bool) -> None:  # noqa: FBT001 - pytest's way
    """Looking along it, in a picture whose y goes down."""
    assert (side(line, np.array(at, np.float32), (100, 100)) > 0) == right
