"""The planned route: directed blocks in order, refused with every reason at once.

A block that crosses itself is a street that does so: it is allowed. A block without length, with
a coordinate that is no number, or whose identity is in doubt is not: each is named.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from core.errors import C5Error
from core.units import mps_from_kmh
from geo import route_values as values
from geo.arrays import F64
from geo.route_values import ValueRefused, Window

PLACE = "place"
"""The property that makes a Point a place and no street."""
_MIN_POINTS = 2
_SHOWN = 12
_LONGEST_BLOCK_DEG = 1.0
_MAX_ID = 64
_WORLD_DEG = np.array([180.0, 90.0])


class PlanRefused(C5Error):
    """A plan is wrong; the message names each feature and what to correct."""

    reason = "plan_refused"

    def __init__(self, route_id: str, problems: Sequence[str]) -> None:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        super().__init__(f"plan {route_id or '?'}: {'; '.join(problems[:_SHOWN])}{more}")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One street between two corners, in the direction it is to be driven."""

    segment_id: str
    lonlat_deg: F64
    """(points, 2) longitude and latitude."""
    service: bool = True
    """False: driven to get somewhere, nothing is collected."""
    street: str = ""
    colonia: str = ""
    window: Window | None = None
    """Local times between which it is to be served; None: whenever the run is."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Blocks in the order they are to be driven."""

    route_id: str
    blocks: tuple[Block, ...]
    max_mean_mps: float = np.inf
    """Driven faster than this, mean over the block, a block was passed and not served."""
    window_s: tuple[float, float] = (np.nan, np.nan)
    """When the run should begin and end, Unix time; NaN: not said."""


def validated(plan: Plan) -> Plan:
    """The same plan, or `PlanRefused` with all that is wrong with it."""
    problems = block_problems(enumerate(plan.blocks, start=1))
    if not plan.max_mean_mps > 0:
        problems.append("service_max_mean_kmh must be a speed above 0")
    begin_s, end_s = plan.window_s
    if begin_s > end_s:
        problems.append("window_end is before window_start")
    if problems:
        raise PlanRefused(plan.route_id, problems)
    return plan


def block_problems(numbered: Iterable[tuple[int, Block]]) -> list[str]:
    """What is wrong with blocks, each beside the number of its feature."""
    problems: list[str] = []
    seen: dict[str, int] = {}
    for at, block in numbered:
        name = f"feature {at} ({block.segment_id!r})"
        problems += [f"{name}: {problem}" for problem in _problems(block)]
        if block.segment_id in seen:
            problems.append(f"{name}: feature {seen[block.segment_id]} has the same segment_id")
        seen.setdefault(block.segment_id, at)
    return problems if seen else ["it has no blocks; draw at least one street"]


def _problems(block: Block) -> list[str]:
    """What is wrong with one block; the first wrong thing, since it hides the others."""
    if not 0 < len(block.segment_id) <= _MAX_ID:
        return [f"segment_id must have 1 to {_MAX_ID} characters"]
    line = block.lonlat_deg
    if line.ndim != 2 or line.shape[1] != 2:  # noqa: PLR2004  longitude and latitude
        return ["coordinates must be pairs of longitude and latitude"]
    if len(line) < _MIN_POINTS:
        return [f"a street needs {_MIN_POINTS} points or more, this has {len(line)}"]
    return _line_problems(line)


def _line_problems(line: F64) -> list[str]:
    if not np.isfinite(line).all():
        return ["a coordinate is not a number"]
    if (np.abs(line) > _WORLD_DEG).any():
        return ["a coordinate is outside longitude -180..180, latitude -90..90"]
    steps = np.abs(line[1:] - line[:-1])
    if not steps.any():
        return ["it has no length: all its points are the same; remove it or give it an end"]
    steps[:, 0] = np.minimum(steps[:, 0], 360.0 - steps[:, 0])
    if (steps > _LONGEST_BLOCK_DEG).any():
        return ["two neighbouring points are more than a degree apart; split it or correct it"]
    return []


