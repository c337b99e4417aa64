"""Which facts raise alarms and which clear them: thresholds, holds, windows, ends and silence.

Pure: it is told the facts and the time, and remembers what goes on. The same facts in the same
order say the same, so a rule can be tried on yesterday before it goes live.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from control_center.auth import pressed
from control_center.rules.facts import Happened, Level, Place, Reading
from control_center.rules.rule import (
    AIR_CATEGORIES,
    AirWhen,
    EventWhen,
    IngestLagWhen,
    MetricWhen,
    Rule,
    SilenceWhen,
)
from control_center.rules.severity import Severity
from core.topics import Kind

_MOST_WAITING: Final = 100_000
"""Keys that are remembered though nothing goes on."""
_TEXT_CHARS: Final = 300


class Held(NamedTuple):
    """A rule in force and its version."""

    rule: Rule
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alarm begins, or is repeated: who stores it finds out which."""

    held: Held
    key: str
    severity: Severity
    at: datetime
    last_at: datetime
    count: int
    device_id: str | None
    place: Place | None
    entry: str | None
    """The hot list's entry; None: it is about no plate."""
    detail: Mapping[str, Any] = field(default_factory=dict)


class Cleared(NamedTuple):
    """What was raised under this key is over."""

    key: str
    at: datetime


Sign = Raised | Cleared


@dataclass(slots=True)
class _Wait:
    """A level that is true and not yet raised, or over and not yet cleared."""

    since: datetime
    up: bool


class Judge:
    """All rules in force.

    going_on  keys of alarms that were raised before and not cleared, and when last repeated
    """

    def __init__(self, rules: Sequence[Held], going_on: Mapping[str, datetime]) -> None:
        self._by_type: dict[str, list[Held]] = {}
        self._by_end: dict[str, list[Held]] = {}
        self._levels: list[Held] = []
        self._quiet: dict[str, timedelta] = {}
        for held in rules:
            when = held.rule.when
            if not isinstance(when, EventWhen):
                self._levels.append(held)
                continue
            for name in when.types:
                self._by_type.setdefault(name, []).append(held)
            for name in when.ended_by:
                self._by_end.setdefault(name, []).append(held)
            if when.quiet_s is not None:
                self._quiet[held.rule.id] = timedelta(seconds=when.quiet_s)
        self._going_on = dict(going_on)
        self._windows: dict[str, deque[datetime]] = {}
        self._waits: dict[str, _Wait] = {}

    @property
    def types(self) -> list[str]:
        """Every type of event that some rule is about."""
        return sorted(self._by_type.keys() | self._by_end.keys())

    @property
    def urgent_types(self) -> list[str]:
        """Those of rules that may raise something CRITICAL: they wait for nothing else."""
        found: set[str] = set()
        for many in self._by_type.values():
            for held in many:
                when = held.rule.when
                if isinstance(when, EventWhen) and Severity.CRITICAL in _severities(held.rule):
                    found |= {*when.types, *when.ended_by}
        return sorted(found)

    @property
    def metrics(self) -> list[str]:
        """Every metric that some rule is about."""
        whens = [held.rule.when for held in self._levels]
        return sorted({when.metric for when in whens if isinstance(when, MetricWhen)})

    @property
    def readings(self) -> set[Reading]:
        """Every sort of level that some rule is about."""
        return {Reading(held.rule.when.fact) for held in self._levels}

    @property
    def silent_kinds(self) -> list[str]:
        """Every kind of device whose silence some rule is about."""
        whens = [held.rule.when for held in self._levels]
        asked = [when.kinds or tuple(Kind) for when in whens if isinstance(when, SilenceWhen)]
        return sorted({kind.value for kinds in asked for kind in kinds})

    @property
    def longest_window(self) -> timedelta:
        """How far back events count for a rule that counts them."""
        whens = [held.rule.when for many in self._by_type.values() for held in many]
        seconds = [when.within_s for when in whens if isinstance(when, EventWhen)]
        return timedelta(seconds=max(seconds, default=0.0))

    def events(self, facts: Iterable[Happened]) -> list[Sign]:
        """Take in events, oldest first."""
        raised: dict[str, Raised] = {}
        signs: list[Sign] = []
        for fact in facts:
            for held in self._by_end.get(fact.type, ()):
                key = key_of(held.rule, fact, ended=True)
                if self._going_on.pop(key, None) is not None:
                    if key in raised:
                        signs.append(raised.pop(key))
                    signs.append(Cleared(key, fact.at))
            for held in self._by_type.get(fact.type, ()):
                if _fits(held.rule, fact) and self._enough(held.rule, fact):
                    one = _raised(held, fact)
                    known = raised.get(one.key)
                    raised[one.key] = one if known is None else _joined(known, one)
                    self._going_on[one.key] = fact.at
        return [*signs, *raised.values()]

    def levels(self, facts: Iterable[Level], now: datetime | None = None) -> list[Sign]:
        """Take in levels.

        now  a metric measured too long before says nothing; None: each is taken as it came
        """
        signs: list[Sign] = []
        for fact in facts:
            for held in self._levels:
                if _is_about(held.rule, fact) and _is_fresh(held.rule, fact, now):
                    sign = self._level(held, fact)
                    if sign is not None:
                        signs.append(sign)
        return signs

    def quiet(self, now: datetime) -> list[Sign]:
        """What is over because nothing repeated it."""
        over = [
            key
            for key, last_at in self._going_on.items()
            if (limit := self._quiet.get(key.split("|", 1)[0])) is not None
            and now - last_at >= limit
        ]
        for key in over:
            del self._going_on[key]
        return [Cleared(key, now) for key in over]

    def warm(self, facts: Iterable[Happened]) -> None:
        """Remember events for the rules that count them, and raise nothing."""
        going_on = dict(self._going_on)
        self.events(facts)
        self._going_on = going_on

    def _enough(self, rule: Rule, fact: Happened) -> bool:
        when = rule.when
        if not isinstance(when, EventWhen) or when.count == 1:
            return True
        key = key_of(rule, fact)
        if len(self._windows) >= _MOST_WAITING and key not in self._windows:
            self._windows.clear()
        window = self._windows.setdefault(key, deque(maxlen=when.count))
        window.append(fact.at)
        full = len(window) == when.count
        return key in self._going_on or (
            full and window[-1] - window[0] <= timedelta(seconds=when.within_s)
        )

    def _level(self, held: Held, fact: Level) -> Sign | None:
        rule = held.rule
        key = key_of(rule, fact)
        on = key in self._going_on
        up, down = _beyond(rule, fact.value)
        if (not on and not up) or (on and not down):
            self._waits.pop(key, None)
            return None
        wait = self._waits.get(key)
        if wait is None or wait.up is on:
            wait = self._waits[key] = _Wait(fact.at, not on)
        assert not isinstance(rule.when, EventWhen)  # noqa: S101  those are not among the levels
        hold_s = rule.when.clear_hold_s if on else rule.when.hold_s
        if fact.at - wait.since < timedelta(seconds=hold_s):
            return None
        del self._waits[key]
        if on:
            del self._going_on[key]
            return Cleared(key, fact.at)
        self._going_on[key] = fact.at
        return Raised(
            held=held,
            key=key,
            severity=rule.severity,
            at=wait.since,
            last_at=fact.at,
            count=1,
            device_id=fact.device_id,
            place=fact.place,
            entry=None,
            detail={"value": fact.value} | ({"metric": fact.metric} if fact.metric else {}),
        )


