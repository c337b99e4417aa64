"""What alarms and incidents log, and how screens that fall behind are told of them."""

import asyncio
import json
import re

from control_center.alarms import shipped
from control_center.alarms.telling import MOST, Allowance
from control_center.feed.hub import MAX_FRAMES, Hub, Notice
from control_center.incidents.machine import Action, State
from tests.unit.doc_tables import DOCS, bare, names, table
from tests.unit.test_docs_runbook import events


def test_every_event_of_their_log_is_documented() -> None:
    """With its level; what to do is said beside it."""
    rows = table("runbook.md", "### What alarms and notices log")
    packages = ("control_center/alarms", "control_center/incidents", "control_center/notify")
    assert {bare(event): level for event, level, *_ in rows} == dict(events(*packages))


def test_every_action_is_documented() -> None:
    """And each state is named."""
    rows = table("incidents.md", "## States")
    assert {name for row in rows for name in names(row[0])} == {action.value for action in Action}
    text = (DOCS / "incidents.md").read_text(encoding="utf-8")
    assert {state.value for state in State} <= set(re.findall(r"\w+", text))


def test_every_severity_waits_for_somebody() -> None:
    """The city's room names all of them, and roles that exist."""
    room = shipped.load("coatzacoalcos").room
    assert all(limits.acknowledge_s for limits in room.timers.values())
    assert len(room.timers) == 5
    assert room.escalation[0] == "operador"


def test_so_many_a_second_are_told_one_by_one() -> None:
    """Twice as many after a quiet while; a clock that stands gives nothing."""
    allowance = Allowance()
    assert allowance.take(1000, 10.0) == 2 * MOST
    assert allowance.take(1000, 10.0) == 0
    assert allowance.take(50, 10.5) == 50
    assert allowance.take(1000, 10.5) == MOST // 2 - 50
    assert allowance.take(1000, 99.0) == 2 * MOST
    assert allowance.take(1, 5.0) == 0


def test_a_screen_that_fell_behind_gets_the_newest_of_each() -> None:
    """Of one alarm the last row, of one incident as well, and no alarm swallows another."""

    async def told() -> list[dict[str, object]]:
        hub = Hub()
        screen = hub.join(b"s")
        for number in range(MAX_FRAMES + 1):
            hub.publish(
                Notice(
                    number,
                    [
                        {"t": "al", "al": {"alarm_id": 1, "version": number}},
                        {"t": "al", "al": {"alarm_id": 2 + number, "version": 1}},
                        {"t": "in", "in": {"incident_id": 1, "version": number}},
                    ],
                )
            )
        taken = await screen.take(1.0)
        assert len(taken.frames) == 1
        changes: list[dict[str, object]] = json.loads(taken.frames[0])["changes"]
        return changes

    changes = asyncio.run(told())
    assert {"t": "al", "al": {"alarm_id": 1, "version": MAX_FRAMES}} in changes
    assert {"t": "in", "in": {"incident_id": 1, "version": MAX_FRAMES}} in changes
    assert sum(change["t"] == "al" for change in changes) == MAX_FRAMES + 2
    assert sum(change["t"] == "in" for change in changes) == 1
