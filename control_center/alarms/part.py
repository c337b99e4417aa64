"""The engine's part that raises alarms: every event within a fraction of a second, once.

Where it has read to, and what it has seen behind that, is stored in the transaction that stores
what came of it: a crash at any moment repeats and loses nothing. Holds of levels begin anew after
a restart. Of several engines one has the turn; the others look on.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from control_center.alarms import desk, levels, shipped, telling
from control_center.alarms.desk import Book
from control_center.alarms.telling import Allowance
from control_center.incidents import following
from control_center.rules import rule
from control_center.rules.correlate import Storm
from control_center.rules.judge import Held, Judge
from control_center.rules.rule import RuleRefused
from core import log
from core.clock import monotonic_s
from core.settings import Settings
from store import alarm, alarm_facts, anomaly, faults, pool
from store import rule as store_rule
from store.alarm_facts import Event
from store.pool import Connection
from store.rule import Saved

URGENT, OTHERS = "alarms.urgent", "alarms"
"""What may be CRITICAL is read apart, so that no storm makes it wait."""
_MOST: Final = 500
"""Events of one transaction."""
_BATCHES: Final = 20
"""Transactions of one round."""
_WARM: Final = 5000
_LOOK_BACK: Final = timedelta(minutes=10)
"""At the very first start; what was before is history."""
_LEVELS_EVERY_S: Final = 5.0
_RULES_EVERY_S: Final = 1.0
_FOLLOW_EVERY_S: Final = 1.0
_log = log.get(__name__)


class _Memory(msgspec.Struct):
    """Where the reading of events stands."""

    cursor: datetime
    seen: list[str] = []
    """Digests of the keys of events stored since the cursor."""


class AlarmPart:
    """Events and levels become alarms, alarms become incidents."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        self._database_url = database_url
        self._own = settings.alarms
        self._shipped = shipped.load(settings.city)
        self._conn: Connection | None = None
        self._judge: Judge | None = None
        self._memory: dict[str, _Memory] = {}
        self._book: Book | None = None
        self._allowance = Allowance()
        self._rules_state: object = None
        self._due_s = dict.fromkeys(("rules", "levels", "follow"), float("-inf"))

    def tick(self, now: datetime) -> int:
        """Take in what came since the last tick; answer how many alarms were raised.

        TransientStoreError: the database is away; call again, nothing is forgotten.
        """
        try:
            conn = self._connected()
            return 0 if conn is None else self._tick(conn, now)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection and the turn back, and forget what may not be committed."""
        conn, self._conn, self._judge, self._memory = self._conn, None, None, {}
        if conn is not None:
            conn.close()

    def _connected(self) -> Connection | None:
        """The connection that has the turn; None: another engine has it."""
        if self._conn is not None:
            return self._conn
        conn = pool.connect(self._database_url, application="c5-alarms", autocommit=True)
        try:
            if not alarm_facts.take_turn(conn):
                conn.close()
                return None
        except BaseException:
            conn.close()
            raise
        self._conn = conn
        return conn

    def _tick(self, conn: Connection, now: datetime) -> int:
        judge = self._rules(conn, now)
        assert self._book is not None  # noqa: S101  read with the rules
        made = 0
        for _ in range(_BATCHES):
            settled = alarm_facts.settled(conn)
            made += self._batch(conn, URGENT, settled, now)[0]
            raised, is_full = self._batch(conn, OTHERS, settled, now)
            made += raised
            if not is_full:
                break
        if self._is_due("levels", _LEVELS_EVERY_S):
            found = levels.read(conn, judge, now)
            signs = [*judge.levels(found, now), *judge.quiet(now)]
            if signs:
                with faults.translated("raising alarms"), conn.transaction():
                    made += desk.write(conn, signs, self._book, now=now).raised
        if self._is_due("follow", _FOLLOW_EVERY_S):
            with faults.translated("following who pressed"), conn.transaction():
                if moved := following.follow(conn):
                    telling.tell(conn, incidents=moved, now=now)
        return made

    def _rules(self, conn: Connection, now: datetime) -> Judge:
        """The rules in force, read again when any was saved."""
        if self._judge is not None and not self._is_due("rules", _RULES_EVERY_S):
            return self._judge
        if self._judge is None:
            store_rule.ship(conn, self._shipped.rules, self._shipped.sops, now)
            self._memory = {name: self._remembered(conn, name) for name in (URGENT, OTHERS)}
        state = store_rule.state(conn)
        if self._judge is not None and state == self._rules_state:
            return self._judge
        held = list(_in_force(store_rule.current(conn)))
        judge = Judge(held, alarm.going_on(conn))
        for name, memory in self._memory.items():  # a type may belong to the other stream now
            anomaly.save_state(conn, name, msgspec.json.encode(memory), now)
        if judge.longest_window:
            until = self._memory[OTHERS].cursor
            past = alarm_facts.past_events(
                conn, until - judge.longest_window, until, judge.types, limit=_WARM
            )
            judge.warm(levels.of_event(one) for one in past)
        self._book = Book(
            room=self._shipped.room,
            sops={name: one.version for name, one in store_rule.sops(conn).items()},
            storm=Storm(self._own.storm_incidents, timedelta(seconds=self._own.storm_s)),
            allowance=self._allowance,
        )
        self._judge, self._rules_state = judge, state
        _log.info("rules_read", rules=len(held))
        return judge

    def _remembered(self, conn: Connection, name: str) -> _Memory:
        held = anomaly.load_state(conn, name)
        if held is None:
            return _Memory(alarm_facts.settled(conn) - _LOOK_BACK)
        return msgspec.json.decode(held[0], type=_Memory)

    def _batch(
        self, conn: Connection, name: str, settled: datetime, now: datetime
    ) -> tuple[int, bool]:
        """Take in one batch of a stream; how many alarms were raised, and whether there is more.

        settled  asked before: whatever commits from now on is stored no earlier
        """
        judge, book, memory = self._judge, self._book, self._memory[name]
        assert judge is not None  # noqa: S101  read with the rules
        assert book is not None  # noqa: S101  same
        urgent = set(judge.urgent_types)
        types = [one for one in judge.types if (one in urgent) is (name == URGENT)]
        limit = _MOST + len(memory.seen)
        floor = now - timedelta(seconds=self._own.late_s)
        rows = alarm_facts.events(conn, memory.cursor, types, floor=floor, limit=limit)
        is_full = len(rows) == limit
        seen = set(memory.seen)
        fresh = [row for row in rows if _digest(row) not in seen]
        cursor = max(memory.cursor, min(settled, rows[-1].stored_at) if is_full else settled)
        later = _Memory(cursor, [_digest(row) for row in rows if row.stored_at >= cursor])
        raised = 0
        if fresh:
            signs = judge.events(levels.of_event(row) for row in fresh)
            with faults.translated("raising alarms"), conn.transaction():
                raised = desk.write(conn, signs, book, now=now).raised
                anomaly.save_state(conn, name, msgspec.json.encode(later), now)
        self._memory[name] = later
        return raised, is_full

    def _is_due(self, what: str, every_s: float) -> bool:
        now_s = monotonic_s()
        if now_s - self._due_s[what] < every_s:
            return False
        self._due_s[what] = now_s
        return True


def _in_force(rules: Iterable[Saved]) -> Iterator[Held]:
    """Those that are enabled; one that cannot be read does not keep the others from working."""
    for one in rules:
        if not one.enabled:
            continue
        try:
            yield Held(rule.parse(one.document, name=one.rule_id), one.version)
        except RuleRefused as exc:
            _log.error("rule_unreadable", rule_id=one.rule_id, cause=str(exc))


def _digest(row: Event) -> str:
    key = f"{row.device_id}|{row.measured_at.isoformat()}|{row.seq}"
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
