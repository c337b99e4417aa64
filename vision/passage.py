"""One event a vehicle: from a camera's frames to passages of plates.

A passage is a plate that was followed from where it appeared to where it went, read on the way as
often as it paid, and voted on. It is told once: when it crosses the camera's line and is surely
read, or when it has gone, or after a while where the vehicle stands. See ADR 0014.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from vision.boxes import box_of
from vision.detect import Found
from vision.formats.fit import Candidate
from vision.frames import colours
from vision.motion import Motion
from vision.pipeline import Pipeline, Plate
from vision.recent import Recent
from vision.track import Track, Tracker
from vision.vehicle import Shot, Vehicle, jpeg, readable

U8 = NDArray[np.uint8]

Point = tuple[float, float]
Direction = Literal["in", "out"]

CROP_BYTES: Final = 24_000
"""A passage's crop is a JPEG of at most this size."""

_KEEP_S: Final = 1.5
_MOST: Final = 32
"""Plates followed at once."""
_LOOK_ANYWAY_S: Final = 2.0
"""Plates are looked for this often even where nothing moves."""
_TELL_S: Final = 2.0
"""Without a line: a vehicle that is surely read is told after this."""
_PATIENCE_S: Final = 30.0
"""And one that stands, or is in doubt, after this."""
_FEWEST_FRAMES: Final = 2
_UNREAD_FRAMES: Final = 5
_BACK: Final[dict[Direction, Direction]] = {"in": "out", "out": "in"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """What a camera looks at, and how its passages are judged.

    Points are shares of the frame's width and height, 0-1, from the top left.
    """

    device_id: str
    region: str = "mx"
    line: tuple[Point, Point] | None = None
    """A vehicle passes where its plate crosses this line; None: growth of the plate tells."""
    entering_side: Literal["left", "right"] = "right"
    """The side of the line, looking from its first point to its second, that is the city's."""
    approaching: Direction = "in"
    """Without a line: where a vehicle goes whose plate grows."""
    ignore: tuple[tuple[Point, ...], ...] = ()
    """Polygons in which no plate is looked for: a time stamp, a parking lot behind."""
    min_weakest: float = 0.3
    """A plate whose least certain character is below this is not told, only counted as unread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A vehicle passed. Personal data."""

    plate: str
    score: float
    """How sure the text is: 0-1."""
    dscore: float
    """How sure it is that this is a plate at all."""
    weakest: float
    """The least certain character's probability after the vote."""
    candidates: tuple[tuple[str, float], ...]
    """Other texts that it may be, best first, the told one in front."""
    region: str
    mask: str | None
    """The mask it fits; None: none of the region's."""
    state: str | None
    kind: str | None
    direction: Direction | None
    """Of the city; None: not to be told."""
    orientation_deg: float | None
    """How far the plate's upper edge falls to the right in the best frame."""
    first_at: datetime
    last_at: datetime
    best_at: datetime
    box: tuple[int, int, int, int]
    """xmin, ymin, xmax, ymax in the best frame's pixels."""
    crop_jpeg: bytes
    """The plate and a little about it in the best frame, at most CROP_BYTES."""
    crop_sha256: str
    model: str
    """Which networks read it."""
    frames: int
    """Frames in which it was found."""
    vehicle: str | None
    """Class of vehicle as far as the mask tells: car, truck, motorcycle."""


class Watcher:
    """One camera's frames in, passages out; pure given frames, one thread at a time.

    What it keeps is bounded, however long a queue stands.
    """

    def __init__(self, view: CameraView, pipeline: Pipeline) -> None:
        """Watch a view; ConfigError where the pipeline reads another region's plates."""
        if pipeline.region.id != view.region:
            raise ConfigError(
                f"camera {view.device_id} sees plates of {view.region}, the pipeline reads "
                f"{pipeline.region.id}; make it with Pipeline({view.region!r})"
            )
        self.view = view
        self.unread = 0
        """Vehicles whose plates were followed, but not read surely enough to be told."""
        self.frames = 0
        self.looked = 0
        """Frames in which plates were looked for, because something moved."""
        self._pipeline = pipeline
        self._size = (0, 0)
        self._began: datetime | None = None
        self._now_s = 0.0
        self._looked_s = 0.0
        self._motion = Motion()
        self._tracker = Tracker(keep_s=_KEEP_S, most=_MOST)
        self._vehicles: dict[int, Vehicle] = {}
        self._recent = Recent()

    def see(self, frame: U8, at: datetime) -> list[Passage]:
        """Look at the next frame; return the passages that it completes, most often none.

        frame  (h, w, 3) blue, green, red; grey and 16-bit ones are turned into it, others refused
               with vision.frames.PhotoRefused
        at     when it was taken, UTC; a clock that is set back stands still meanwhile
        """
        frame = colours(frame)
        told = self._sized((frame.shape[1], frame.shape[0]))
        self._began = self._began or at
        self._now_s = max(self._now_s, (at - self._began).total_seconds())
        self.frames += 1
        if self._motion.moved(frame) or self._now_s - self._looked_s >= _LOOK_ANYWAY_S:
            self._looked_s = self._now_s
            self.looked += 1
            told += self._look(frame, at)
        else:
            self._tracker.stand(self._now_s)
        return told + self._settled()

    def flush(self) -> list[Passage]:
        """Passages that were under way when the stream ended."""
        told = [self._tell(one) for one in self._vehicles.values()]
        self._vehicles = {}
        self._tracker = Tracker(keep_s=_KEEP_S, most=_MOST)
        self._motion = Motion()
        return [one for one in told if one is not None]

    def _sized(self, size: tuple[int, int]) -> list[Passage]:
        """Begin anew when the camera changes its frame's size."""
        if size == self._size:
            return []
        self._size = size
        return self.flush()

    def _look(self, frame: U8, at: datetime) -> list[Passage]:
        """Find plates, follow them, and read those of which something new can be seen."""
        told: list[Passage | None] = []
        found = [one for one in self._pipeline.find(frame) if not self._ignored(one)]
        corners = np.array([one.corners for one in found], np.float32).reshape(-1, 4, 2)
        looks: dict[int, Plate | None] = {}

        def read(number: int) -> Plate | None:
            if number not in looks:
                looks[number] = self._pipeline.look(frame, found[number])
            return looks[number]

        def unlike(track: Track, number: int) -> float:
            plate = read(number) if readable(found[number], self._size) else None
            return self._vehicles[track.number].unlike(plate)

        tracks = self._tracker.see(box_of(corners), self._now_s, unlike)
        for number, track in enumerate(tracks):
            vehicle = self._vehicle(track, at)
            if number in looks or vehicle.wants(found[number], self._size):
                plate = read(number)
                if plate is not None and vehicle.unlike(plate) >= 1:
                    told.append(self._tell(vehicle))
                    del self._vehicles[track.number]
                    vehicle = self._vehicle(track, at)
                if plate is not None:
                    vehicle.read(plate, frame, at)
            vehicle.found(at)
        return [one for one in told if one is not None]

    def _vehicle(self, track: Track, at: datetime) -> Vehicle:
        if track.number not in self._vehicles:
            self._vehicles[track.number] = Vehicle(track, self._pipeline.region, at)
        return self._vehicles[track.number]

    def _ignored(self, found: Found) -> bool:
        x, y = (float(one) for one in found.corners.mean(axis=0) / self._size)
        shapes = (np.array(one, np.float32) for one in self.view.ignore)
        return any(cv2.pointPolygonTest(one, (x, y), measureDist=False) >= 0 for one in shapes)

    def _settled(self) -> list[Passage]:
        """Tell the vehicles that are through, and forget those that have gone."""
        told: list[Passage | None] = []
        for track in [*self._tracker.gone(self._now_s), *self._left()]:
            self._tracker.drop(track)
            told.append(self._tell(self._vehicles.pop(track.number)))
        told.extend(self._tell(one) for one in self._vehicles.values() if self._through(one))
        return [one for one in told if one is not None]

    def _left(self) -> list[Track]:
        """Tracks that were missed where they would be outside the frame."""
        return [
            one
            for one in self._tracker.tracks
            if one.misses > 1 and not (one.state[:2] > 0).all() & (one.state[:2] < self._size).all()
        ]

    def _through(self, vehicle: Vehicle) -> bool:
        """Whether a vehicle that is still seen can be told."""
        if vehicle.told or not vehicle.said:
            return False
        if vehicle.age_s > _PATIENCE_S:
            return True
        if self.view.line is not None:
            return vehicle.sure and vehicle.crossed(self.view.line, self._size) is not None
        return vehicle.sure and vehicle.age_s > _TELL_S and vehicle.comes is not None

    def _direction(self, vehicle: Vehicle) -> Direction | None:
        line = self.view.line
        if line is not None:
            to = vehicle.crossed(line, self._size) or vehicle.towards(line, self._size)
            return None if to is None else "in" if to == self.view.entering_side else "out"
        if vehicle.comes is None:
            return None
        return self.view.approaching if vehicle.comes else _BACK[self.view.approaching]

    def _tell(self, vehicle: Vehicle) -> Passage | None:
        """A vehicle's passage, once; None: it was told, is no vehicle, or was not read."""
        said, best = vehicle.said, vehicle.best
        if vehicle.told:
            self._recent.note(vehicle)
            return None
        vehicle.told = True
        if not said or best is None or vehicle.frames < _FEWEST_FRAMES:
            self.unread += vehicle.moved and vehicle.frames >= _UNREAD_FRAMES
            return None
        if not vehicle.believed(self.view.min_weakest, digits=self._pipeline.region.digits):
            self.unread += vehicle.moved and said[0].mask is not None
            return None
        again = self._recent.holds(vehicle)
        self._recent.note(vehicle)
        return None if again else self._passage(vehicle, said, best)

    def _passage(self, vehicle: Vehicle, said: list[Candidate], best: Shot) -> Passage:
        read = said[0]
        mask = self._pipeline.region.mask_of(read.plate)
        crop, digest = jpeg(best.picture, CROP_BYTES)
        low, top = best.plate.corners.min(axis=0), best.plate.corners.max(axis=0)
        fall = best.plate.corners[1] - best.plate.corners[0]
        return Passage(
            plate=read.plate,
            score=read.score,
            dscore=best.plate.dscore,
            weakest=read.weakest,
            candidates=tuple((one.plate, one.score) for one in said),
            region=self.view.region,
            mask=mask.text if mask else None,
            state=self._pipeline.region.state(read.plate),
            kind=mask.kind if mask else None,
            direction=self._direction(vehicle),
            orientation_deg=float(np.degrees(np.arctan2(fall[1], fall[0]))),
            first_at=vehicle.first_at,
            last_at=vehicle.last_at,
            best_at=best.at,
            box=(int(low[0]), int(low[1]), int(np.ceil(top[0])), int(np.ceil(top[1]))),
            crop_jpeg=crop,
            crop_sha256=digest,
            model=self._pipeline.version,
            frames=vehicle.frames,
            vehicle=mask.kind.partition(",")[0] if mask else None,
        )
