"""A truck that leaves its plan is told of within seconds, once, whatever falls over between."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from control_center.engine import parts
from control_center.engine.live import LiveWatch
from control_center.engine.loop import Loop
from control_center.engine.metrics import Metrics
from core.clock import monotonic_s, utc_now
from core.messages import GpsFix
from core.quality import Flag
from core.topics import Stream
from geo.trace import Trace
from store import pool
from store import route as store_route
from store.pool import Connection
from tests.servers import engine, plans
from tests.servers.center import RunningCenter
from tests.servers.engine import LEFT_S, SETTINGS, at
from tests.servers.ingest import City
from tests.servers.proxy import Proxy
from tests.servers.stream import Screen
from tests.servers.waiting import wait_until
from tests.unit.geo_town import START_S, Truck

pytestmark = pytest.mark.server
BOTH = ["off_route", "off_route_end"]


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's."""
    with pool.connect(db_url) as one:
        yield one


def made(conn: Connection, device_id: str = "T-1") -> list[tuple[Any, ...]]:
    """(type, seconds from the start) of the events in the table, by time."""
    found = conn.execute(
        "SELECT type, extract(epoch FROM measured_at)::float8 FROM event WHERE device_id = %s "
        "ORDER BY measured_at, seq",
        (device_id,),
    ).fetchall()
    conn.commit()
    return [(kind, round(at_s - START_S, 3)) for kind, at_s in found]


def kinds(conn: Connection, device_id: str = "T-1") -> list[str]:
    """Types of the events in the table, by time."""
    return [kind for kind, _ in made(conn, device_id)]


def seconds_of(messages: list[GpsFix]) -> float:
    """When the last of these was measured, from the start."""
    return messages[-1].measured_at.timestamp() - START_S


def tick(url: str, now: datetime) -> int:
    """One round of a watch that was just started; how many events it made."""
    with closing(LiveWatch(url, SETTINGS)) as watch:
        return watch.tick(now)


@contextmanager
def watching(url: str, metrics: Metrics | None = None) -> Iterator[None]:
    """The watch as the service runs it, once a second."""
    counted, stopping = metrics or Metrics(), threading.Event()
    loop = Loop(
        parts.LIVE,
        lambda _asked: parts.live(url, SETTINGS, counted),
        parts.PERIOD_S[parts.LIVE],
        stopping=stopping,
        report=counted.note,
    )
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.timed
def test_leaving_the_plan_is_on_the_operators_screen_within_seconds(center: RunningCenter) -> None:
    """The fix that decides is committed; the event is stored, announced and shown."""
    began_s = utc_now().timestamp() - LEFT_S - 80
    trace = engine.strayed().sends(start_s=began_s)
    sent = engine.fixes(trace.take(trace.t_s < began_s + LEFT_S + 80), "T-1")
    metrics = Metrics()
    with pool.connect(center.db_url) as conn:
        engine.on_duty(conn, "T-1")
        engine.commit(conn, sent[:-6])
        with watching(center.db_url, metrics), Screen(center.operator()) as screen:
            wait_until(
                lambda: metrics.registry.get_sample_value("c5_engine_ticks_total", {"part": "live"})
            )
            assert not [change for change in screen.changes() if change["t"] == "ev"]
            engine.commit(conn, sent[-6:])
            committed_s = monotonic_s()
            change = screen.wait_change(lambda one: one["t"] == "ev", timeout_s=5)
        assert monotonic_s() - committed_s < 5
        assert (change["d"], change["type"], change["sev"]) == ("T-1", "off_route", "warning")
        assert change["text"].startswith("Ruta R-1 · ")
        assert abs(change["at"] / 1000 - began_s - LEFT_S) <= 10
        assert kinds(conn) == ["off_route"]
        row = conn.execute("SELECT seq, severity, value, extra, flags FROM event").fetchone()
    assert row is not None
    seq, severity, value, extra, flags = row
    assert (seq, severity, flags) == (-1, "warning", 0)
    assert extra == {"route_id": "R-1", "version": 1}
    assert 500 < value < 1000


def test_from_the_broker_to_the_event(city: City) -> None:
    """Everything real: the tracker publishes, ingest stores, the watch tells."""
    voice = city.enrol()
    with pool.connect(city.db_url) as conn:
        plans.saved(conn, plans.plan_document(blocks=engine.BLOCKS), engine.SINCE)
        store_route.assign(conn, "R-1", voice.device_id, engine.SINCE)
    city.start()
    truck = Truck().serve(engine.STREETS[:6]).rush([(300.0, 1200.0)])
    trace = truck.sends(start_s=utc_now().timestamp() - len(truck.x_y_m))
    with watching(city.db_url):
        voice.say(
            Stream.GPS,
            [
                voice.head(at=fix.measured_at)
                | {"lat_deg": fix.lat_deg, "lon_deg": fix.lon_deg}
                | {"speed_kmh": 3.6 * (fix.speed_mps or 0.0)}
                for fix in engine.fixes(trace, voice.device_id)
            ],
        )
        wait_until(
            lambda: city.sql("SELECT type FROM event WHERE seq < 0") == [("off_route",)],
            timeout_s=10,
        )


