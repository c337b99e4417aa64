"""The planned route: directed blocks in order, refused with every reason at once.

A block that crosses itself is a street that does so: it is allowed. A block without length, with
a coordinate that is no number, or whose identity is in doubt is not: each is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from core.errors import C5Error
from geo.arrays import F64

_MIN_POINTS = 2
_SHOWN = 12
_LONGEST_BLOCK_DEG = 1.0


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
    problems = [] if plan.blocks else ["it has no blocks; draw at least one street"]
    seen: dict[str, int] = {}
    for at, block in enumerate(plan.blocks, start=1):
        name = f"feature {at} ({block.segment_id!r})"
        problems += [f"{name}: {problem}" for problem in _problems(block)]
        if block.segment_id in seen:
            problems.append(f"{name}: feature {seen[block.segment_id]} has the same segment_id")
        seen.setdefault(block.segment_id, at)
    if not plan.max_mean_mps > 0:
        problems.append("service_max_mean_kmh must be a speed above 0")
    begin_s, end_s = plan.window_s
    if begin_s > end_s:
        problems.append("window_end is before window_start")
    if problems:
        raise PlanRefused(plan.route_id, problems)
    return plan


def _problems(block: Block) -> list[str]:
    """What is wrong with one block; the first wrong thing, since it hides the others."""
    line = block.lonlat_deg
    if line.ndim != 2 or line.shape[1] != 2:  # noqa: PLR2004  longitude and latitude
        return ["coordinates must be pairs of longitude and latitude"]
    if len(line) < _MIN_POINTS:
        return [f"a street needs {_MIN_POINTS} points or more, this has {len(line)}"]
    if not np.isfinite(line).all():
        return ["a coordinate is not a number"]
    across = np.abs(np.diff(line[:, 0]))
    checks = {
        "a coordinate is outside longitude -180..180, latitude -90..90": (
            np.abs(line) > np.array([180.0, 90.0])
        ).any(),
        "it has no length: all its points are the same; remove it or give it an end": (
            line == line[0]
        ).all(),
        "two neighbouring points are more than a degree apart; split it or correct it": (
            np.minimum(across, 360.0 - across) > _LONGEST_BLOCK_DEG
        ).any(),
    }
    return [problem for problem, wrong in checks.items() if wrong][:1]


def from_geojson(document: Mapping[str, Any]) -> Plan:
    """A FeatureCollection with one LineString a block; properties as docs/route-compliance.md."""
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise PlanRefused("", ["not a GeoJSON FeatureCollection with a list of features"])
    about = document.get("properties") or {}
    route_id = str(about.get("route_id", ""))
    problems: list[str] = []
    placed: list[tuple[float, Block]] = []
    for at, feature in enumerate(features, start=1):
        try:
            placed.append(_block(feature, at))
        except ValueError as problem:
            problems.append(f"feature {at}: {problem}")
    orders = [order for order, _ in placed]
    if len(set(orders)) != len(orders):
        twice = next(order for order in orders if orders.count(order) > 1)
        problems.append(f"order {twice:g} is given twice; number the blocks 1, 2, 3 …")
    if problems:
        raise PlanRefused(route_id, problems)
    limit_kmh = about.get("service_max_mean_kmh")
    return validated(
        Plan(
            route_id=route_id,
            blocks=tuple(block for _, block in sorted(placed, key=lambda pair: pair[0])),
            max_mean_mps=np.inf if limit_kmh is None else _number(limit_kmh, route_id) / 3.6,
            window_s=(_instant(about, "window_start"), _instant(about, "window_end")),
        )
    )


def _block(feature: Any, at: int) -> tuple[float, Block]:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or geometry.get("type") != "LineString":
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        raise ValueError(f"a block is one LineString, this is {kind or 'nothing'}")
    about = feature.get("properties") or {}
    order = about.get("order", at)
    if isinstance(order, bool) or not isinstance(order, int | float) or not np.isfinite(order):
        raise ValueError(f"order {order!r} is no number")
    try:
        line = np.array([point[:2] for point in geometry["coordinates"]], np.float64)
    except (TypeError, ValueError, KeyError, IndexError):
        raise ValueError("coordinates must be pairs of longitude and latitude") from None
    segment_id = str(about.get("segment_id", f"S{at:03}"))
    return float(order), Block(segment_id, line, bool(about.get("service", True)))


def _number(value: Any, route_id: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PlanRefused(route_id, [f"service_max_mean_kmh {value!r} is no number"])
    return float(value)


def _instant(about: Mapping[str, Any], name: str) -> float:
    text = about.get(name)
    if text is None:
        return float("nan")
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise PlanRefused(
            str(about.get("route_id", "")), [f"{name} {text!r} is no instant"]
        ) from None
    if moment.tzinfo is None:
        raise PlanRefused(str(about.get("route_id", "")), [f"{name} {text!r} has no time zone"])
    return moment.timestamp()
