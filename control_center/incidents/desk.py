"""Do what somebody wants about an incident: once, in one transaction, told and on record.

The row is locked, so of two people the second sees what the first did: `Stale` when it is not what
they saw. A key that was used before answers what is, and does nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from control_center.alarms import telling, values
from control_center.incidents import machine, refusals, sop
from control_center.incidents.limits import Room
from control_center.incidents.machine import Action, Line, Order, State
from control_center.incidents.sop import Mark, Sop
from control_center.plates.people import Actor, note
from store import alarm as store_alarm
from store import incident as store_incident
from store import incident_log
from store import rule as store_rule
from store import unit as store_unit
from store.incident import Incident
from store.incident_log import BusyUnit, Step, Unit
from store.pool import Connection

_STAMPS: Final = (
    *("state", "assignee", "role", "acknowledged_at", "dispatched_at", "on_scene_at"),
    *("resolved_at", "closed_at", "escalated_to"),
)
_AUDITED_ARGUMENTS: Final = ("device_id", "other_id", "step_id", "answer", "to_role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants, of the incident as of `version`."""

    incident_id: int
    version: int
    key: UUID | None
    action: Action
    text: str = ""
    device_id: str = ""
    other_id: int = 0
    relation: str = "related"
    step_id: str = ""
    answer: str | None = None
    to_role: str | None = None


def act(conn: Connection, wish: Wish, room: Room, *, who: Actor, now: datetime) -> Incident:
    """Do it and commit; a refusal or Stale leaves everything as it was."""
    row = store_incident.get(conn, wish.incident_id, lock=True)
    if wish.key is not None and incident_log.was_done(conn, row.incident_id, wish.key):
        return row
    if wish.version < row.acted_version or wish.version > row.version:
        raise refusals.Stale(f"incident {row.incident_id}", values.incident(row))
    held = gathered(conn, row)
    order = _order(wish, room, who, now)
    if order.action is Action.DISPATCH and order.device_id:
        _refuse_no_unit(conn, order.device_id, room)
    moved, line = machine.act(held, order)
    _store_parts(conn, held, moved, order)
    changed = store_incident.change(conn, _changed(row, moved, room, now), by_person=True)
    closed = _close_alarms(conn, changed, who, now)
    _write(conn, changed, line, who, now, wish.key)
    telling.tell(conn, alarms=closed, incidents=[changed], now=now)
    said = {name: getattr(wish, name) for name in _AUDITED_ARGUMENTS if getattr(wish, name)}
    reason = None if wish.action is Action.COMMENT else wish.text or None
    note(
        conn,
        who,
        now,
        f"incident.{wish.action}",
        ("incident", row.incident_id),
        reason,
        **said,
        state=changed.state,
    )
    conn.commit()
    return changed


def open_by_hand(
    conn: Connection, wanted: store_incident.New, text: str, key: UUID | None, *, who: Actor
) -> Incident:
    """Open an incident that no alarm has raised, and commit."""
    if key is not None and (known := incident_log.opened_by_key(conn, key)) is not None:
        return store_incident.get(conn, known)
    now = wanted.opened_at
    [row] = store_incident.open_(conn, [wanted])
    es, en = ("Abierto a mano", "Opened by hand")
    words = f": {text}" if text else ""
    line = Line(kind="opened", es=es + words, en=en + words)
    _write(conn, row, line, who, now, key)
    telling.tell(conn, incidents=[row], now=now)
    note(conn, who, now, "incident.open", ("incident", row.incident_id), kind=row.kind)
    conn.commit()
    return row


def gathered(conn: Connection, row: Incident) -> machine.Incident:
    """An incident as its rules see it."""
    units = tuple(
        machine.Unit(
            device_id=one.device_id,
            assigned_at=one.assigned_at,
            en_route_at=one.en_route_at,
            on_scene_at=one.on_scene_at,
            cleared_at=one.cleared_at,
        )
        for one in incident_log.units(conn, row.incident_id)
    )
    return machine.Incident(
        incident_id=row.incident_id,
        **{name: getattr(row, name) for name in _STAMPS if name != "state"},
        state=State(row.state),
        units=units,
        sop=procedure(conn, row),
        marks={
            one.step_id: Mark("done" if one.state == "done" else "skipped", one.answer)
            for one in incident_log.steps(conn, row.incident_id).values()
        },
    )


def procedure(conn: Connection, row: Incident) -> Sop | None:
    """The procedure as of when the incident was opened; None: it has none."""
    if row.sop_id is None or row.sop_version is None:
        return None
    return sop.parse(store_rule.sop(conn, row.sop_id, row.sop_version), name=row.sop_id)


def _order(wish: Wish, room: Room, who: Actor, now: datetime) -> Order:
    return Order(
        action=wish.action,
        by=who.username,
        role=who.role or "",
        at=now,
        text=wish.text,
        device_id=wish.device_id,
        other_id=wish.other_id,
        relation=wish.relation,
        step_id=wish.step_id,
        answer=wish.answer,
        to_role=wish.to_role,
        roles=room.escalation,
    )


def _refuse_no_unit(conn: Connection, device_id: str, room: Room) -> None:
    if not store_unit.exists(conn, device_id, room.unit_kinds):
        raise refusals.NoSuchUnit(device_id)


def _changed(row: Incident, moved: machine.Incident, room: Room, now: datetime) -> Incident:
    """The row as it shall be; a step that is no longer waited for starts the next one's clock."""
    stamps: dict[str, Any] = {name: getattr(moved, name) for name in _STAMPS}
    step = machine.due_step(moved.state)
    is_same_wait = step == machine.due_step(State(row.state))
    if is_same_wait and moved.escalated_to == row.escalated_to:
        return row._replace(**stamps)
    due_at = room.due(step, row.severity, now)
    return row._replace(
        **stamps, due_step=None if due_at is None else step, due_at=due_at, overdue=False
    )


def _store_parts(
    conn: Connection, held: machine.Incident, moved: machine.Incident, order: Order
) -> None:
    before = {(one.device_id, one.assigned_at): one for one in held.units}
    for one in moved.units:
        if before.get((one.device_id, one.assigned_at)) != one:
            unit = Unit(
                one.device_id,
                None,
                one.assigned_at,
                one.en_route_at,
                one.on_scene_at,
                one.cleared_at,
            )
            try:
                incident_log.send(conn, held.incident_id, unit)
            except BusyUnit:
                raise refusals.UnitBusy(one.device_id) from None
    for step_id in moved.marks.keys() - held.marks.keys():
        mark = moved.marks[step_id]
        reason = order.text if mark.state == "skipped" else ""
        step = Step(step_id, mark.state, mark.answer, order.by, order.at, reason)
        incident_log.mark(conn, held.incident_id, step)
    if order.action is Action.LINK:
        incident_log.link(
            conn, held.incident_id, order.other_id, order.relation, by=order.by, at=order.at
        )


def _close_alarms(
    conn: Connection, row: Incident, who: Actor, now: datetime
) -> list[store_alarm.Alarm]:
    """Whoever resolves or ends an incident has dealt with its alarms: what comes next is news."""
    if State(row.state) not in machine.OVER | {State.RESOLVED}:
        return []
    return store_alarm.close_of(conn, row.incident_id, at=now, by=who.username)


def _write(
    conn: Connection, row: Incident, line: Line, who: Actor, now: datetime, key: UUID | None
) -> None:
    entry = incident_log.Line(
        row.incident_id, now, who.username, line.kind, line.es, line.en, line.detail, key
    )
    incident_log.write(conn, [entry])
