"""Write down what rules found: alarms, the incidents that they open or join, and who is told.

All of one batch is done in the caller's transaction, in a fixed number of statements however many
alarms there are.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from control_center.alarms import telling
from control_center.alarms.telling import Allowance
from control_center.incidents import machine
from control_center.incidents.limits import Room
from control_center.rules import correlate
from control_center.rules.correlate import Cause, Storm
from control_center.rules.facts import Place
from control_center.rules.judge import Cleared, Raised, Sign
from control_center.rules.severity import Severity, gravest
from core.clock import monotonic_s
from store import alarm as store_alarm
from store import incident as store_incident
from store import incident_log
from store.alarm import Alarm
from store.audit import ITSELF
from store.incident import Growth, Incident
from store.incident_log import Line
from store.pool import Connection

_NEAR: Final = 2000
"""Open incidents that an alarm may join, the newest."""
_FARTHEST: Final = timedelta(days=7)
_LINES: Final = 50
"""Up to so many alarms each batch is a line of the log; then every doubling."""
_ORDER: Final = tuple(severity.value for severity in Severity)


class Book(NamedTuple):
    """What is looked up when an incident is opened."""

    room: Room
    sops: dict[str, int]
    """The newest version of each procedure."""
    storm: Storm
    allowance: Allowance


class Written(NamedTuple):
    """What came of a batch."""

    raised: int
    cleared: int
    opened: int


def write(conn: Connection, signs: Sequence[Sign], book: Book, *, now: datetime) -> Written:
    """Store and tell, in the caller's transaction."""
    raised = cleared = opened = 0
    for raises, clears in _rounds(signs):
        over = store_alarm.clear(conn, {one.key: one.at for one in clears}, by=ITSELF)
        rows = store_alarm.raise_(conn, [_new(one) for one in raises])
        by_key = {row.dedup_key: row for row in rows}
        fresh = [one for one in raises if by_key[one.key].is_new]
        incidents, joined = _correlate(conn, fresh, by_key, book, now)
        grown = _repeated(conn, [row for row in rows if not row.is_new])
        told = [row._replace(incident_id=joined.get(row.alarm_id, row.incident_id)) for row in rows]
        alarms = [*over, *told]
        most = book.allowance.take(len(alarms), monotonic_s())
        telling.tell(conn, alarms=alarms, incidents=[*incidents, *grown], now=now, most=most)
        raised += len(fresh)
        cleared += len(over)
        opened += sum(row.version == 1 for row in incidents)
    return Written(raised, cleared, opened)


def _rounds(signs: Sequence[Sign]) -> Iterator[tuple[list[Raised], list[Cleared]]]:
    """Cut where one key comes twice: what is cleared in a round was raised before it."""
    raises: dict[str, Raised] = {}
    clears: dict[str, Cleared] = {}
    for sign in signs:
        if sign.key in raises or (isinstance(sign, Cleared) and sign.key in clears):
            yield list(raises.values()), list(clears.values())
            raises, clears = {}, {}
        if isinstance(sign, Raised):
            raises[sign.key] = sign
        else:
            clears[sign.key] = sign
    if raises or clears:
        yield list(raises.values()), list(clears.values())


def _new(one: Raised) -> store_alarm.New:
    rule = one.held.rule
    return store_alarm.New(
        kind=rule.kind,
        severity=one.severity,
        rule_id=rule.id,
        rule_version=one.held.version,
        dedup_key=one.key,
        title_es=rule.title_es,
        title_en=rule.title_en,
        device_id=one.device_id,
        lat_deg=one.place.lat_deg if one.place else None,
        lon_deg=one.place.lon_deg if one.place else None,
        raised_at=one.at,
        last_at=one.last_at,
        times=one.count,
        detail=one.detail,
    )