def from_geojson(document: Mapping[str, Any]) -> Plan:
    """One run's plan: a FeatureCollection with one LineString a block, see docs/route-plans.md."""
    about, features = parts(document)
    route_id = str(about.get("route_id", ""))
    blocks, problems = read_blocks(features)
    limit_kmh, window_s = np.inf, [np.nan, np.nan]
    try:
        if about.get("service_max_mean_kmh") is not None:
            limit_kmh = values.number(about["service_max_mean_kmh"], "service_max_mean_kmh")
        window_s = [_instant(about, name) for name in ("window_start", "window_end")]
    except ValueRefused as problem:
        problems.append(str(problem))
    if problems:
        raise PlanRefused(route_id, problems)
    return validated(
        Plan(
            route_id=route_id,
            blocks=blocks,
            max_mean_mps=mps_from_kmh(limit_kmh),
            window_s=(window_s[0], window_s[1]),
        )
    )


def parts(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    """Properties and features of a FeatureCollection; PlanRefused if it is none."""
    features = document.get("features")
    about = document.get("properties") or {}
    if (
        document.get("type") != "FeatureCollection"
        or not isinstance(features, list)
        or not isinstance(about, Mapping)
    ):
        raise PlanRefused("", ["not a GeoJSON FeatureCollection with a list of features"])
    return about, features


def is_place(feature: Any) -> bool:
    """Whether a feature is a depot, a landfill or an allowed stop instead of a street."""
    about = feature.get("properties") if isinstance(feature, Mapping) else None
    return isinstance(about, Mapping) and about.get(PLACE) is not None


def read_blocks(features: Sequence[Any]) -> tuple[tuple[Block, ...], list[str]]:
    """The streets among the features, in their order, and all that is wrong with them."""
    problems: list[str] = []
    placed: list[tuple[float, int, Block]] = []
    for at, feature in enumerate(features, start=1):
        if is_place(feature):
            continue
        try:
            placed.append(_block(feature, at))
        except ValueRefused as problem:
            problems.append(f"feature {at}: {problem}")
    if placed or not problems:
        problems += block_problems((at, block) for _, at, block in placed)
    problems += [
        f"order {order:g} is given twice; number the blocks 1, 2, 3 …"
        for order, times in sorted(Counter(order for order, _, _ in placed).items())
        if times > 1
    ]
    placed.sort(key=lambda one: one[0])
    return tuple(block for _, _, block in placed), problems


def _block(feature: Any, at: int) -> tuple[float, int, Block]:
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if not isinstance(geometry, Mapping) or kind not in ("LineString", "MultiLineString"):
        raise ValueRefused(f"a block is one LineString, this is {kind or 'nothing'}{_hint(kind)}")
    about = feature.get("properties") or {}
    if not isinstance(about, Mapping):
        raise ValueRefused("properties must be an object")
    coordinates = geometry.get("coordinates")
    if kind == "MultiLineString":
        if not isinstance(coordinates, Sequence) or len(coordinates) != 1:
            raise ValueRefused("a block is one LineString, this has several parts; split it")
        coordinates = coordinates[0]
    order = values.number(about.get("order", at), "order")
    times = about.get("window")
    return (
        order,
        at,
        Block(
            segment_id=values.text(about.get("segment_id", f"S{at:03}"), "segment_id"),
            lonlat_deg=values.line(coordinates),
            service=values.yes_or_no(about.get("service", True), "service"),
            street=values.text(about.get("street"), "street"),
            colonia=values.text(about.get("colonia"), "colonia"),
            window=None if times is None else values.window(times, "window"),
        ),
    )


def _hint(kind: Any) -> str:
    if kind != "Point":
        return ""
    return f"; for a depot, landfill or allowed stop set its property {PLACE}"


def _instant(about: Mapping[str, Any], name: str) -> float:
    text = about.get(name)
    if text is None:
        return float("nan")
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueRefused(f"{name} {text!r} is no instant") from None
    if moment.tzinfo is None:
        raise ValueRefused(f"{name} {text!r} has no time zone")
    return moment.timestamp()
