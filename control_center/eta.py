"""When the truck comes to an address: a range, what stands behind it, or why nobody can say.

The plans that fit the address best are found here; what a run of one says is in `eta_run`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from control_center import eta_run
from control_center.eta_plans import Atlas, Known
from control_center.eta_run import Answer, Found, Now
from core.clock import rfc3339
from core.errors import InvalidField
from geo import address
from geo.near import distances_m
from store import route as store_route
from store import run as store_run
from store.pool import Connection
from store.run import Run

_FAR_M: Final = 250.0
"""Farther from every street than this, a place is on no route."""
_SAME_M: Final = 10.0
"""Streets this much farther than the nearest are as near: positions err."""
_ATLAS: Final = Atlas()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A street or colonia in words."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place, WGS 84."""

    lat_deg: float
    lon_deg: float


def question(text: str | None, lat_deg: float | None, lon_deg: float | None) -> Address | Spot:
    """What is asked: an address, or a place; InvalidField if it is neither, or both."""
    if text is not None and text.strip() and lat_deg is None and lon_deg is None:
        return Address(text=text)
    if text is None and lat_deg is not None and lon_deg is not None:
        return Spot(lat_deg=lat_deg, lon_deg=lon_deg)
    raise InvalidField("say an address, or latitude and longitude")


def ask(
    conn: Connection, now: Now, asked: Address | Spot, route_id: str | None = None
) -> list[Answer]:
    """One answer a route that fits best, soonest first; none if no street fits."""
    runs = _runs(conn, now, route_id)
    planned = {
        one.route_id: one.version
        for one in store_route.listed(conn, now.day)
        if one.valid_from <= now.day
        and (one.retired_on is None or one.retired_on > now.day)
        and route_id in {None, one.route_id}
    }
    driven = {one.route_id: one.version for found in runs.values() for one in found}
    known = _ATLAS.plans(conn, {**planned, **driven}.items())
    answers: list[Answer] = [
        _best([eta_run.answer(conn, now, one, run) for run in runs.get(one.route_id, ())])
        or eta_run.idle(now, one)
        for one in _matching(known, asked)
    ]
    return sorted(answers, key=_order)


def as_answer(one: Answer) -> dict[str, Any]:
    """An answer as pages and scripts get it: instants RFC 3339, UTC."""
    return {
        "route_id": one.route_id,
        "device_id": one.device_id,
        "segment_id": one.segment_id,
        "street": one.street,
        "colonia": one.colonia,
        "low_at": _instant(one.low_at),
        "likely_at": _instant(one.likely_at),
        "high_at": _instant(one.high_at),
        "runs": one.runs,
        "state": one.state,
        "note_es": one.note.es,
        "note_en": one.note.en,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)


def _runs(conn: Connection, now: Now, route_id: str | None) -> dict[str, list[Run]]:
    """Runs of today, and those of last night that are not over, by route."""
    found: dict[str, list[Run]] = {}
    for run in store_run.listed(conn, now.day - timedelta(days=1), now.day, route_id):
        if run.service_date == now.day or run.window_to > now.at:
            found.setdefault(run.route_id, []).append(run)
    return found


def _matching(known: Sequence[Known], asked: Address | Spot) -> list[Found]:
    """The plans that fit best, each with its blocks that do."""
    if isinstance(asked, Address):
        matches = [(one, address.find(one.route.blocks, asked.text)) for one in known]
        best = max((match.score for _, match in matches), default=address.NOTHING)
        return [
            Found(one, match.blocks)
            for one, match in matches
            if match.score == best != address.NOTHING
        ]
    away = [
        np.where(
            [block.service for block in one.route.blocks],
            distances_m(one.route.blocks, asked.lat_deg, asked.lon_deg),
            np.inf,
        )
        for one in known
    ]
    nearest = min((float(found.min()) for found in away), default=np.inf)
    if nearest > _FAR_M:
        return []
    near = [np.flatnonzero(found <= nearest + _SAME_M) for found in away]
    return [
        Found(one, tuple(found.tolist()))
        for one, found in zip(known, near, strict=True)
        if len(found)
    ]


def _best(answers: Sequence[Answer]) -> Answer | None:
    """Of several trucks on one route, the one that was here, or is here first."""
    return min(answers, key=_order, default=None)


def _order(answer: Answer) -> tuple[int, float]:
    at = answer.likely_at
    return ("passed", "ahead", "unknown").index(answer.state), at.timestamp() if at else np.inf
