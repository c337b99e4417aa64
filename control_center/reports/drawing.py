"""The map of a run as plain shapes on a sheet of paper: projected, clipped, labelled.

Nothing here knows SVG or a language: `reports/templates/map.svg.j2` draws what
this lays out. States are told apart by stroke as well as by colour, so that a
black-and-white printer and a colour-blind eye lose nothing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from control_center.reports.geometry import Line, LonLat
from control_center.reports.labels import Labels
from control_center.reports.run import Report, is_gap
from control_center.reports.trail import trails

WIDTH: Final = 538.0
TALLEST: Final = 310.0
FLATTEST: Final = 190.0
_PAD: Final = 26.0
"""Points of paper; 72 an inch."""
_EARTH_M: Final = 111_194.9
"""Metres a degree of a great circle."""
_NICE_M: Final = (1, 2, 5)
_MAX_NAMES: Final = 40
_FAR_M: Final = 100.0
_SMALLEST_M: Final = 50.0
Path = str
"""Points of an SVG polyline, `x,y x,y`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something at one place of the sheet; `kind` says what."""

    kind: str
    x: float
    y: float
    text: str = ""
    turn_deg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A laid out map. Blocks are in the order in which they are to be painted."""

    width: float
    height: float
    trace: Sequence[Path]
    blocks: Sequence[tuple[str, Path]]
    """(state or `connector`, line)."""
    marks: Sequence[Mark]
    names: Sequence[Mark]
    numbers: Sequence[Mark]
    scale_m: float
    scale: float
    """Length of `scale_m` on paper."""
    scale_x: float
    """Where the scale bar begins; it stands at the foot."""


class Frame:
    """Degrees to points of paper, north up, the whole plan in view."""

    def __init__(self, lines: Iterable[Line]) -> None:
        lonlat = np.array([point for line in lines for point in line], np.float64)
        self._lon, self._lat = lonlat[0]
        self._east = _EARTH_M * math.cos(math.radians(self._lat))
        xy = self._metres(lonlat)
        low, high = xy.min(axis=0), xy.max(axis=0)
        size = np.maximum(high - low, _SMALLEST_M)
        self.scale = float(min((WIDTH - 2 * _PAD) / size[0], (TALLEST - 2 * _PAD) / size[1]))
        self.height = float(max(FLATTEST, size[1] * self.scale + 2 * _PAD))
        self._middle = (low + high) / 2.0
        self.box = shapely.box(0.0, 0.0, WIDTH, self.height)

    def place(self, lonlat: Sequence[LonLat]) -> np.ndarray[Any, Any]:
        """(n, 2) x to the right and y down, points."""
        xy = (self._metres(np.array(lonlat, np.float64)) - self._middle) * self.scale
        return np.column_stack((WIDTH / 2.0 + xy[:, 0], self.height / 2.0 - xy[:, 1]))

    def _metres(self, lonlat: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        east = (lonlat[:, 0] - self._lon + 180.0) % 360.0 - 180.0
        return np.column_stack((east * self._east, (lonlat[:, 1] - self._lat) * _EARTH_M))


def lay_out(report: Report) -> Sheet:
    """Lay out a run's map."""
    frame = Frame(report.shapes.lines.values())
    lines = {name: frame.place(line) for name, line in report.shapes.lines.items()}
    painted = sorted(
        (segment for segment in report.segments if segment["segment_id"] in lines), key=_depth
    )
    scale_m = _nice(WIDTH / 5.0 / frame.scale)
    labels = Labels(WIDTH, frame.height)
    marks = [*_places(report, frame), *_stops(report, frame)]
    for mark in marks:
        wide = 1.6 * len(mark.text) if mark.kind in report.shapes.places else 0.0
        labels.take(mark.x + math.copysign(wide, WIDTH / 2.0 - mark.x), mark.y, wide + 5.0, 5.0)
    bar = scale_m * frame.scale
    scale_x = next(
        (x for x in (10.0, WIDTH - bar - 10.0, WIDTH / 2.0) if _bar_fits(labels, frame, x, bar)),
        10.0,
    )
    labels.take(scale_x + bar / 2.0, frame.height - 14.0, bar / 2.0, 9.0)
    labels.take(WIDTH - 16.0, 20.0, 8.0, 16.0)
    return Sheet(
        width=WIDTH,
        height=frame.height,
        trace=_trace(report, frame),
        blocks=[(_style(one), _path(lines[one["segment_id"]])) for one in painted],
        marks=marks,
        numbers=_numbers(report, lines, labels),
        names=_names(report, lines, labels),
        scale_m=scale_m,
        scale=bar,
        scale_x=scale_x,
    )


def _bar_fits(labels: Labels, frame: Frame, x: float, bar: float) -> bool:
    return labels.is_free(x + bar / 2.0, frame.height - 14.0, bar / 2.0, 9.0)


def _style(segment: Mapping[str, Any]) -> str:
    return str(segment["state"]) if segment["service"] else "connector"


def _depth(segment: Mapping[str, Any]) -> int:
    """What must be seen is painted last."""
    return ("connector", "serviced", "unknown", "too_fast", "missed").index(_style(segment))


def _path(xy: np.ndarray[Any, Any]) -> Path:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in xy.tolist())


