"""How fast a preloaded session becomes committed rows, beside bare paho and bare COPY.

Both drains are of the same messages, in the same protocol, from the same broker,
one after the other in alternating order; the figures are medians of the rounds.
Memory is the worst peak of any worker, the one with a stalled database included.
"""

import json
import subprocess
import sys
from statistics import median
from typing import Any, Final, cast

from bench import city
from bench.city import BenchCity, Fixes
from core import codec, topics
from core.clock import monotonic_s, pause, utc_now
from core.errors import ServiceError
from core.messages import GpsFix
from core.quality import Assessed
from core.topics import Kind, Stream
from store import faults, pool
from store.pool import Connection
from store.telemetry import TABLES, Row
from tests.servers.proxy import Proxy

PER_MESSAGE: Final = 100
_ROUNDS: Final = 3
_STALL_S: Final = 8.0
_LIMIT_S: Final = 400.0

Figures = dict[str, float]


def run(messages: int, *, rounds: int = _ROUNDS) -> dict[str, Any]:
    """Measure everything; every figure is named with its unit."""
    with city.running() as servers:
        singles = [_single_round(servers, messages, turn) for turn in range(rounds)]
        batches = [_batched_round(servers, messages // 20) for _ in range(rounds)]
        two_workers = _two_workers(servers, messages)
        stalled = _stalled(servers, messages)
    one_worker = median(figures["stored_per_s"] for figures in singles)
    return {
        "messages": messages,
        "protocol": "MQTT 3.1.1",
        "bare_subscriber_per_s": _median(singles, "bare_subscriber_per_s"),
        "stored_per_s": round(one_worker),
        "ratio_single": _median(singles, "ratio_single", digits=3),
        "bare_copy_rows_per_s": _median(batches, "bare_copy_rows_per_s"),
        "batched_rows_per_s": _median(batches, "batched_rows_per_s"),
        "ratio_batched": _median(batches, "ratio_batched", digits=3),
        "two_workers_per_s": round(two_workers["stored_per_s"]),
        "ratio_two_workers": round(two_workers["stored_per_s"] / one_worker, 3),
        "rss_mb_peak": round(
            max(f["rss_mb_peak"] for f in [*singles, *batches, two_workers, stalled]), 1
        ),
        "rss_mb_peak_stalled": round(stalled["rss_mb_peak"], 1),
        "stalled_lost": round(stalled["lost"]),
    }


def _median(rounds: list[Figures], name: str, *, digits: int | None = None) -> float:
    return round(median(figures[name] for figures in rounds), digits)


def _single_round(servers: BenchCity, messages: int, turn: int) -> Figures:
    """One fix a message: drain it with bare paho and with ingest, in alternating order."""
    _drain(servers, "subscribe", messages=0)
    city.preload(servers, messages=messages)
    order = ("bare", "ingest") if turn % 2 == 0 else ("ingest", "bare")
    done = {name: _drain(servers, name, messages=messages) for name in order}
    for name in order:
        if done[name]["messages"] < messages:
            raise ServiceError(f"{name} drained {done[name]['messages']} of {messages} messages")
    bare, ours = (_per_s(done[name]) for name in ("bare", "ingest"))
    return {
        "bare_subscriber_per_s": bare,
        "stored_per_s": ours,
        "ratio_single": ours / bare,
        "rss_mb_peak": done["ingest"]["rss_mb_peak"],
    }


def _batched_round(servers: BenchCity, messages: int) -> Figures:
    """A hundred fixes a message, beside a bare binary COPY of as many rows."""
    rows = messages * PER_MESSAGE
    _drain(servers, "subscribe", messages=0)
    city.preload(servers, messages=messages, per_message=PER_MESSAGE)
    done = _drain(servers, "ingest", messages=messages)
    if done["stored"] < rows:
        raise ServiceError(f"{done['stored']} of {rows} rows were stored; see the log above")
    copy = _bare_copy(servers, rows)
    ours = done["stored"] / (done["last_s"] - done["first_s"])
    return {
        "bare_copy_rows_per_s": copy,
        "batched_rows_per_s": ours,
        "ratio_batched": ours / copy,
        "rss_mb_peak": done["rss_mb_peak"],
    }


def _bare_copy(servers: BenchCity, rows: int) -> float:
    """Rows a second of one binary COPY of such rows into the same, emptied hypertable."""
    table = TABLES[GpsFix]
    trucks = sorted(servers.credentials)
    prepared: list[Row] = []
    for number, device_id in enumerate(trucks):
        address = topics.parse(topics.telemetry(Kind.TRUCK, device_id, Stream.GPS))
        count = rows // len(trucks)
        payload = Fixes(number, total=count).take(count)
        for part in range(0, count, PER_MESSAGE):
            raw = json.dumps(payload[part : part + PER_MESSAGE]).encode()
            fixes = cast("list[GpsFix]", codec.decode(address, raw, utc_now()).messages)
            prepared += table.rows([Assessed(fix, 0) for fix in fixes])
    with pool.connect(servers.connections.database_url) as conn, faults.translated("bare COPY"):
        with conn.transaction():
            conn.execute("TRUNCATE gps_fix")
        started_s = monotonic_s()
        with (
            conn.transaction(),
            conn.cursor() as cur,
            cur.copy(table.copy_into(table.name)) as copy,
        ):
            copy.set_types(table.types)
            for row in prepared:
                copy.write_row(row)
        return len(prepared) / (monotonic_s() - started_s)


def _two_workers(servers: BenchCity, messages: int) -> Figures:
    """The same single messages, shared by two workers."""
    _drain(servers, "subscribe", messages=0, workers=2)
    city.preload(servers, messages=messages)
    both = [_spawn(servers, "ingest", messages=0, worker=worker, workers=2) for worker in (1, 2)]
    done = [_answer(process) for process in both]
    stored = sum(one["stored"] for one in done)
    if stored < messages:
        raise ServiceError(f"two workers stored {stored} of {messages} messages")
    span_s = max(one["last_s"] for one in done) - min(one["first_s"] for one in done)
    return {
        "stored_per_s": stored / span_s,
        "rss_mb_peak": max(one["rss_mb_peak"] for one in done),
    }


def _stalled(servers: BenchCity, messages: int) -> Figures:
    """Drain while the database accepts and answers nothing for a while; count what is lost."""
    _drain(servers, "subscribe", messages=0)
    city.preload(servers, messages=messages)
    database_url = servers.connections.database_url
    target = servers.runtime.postgres.port
    with Proxy(target) as proxy, pool.connect(database_url, autocommit=True) as conn:
        conn.execute("TRUNCATE gps_fix")
        through = database_url.replace(f":{target}/", f":{proxy.port}/")
        process = _spawn(servers, "ingest", messages=messages, database_url=through)
        while not _any_row(conn) and process.poll() is None:
            pause(0.002)
        proxy.stall()
        pause(_STALL_S)
        proxy.restore()
        done = _answer(process)
        row = conn.execute("SELECT count(*) FROM gps_fix").fetchone()
    return {"rss_mb_peak": done["rss_mb_peak"], "lost": messages - (row[0] if row else 0)}


def _any_row(conn: Connection) -> bool:
    row = conn.execute("SELECT EXISTS (SELECT FROM gps_fix)").fetchone()
    return bool(row and row[0])


def _per_s(done: Figures) -> float:
    return done["messages"] / (done["last_s"] - done["first_s"])


def _drain(servers: BenchCity, name: str, **job: Any) -> Figures:
    return _answer(_spawn(servers, name, **job))


def _spawn(servers: BenchCity, name: str, **job: Any) -> subprocess.Popen[str]:
    """Start a drainer in a process of its own, so that each side has an interpreter to itself."""
    known = servers.connections
    whole = {
        "mqtt_url": known.mqtt_url,
        "password": known.passwords["c5-ingest"],
        "database_url": known.database_url,
        "plate_key": known.plate_key,
        **job,
    }
    return subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", "bench.drainers", name, json.dumps(whole)],
        stdout=subprocess.PIPE,
        text=True,
    )


def _answer(process: subprocess.Popen[str]) -> Figures:
    out, _ = process.communicate(timeout=_LIMIT_S)
    if process.returncode:
        raise ServiceError(f"a drainer ended with {process.returncode}; see its words above")
    answer: Figures = json.loads(out)
    return answer
