"""Try a rule on what was stored: the same judge, yesterday's facts, nothing written."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from control_center.alarms import levels
from control_center.rules.facts import Happened, Level, Reading
from control_center.rules.judge import Held, Judge, Raised, Sign
from control_center.rules.rule import EventWhen, Rule
from store import alarm_facts
from store.pool import Connection

SPAN: Final = timedelta(days=1)
_MOST_FACTS: Final = 200_000
_SHOWN: Final = 200


def run(conn: Connection, rule: Rule, now: datetime) -> dict[str, Any]:
    """What a rule would have raised in the last day.

    Silence and ingest's lag leave no history to try on: of those, only what is true now is said.
    """
    since = now - SPAN
    judge = Judge([Held(rule, 0)], {})
    found: list[dict[str, Any]] = []
    open_: dict[str, dict[str, Any]] = {}
    facts, complete = 0, True
    for fact in _facts(conn, judge, rule, since, now):
        facts += 1
        if facts > _MOST_FACTS:
            complete = False
            break
        at = fact.at
        signs: list[Sign] = list(judge.quiet(at))
        signs += judge.events([fact]) if isinstance(fact, Happened) else judge.levels([fact])
        for sign in signs:
            _note(sign, found, open_)
    for sign in judge.quiet(now):
        _note(sign, found, open_)
    return {
        "would_raise": found[:_SHOWN],
        "count": len(found),
        "facts": min(facts, _MOST_FACTS),
        "since": since,
        "until": now,
        "complete": complete,
    }


def _note(sign: Sign, found: list[dict[str, Any]], open_: dict[str, dict[str, Any]]) -> None:
    if not isinstance(sign, Raised):
        if (over := open_.pop(sign.key, None)) is not None:
            over["cleared_at"] = sign.at
        return
    if (known := open_.get(sign.key)) is not None:
        known["count"] += sign.count
        return
    said: dict[str, Any] = {
        "raised_at": sign.at,
        "cleared_at": None,
        "severity": sign.severity,
        "device_id": sign.device_id,
        "lat_deg": sign.place.lat_deg if sign.place else None,
        "lon_deg": sign.place.lon_deg if sign.place else None,
        "count": sign.count,
        "detail": dict(sign.detail),
    }
    open_[sign.key] = said
    found.append(said)


def _facts(
    conn: Connection, judge: Judge, rule: Rule, since: datetime, now: datetime
) -> Iterable[Happened | Level]:
    limit = _MOST_FACTS + 1
    if isinstance(rule.when, EventWhen):
        past = alarm_facts.past_events(conn, since, now, judge.types, limit=limit)
        return (levels.of_event(one) for one in past)
    match Reading(rule.when.fact):
        case Reading.METRIC:
            values = alarm_facts.past_values(conn, judge.metrics, since, now, limit=limit)
            return (levels.of_value(one) for one in values)
        case Reading.AIR:
            hours = alarm_facts.past_air(conn, since, now, limit=limit)
            return (levels.of_air(one) for one in hours)
    return levels.read(conn, judge, now)
