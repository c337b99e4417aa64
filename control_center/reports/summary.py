"""Runs of some days together: by truck, route, supervisor, week or day.

Coverage is weighted by length. Where two trucks share a route on one day, a block
is judged once: serviced if either serviced it, else unknown if either might have,
else as the better of the two saw it. In a truck's own row, what its partner
serviced is nobody's gap and counts for neither.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any, Final, NamedTuple

from control_center.reports import sheet
from control_center.reports.run import SERVICED
from control_center.reports.values import percent, rounded
from core.settings import Settings
from store import run as store_run
from store import run_view
from store.pool import Connection
from store.run import Run
from store.run_view import BlockState

STATES: Final = (SERVICED, "unknown", "too_fast", "missed")
"""Of two trucks on one block the earlier in this order stands: what might be is not missed."""
COLUMNS: Final = (
    *(
        "key",
        "name",
        "runs",
        "open",
        "coverage_pct",
        "length_m",
        "serviced",
        "too_fast",
        "missed",
        "unknown",
    ),
    *("begin_late_s", "end_late_s", "off_route_s", "service_m", "deadhead_m", "gaps", "reviewed"),
)


class Span(NamedTuple):
    """What is summed up: by what, and the local service days, both ends inclusive."""

    by: str
    since: date
    until: date

    @property
    def file_name(self) -> str:
        """A name for its files, without the extension."""
        return f"{self.by}_{self.since.isoformat()}_{self.until.isoformat()}"


@dataclass(slots=True)
class Tally:
    """Figures of some runs together; None: no run knew it."""

    runs: int = 0
    open: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    lengths_m: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STATES, 0.0))
    gaps: int | None = None
    reviewed: int = 0
    late_s: dict[str, list[float]] = field(default_factory=lambda: {"begin": [], "end": []})
    off_route_s: float | None = None
    service_m: float | None = None
    deadhead_m: float | None = None

    def add_run(self, row: Run) -> None:
        """Count a run and what its truck drove."""
        self.runs += row.revision is not None
        self.open += row.state == "open" or row.revision is None
        if row.gaps is not None:
            self.gaps = self.gaps or 0
        for end, late_s in (("begin", row.begin_late_s), ("end", row.end_late_s)):
            if late_s is not None:
                self.late_s[end].append(late_s)
        for name in ("off_route_s", "service_m", "deadhead_m"):
            value = getattr(row, name)
            if value is not None:
                setattr(self, name, (getattr(self, name) or 0.0) + value)

    def add_figures(self, row: Run) -> None:
        """Count the blocks of a run that had its route to itself."""
        for state in STATES:
            self.counts[state] += getattr(row, state) or 0
            self.lengths_m[state] += getattr(row, f"{state}_m") or 0.0
        if row.gaps is not None:
            self.gaps = (self.gaps or 0) + row.gaps
            self.reviewed += row.reviewed

    def add_blocks(self, blocks: Iterable[BlockState]) -> None:
        """Count blocks, each judged once."""
        for block in blocks:
            self.counts[block.state] += 1
            self.lengths_m[block.state] += block.length_m
            if block.gap:
                self.gaps = (self.gaps or 0) + 1
                self.reviewed += block.reviewed

    def values(self) -> dict[str, Any]:
        """As JSON values (api.run_models.SummaryRow, without key and name)."""
        length_m = sum(self.lengths_m.values())
        return {
            "runs": self.runs,
            "open": self.open,
            "coverage_pct": percent(self.lengths_m[SERVICED] / length_m) if length_m else None,
            "length_m": round(length_m, 1),
            **self.counts,
            "lengths_m": {state: round(found, 1) for state, found in self.lengths_m.items()},
            "begin_late_s": _usual(self.late_s["begin"]),
            "end_late_s": _usual(self.late_s["end"]),
            "off_route_s": rounded(self.off_route_s),
            "service_m": rounded(self.service_m),
            "deadhead_m": rounded(self.deadhead_m),
            "gaps": self.gaps,
            "reviewed": self.reviewed,
        }


def build(conn: Connection, span: Span) -> list[dict[str, Any]]:
    """Sum up the runs of some days; rows in the order of their keys."""
    rows = store_run.listed(conn, span.since, span.until)
    numbers = [row.run_id for group in _shared(rows).values() for row in group]
    blocks: dict[int, list[BlockState]] = defaultdict(list)
    for block in run_view.blocks(conn, numbers) if numbers else ():
        blocks[block.run_id].append(block)
    found = tallied(rows, blocks, span.by)
    names = run_view.supervisors(conn) if span.by == "supervisor" else {}
    return [{**row, "name": names.get(row["key"], row["name"])} for row in found]


def tallied(
    rows: Sequence[Run], blocks: Mapping[int, Sequence[BlockState]], by: str
) -> list[dict[str, Any]]:
    """Sum up runs; `blocks` holds those of the runs that shared a route on a day."""
    key_of = KEYS[by]
    names: dict[str, str] = {}
    tallies: dict[str, Tally] = defaultdict(Tally)
    for row in rows:
        key, names[key] = key_of(row)
        tallies[key].add_run(row)
    for row in rows:
        if row.run_id not in blocks:
            tallies[key_of(row)[0]].add_figures(row)
    for group in _shared(rows).values():
        together = union(block for row in group for block in blocks.get(row.run_id, ()))
        if by != "truck":
            tallies[key_of(group[0])[0]].add_blocks(together.values())
            continue
        for row in group:
            own = blocks.get(row.run_id, ())
            tallies[key_of(row)[0]].add_blocks(
                block
                for block in own
                if block.state == SERVICED or together[block.segment_id].state != SERVICED
            )
    return [
        {"key": key, "name": names[key], **tally.values()} for key, tally in sorted(tallies.items())
    ]


def union(blocks: Iterable[BlockState]) -> dict[str, BlockState]:
    """Each block once, as the best of several trucks left it; reviewed if any review says so."""
    best: dict[str, BlockState] = {}
    for block in blocks:
        known = best.get(block.segment_id)
        if known is None:
            best[block.segment_id] = block
            continue
        better = min(known, block, key=lambda one: STATES.index(one.state))
        best[block.segment_id] = better._replace(
            gap=known.gap and block.gap, reviewed=known.reviewed or block.reviewed
        )
    return best


def table(
    settings: Settings, span: Span, rows: Sequence[Mapping[str, Any]], lang: str = "es"
) -> bytes:
    """The summary as CSV, the same in every language."""
    del settings, span, lang
    return sheet.written(COLUMNS, ([row[name] for name in COLUMNS] for row in rows))


def _shared(rows: Iterable[Run]) -> dict[tuple[str, date], list[Run]]:
    """Judged runs of routes that more than one truck drove on one day."""
    groups: dict[tuple[str, date], list[Run]] = defaultdict(list)
    for row in rows:
        if row.revision is not None:
            groups[row.route_id, row.service_date].append(row)
    return {key: group for key, group in groups.items() if len(group) > 1}


def _usual(late_s: Sequence[float]) -> float | None:
    """The middle of them: one run that began at noon says nothing of the others."""
    return rounded(median(late_s)) if late_s else None


def _week(row: Run) -> tuple[str, str]:
    year, week, _ = row.service_date.isocalendar()
    monday = date.fromisocalendar(year, week, 1)
    sunday = date.fromisocalendar(year, week, 7)
    return f"{year}-W{week:02}", f"{monday.isoformat()} / {sunday.isoformat()}"


def _day(row: Run) -> tuple[str, str]:
    return row.service_date.isoformat(), row.service_date.isoformat()


KEYS: Final[Mapping[str, Callable[[Run], tuple[str, str]]]] = {
    "truck": lambda row: (row.device_id, row.device_name),
    "route": lambda row: (row.route_id, row.route_name),
    "supervisor": lambda row: (row.supervisor or "", row.supervisor or ""),
    "week": _week,
    "day": _day,
}
"""How a run is filed: its key and what people call it."""
