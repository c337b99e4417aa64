"""Plans as arrivals need them, kept by their digest, and how runs went as times of their blocks."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np

from geo.arrays import F64
from geo.arrival import Progress
from geo.course import lay_out
from geo.plan import Plan
from geo.route import Route, from_document
from store import route as store_route
from store import run as store_run
from store.pool import Connection

_KEPT: Final = 512
_RUNS: Final = 20
"""As many earlier runs stand behind an arrival at the most."""
_DAYS: Final = 90
"""And none older than this."""


class Known(NamedTuple):
    """A version of a route; `lengths_m` (blocks,) are to the next one's start, links included."""

    route: Route
    version: int
    lengths_m: F64


class Atlas:
    """The plans used last. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Route, F64]] = OrderedDict()
        self._lock = Lock()

    def plans(self, conn: Connection, versions: Iterable[tuple[str, int]]) -> list[Known]:
        """Each of these (route_id, version), read once and then remembered."""
        digests = store_route.digests(conn, versions)
        return [
            Known(route, version, lengths_m)
            for (route_id, version), sha256 in sorted(digests.items())
            for route, lengths_m in [self._plan(conn, route_id, version, sha256)]
        ]

    def _plan(
        self, conn: Connection, route_id: str, version: int, sha256: str
    ) -> tuple[Route, F64]:
        with self._lock:
            if sha256 in self._kept:
                self._kept.move_to_end(sha256)
                return self._kept[sha256]
        route = from_document(store_route.version(conn, route_id, version).document)
        courses = lay_out([Plan(route_id, route.blocks)])
        with self._lock:
            self._kept[sha256] = route, courses.length_m + courses.link_m
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return self._kept[sha256]


def history(conn: Connection, known: Known, before: date) -> list[Progress]:
    """How the newest closed runs of this version went, before a local day."""
    runs = store_run.listed(
        conn, before - timedelta(days=_DAYS), before - timedelta(days=1), known.route.route_id
    )
    closed = [run for run in runs if run.state == "closed" and run.version == known.version]
    found = [progress(conn, run) for run in closed[:_RUNS]]
    return [one for one in found if one.served.any() and len(one.served) == len(known.lengths_m)]


def progress(conn: Connection, run: store_run.Run) -> Progress:
    """How a run went so far, by its newest report; nothing is known before the first."""
    revision = store_run.revision(conn, run.run_id)
    segments: list[Mapping[str, Any]] = revision.document["segments"] if revision else []
    return Progress(
        window_s=run.window_from.timestamp(),
        entered_s=np.array([_unix_s(one["from"]) for one in segments], np.float64),
        served=np.array([one["state"] == "serviced" for one in segments], bool),
    )


def _unix_s(instant: str | None) -> float:
    return np.nan if instant is None else datetime.fromisoformat(instant).timestamp()