def _correlate(
    conn: Connection, fresh: list[Raised], rows: dict[str, Alarm], book: Book, now: datetime
) -> tuple[list[Incident], dict[int, int]]:
    """Open incidents for new alarms or join them with open ones; who joined what."""
    if not fresh:
        return [], {}
    open_ones = store_incident.near(conn, now - _FARTHEST, limit=_NEAR)
    known = [_cause(row) for row in reversed(open_ones)]
    found = correlate.join(fresh, known, now=now, storm=book.storm)
    members: dict[int, list[Raised]] = {}
    for one, cause in zip(fresh, found.of, strict=True):
        if cause is not None:
            members.setdefault(id(cause), []).append(one)
    made = store_incident.open_(
        conn,
        [_incident(cause, first, members[id(cause)], book, now) for cause, first in found.new],
    )
    for (cause, _), row in zip(found.new, made, strict=True):
        cause.incident_id = row.incident_id
    grown = store_incident.grow(
        conn,
        [
            _growth(cause.incident_id, members[id(cause)])
            for cause in known
            if id(cause) in members and cause.incident_id is not None
        ],
        _ORDER,
    )
    joined = {
        rows[one.key].alarm_id: cause.incident_id
        for one, cause in zip(fresh, found.of, strict=True)
        if cause is not None and cause.incident_id is not None
    }
    store_alarm.join(conn, joined)
    more = {
        cause.incident_id: len(members[id(cause)])
        for cause in known
        if id(cause) in members and cause.incident_id is not None
    }
    lines = [_opened(row, now) for row in made]
    lines += [_joined(row, more[row.incident_id], now) for row in grown if _is_worth(row, more)]
    incident_log.write(conn, lines)
    return [*made, *grown], joined


def _repeated(conn: Connection, rows: Sequence[Alarm]) -> list[Incident]:
    """An incident whose alarms go on is as new as they are."""
    newest: dict[int, datetime] = {}
    for row in rows:
        if row.incident_id is not None:
            newest[row.incident_id] = max(row.last_at, newest.get(row.incident_id, row.last_at))
    last = _ORDER[-1]
    growths = [Growth(number, 0, at, last, len(_ORDER) + 1) for number, at in newest.items()]
    return store_incident.grow(conn, growths, _ORDER)


def _cause(row: Incident) -> Cause:
    has_place = row.lat_deg is not None and row.lon_deg is not None
    return Cause(
        incident_id=row.incident_id,
        cause=row.cause,
        device_id=row.device_id,
        place=Place(row.lat_deg, row.lon_deg) if has_place else None,  # type: ignore[arg-type]  # just asked
        opened_at=row.opened_at,
        last_at=row.last_at,
    )


def _incident(
    cause: Cause, first: Raised, members: list[Raised], book: Book, now: datetime
) -> store_incident.New:
    rule = first.held.rule
    severity = gravest(one.severity for one in members)
    step = machine.due_step(machine.State.NEW)
    due_at = book.room.due(step, severity, now)
    is_storm = cause.cause.endswith(f"|{correlate.STORM}")
    return store_incident.New(
        kind=rule.kind,
        severity=severity,
        cause=cause.cause,
        title_es=f"Tormenta de alarmas: {rule.title_es}" if is_storm else rule.title_es,
        title_en=f"Storm of alarms: {rule.title_en}" if is_storm else rule.title_en,
        device_id=cause.device_id,
        lat_deg=cause.place.lat_deg if cause.place else None,
        lon_deg=cause.place.lon_deg if cause.place else None,
        opened_at=now,
        opened_by=ITSELF,
        last_at=max(one.last_at for one in members),
        role=book.room.escalation[0],
        due_step=step if due_at else None,
        due_at=due_at,
        alarms=len(members),
        sop_id=rule.sop if rule.sop in book.sops else None,
        sop_version=book.sops.get(rule.sop or ""),
    )


def _growth(incident_id: int, members: list[Raised]) -> Growth:
    severity = gravest(one.severity for one in members)
    return Growth(
        incident_id=incident_id,
        more=len(members),
        last_at=max(one.last_at for one in members),
        severity=severity,
        rank=_ORDER.index(severity) + 1,
    )


def _is_worth(row: Incident, more: dict[int, int]) -> bool:
    before = row.alarms - more[row.incident_id]
    return row.alarms <= _LINES or row.alarms.bit_length() > before.bit_length()


def _opened(row: Incident, now: datetime) -> Line:
    es = "Abierto por una alarma" if row.alarms == 1 else f"Abierto por {row.alarms} alarmas"
    en = "Opened by an alarm" if row.alarms == 1 else f"Opened by {row.alarms} alarms"
    return Line(row.incident_id, now, ITSELF, "opened", es, en, {"alarms": row.alarms})


def _joined(row: Incident, more: int, now: datetime) -> Line:
    es = f"Se suman {more} alarmas; en total {row.alarms}"
    en = f"{more} more alarms; {row.alarms} in all"
    return Line(row.incident_id, now, ITSELF, "alarms", es, en, {"alarms": row.alarms})