def key_of(rule: Rule, fact: Happened | Level, *, ended: bool = False) -> str:
    """What two facts have in common that are one alarm; an end has the key of its beginning."""
    parts = [rule.id]
    extra = fact.extra if isinstance(fact, Happened) else {}
    for part in rule.dedup:
        match part:
            case "device":
                parts.append(fact.device_id or "")
            case "metric":
                metric = extra.get("metric") if isinstance(fact, Happened) else fact.metric
                parts.append(str(metric or "")[:64])
            case "type":
                parts.append(fact.type if isinstance(fact, Happened) and not ended else "")
            case "entry":
                parts.append(entry_of(extra) or fact.device_id or "")
    return "|".join(parts)


def entry_of(extra: Mapping[str, Any]) -> str | None:
    """The hot list's entry that a plate event names; None: it is about no plate."""
    found = extra.get("entry_id", extra.get("hit_id"))
    return None if found is None else str(found)[:64]


def _severities(rule: Rule) -> set[Severity]:
    return {rule.severity, *rule.severity_of.values()}


def _is_about(rule: Rule, fact: Level) -> bool:
    when = rule.when
    if isinstance(when, EventWhen) or when.fact != fact.reading:
        return False
    if isinstance(when, MetricWhen) and when.metric != fact.metric:
        return False
    kinds = () if isinstance(when, AirWhen | IngestLagWhen) else when.kinds
    return not kinds or fact.kind in kinds


def _is_fresh(rule: Rule, fact: Level, now: datetime | None) -> bool:
    when = rule.when
    if now is None or not isinstance(when, MetricWhen):
        return True
    return now - fact.at <= timedelta(seconds=when.fresh_s)


def _beyond(rule: Rule, value: float) -> tuple[bool, bool]:
    """Whether a level is where it raises, and whether it is where it clears."""
    match rule.when:
        case MetricWhen(above=float() as above, clear=clear):
            return value > above, value <= (above if clear is None else clear)
        case MetricWhen(below=float() as below, clear=clear):
            return value < below, value >= (below if clear is None else clear)
        case SilenceWhen():
            return value > 0, value <= 0
        case AirWhen(at_least=name):
            at = AIR_CATEGORIES.index(name)
            return value >= at, value < at
        case IngestLagWhen(above_s=above_s, clear_s=clear_s):
            return value > above_s, value <= (above_s if clear_s is None else clear_s)
    return False, False


def _fits(rule: Rule, fact: Happened) -> bool:
    when = rule.when
    return (
        isinstance(when, EventWhen)
        and (not when.kinds or fact.kind in when.kinds)
        and (not when.severities or fact.severity in when.severities)
    )


def _raised(held: Held, fact: Happened) -> Raised:
    rule = held.rule
    detail: dict[str, Any] = {"event": fact.type}
    if fact.value is not None:
        detail["value"] = fact.value
    hidden = rule.kind == "panic" or pressed.may_name(fact.kind, fact.type)
    if fact.text and not hidden:
        detail["text"] = fact.text[:_TEXT_CHARS]
    for name in ("metric", "hit_id", "route_id", "anomaly_id", "why"):
        if isinstance(said := fact.extra.get(name), str | int | float):
            detail[name] = said[:64] if isinstance(said, str) else said
    return Raised(
        held=held,
        key=key_of(rule, fact),
        severity=rule.severity_of.get(fact.severity or "", rule.severity),
        at=fact.at,
        last_at=fact.at,
        count=1,
        device_id=fact.device_id,
        place=fact.place,
        entry=entry_of(fact.extra),
        detail=detail,
    )


def _joined(known: Raised, newer: Raised) -> Raised:
    return Raised(
        held=newer.held,
        key=newer.key,
        severity=min(known.severity, newer.severity, key=list(Severity).index),
        at=min(known.at, newer.at),
        last_at=max(known.last_at, newer.last_at),
        count=known.count + newer.count,
        device_id=newer.device_id,
        place=newer.place or known.place,
        entry=newer.entry,
        detail=newer.detail,
    )