def test_a_restart_at_any_moment_doubles_nothing(conn: Connection, db_url: str) -> None:
    """Before the truck leaves, while it is away, before and after its return is believed."""
    trace = engine.strayed().sends(noise_m=3.0, seed=2, step_s=10)
    engine.on_duty(conn, "T-1", "T-2")
    engine.commit(conn, engine.fixes(trace, "T-1"))
    tick(db_url, at(len(engine.strayed().x_y_m)))
    whole = made(conn)
    assert [kind for kind, _ in whole] == BOTH

    sent = engine.fixes(trace, "T-2")
    back_s = whole[1][1]
    moments = [LEFT_S - 20, LEFT_S + 40, LEFT_S + 75, LEFT_S + 200, back_s + 5, back_s + 35]
    cuts = [sum(fix.measured_at <= at(moment) for fix in sent) for moment in moments]
    for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        engine.commit(conn, sent[begin:end])
        tick(db_url, at(seconds_of(sent[:end])))
        assert tick(db_url, at(seconds_of(sent[:end]))) == 0
    assert made(conn, "T-2") == whole


def test_a_restart_after_hours_goes_on_where_it_was(conn: Connection, db_url: str) -> None:
    """The truck stayed away all the time: one event, and its end when it is seen again."""
    engine.on_duty(conn, "T-1")
    truck = Truck().serve([*engine.STREETS[:10], (500.0, 0.0)]).rush([(500.0, 900.0)]).wait(7200)
    away_s = len(truck.x_y_m)
    sent = engine.fixes(truck.rush([(500.0, 0.0)]).serve(engine.STREETS[10:]).sends(), "T-1")
    before = [fix for fix in sent if fix.measured_at <= at(LEFT_S + 500)]
    while_down = [fix for fix in sent if at(LEFT_S + 500) < fix.measured_at <= at(away_s)]
    engine.commit(conn, before)
    tick(db_url, at(LEFT_S + 500))
    assert kinds(conn) == ["off_route", "unplanned_stop"]
    engine.commit(conn, while_down)
    with closing(LiveWatch(db_url, SETTINGS)) as again:
        assert again.tick(at(away_s)) == 0
        engine.commit(conn, [fix for fix in sent if fix.measured_at > at(away_s)])
        assert again.tick(at(seconds_of(sent))) == 2
    assert sorted(kinds(conn)[2:]) == ["off_route_end", "unplanned_stop_end"]


def test_a_database_that_is_cut_off_is_waited_for(
    conn: Connection, db_url: str, postgres_proxy: Proxy
) -> None:
    """Nothing that was committed meanwhile is missed, and nothing is told twice."""
    url = db_url.replace(f":{postgres_proxy.target_port}/", f":{postgres_proxy.port}/")
    began_s = utc_now().timestamp() - len(engine.strayed().x_y_m)
    sent = engine.fixes(engine.strayed().sends(start_s=began_s), "T-1")
    half = sum(fix.measured_at.timestamp() < began_s + LEFT_S + 30 for fix in sent)
    engine.on_duty(conn, "T-1")
    engine.commit(conn, sent[:half])
    metrics = Metrics()

    def counted(name: str) -> float:
        return metrics.registry.get_sample_value(name, {"part": "live"}) or 0.0

    with structlog.testing.capture_logs() as logs, watching(url, metrics):
        wait_until(lambda: counted("c5_engine_ticks_total") > 0)
        postgres_proxy.cut()
        wait_until(lambda: counted("c5_engine_failures_total") > 0)
        engine.commit(conn, sent[half:])
        postgres_proxy.restore()
        wait_until(lambda: kinds(conn) == BOTH, timeout_s=20)
    assert "part_waits" in [entry["event"] for entry in logs]
    assert "part_failed" not in [entry["event"] for entry in logs]


def test_a_change_of_plans_is_taken_up(conn: Connection, db_url: str) -> None:
    """Whoever is assigned is watched, under the newest version; who is not, is not."""
    engine.on_duty(conn, "T-1")
    plans.add_truck(conn, "T-2")
    conn.commit()
    watch = LiveWatch(db_url, SETTINGS)
    trace = engine.strayed().sends()
    early = trace.take(trace.t_s < START_S + LEFT_S - 20)
    for device_id in ("T-1", "T-2"):
        engine.commit(conn, engine.fixes(early, device_id))
    watch.tick(at(LEFT_S - 20))
    store_route.assign(conn, "R-1", "T-2", engine.SINCE)
    store_route.unassign(conn, "R-1", "T-1", engine.SINCE + timedelta(days=1))
    conn.commit()
    late = engine.fixes(trace, "T-1")[len(early) :]
    watch.tick(at(LEFT_S - 10))
    for device_id in ("T-1", "T-2"):
        engine.commit(conn, [_as(fix, device_id) for fix in late])
    watch.tick(at(len(engine.strayed().x_y_m)))
    watch.close()
    assert (kinds(conn, "T-1"), kinds(conn, "T-2")) == ([], BOTH)


