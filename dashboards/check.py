"""Prove dashboards: every panel, variable, annotation and alert runs, answers rows, and quickly.

What is checked is the JSON that Grafana gets, its macros and variables expanded as its data source
does. Running the SQL is the caller's: this module knows no database.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from core.errors import C5Error
from dashboards import alerts, build
from dashboards.boards import BOARDS
from dashboards.build import Options
from dashboards.macros import Range, expand
from dashboards.spec import Board

LIMIT_MS: Final = 200.0
_TRIES: Final = 5
"""A slow answer is asked for again: the machine may have been busy."""
_POINTS: Final = 800
_DAYS: Final = {"now-24h": 1, "now-2d": 2, "now-7d": 7, "now-30d": 30}

_NEEDED: Final = {
    "geomap": {"latitude": "number", "longitude": "number"},
    "annotation": {"time": "time", "text": "text"},
    "variable": {"__text": "text", "__value": "text"},
    "alert": {"value": "number"},
}
"""Columns by view, and their kinds."""
_NUMBERS: Final = frozenset(
    {"stat", "bargauge", "piechart", "barchart", "timeseries", "state-timeline"}
)


class Rows(Protocol):
    """What running a statement answers."""

    @property
    def columns(self) -> Sequence[tuple[str, str]]:
        """Name and kind (number, time, boolean, text) of each column."""

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """The rows."""

    @property
    def elapsed_ms(self) -> float:
        """How long it took."""


Run = Callable[[str], Rows]


class Probe(NamedTuple):
    """One statement of a dashboard or alert, as Grafana would send it."""

    board: str
    what: str
    """The panel's title, or `variable name`, `annotation`, `alert name`."""
    view: str
    form: str
    """time_series or table."""
    sql: str
    names: tuple[str, ...] = ()
    """Columns that the panel speaks of."""


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What a check found."""

    panels: int = 0
    statements: int = 0
    empty: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0
    slowest: str = ""

    @property
    def is_good(self) -> bool:
        """Nothing was empty, wrong or slow."""
        return not (self.empty or self.wrong or self.slow)


def chosen(board: Board, options: Options, span: Range, run: Run) -> Range:
    """Choose every value of a board's variables, or the first where it takes but one."""
    variables: dict[str, str | Sequence[str]] = {"c5": options.control_center_url}
    for name in build.variables(board):
        found = run(expand(build.variable_sql(board, name, options), span))
        values = [str(row[-1]) for row in found.rows]
        single = name == "device" and board.one_device
        variables[name] = (values[0] if values else "") if single else values
    return Range(since=span.since, until=span.until, points=span.points, variables=variables)


def probes(board: Board, options: Options, span: Range) -> Iterator[Probe]:
    """Every statement of a board; its panels come as their JSON has them."""
    for panel in build.panels_of(build.document(board, "es", options)):
        target = panel["targets"][0]
        least_s = _seconds(panel.get("interval"))
        own = Range(
            since=span.since,
            until=span.until,
            points=span.points,
            least_s=least_s,
            variables=span.variables,
        )
        overrides = panel["fieldConfig"]["overrides"]
        yield Probe(
            board.uid,
            panel["title"],
            panel["type"],
            target["format"],
            expand(target["rawSql"], own),
            tuple(one["matcher"]["options"] for one in overrides),
        )
    for name in build.variables(board):
        sql = build.variable_sql(board, name, options)
        yield Probe(board.uid, f"variable {name}", "variable", "table", expand(sql, span))
    note = expand(build.annotation_sql(options), span)
    yield Probe(board.uid, "annotation", "annotation", "table", note)


def spans(board: Board, until: datetime) -> list[Range]:
    """The ranges that a board is checked over: its own, a day, and thirty."""
    return [
        Range(since=until - timedelta(days=one), until=until, points=_POINTS)
        for one in sorted({_DAYS[board.since], 1, 30})
    ]


def check(run: Run, until: datetime, options: Options | None = None) -> Verdict:
    """Run everything; the board's own range must answer rows, every range in time."""
    options = options or Options()
    verdict = Verdict()
    for board in BOARDS:
        verdict.panels += len(board.panels)
        own = _DAYS[board.since]
        for span in spans(board, until):
            try:
                wide = chosen(board, options, span, run)
            except C5Error as exc:
                verdict.wrong.append(f"{board.uid}: variables: {exc}")
                continue
            must = (span.until - span.since).days >= own
            for probe in probes(board, options, wide):
                _try(verdict, run, probe, must=must, days=(span.until - span.since).days)
    for rule in alerts.RULES:
        span = Range(since=until - timedelta(seconds=rule.window_s), until=until)
        sql = expand(alerts.sql(rule, options), span)
        probe = Probe("alert", rule.uid, "alert", "table", sql, ("value",))
        _try(verdict, run, probe, must=True, days=0)
    return verdict


def fault(probe: Probe, answer: Rows) -> str | None:
    """What Grafana could not draw; None: it can."""
    return next(_faults(probe, answer), None)


def _faults(probe: Probe, answer: Rows) -> Iterator[str]:
    kinds = dict(answer.columns)
    names = list(kinds)
    if len(names) != len(answer.columns):
        yield f"two columns have one name: {[name for name, _ in answer.columns]}"
    needed = _NEEDED.get(probe.view, {})
    if probe.form == "time_series":
        needed = {"time": "time", **needed}
    for name, kind in needed.items():
        if kinds.get(name) != kind:
            yield f"{probe.view} needs a column {name} ({kind}); there are {kinds}"
    if probe.view in _NUMBERS and "number" not in kinds.values():
        yield f"{probe.view} needs a number; there are {kinds}"
    if probe.form == "time_series":
        times = [row[names.index("time")] for row in answer.rows]
        if times != sorted(times):
            yield "a time series must be in order of time"
    if probe.form == "table" or "metric" not in kinds:
        missing = [name for name in probe.names if name not in kinds]
        if missing:
            yield f"it speaks of columns {missing} that are not among {names}"


def _try(verdict: Verdict, run: Run, probe: Probe, *, must: bool, days: int) -> None:
    where = f"{probe.board}: {probe.what}" + (f" ({days} d)" if days else "")
    verdict.statements += 1
    try:
        answer = run(probe.sql)
        elapsed_ms = answer.elapsed_ms
        for _ in range(_TRIES - 1):
            if elapsed_ms < LIMIT_MS:
                break
            elapsed_ms = min(elapsed_ms, run(probe.sql).elapsed_ms)
    except C5Error as exc:
        verdict.wrong.append(f"{where}: {exc}")
        return
    if elapsed_ms > verdict.slowest_ms:
        verdict.slowest_ms, verdict.slowest = elapsed_ms, where
    if elapsed_ms >= LIMIT_MS:
        verdict.slow.append(f"{where}: {elapsed_ms:.0f} ms")
    wrong = fault(probe, answer)
    if wrong is not None:
        verdict.wrong.append(f"{where}: {wrong}")
    elif must and not _has_value(answer):
        verdict.empty.append(where)


def _has_value(answer: Rows) -> bool:
    return any(value is not None for row in answer.rows for value in row)


def _seconds(interval: str | None) -> float:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    return 1.0 if interval is None else float(interval[:-1]) * units[interval[-1]]
