"""When one run comes to some blocks of its plan, or why nobody can say.

Where it is and how earlier ones went is read from their reports; `geo.arrival` reckons. A truck
that is silent, a run that is over, a block left out on the way: the answer is that it is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from control_center import eta_notes
from control_center.eta_notes import Note
from control_center.eta_plans import Known, history, progress
from devices import registry
from geo.arrival import Progress, arrival, position
from store import device as store_device
from store import latest
from store.pool import Connection
from store.run import Run

_SILENT_S: Final = 300.0
"""A truck may be silent for so long, and as long as any device of its kind."""
_WEEK: Final = 7
State = Literal["ahead", "passed", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """When and where it is asked."""

    at: datetime
    zone: ZoneInfo

    @property
    def day(self) -> date:
        """The local day."""
        return self.at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Found:
    """Blocks of one plan that the question may mean, in its order."""

    known: Known
    targets: tuple[int, ...]

    @property
    def route_id(self) -> str:
        """Whose plan it is."""
        return self.known.route.route_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """When a truck comes to some blocks of a route; None: nobody knows."""

    route_id: str
    device_id: str | None
    segment_id: str
    street: str
    colonia: str
    low_at: datetime | None = None
    likely_at: datetime | None = None
    high_at: datetime | None = None
    runs: int = 0
    """Earlier runs behind it."""
    state: State
    note: Note


def answer(conn: Connection, now: Now, found: Found, run: Run) -> Answer:
    """What one truck's run says."""
    today = _whole(progress(conn, run), len(found.known.lengths_m))
    at = position(today)
    driven = np.isfinite(today.entered_s) & (np.arange(len(today.served)) <= at)
    done = [block for block in found.targets if today.served[block] or driven[block]]
    ahead = [block for block in found.targets if block > at and block not in done]
    if ahead and run.state == "open":
        heard_at = _heard_at(conn, run)
        if _is_silent(conn, now, run, heard_at):
            since = heard_at.astimezone(now.zone) if heard_at else None
            return _unknown(found, ahead[0], run, eta_notes.silent(since))
        past = history(conn, found.known, run.service_date)
        return _coming(now, found, run, (today, past), ahead)
    if done:
        return _passed(now, found, run, today, done)
    note = eta_notes.skipped() if run.state == "open" else eta_notes.ended()
    return _unknown(found, found.targets[0], run, note)


def idle(now: Now, found: Found) -> Answer:
    """What can be said where nobody drives the route today."""
    route = found.known.route
    days = (now.day + timedelta(days=later) for later in range(_WEEK))
    next_day = next((day for day in days if route.serves_on(day)), None)
    note = eta_notes.no_run(next_day, today=next_day == now.day)
    return _unknown(found, found.targets[0], None, note)


def _coming(
    now: Now, found: Found, run: Run, went: tuple[Progress, Sequence[Progress]], ahead: list[int]
) -> Answer:
    today, past = went
    soon = arrival(past, today, found.known.lengths_m, ahead, now.at.timestamp())
    asked = len(found.targets)
    partly = eta_notes.partly(asked - len(ahead), asked)
    return _answer(
        found,
        ahead[0],
        run,
        state="ahead",
        times=(soon.low_s, soon.likely_s, soon.high_s),
        runs=soon.runs,
        note=eta_notes.behind_it(soon.runs).then(partly),
    )


def _passed(now: Now, found: Found, run: Run, today: Progress, done: list[int]) -> Answer:
    served = [block for block in done if today.served[block]]
    times = np.sort(today.entered_s[served or done])
    last_at = datetime.fromtimestamp(float(times[-1]), now.zone)
    note = eta_notes.passed(last_at, served=bool(served))
    return _answer(
        found,
        (served or done)[0],
        run,
        state="passed",
        times=(float(times[0]), float(times[-1]), float(times[-1])),
        note=note.then(eta_notes.partly(len(done), len(found.targets))),
    )


def _unknown(found: Found, block: int, run: Run | None, note: Note) -> Answer:
    return _answer(found, block, run, state="unknown", note=note)


def _answer(
    found: Found,
    block: int,
    run: Run | None,
    *,
    state: State,
    note: Note,
    times: tuple[float, float, float] | None = None,
    runs: int = 0,
) -> Answer:
    street = found.known.route.blocks[block]
    low_at, likely_at, high_at = (
        [datetime.fromtimestamp(second, UTC) for second in times] if times else [None] * 3
    )
    return Answer(
        route_id=found.route_id,
        device_id=None if run is None else run.device_id,
        segment_id=street.segment_id,
        street=street.street,
        colonia=street.colonia,
        low_at=low_at,
        likely_at=likely_at,
        high_at=high_at,
        runs=runs,
        state=state,
        note=note,
    )


def _whole(today: Progress, blocks: int) -> Progress:
    """Progress over all blocks, also where no report of this version was written yet."""
    if len(today.served) == blocks:
        return today
    return Progress(today.window_s, np.full(blocks, np.nan), np.zeros(blocks, bool))


def _heard_at(conn: Connection, run: Run) -> datetime | None:
    heard = {device_id: at for device_id, at, _, _ in latest.fixes(conn)}
    return heard.get(run.device_id)


def _is_silent(conn: Connection, now: Now, run: Run, heard_at: datetime | None) -> bool:
    """Whether it should be heard and is not; before its window a truck may sleep."""
    if now.at < run.window_from:
        return False
    longest_s = max(registry.silence_s(store_device.get(conn, run.device_id)), _SILENT_S)
    return heard_at is None or now.at - heard_at > timedelta(seconds=longest_s)
