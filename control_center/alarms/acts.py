"""What people do about an alarm: seen, over, dealt with are three things, and none implies another.

Each is one transaction: the alarm, its audit entry, and what screens are told.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from control_center.alarms import telling, values
from control_center.incidents.refusals import Stale
from control_center.plates.people import Actor, note
from core.errors import Conflict
from store import alarm as store_alarm
from store.alarm import Alarm
from store.pool import Connection


class AlarmRefused(Conflict):
    """What was asked does not fit where the alarm stands."""

    reason = "alarm_refused"


Change = Callable[[Alarm, Actor, datetime], Alarm]


def acknowledge(held: Alarm, who: Actor, at: datetime) -> Alarm:
    """Somebody has seen it."""
    _refuse_closed(held)
    if held.acknowledged_at is not None:
        raise AlarmRefused(
            f"{held.acknowledged_by} ya la vio / alarm {held.alarm_id} was acknowledged by "
            f"{held.acknowledged_by} already"
        )
    return held._replace(acknowledged_at=at, acknowledged_by=who.username)


def clear(held: Alarm, who: Actor, at: datetime) -> Alarm:
    """What it tells of is over, says somebody who knows."""
    _refuse_closed(held)
    if held.cleared_at is not None:
        raise AlarmRefused(
            f"ya terminó / alarm {held.alarm_id} was cleared by {held.cleared_by} already"
        )
    return held._replace(cleared_at=at, cleared_by=who.username)


def close(held: Alarm, who: Actor, at: datetime) -> Alarm:
    """Nothing more is to be done about it; what repeats it is a new alarm."""
    _refuse_closed(held)
    return held._replace(closed_at=at, closed_by=who.username)


CHANGES: Final[dict[str, Change]] = {"acknowledge": acknowledge, "clear": clear, "close": close}


def assigned(assignee: str | None) -> Change:
    """Whose it is from now on; None: nobody's."""

    def change(held: Alarm, _who: Actor, _at: datetime) -> Alarm:
        _refuse_closed(held)
        return held._replace(assignee=assignee)

    return change


def act(
    conn: Connection,
    alarm_id: int,
    change: Change,
    *,
    name: str,
    version: int,
    text: str = "",
    who: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Do it and commit; Stale when somebody changed the alarm since `version`."""
    held = store_alarm.get(conn, alarm_id, lock=True)
    if version < held.acted_version or version > held.version:
        raise Stale(f"alarm {alarm_id}", values.alarm(held))
    row = store_alarm.act(conn, change(held, who, now))
    if text:
        store_alarm.comment(conn, alarm_id, at=now, by=who.username, text=text)
    telling.tell(conn, alarms=[row], now=now)
    note(
        conn,
        who,
        now,
        f"alarm.{name}",
        ("alarm", alarm_id),
        text or None,
        kind=row.kind,
        assignee=row.assignee,
    )
    conn.commit()
    return values.alarm(row)


def comment(
    conn: Connection, alarm_id: int, text: str, *, who: Actor, now: datetime
) -> list[dict[str, Any]]:
    """Write beside an alarm and commit; its newest comments."""
    store_alarm.get(conn, alarm_id)
    store_alarm.comment(conn, alarm_id, at=now, by=who.username, text=text)
    note(conn, who, now, "alarm.comment", ("alarm", alarm_id))
    conn.commit()
    return [values.comment(one) for one in store_alarm.comments(conn, alarm_id, limit=100)]


def _refuse_closed(held: Alarm) -> None:
    if held.closed_at is not None:
        raise AlarmRefused(
            f"{held.closed_by} ya la cerró / alarm {held.alarm_id} was closed by "
            f"{held.closed_by}; what repeats it is a new alarm"
        )
