"""Devices, charts, tracks, figures and refusals as the page gets them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from control_center.api import models
from control_center.auth.rights import Role
from core import clock
from core.device import Device, State
from core.quality import Flag
from core.topics import Kind
from store import device as store_device
from store import pool
from tests.servers.center import RunningCenter, Visitor
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRUCK = Device(device_id="T-07", kind=Kind.TRUCK, name="Camión 7")
AIR = Device(
    device_id="A-1", kind=Kind.AIR, name="Estación", lat_deg=18.1, lon_deg=-94.4, interval_s=60
)


@pytest.fixture
def operator(center: RunningCenter) -> Visitor:
    """Someone who watches the devices above."""
    with pool.connect(center.db_url) as conn:
        store_device.save(conn, [TRUCK, AIR])
    return center.operator(Role.OPERADOR)


def execute(center: RunningCenter, statement: str, *rows: tuple[object, ...]) -> None:
    """Put rows where ingest would."""
    with psycopg.connect(center.db_url) as conn, conn.cursor() as cur:
        cur.executemany(statement.encode(), rows)


def put_readings(
    center: RunningCenter, *rows: tuple[float, float, int], metric: str = "pm25_ugm3"
) -> None:
    """Rows of (seconds after T0, value, flags)."""
    execute(
        center,
        "INSERT INTO reading (device_id, measured_at, seq, metric, received_at, value, flags)"
        " VALUES ('A-1', %s, %s, %s, now(), %s, %s)",
        *(
            (T0 + timedelta(seconds=after), number, metric, value, flags)
            for number, (after, value, flags) in enumerate(rows)
        ),
    )


def put_fixes(center: RunningCenter, count: int, *, every_s: float = 1, flags: int = 0) -> None:
    """A truck that drives east at 10 m/s."""
    execute(
        center,
        "INSERT INTO gps_fix (device_id, measured_at, seq, received_at, lat_deg, lon_deg,"
        " speed_mps, flags) VALUES ('T-07', %s, %s, now(), 18.1, %s, 10, %s)",
        *((T0 + timedelta(seconds=n * every_s), n, -94.5 + n * 1e-5, flags) for n in range(count)),
    )


def series(
    operator: Visitor, *, minutes: float, metric: str = "pm25_ugm3", points: int = 600
) -> dict[str, Any]:
    """The station's series since T0."""
    device_id = "T-07" if metric == "speed_kmh" else "A-1"
    answer = operator.get(
        f"/api/devices/{device_id}/series",
        metric=metric,
        points=points,
        **{"from": T0.isoformat(), "to": (T0 + timedelta(minutes=minutes)).isoformat()},
    )
    assert answer.status_code == 200, answer.text
    models.Series.model_validate(answer.json())
    return dict(answer.json())


def ms(after_s: float) -> int:
    """So many seconds after T0, epoch ms."""
    return clock.epoch_us(T0) // 1000 + int(after_s * 1000)


def test_a_device_that_never_spoke(operator: Visitor) -> None:
    """What is not known is null, never zero."""
    answer = operator.get("/api/devices").json()
    models.Devices.model_validate(answer)
    air, truck = answer["devices"]
    assert (air["lat_deg"], air["lon_deg"]) == (18.1, -94.4)
    assert truck["presence"] == "never"
    assert {truck[name] for name in ("fix", "since", "last_seen_at", "firmware", "lat_deg")} == {
        None
    }
    assert truck["values"] == {}


def test_a_device_at_its_newest(center: RunningCenter, operator: Visitor) -> None:
    """Fix, values, presence and self-report come together, with units at the edge."""
    now = clock.utc_now()
    execute(center, "INSERT INTO last_seen VALUES ('T-07', %s)", (now,))
    execute(
        center,
        "INSERT INTO presence (device_id, online, session, measured_at, received_at, since,"
        " firmware, battery_v, rssi_dbm) VALUES ('T-07', true, 1, %s, %s, %s, '1.2', 12.5, -70)",
        (now, now, now),
    )
    execute(
        center,
        "INSERT INTO latest_fix VALUES ('T-07', %s, 1, %s, 18.1, -94.4, 10, 90, 4)",
        (T0, T0),
    )
    execute(
        center,
        "INSERT INTO latest_value VALUES ('T-07', %s, %s, 1, %s, %s, %s)",
        ("battery_v", T0, T0, 99.0, 0),
        ("people_count", T0, T0, 3.0, int(Flag.STUCK)),
    )
    answer = operator.get("/api/devices/T-07").json()
    models.DeviceDetail.model_validate(answer)
    assert (answer["presence"], answer["firmware"]) == ("online", "1.2")
    assert answer["fix"] == {
        "lat_deg": 18.1,
        "lon_deg": -94.4,
        "speed_kmh": 36.0,
        "heading_deg": 90.0,
        "measured_at": "2026-03-01T12:00:00Z",
        "flags": ["late"],
    }
    assert answer["values"]["people_count"]["flags"] == ["stuck"]
    assert answer["values"]["battery_v"]["value"] == 12.5
    assert answer["values"]["rssi_dbm"]["value"] == -70
    assert (answer["silence_s"], answer["interval_s"]) == (120, 5)


