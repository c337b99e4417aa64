"""A film of traffic at a gate, drawn from a seed, and what is true of it.

Two lanes, fronts and rears, sun, rain and night; vehicles stop, walkers and a post hide plates for
a moment. Nothing comes from a photograph and no font has to be installed, so the same seed makes
the same film anywhere. `python -m vision.train.traffic FILM.avi` writes one beside FILM.json.
"""

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import C5Error
from vision.train import fonts
from vision.train.plates import plate
from vision.train.traffic_cars import Camera, Car, Light, car, corners, draw, lamps, length_m
from vision.train.traffic_sky import DAY, LOW_SUN, NIGHT, RAIN, SKIES, Street

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]

FPS: Final = 10.0
LINE: Final = ((0.0, 0.55), (1.0, 0.55))
"""In shares of the frame; whoever comes out below it has entered the city."""
_LANE_M: Final = 1.3
_FAR_M: Final = 13.5
_NEAR_M: Final = -3.0
"""Where vehicles appear and vanish, ahead of the camera."""
_GAP_M: Final = 4.5
_BRAKE_MPS2: Final = 4.0
_SHARES: Final = ((DAY, 0.36), (RAIN, 0.24), (NIGHT, 0.28), (LOW_SUN, 0.12))
_PAUSE_S: Final = 0.8
_POST: Final = (1010, 30)
"""A post before the camera in the rain: its left edge and width in pixels."""
_READABLE_PX: Final = 45.0


class FilmRefused(C5Error):
    """A film cannot be written; the message says what to do."""

    reason = "film_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """One vehicle in the film."""

    car: Car
    lane: int
    """0 the left one, 1 the right one."""
    sky: str
    begins_s: float
    speed_mps: float
    stop: tuple[float, float]
    """Where it stops, metres on its way, and for how long; 0 s: it does not."""
    walker: float | None
    """Where on its way somebody walks before it; None: nobody does."""
    light: Light
    shift_m: float
    """How far beside its lane's middle it drives."""

    @property
    def ends_s(self) -> float:
        """When it has vanished."""
        return self.begins_s + (_FAR_M - _NEAR_M) / self.speed_mps + self._held_s

    @property
    def _held_s(self) -> float:
        """What a stop costs: braking, standing, and gathering speed."""
        return self.stop[1] + self.speed_mps / _BRAKE_MPS2 if self.stop[1] else 0.0

    def _way_m(self, gone_s: float) -> float:
        speed, brakes_s = self.speed_mps, self.speed_mps / _BRAKE_MPS2
        begins_s = (self.stop[0] - speed * brakes_s / 2) / speed
        if not self.stop[1] or gone_s < begins_s:
            return gone_s * speed
        since_s = gone_s - begins_s
        if since_s < brakes_s:
            return begins_s * speed + since_s * (speed - _BRAKE_MPS2 * since_s / 2)
        since_s -= brakes_s + self.stop[1]
        if since_s < brakes_s:
            return self.stop[0] + _BRAKE_MPS2 * max(0.0, since_s) ** 2 / 2
        return self.stop[0] + speed * (since_s - brakes_s / 2)

    def when_s(self, way_m: float) -> float:
        """When it is so far on its way."""
        ticks = np.linspace(self.begins_s, self.ends_s, 80)
        ways = [self._way_m(float(one) - self.begins_s) for one in ticks]
        return float(np.interp(way_m, ways, ticks))

    def at(self, now_s: float) -> tuple[float, float]:
        """Metres to the right and ahead of its near face."""
        way = self._way_m(now_s - self.begins_s)
        right = (-_LANE_M, _LANE_M)[self.lane] + self.shift_m
        return right, (_FAR_M - way if self.car.front else _NEAR_M + way)


