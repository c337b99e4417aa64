"""Escalation in the database: to the next role, told, on record; a clock that jumps fires none."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from control_center.alarms import shipped
from control_center.incidents import desk, escalation
from control_center.incidents.desk import Wish
from control_center.incidents.escalation import EscalationPart
from control_center.incidents.machine import Action
from control_center.incidents.timers import GRACE_S
from control_center.plates.people import Actor
from core.clock import utc_now
from core.topics import Kind
from store import incident, incident_log, pool
from store.incident import Incident
from store.pool import Connection
from tests.servers import room

pytestmark = pytest.mark.server
ROLES = ("operador", "supervisor", "administrador")
ROOM = shipped.load("coatzacoalcos").room.model_copy(update={"escalation": ROLES})
ANA = Actor(username="ana", role="operador")


class Stopwatch:
    """A monotonic clock that tests move."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.s


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    """The clock of the part under test."""
    made = Stopwatch()
    monkeypatch.setattr(escalation, "monotonic_s", made)
    return made


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """The database with one panic incident in it, which waits to be acknowledged."""
    with pool.connect(db_url) as one:
        room.enrol(one, Kind.PANIC, "P-1")
        part = room.part(db_url)
        room.said(one, "P-1", "panic")
        part.tick(utc_now())
        part.close()
        yield one


@pytest.fixture
def part(db_url: str, conn: Connection) -> Iterator[EscalationPart]:
    """The part, which has looked once."""
    del conn
    made = EscalationPart(db_url, room.SETTINGS, room=ROOM)
    yield made
    made.close()


def only(conn: Connection) -> Incident:
    """The incident as it is now."""
    [row] = incident.listed(conn)
    conn.commit()
    return row


def passed(part: EscalationPart, watch: Stopwatch, seconds: int) -> int:
    """Let time pass; how many escalations it brought."""
    made = 0
    for _ in range(seconds):
        made += part.tick(utc_now())
        watch.s += 1
    return made


def test_it_goes_from_role_to_role_and_ends(
    part: EscalationPart, conn: Connection, watch: Stopwatch
) -> None:
    """Each after its limit; then nobody is waited for, and it stays overdue."""
    assert passed(part, watch, 60) == 0
    assert passed(part, watch, 5) == 1
    row = only(conn)
    assert (row.role, row.escalated_to, row.overdue) == ("supervisor", "supervisor", True)
    assert row.due_step == "acknowledge"
    assert passed(part, watch, 62) == 1
    assert only(conn).role == "administrador"
    assert passed(part, watch, 62) == 1
    row = only(conn)
    assert (row.due_step, row.due_at, row.overdue) == (None, None, True)
    assert passed(part, watch, 200) == 0
    lines = [one.kind for one in incident_log.read(conn, row.incident_id)]
    assert lines == ["opened", "escalate", "escalate", "escalate"]
    audited = conn.execute("SELECT actor FROM audit WHERE action = 'incident.escalate'").fetchall()
    assert audited == [("c5",)] * 3


def test_who_acts_stops_the_clock_and_starts_the_next(
    part: EscalationPart, conn: Connection, watch: Stopwatch
) -> None:
    """Acknowledged in time, it waits to be dispatched; a comment moves no clock."""
    passed(part, watch, 50)
    row = only(conn)

    def act(action: Action, text: str = "") -> Incident:
        seen = only(conn)
        wish = Wish(
            incident_id=row.incident_id,
            version=seen.version,
            key=uuid4(),
            action=action,
            text=text,
        )
        return desk.act(conn, wish, ROOM, who=ANA, now=utc_now())

    assert act(Action.COMMENT, "voy").due_at == row.due_at
    assert act(Action.TAKE).due_step == "dispatch"
    assert passed(part, watch, 179) == 0
    assert passed(part, watch, 5) == 1
    seen = only(conn)
    assert (seen.role, seen.due_step) == ("supervisor", "dispatch")
    assert act(Action.MARK_FALSE, "prueba").due_at is None
    assert passed(part, watch, 400) == 0


def test_a_clock_that_jumps_fires_nothing(
    part: EscalationPart, conn: Connection, watch: Stopwatch
) -> None:
    """Neither ahead nor back: what counts is time that passed."""
    part.tick(utc_now())
    for jump in (timedelta(days=2), -timedelta(days=2)):
        for _ in range(20):
            watch.s += 1
            assert part.tick(utc_now() + jump) == 0
    watch.s += 3600  # the machine slept
    assert part.tick(utc_now()) == 0
    assert only(conn).role == "operador"


def test_a_start_after_hours_gives_a_grace(
    part: EscalationPart, conn: Connection, watch: Stopwatch
) -> None:
    """What was late meanwhile waits half a minute more, and then is handed on."""
    conn.execute("UPDATE incident SET due_at = due_at - interval '5 hours'")
    conn.commit()
    assert passed(part, watch, round(GRACE_S)) == 0
    assert passed(part, watch, 3) == 1