def test_pending_and_revoked_devices_are_listed_as_such(
    center: RunningCenter, operator: Visitor
) -> None:
    """They are there, and they are not online."""
    with pool.connect(center.db_url) as conn:
        store_device.note_pending(conn, Kind.AIR, "stranger")
        store_device.save(
            conn,
            [Device(device_id="R", kind=Kind.AIR, name="R", state=State.REVOKED)],
        )
    execute(center, "INSERT INTO last_seen VALUES (%s, now())", ("R",), ("stranger",))
    found = {one["device_id"]: one for one in operator.get("/api/devices").json()["devices"]}
    assert (found["stranger"]["state"], found["stranger"]["presence"]) == ("pending", "offline")
    assert (found["R"]["state"], found["R"]["presence"]) == ("revoked", "offline")
    wait_until(
        lambda: (
            operator.get("/api/stats").json()["devices"]
            == {"online": 0, "offline": 0, "silent": 0, "never": 2, "pending": 1}
        ),
        what="the counts",
    )


def test_a_short_window_is_answered_row_by_row(center: RunningCenter, operator: Visitor) -> None:
    """Each row is a point; one nobody should believe is counted and has no value."""
    put_readings(center, (0, 5, 0), (60, 900, int(Flag.RANGE)), (120, 7, int(Flag.LATE)))
    answer = series(operator, minutes=10)
    assert (answer["bucket_s"], answer["unit"]) == (0, "µg/m³")
    assert answer["points"] == [
        [ms(0), 5, 5, 5, 0],
        [ms(60), None, None, None, 1],
        [ms(120), 7, 7, 7, 0],
    ]


def test_a_pause_breaks_the_line(center: RunningCenter, operator: Visitor) -> None:
    """After three missed messages a null point stands between."""
    put_readings(center, (0, 1, 0), (180, 2, 0), (420, 3, 0))
    assert series(operator, minutes=10)["points"] == [
        [ms(0), 1, 1, 1, 0],
        [ms(180), 2, 2, 2, 0],
        [ms(300), None, None, None, 0],
        [ms(420), 3, 3, 3, 0],
    ]


def test_a_long_window_is_summed_up(center: RunningCenter, operator: Visitor) -> None:
    """Buckets of a round length; what nobody believes is counted, not averaged."""
    rows = [(n * 60, float(n % 10), 0) for n in range(120)]
    rows[3] = (180, 1e6, int(Flag.RANGE))
    put_readings(center, *rows)
    answer = series(operator, minutes=120, points=20)
    assert answer["bucket_s"] == 600
    assert answer["points"][0] == [ms(0), pytest.approx(42 / 9), 0, 9, 1]
    assert answer["points"][1] == [ms(600), 4.5, 0, 9, 0]
    assert len(answer["points"]) == 12


def test_a_long_window_shows_its_gaps(center: RunningCenter, operator: Visitor) -> None:
    """One null point an interruption, however long."""
    put_readings(center, *((n * 60, 1.0, 0) for n in range(240) if not 60 <= n < 180))
    answer = series(operator, minutes=240, points=50)
    gaps = [point for point in answer["points"] if point[1] is None]
    assert answer["bucket_s"] == 300
    assert len(gaps) == 1
    assert ms(3600) <= gaps[0][0] < ms(180 * 60)


@pytest.mark.parametrize("points", [10, 37, 600])
def test_no_more_points_than_asked_for(
    center: RunningCenter, operator: Visitor, points: int
) -> None:
    """Also when every second reading is followed by a gap."""
    put_readings(center, *((n * 300, 1.0, 0) for n in range(400)))
    answer = series(operator, minutes=400 * 5, points=points)
    assert 1 < len(answer["points"]) <= points


def test_speed_comes_from_fixes(center: RunningCenter, operator: Visitor) -> None:
    """In km/h."""
    put_fixes(center, 3)
    answer = series(operator, minutes=1, metric="speed_kmh")
    assert answer["unit"] == "km/h"
    assert [point[1] for point in answer["points"]] == [pytest.approx(36.0)] * 3


def test_a_track_is_answered_in_order(center: RunningCenter, operator: Visitor) -> None:
    """Every fix with its doubts; a long one is thinned and spans the window."""
    query = {"from": T0.isoformat(), "to": (T0 + timedelta(days=1)).isoformat()}
    put_fixes(center, 3, flags=int(Flag.JUMP))
    answer = operator.get("/api/devices/T-07/track", **query).json()
    models.Track.model_validate(answer)
    assert [point[0] for point in answer["points"]] == [ms(0), ms(1), ms(2)]
    assert answer["points"][0][1:] == [-94.5, 18.1, pytest.approx(36.0), ["jump"]]
    execute(center, "DELETE FROM gps_fix WHERE seq >= %s", (0,))
    put_fixes(center, 6000, every_s=10)
    thinned = operator.get("/api/devices/T-07/track", **query).json()["points"]
    assert 2000 <= len(thinned) <= 5000
    assert thinned[-1][0] > ms(6000 * 10 - 60)