def plan(seed: int, passages: int) -> list[Passing]:
    """Who passes, when and how, in order of time; all plates differ."""
    rng = random.Random(seed)
    counts = [round(passages * share) for _, share in _SHARES]
    counts[0] += passages - sum(counts)
    begin_s, out, seen = 0.5, [], set[str]()
    for (sky, _), many in zip(_SHARES, counts, strict=True):
        free_s = [begin_s, begin_s + 0.7]
        last: dict[int, Passing] = {}
        for _ in range(many):
            lane = 0 if free_s[0] <= free_s[1] else 1
            inward = lane == (0 if sky == NIGHT else 1) or sky == LOW_SUN
            flat = plate(rng, region="mx")
            while flat.text in seen:
                flat = plate(rng, region="mx")
            seen.add(flat.text)
            low, top = SKIES[sky].plates
            speed_mps = rng.choice((4.5, 5.5, 6.5, rng.uniform(4, 10)))
            stops = rng.random() < 0.1 and speed_mps < 7
            one = Passing(
                car=car(flat, rng, front=inward),
                lane=lane,
                sky=sky,
                begins_s=max(begin_s, free_s[lane]) + rng.uniform(0, 0.5),
                speed_mps=speed_mps,
                stop=(rng.uniform(6, 8), rng.uniform(0.8, 2.0) if stops else 0.0),
                walker=rng.uniform(3.5, 7.5) if rng.random() < 0.14 else None,
                light=Light(SKIES[sky].street, rng.uniform(low, top), SKIES[sky].lamps),
                shift_m=rng.gauss(0, 0.08),
            )
            one = _behind(last.get(lane), one)
            last[lane] = one
            out.append(one)
            free_s[lane] = one.begins_s
        begin_s = max(one.ends_s for one in out) + _PAUSE_S
    return sorted(out, key=lambda one: one.begins_s)


def _behind(leader: Passing | None, one: Passing) -> Passing:
    """The same vehicle, as much later as it must be to stay behind another all the way."""
    if leader is None:
        return one
    ways = np.linspace(0.0, _FAR_M - _NEAR_M, 40)
    gap_m = length_m(leader.car if one.car.front else one.car) + _GAP_M
    late_s = max(leader.when_s(min(way + gap_m, ways[-1])) - one.when_s(way) for way in ways)
    rest_s = gap_m / leader.speed_mps  # for the way that no grid shows: beyond its end
    late_s = max(late_s, leader.ends_s + rest_s - one.ends_s)
    return replace(one, begins_s=one.begins_s + max(0.0, float(late_s)))


def frames(seed: int, passages: int = 50, *, fps: float = FPS) -> Iterator[tuple[U8, float]]:
    """The film's pictures and when each was taken, seconds from its beginning."""
    with fonts.shipped():
        yield from _drawn(plan(seed, passages), random.Random(seed + 1), fps)


def truth(seed: int, passages: int = 50, *, fps: float = FPS) -> dict[str, Any]:
    """What is true of the film: its line, and each passage in order of time."""
    with fonts.shipped():
        passing = plan(seed, passages)
    camera = Camera()
    said = []
    for one in passing:
        seen_s, widest = [], 0.0
        for tick in range(int(one.begins_s * fps), int(one.ends_s * fps) + 2):
            quad = corners(one.car, one.at(tick / fps), camera)
            wide = float(np.hypot(*(quad[1] - quad[0])))
            inside = (quad > 2).all() and (quad < np.array(camera.size) - 2).all()
            if inside and wide >= _READABLE_PX:
                seen_s.append(tick / fps)
                widest = max(widest, wide)
        said.append(
            {
                "plate": one.car.plate.text,
                "direction": "in" if one.car.front else "out",
                "enters_s": min(seen_s),
                "leaves_s": max(seen_s),
                "lane": one.lane,
                "sky": one.sky,
                "hidden": one.walker is not None or (one.sky == RAIN and one.lane == 1),
                "stops_s": round(one.stop[1], 2),
                "speed_kmh": round(one.speed_mps * 3.6, 1),
                "widest_px": round(widest),
                "frames": len(seen_s),
            }
        )
    return {"seed": seed, "fps": fps, "line": LINE, "entering_side": "right", "passages": said}


