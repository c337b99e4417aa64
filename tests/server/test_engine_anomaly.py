"""Strange numbers become anomalies, once, with their reason; and what people say of them counts."""

import math
import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest

from control_center.anomaly.part import AnomalyPart
from control_center.auth.rights import Role
from core.clock import utc_now
from core.device import Device
from core.errors import NotFound
from core.messages import Reading
from core.quality import Flag
from core.settings import Settings
from core.topics import Kind
from store import anomaly, pool
from store import device as store_device
from store.pool import Connection
from tests.servers import rows
from tests.servers.center import RunningCenter
from tests.servers.stream import Screen

pytestmark = pytest.mark.server
SETTINGS: Final = Settings(timezone="America/Mexico_City")
STEP_S: Final = 240
"""Seconds between samples: every second step of time has one."""
BEGAN: Final = datetime(2026, 5, 17, 6, tzinfo=UTC)
DAYS: Final = 3


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's, with one air station and one noise monitor."""
    with pool.connect(db_url) as one:
        enrol(one)
        yield one


def enrol(conn: Connection) -> None:
    """Two stations, one of them with a place."""
    places = [Device(device_id="A-1", kind=Kind.AIR, name="Aire", lat_deg=18.1, lon_deg=-94.4)]
    store_device.save(conn, [*places, Device(device_id="N-1", kind=Kind.NOISE, name="Ruido")])
    conn.commit()