@pytest.mark.parametrize(
    ("path", "query", "says"),
    [
        ("series", {"metric": "nonsense"}, "no metric"),
        ("series", {"metric": "pm25_ugm3", "to": "2026-03-01T11:00:00Z"}, "swap them"),
        ("series", {"metric": "pm25_ugm3", "to": "2028-03-01T11:00:00Z"}, "400 days"),
        ("series", {"metric": "pm25_ugm3", "from": "2026-03-01T11:00:00"}, "need an offset"),
        ("series", {"metric": "pm25_ugm3", "from": "yesterday"}, "from"),
        ("series", {"metric": "pm25_ugm3", "points": 5001}, "points"),
        ("series", {}, "metric"),
        ("track", {"to": "2026-06-01T11:00:00Z"}, "31 days"),
    ],
)
def test_a_question_that_makes_no_sense_is_explained(
    operator: Visitor, path: str, query: dict[str, str | int], says: str
) -> None:
    """422, as a problem that names what to change."""
    given = {"from": T0.isoformat(), "to": (T0 + timedelta(hours=1)).isoformat()} | query
    answer = operator.get(f"/api/devices/A-1/{path}", **given)
    assert answer.status_code == 422
    problem = answer.json()
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail"}
    assert says in problem["detail"]


@pytest.mark.parametrize("path", ["", "/series", "/track", "/commands"])
def test_an_unknown_device_is_not_found(operator: Visitor, path: str) -> None:
    """404, as a problem."""
    query = {"metric": "pm25_ugm3", "from": T0.isoformat(), "to": (T0 + timedelta(1)).isoformat()}
    answer = operator.get(f"/api/devices/nobody{path}", **query)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:c5:problem:not_found")


def test_the_ledger_of_a_device(center: RunningCenter, operator: Visitor) -> None:
    """Sent against stored, hour by hour; folded and not yet folded together."""
    hour = clock.utc_now().replace(minute=0, second=0, microsecond=0)
    execute(
        center,
        "INSERT INTO ledger_hour VALUES ('A-1', %s, 1, 10, 8, 1, 2, 0)",
        (hour,),
    )
    execute(
        center,
        "INSERT INTO ledger_delta VALUES ('A-1', %s, 11, 20, 10, 0, 0, 0)",
        (hour,),
    )
    answer = operator.get("/api/devices/A-1").json()
    models.DeviceDetail.model_validate(answer)
    [found] = answer["ledger"]
    del found["hour"]
    assert found == {"sent": 20, "stored": 18, "rejected": 1, "duplicates": 2, "missing": 1}
    wait_until(lambda: operator.get("/api/stats").json()["missing_last_h"] == 1, what="the figure")
    models.Stats.model_validate(operator.get("/api/stats").json())
    assert operator.get("/api/stats").json()["duplicates_last_h"] == 2


def test_the_rate_is_what_the_ledger_grew(center: RunningCenter, operator: Visitor) -> None:
    """Stored messages a second, between two looks."""
    hour = clock.utc_now().replace(minute=0, second=0, microsecond=0)
    statistics = center.app.state.center.statistics
    wait_until(lambda: statistics._looked_s is not None, what="the first look")
    execute(center, "INSERT INTO ledger_delta VALUES ('A-1', %s, 1, 900, 900, 0, 0, 0)", (hour,))
    rate = wait_until(
        lambda: operator.get("/api/stats").json()["stored_per_s"], what="a rate above zero"
    )
    assert 50 < rate <= 900


def test_refusals_are_listed_without_their_bytes(center: RunningCenter, operator: Visitor) -> None:
    """Newest first, and no more than asked for."""
    execute(
        center,
        "INSERT INTO reject (digest, first_at, last_at, topic, device_id, reason, detail,"
        " payload, size_bytes) VALUES (%s, %s, %s, 'c5/v1/air/A-1/reading', 'A-1',"
        " 'broken_json', %s, 'secret', 6)",
        *((bytes([n]), T0, T0 + timedelta(seconds=n), f"n{n}") for n in range(5)),
    )
    answer = operator.get("/api/rejects", limit=2)
    models.Rejects.model_validate(answer.json())
    assert [one["detail"] for one in answer.json()["rejects"]] == ["n4", "n3"]
    assert "secret" not in answer.text


def test_a_slow_query_is_cut_off(center: RunningCenter, operator: Visitor) -> None:
    """The page's connections carry the statement timeout of the settings."""
    pool_options = center.app.state.center.pool.kwargs["options"]
    assert "statement_timeout=30000" in pool_options
    assert operator.get("/api/devices").status_code == 200