def film(path: Path, seed: int = 1, passages: int = 50, *, fps: float = FPS) -> dict[str, Any]:
    """Write a film (.avi: MJPG, .mp4: MPEG-4) and its truth beside it; return the truth."""
    code = {".avi": "MJPG", ".mp4": "mp4v"}.get(path.suffix)
    if code is None:
        raise FilmRefused(f"{path} is neither .avi nor .mp4; name it one of them")
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), fps, Camera().size)
    if not writer.isOpened():
        raise FilmRefused(f"{path} cannot be written; give a folder that exists and may be written")
    writer.set(cv2.VIDEOWRITER_PROP_QUALITY, 80)
    for image, _ in frames(seed, passages, fps=fps):
        writer.write(image)
    writer.release()
    said = truth(seed, passages, fps=fps)
    path.with_suffix(".json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return said


def _drawn(passing: list[Passing], rng: random.Random, fps: float) -> Iterator[tuple[U8, float]]:
    camera = Camera()
    street: Street | None = None
    last = max(one.ends_s for one in passing) + _PAUSE_S
    for tick in range(int(last * fps)):
        now_s = tick / fps
        coming = [one for one in passing if one.ends_s >= now_s]
        sky = (coming or passing[-1:])[0].sky
        if street is None or street.sky.name != sky:
            street = Street(SKIES[sky], camera, rng)
        image = street.ground.copy()
        glows = []
        here = [one for one in coming if one.begins_s <= now_s]
        for one in sorted(here, key=lambda each: -each.at(now_s)[1]):
            _move(image, one, now_s, street, camera)
            if street.sky.lamps and (one.car.front or sky == NIGHT):
                spots = lamps(one.car, one.at(now_s), camera)
                reach = float(np.hypot(*(spots[1] - spots[0]))) * (0.07 if one.car.front else 0.02)
                glows.append((spots, reach))
        for one in here:
            _walk(image, one, now_s, camera)
        if sky == RAIN:
            cv2.rectangle(image, (_POST[0], 0), (_POST[0] + _POST[1], 720), (58, 60, 60), -1)
        image = street.recorded(image, glows)
        _stamp(image, now_s)
        yield image, now_s


def _move(image: U8, one: Passing, now_s: float, street: Street, camera: Camera) -> None:
    """Draw a vehicle, drawn out by what it moves while the shutter is open."""
    box = draw(image, one.car, one.at(now_s), camera, one.light)
    if box is None:
        return
    shutter_s = street.sky.shutter_s
    ends = [corners(one.car, one.at(now_s + by), camera).mean(axis=0) for by in (0, shutter_s)]
    way = ends[1] - ends[0]
    long = float(np.hypot(*way))
    if long < 0.5:
        return
    half = int(np.ceil(long / 2)) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    for step in np.linspace(-0.5, 0.5, 24):
        x, y = half + way * step
        left, top = int(np.floor(x)), int(np.floor(y))
        across, down = x - left, y - top
        kernel[top : top + 2, left : left + 2] += np.outer((1 - down, down), (1 - across, across))
    left, upper, right, lower = box
    part = image[upper:lower, left:right]
    part[:] = cv2.filter2D(part, -1, kernel / kernel.sum())


def _walk(image: U8, one: Passing, now_s: float, camera: Camera) -> None:
    """Somebody crosses before the vehicle and hides its plate for some frames."""
    if one.walker is None:
        return
    meets_s = one.begins_s + one.walker / one.speed_mps
    if abs(now_s - meets_s) > 1.2:
        return
    quad = corners(one.car, one.at(meets_s), camera)
    wide = float(np.hypot(*(quad[1] - quad[0])))
    x = float(quad[:, 0].mean()) + (now_s - meets_s) * wide * 6.5
    y = float(quad[:, 1].mean())
    tall, broad = wide * 5.0, wide * 0.55
    middle = (round(x), round(y))
    body = (round(broad), round(tall * 0.42))
    street = one.light.street
    coat = tuple(int(one_ * max(street, 0.3)) for one_ in (70, 52, 44))
    cv2.ellipse(image, middle, body, 0, 0, 360, coat, -1, cv2.LINE_AA)
    head = (middle[0], round(y - tall * 0.47))
    cv2.circle(image, head, round(broad * 0.42), (60, 80, 110), -1, cv2.LINE_AA)


def _stamp(image: U8, now_s: float) -> None:
    """Date, time and the camera's name, as cameras write them into the picture."""
    text = f"2026-03-14 07:{int(now_s) // 60:02}:{int(now_s) % 60:02}  CAM 03 GARITA"
    for colour, thick in (((0, 0, 0), 4), ((240, 240, 240), 1)):
        cv2.putText(
            image, text, (16, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.8, colour, thick, cv2.LINE_AA
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--passages", type=int, default=50)
    asked = parser.parse_args()
    film(asked.path, asked.seed, asked.passages)