def day(device_id: str = "A-1", *, seed: int = 1, until: int | None = None) -> list[Reading]:
    """Three days of PM2.5 with a daily course and noise that remembers."""
    rng = random.Random(seed)
    drift, made = 0.0, []
    for nth in range(DAYS * 86_400 // STEP_S if until is None else until):
        at = BEGAN + timedelta(seconds=nth * STEP_S)
        drift = 0.9 * drift + rng.gauss(0, 0.5)
        value = 20 + 6 * math.sin(nth * STEP_S / 86_400 * 2 * math.pi) + drift + rng.gauss(0, 0.5)
        made.append(rows.reading(device_id, nth + 1, at, pm25_ugm3=round(value, 1)))
    return made


def nth_of(hours: float) -> int:
    """The sample that is so long after the beginning."""
    return round(hours * 3600 / STEP_S)


def lifted(readings: list[Reading], hours: float, lasting_h: float, by: float) -> list[Reading]:
    """The same with a stretch that lies higher."""
    first, last = nth_of(hours), nth_of(hours + lasting_h)
    return [
        rows.reading(
            one.device_id, one.seq, one.measured_at, pm25_ugm3=one.values["pm25_ugm3"] + by
        )
        if first <= at < last
        else one
        for at, one in enumerate(readings)
    ]


def commit(conn: Connection, readings: list[Reading], flags: int = 0) -> None:
    """Store readings as ingest does."""
    rows.commit(conn, readings, [flags] * len(readings))
    conn.commit()


def work(url: str, now: datetime) -> int:
    """Let a part that was just started do all there is; how many events it made."""
    with closing(AnomalyPart(url, SETTINGS)) as part:
        made = part.tick(now)
        while part.is_behind(now):
            made += part.tick(now)
        return made


def after(readings: list[Reading]) -> datetime:
    """When the last of these can be read."""
    return readings[-1].measured_at + timedelta(minutes=10)


def listed(conn: Connection, **about: Any) -> list[anomaly.Anomaly]:
    """All anomalies, oldest first."""
    found = anomaly.listed(conn, BEGAN, utc_now() + timedelta(days=900), **about)
    conn.commit()
    return found[::-1]


def events(conn: Connection) -> list[tuple[Any, ...]]:
    """What was told, by time."""
    found = conn.execute(
        "SELECT type, measured_at, severity, value, text, lat_deg FROM event ORDER BY measured_at"
    ).fetchall()
    conn.commit()
    return found


def test_a_level_shift_is_found_told_and_over(conn: Connection, db_url: str) -> None:
    """One anomaly from the shift's beginning to its end, with its reason in plain words."""
    readings = lifted(day(), 60, 3, 60.0)
    commit(conn, readings)
    assert work(db_url, after(readings)) == 2
    [found] = listed(conn)
    assert (found.device_id, found.metric) == ("A-1", "pm25_ugm3")
    assert timedelta() <= found.started_at - (BEGAN + timedelta(hours=60)) <= timedelta(minutes=30)
    assert found.ended_at is not None
    assert abs(found.ended_at - (BEGAN + timedelta(hours=63))) <= timedelta(minutes=60)
    assert 0.5 <= found.score <= 1
    assert found.why in {"level", "spike"}
    assert found.value is not None
    assert found.value > 60
    assert found.usual is not None
    assert 10 < found.usual < 30
    begun, over = events(conn)
    assert (begun[0], begun[1], begun[5]) == ("anomaly", found.started_at, 18.1)
    assert begun[4].startswith("PM2.5: ")
    assert "µg/m³ (usual " in begun[4]
    assert (over[0], over[1]) == ("anomaly_end", found.ended_at)
    assert over[3] == (found.ended_at - found.started_at).total_seconds()


def test_a_quiet_series_raises_nothing(conn: Connection, db_url: str) -> None:
    """Three ordinary days."""
    readings = day()
    commit(conn, readings)
    assert work(db_url, after(readings)) == 0
    assert listed(conn) == []


def test_restarts_change_nothing(conn: Connection, db_url: str) -> None:
    """Fed in pieces to a part that is started anew each time, the same is found, once."""
    whole = lifted(day(), 60, 3, 60.0)
    cuts = [0, nth_of(20), nth_of(59), nth_of(60.5), nth_of(61), nth_of(63.2), len(whole)]
    for begin, end in pairwise(cuts):
        commit(conn, whole[begin:end])
        now = whole[end - 1].measured_at + timedelta(seconds=STEP_S)
        work(db_url, now)
        assert work(db_url, now) == 0
    [in_pieces] = listed(conn)
    assert len(events(conn)) == 2
    conn.execute("TRUNCATE anomaly, engine_state, event")
    conn.commit()
    work(db_url, after(whole))
    [at_once] = listed(conn)
    assert at_once[1:6] == in_pieces[1:6]
    assert at_once.why == in_pieces.why


def test_a_crash_before_the_commit_loses_nothing(
    conn: Connection, db_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory and what was found are one transaction."""
    readings = lifted(day(), 60, 3, 60.0)
    commit(conn, readings)
    with closing(AnomalyPart(db_url, SETTINGS)) as part, monkeypatch.context() as patch:
        patch.setattr(anomaly, "save_state", _crash)
        with pytest.raises(RuntimeError):
            part.tick(after(readings))
    assert listed(conn) == []
    assert anomaly.load_state(conn, "anomaly") is None
    conn.commit()
    work(db_url, after(readings))
    assert len(listed(conn)) == 1
    assert len(events(conn)) == 2


def _crash(*_: object) -> None:
    raise RuntimeError("power cut")


def test_doubtful_values_are_left_out(conn: Connection, db_url: str) -> None:
    """A flagged stretch raises nothing, and is no silence."""
    readings = lifted(day(), 60, 3, 600.0)
    begin, end = nth_of(60), nth_of(63)
    commit(conn, [*readings[:begin], *readings[end:]])
    commit(conn, readings[begin:end], int(Flag.SPIKE))
    assert work(db_url, after(readings)) == 0
    assert listed(conn) == []


def test_a_silent_station_is_an_anomaly(conn: Connection, db_url: str) -> None:
    """Found in history as a gap, and live as it lasts; a truck may be silent."""
    readings = day(until=nth_of(40))
    kept = [*readings[: nth_of(30)], *readings[nth_of(33) :]]
    commit(conn, kept)
    work(db_url, after(kept))
    [gap] = listed(conn)
    assert (gap.metric, gap.why, gap.score) == ("messages", "silence", 1.0)
    assert abs(gap.started_at - BEGAN - timedelta(hours=30)) <= timedelta(minutes=6)
    assert gap.ended_at == BEGAN + timedelta(hours=33)
    work(db_url, kept[-1].measured_at + timedelta(hours=2))
    live = listed(conn)[-1]
    assert live.ended_at is None
    assert live.started_at - kept[-1].measured_at <= timedelta(minutes=2)
    again = rows.reading("A-1", 9999, kept[-1].measured_at + timedelta(hours=3), pm25_ugm3=20.0)
    commit(conn, [again])
    work(db_url, again.measured_at + timedelta(minutes=10))
    assert [one.ended_at is None for one in listed(conn)] == [False, False]
    assert [kind for kind, *_ in events(conn)] == ["anomaly", "anomaly_end"] * 2


def test_a_memory_of_another_build_is_learnt_anew(conn: Connection, db_url: str) -> None:
    """Without telling once more what was told."""
    readings = lifted(day(), 60, 3, 60.0)
    commit(conn, readings)
    work(db_url, after(readings))
    conn.execute("UPDATE engine_state SET state = 'not a memory'")
    conn.commit()
    assert work(db_url, after(readings)) == 0
    assert len(listed(conn)) == 1


def test_people_mark_anomalies_and_see_how_many_were_true(center: RunningCenter) -> None:
    """Over HTTP: the list, the mark, taking it back, and what it makes of precision."""
    readings = lifted(day(), 60, 3, 60.0)
    boss, viewer = center.operator(Role.SUPERVISOR), center.operator(Role.OPERADOR)
    with pool.connect(center.db_url) as conn:
        enrol(conn)
        commit(conn, readings)
        with Screen(viewer) as screen:
            work(center.db_url, after(readings))
            told = screen.wait_change(lambda one: one["t"] == "ev" and one["type"] == "anomaly")
    assert told["d"] == "A-1"
    span = {"from": BEGAN.isoformat(), "to": (BEGAN + timedelta(days=4)).isoformat()}
    said = viewer.get("/api/anomalies", **span).json()
    [one] = said["anomalies"]
    assert (one["device_id"], one["metric"], one["is_true"]) == ("A-1", "pm25_ugm3", None)
    assert said["precision"] == {"true": 0, "false": 0, "share": None}
    path = f"/api/anomalies/{one['anomaly_id']}/mark"
    assert viewer.post(path, {"is_true": True, "note": ""}).status_code == 403
    marked = boss.post(path, {"is_true": True, "note": "quema de pastizal"}).json()
    assert (marked["is_true"], marked["note"]) == (True, "quema de pastizal")
    assert marked["marked_by"]
    assert marked["marked_at"]
    state = {**span, "state": "marked"}
    said = viewer.get("/api/anomalies", **state).json()
    assert len(said["anomalies"]) == 1
    assert said["precision"] == {"true": 1, "false": 0, "share": 1.0}
    assert viewer.get("/api/anomalies", **{**span, "state": "open"}).json()["anomalies"] == []
    assert viewer.get("/api/anomalies", **span, device_id="N-1").json()["anomalies"] == []
    back = boss.post(path, {"is_true": None, "note": ""}).json()
    assert (back["is_true"], back["marked_by"], back["marked_at"]) == (None, None, None)
    assert boss.post("/api/anomalies/999/mark", {"is_true": True, "note": ""}).status_code == 404
    assert viewer.get("/api/anomalies", **{**span, "to": span["from"]}).status_code == 422


def test_precision_counts_what_was_judged(conn: Connection) -> None:
    """True ones among those that people judged; NotFound names where to look."""
    at = [BEGAN + timedelta(hours=hour) for hour in range(4)]
    found = [anomaly.Found("A-1", "o3_ppb", one, None, 0.6, "level", 90.0, 30.0) for one in at]
    anomaly.begin(conn, found)
    ids = [one.anomaly_id for one in listed(conn)]
    for anomaly_id, is_true in zip(ids, (True, True, False), strict=False):
        anomaly.mark(conn, anomaly_id, is_true=is_true, note="", by="ana", at=BEGAN)
    assert anomaly.precision(conn) == (2, 1)
    assert anomaly.precision(conn).share == pytest.approx(2 / 3)
    with pytest.raises(NotFound, match="/api/anomalies"):
        anomaly.mark(conn, 10**6, is_true=True, note="", by="ana", at=BEGAN)