def _trace(report: Report, frame: Frame) -> list[Path]:
    """The driven way inside the frame, without what nobody could see."""
    found: list[Path] = []
    for trail in trails(report.trace):
        xy = frame.place([(point.lon_deg, point.lat_deg) for point in trail])
        inside = shapely.intersection(shapely.LineString(xy).simplify(0.4), frame.box)
        parts = [part for part in shapely.get_parts(inside) if part.geom_type == "LineString"]
        found += [_path(shapely.get_coordinates(part)) for part in parts if part.length]
    return found


def _places(report: Report, frame: Frame) -> list[Mark]:
    """Depot and landfill; one outside the sheet stands at its edge, with its distance."""
    marks: list[Mark] = []
    for kind, place in report.shapes.places.items():
        x, y = frame.place([(place.lon_deg, place.lat_deg)])[0].tolist()
        near_x, near_y = min(max(x, 9.0), WIDTH - 9.0), min(max(y, 9.0), frame.height - 9.0)
        away_m = math.hypot(x - near_x, y - near_y) / frame.scale
        far = f" {away_m / 1000.0:,.1f} km" if away_m >= _FAR_M else ""
        marks.append(Mark(kind=kind, x=near_x, y=near_y, text=place.name + far))
    return marks


def _stops(report: Report, frame: Frame) -> list[Mark]:
    marks: list[Mark] = []
    for number, stop in enumerate(report.document["stops"], start=1):
        x, y = frame.place([(stop["lon"], stop["lat"])])[0].tolist()
        kind = "stop" if stop["on_route"] or stop["place"] else "stop_off_plan"
        if 0.0 <= x <= WIDTH and 0.0 <= y <= frame.height:
            marks.append(Mark(kind=kind, x=x, y=y, text=str(number)))
    return marks


def _numbers(
    report: Report, lines: Mapping[str, np.ndarray[Any, Any]], labels: Labels
) -> list[Mark]:
    """Numbers of the table of gaps, beside their blocks, as far as there is room."""
    wanted = [
        (number, one)
        for number, one in enumerate(filter(is_gap, report.segments), start=1)
        if one["segment_id"] in lines
    ]
    marks: list[Mark] = []
    for number, one in sorted(wanted, key=lambda pair: -_depth(pair[1])):
        x, y, turn = _middle(lines[one["segment_id"]])
        free = labels.beside(x, y, turn, 5.2, 5.2, 8.0)
        if free is not None:
            marks.append(Mark(kind=one["state"], x=free[0], y=free[1], text=str(number)))
    return marks


def _names(report: Report, lines: Mapping[str, np.ndarray[Any, Any]], labels: Labels) -> list[Mark]:
    """Each street's name once, along its longest block, as far as there is room."""
    longest: dict[str, Mapping[str, Any]] = {}
    for one in report.segments:
        street = one["street"]
        known = longest.get(street)
        if one["segment_id"] in lines and (known is None or one["length_m"] > known["length_m"]):
            longest[street] = one
    longest.pop("", None)
    marks: list[Mark] = []
    for street, one in list(longest.items())[:_MAX_NAMES]:
        x, y, turn = _middle(lines[one["segment_id"]])
        half = 1.45 * len(street)
        wide = abs(math.cos(turn)) * half + 3.0
        tall = abs(math.sin(turn)) * half + 3.0
        free = labels.beside(x, y, turn, wide, tall, 5.6)
        if free is not None:
            degrees = math.degrees(turn)
            upright = degrees - 180.0 * round(degrees / 180.0)
            mark = Mark(kind="street", x=free[0], y=free[1], text=street, turn_deg=upright)
            marks.append(mark)
    return marks


def _middle(xy: np.ndarray[Any, Any]) -> tuple[float, float, float]:
    """A line's middle and its direction there, radians."""
    line = shapely.LineString(xy)
    before, after = line.interpolate(0.45, normalized=True), line.interpolate(0.55, normalized=True)
    middle = line.interpolate(0.5, normalized=True)
    return middle.x, middle.y, math.atan2(after.y - before.y, after.x - before.x)


def _nice(length_m: float) -> float:
    """The longest round length that is no longer."""
    power = 10.0 ** math.floor(math.log10(length_m))
    return max(step * power for step in _NICE_M if step * power <= length_m)
