"""Processes that drain a preloaded session: the ingest worker, and the bare peer.

Run as `python -m bench.drainers NAME JSON`. `subscribe` makes the session and
leaves; the others connect, drain `messages`, and print one JSON object with
when the first message came and when the last was done (wall clock, s).
"""

import json
import os
import resource
import sys
from dataclasses import dataclass
from typing import Any, Final

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from core import log
from core.clock import monotonic_s, pause, utc_now, wall_s
from core.settings.telemetry import Ingest
from devices.broker import Login, prepare
from ingest.service import PLAIN, SHARED, Wiring, Worker
from store import pool

BARE: Final = "bench-bare"
_LIMIT_S: Final = 300.0
_QUIET_S: Final = 3.0


@dataclass
class Job:
    """What to drain."""

    mqtt_url: str
    password: str
    messages: int
    """Stop after these many; 0: when nothing has come for a while (one of several workers)."""
    database_url: str = ""
    plate_key: str = ""
    worker: int = 1
    workers: int = 1
    settings: dict[str, Any] | None = None

    @property
    def login(self) -> Login:
        """Both sides enter as the same user."""
        return Login(url=self.mqtt_url, username="c5-ingest", password=self.password)


def subscribe(job: Job) -> dict[str, float]:
    """Forget every session, then leave empty persistent ones: bare, and the workers'."""
    for client_id in (BARE, "c5-ingest-1", "c5-ingest-2"):
        _visit(job, client_id, (), clean=True)
    _visit(job, BARE, ("c5/v1/#",), clean=False)
    for worker in range(1, job.workers + 1):
        topics = PLAIN if job.workers == 1 else SHARED
        _visit(job, f"c5-ingest-{worker}", topics, clean=False)
    return {}


def _visit(job: Job, client_id: str, topics: tuple[str, ...], *, clean: bool) -> None:
    """Connect, subscribe, disconnect."""
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=clean,
        protocol=mqtt.MQTTv311,
    )
    prepare(client, job.login)
    done: list[int] = []

    def on_connect(*_: object) -> None:
        if topics:
            client.subscribe([(topic, 1) for topic in topics])
        else:
            done.append(1)

    client.on_connect = on_connect
    client.on_subscribe = lambda *_: done.append(1)
    client.connect(job.login.endpoint.host, job.login.endpoint.port)
    while not done:
        client.loop(0.1)
    client.disconnect()
    while client.loop(0.05) == 0:
        pass


def bare(job: Job) -> dict[str, float]:
    """Drain with paho alone, as its documentation shows: count, and let it acknowledge."""
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=BARE, clean_session=False, protocol=mqtt.MQTTv311
    )
    prepare(client, job.login)
    count = 0
    first_s = last_s = 0.0

    def on_message(*_: object) -> None:
        nonlocal count, first_s, last_s
        if not count:
            first_s = wall_s()
        count += 1
        if count == job.messages:
            last_s = wall_s()

    client.on_message = on_message
    client.connect(job.login.endpoint.host, job.login.endpoint.port)
    client.loop_start()
    deadline_s = monotonic_s() + _LIMIT_S
    while not last_s and monotonic_s() < deadline_s:
        pause(0.01)
    pause(0.3)
    client.disconnect()
    client.loop_stop()
    return {"messages": count, "first_s": first_s, "last_s": last_s}


def ingest(job: Job) -> dict[str, float]:
    """Drain with a real worker; done when the last message is committed and acknowledged."""
    wiring = Wiring(
        database_url=job.database_url,
        login=job.login,
        plate_key=job.plate_key,
        worker=job.worker,
        workers=job.workers,
    )
    worker = Worker(wiring, Ingest(**(job.settings or {})))
    read = worker.metrics.registry.get_sample_value
    deadline_s = monotonic_s() + _LIMIT_S
    last_s = seen_s = 0.0
    count = 0.0
    started_at = utc_now()
    worker.start()
    while monotonic_s() < deadline_s:
        now_s = wall_s()
        acked = read("c5_ingest_messages_total") or 0.0
        if acked > count:
            count, last_s, seen_s = acked, now_s, now_s
        if job.messages and count >= job.messages:
            break
        if not job.messages and seen_s and now_s - seen_s > _QUIET_S:
            break
        pause(0.01)
    pause(0.3)
    stored = read("c5_ingest_stored_total") or 0.0
    worker.stop()
    with pool.connect(job.database_url) as conn:
        row = conn.execute(
            "SELECT extract(epoch FROM min(received_at))::float8 FROM gps_fix "
            "WHERE received_at > %s",
            (started_at,),
        ).fetchone()
    first_s = row[0] if row and row[0] else 0.0
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "messages": count,
        "stored": stored,
        "first_s": first_s,
        "last_s": last_s,
        "rss_mb_peak": peak_kb / 1024,
        "cpu_s": sum(os.times()[:2]),
    }


def main() -> None:
    """Run one drainer."""
    log.configure(level="warning")
    name, job = sys.argv[1], Job(**json.loads(sys.argv[2]))
    answer = {"subscribe": subscribe, "bare": bare, "ingest": ingest}[name](job)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