def _as(fix: GpsFix, device_id: str) -> GpsFix:
    """The same fix of another truck."""
    return GpsFix(
        fix.lat_deg,
        fix.lon_deg,
        fix.speed_mps,
        device_id=device_id,
        seq=fix.seq,
        measured_at=fix.measured_at,
        received_at=fix.received_at,
    )


def test_a_visit_to_the_landfill_is_told_with_its_name(conn: Connection, db_url: str) -> None:
    """Entering and leaving, with how long it stayed; the way there is not off route."""
    document = plans.plan_document(blocks=engine.BLOCKS)
    document["features"].append(engine.place("landfill", "Relleno Las Matas", 500.0, 2500.0, 200.0))
    plans.saved(conn, document, engine.SINCE)
    plans.add_truck(conn, "T-1")
    store_route.assign(conn, "R-1", "T-1", engine.SINCE)
    truck = Truck().serve([*engine.STREETS[:10], (500.0, 0.0)]).rush([(500.0, 2500.0)]).wait(300)
    truck.rush([(500.0, 0.0)]).serve(engine.STREETS[10:])
    engine.commit(conn, engine.fixes(truck.sends(), "T-1"))
    tick(db_url, at(len(truck.x_y_m)))
    told = conn.execute("SELECT type, text, value FROM event ORDER BY measured_at").fetchall()
    assert [row[:2] for row in told] == [
        ("landfill_enter", "Relleno Las Matas"),
        ("landfill_exit", "Relleno Las Matas · 6 min"),
    ]
    assert told[1][2] == pytest.approx(300 + 400 / 11, abs=5)


def test_doubtful_and_belated_fixes_say_nothing(conn: Connection, db_url: str) -> None:
    """A jump is not believed, and a batch behind the newest fix is left to the report."""
    engine.on_duty(conn, "T-1")
    trace = engine.strayed().sends()
    serving = engine.fixes(Truck().serve(engine.STREETS).sends(), "T-1")
    end_s = seconds_of(serving)
    engine.commit(conn, serving)
    watch = LiveWatch(db_url, SETTINGS)
    watch.tick(at(end_s))
    astray = trace.take((trace.t_s > START_S + LEFT_S) & (trace.t_s < START_S + LEFT_S + 200))
    doubtful = Trace(
        **{name: getattr(astray, name) for name in Trace.__slots__}
        | {"t_s": astray.t_s + end_s - LEFT_S, "seq": astray.seq + 10_000}
    )
    engine.commit(conn, engine.fixes(doubtful, "T-1"), flags=Flag.JUMP)
    late = [_later(fix) for fix in engine.fixes(astray, "T-1")]
    engine.commit(conn, late)
    assert watch.tick(at(end_s + 300)) == 0
    watch.close()
    assert made(conn) == []


def _later(fix: GpsFix) -> GpsFix:
    """The same fix between two that are there, under a counter of its own."""
    return GpsFix(
        fix.lat_deg,
        fix.lon_deg,
        fix.speed_mps,
        device_id=fix.device_id,
        seq=fix.seq + 20_000,
        measured_at=fix.measured_at + timedelta(seconds=1),
        received_at=fix.received_at,
    )


def test_a_run_goes_on_after_midnight(conn: Connection, db_url: str) -> None:
    """At half past seven the run that began at eight the day before is what counts."""
    engine.on_duty(conn, "T-1", service_window=["08:00", "07:59"])
    engine.commit(conn, engine.fixes(engine.strayed().sends(), "T-1"))
    tick(db_url, at(len(engine.strayed().x_y_m)))
    assert kinds(conn) == BOTH


def test_a_truck_is_not_heard_again_by_what_is_said_of_it(center: RunningCenter) -> None:
    """An event told late does not make a silent truck look alive."""
    with pool.connect(center.db_url) as conn:
        engine.on_duty(conn, "T-1")
        began_s = utc_now().timestamp() - len(engine.strayed().x_y_m) - 600
        sent = engine.fixes(engine.strayed().sends(start_s=began_s), "T-1")
        engine.commit(conn, sent)
        conn.commit()
        operator = center.operator()
        with Screen(operator) as screen:
            tick(center.db_url, utc_now())
            screen.wait_change(lambda one: one["t"] == "ev" and one["type"] == "off_route_end")
            [truck] = operator.get("/api/devices").json()["devices"]
            assert truck["presence"] == "silent"
            assert not [one for one in screen.changes() if one["t"] == "st"]
