"""Air, noise and instruments over HTTP: shapes, ranks, bounds, rights, calibrated charts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from control_center.air.keeper import AirKeeper
from control_center.api import sensing_models as models
from control_center.auth.rights import Role
from core.clock import rfc3339, utc_now
from core.errors import NotFound
from core.quality import Flag
from core.settings import Settings
from core.topics import Kind
from store import noise, pool
from store.pool import Connection
from tests.servers import stations
from tests.servers.center import RunningCenter, Visitor

pytestmark = pytest.mark.server
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def conn(center: RunningCenter) -> Iterator[Connection]:
    """A connection to the center's database."""
    with pool.connect(center.db_url, autocommit=True) as one:
        yield one


@pytest.fixture
def someone(center: RunningCenter) -> Visitor:
    """An operator, who may only look."""
    return center.operator(Role.OPERADOR)


def this_hour() -> datetime:
    """Its beginning."""
    return utc_now().replace(minute=0, second=0, microsecond=0)


def said(conn: Connection, device_id: str, metric: str, value: float, **about: Any) -> None:
    """The same every minute of the last whole hour."""
    stations.said(conn, device_id, this_hour() - HOUR, MINUTE, {metric: [value] * 60}, **about)


def test_the_city_is_ranked_worst_first(
    center: RunningCenter, conn: Connection, someone: Visitor
) -> None:
    """By category, then by how far into it; who cannot say comes last, with the reason."""
    stations.enrolled(conn, *(f"A-{nth}" for nth in range(5)))
    for device_id, ozone in (("A-0", 30.0), ("A-1", 100.0), ("A-2", 130.0)):
        said(conn, device_id, "o3_ppb", ozone)
    said(conn, "A-3", "o3_ppb", 140.0, flags=Flag.STUCK)
    AirKeeper(center.db_url, Settings()).tick(utc_now())
    answer = someone.get("/api/air/stations").json()
    city = models.AirStations.model_validate(answer)
    assert [one.device_id for one in city.stations] == ["A-2", "A-1", "A-0", "A-3", "A-4"]
    categories = [one.category for one in city.stations]
    assert categories == ["mala", "mala", "buena", "insuficiente", "insuficiente"]
    assert [one.doubts for one in city.stations] == [[], [], [], ["stuck"], []]
    assert city.rule == "nom172-2026"
    assert city.categories[0].key == "buena"
    assert city.categories[0].colour.startswith("#")
    assert city.categories[0].advice_es["everyone"]
    worst = city.stations[0]
    assert (worst.dominant, worst.hour) == ("o3", this_hour() - HOUR)
    assert worst.pollutants["o3"].model_dump() == {
        "value": 0.13,
        "unit": "ppm",
        "category": "mala",
        "doubts": [],
    }


def test_a_stations_hours_name_doubts_and_the_other_index(
    center: RunningCenter, conn: Connection, someone: Visitor
) -> None:
    """NOM-172, EPA's number beside it, PM2.5 corrected for humidity; no more than a month."""
    stations.enrolled(conn, "A-1")
    begin = this_hour() - 3 * HOUR
    values = {"pm25_ugm3": [30.0] * 120, "humidity_pct": [80.0] * 120}
    stations.said(conn, "A-1", begin, MINUTE, values)
    said(conn, "A-1", "pm25_ugm3", 30.0, flags=Flag.DRIFT)
    AirKeeper(center.db_url, Settings()).tick(utc_now())
    path = "/api/air/stations/A-1/index"
    asked = {"from": rfc3339(begin), "to": rfc3339(this_hour())}
    hours = models.AirHours.model_validate(someone.get(path, **asked).json()).hours
    assert [one.hour for one in hours] == [begin, begin + HOUR, begin + 2 * HOUR]
    first, second, third = hours
    assert (first.category, first.epa, first.pm25_dried_ugm3) == ("insuficiente", None, 14.6)
    assert (second.category, second.pollutants["pm25"].value) == ("aceptable", 21.0)
    assert second.epa == models.Epa(aqi=90, category="moderate")
    assert third.pollutants["pm25"].doubts == ["drift"]
    assert third.pm25_dried_ugm3 is None

    refused = {
        "longer than 31 days": asked | {"from": rfc3339(begin - timedelta(days=31))},
        "to is not after": {"from": asked["to"], "to": asked["from"]},
        "need an offset": {"from": "2026-01-01T00:00:00", "to": "2026-01-02T00:00:00"},
    }
    for words, query in refused.items():
        answer = someone.get(path, **query)
        assert (answer.status_code, words in answer.json()["detail"]) == (422, True)
    stations.enrolled(conn, "N-1", kind=Kind.NOISE)
    assert someone.get("/api/air/stations/N-1/index", **asked).status_code == 404
    assert someone.get("/api/air/stations/A-9/index", **asked).status_code == 404


def test_noise_of_a_day_and_of_now(conn: Connection, someone: Visitor) -> None:
    """Flagged minutes are left out, days without any are there, the zone decides the limits."""
    stations.enrolled(conn, "N-1", "N-2", kind=Kind.NOISE)
    noise.stand(conn, "N-2", "school")
    with pytest.raises(NotFound, match="N-9"):
        noise.stand(conn, "N-9", "school")
    midnight = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
    levels = np.full(1440, 52.0)
    levels[720:780] = 70.0
    peaks = {"laeq_db": list(levels), "lamax_db": list(levels + 8)}
    stations.said(conn, "N-1", midnight, MINUTE, peaks)
    loud = {"laeq_db": [120.0] * 30}
    stations.said(conn, "N-1", midnight + MINUTE / 2, MINUTE, loud, flags=Flag.STUCK)
    answer = someone.get(
        "/api/noise/stations/N-1/days", **{"from": "2026-03-03", "to": "2026-03-04"}
    )
    found = models.NoiseDays.model_validate(answer.json())
    assert (found.zone, found.limits.day_db, found.limits.night_db) == ("residential", 55, 50)
    empty, day = found.days
    assert (empty.laeq_db, empty.coverage, empty.sufficient) == (None, 0.0, False)
    assert (day.coverage, day.sufficient, day.lamax_db, day.lnight_db) == (1.0, True, 78.0, 52.0)
    assert day.l50_db == 52.0
    assert (day.minutes_above_day, day.minutes_above_night) == (60.0, 8 * 60.0)
    [event] = found.events
    assert (event.since, event.until) == (midnight + 12 * HOUR, midnight + 13 * HOUR)
    assert event.peak_db == 70.0

    now = utc_now()
    stations.said(conn, "N-2", now - 23.5 * HOUR, MINUTE, {"laeq_db": [58.0] * 1409})
    stations.said(conn, "N-1", now - HOUR, MINUTE, {"laeq_db": [66.0] * 59})
    city = models.NoiseStations.model_validate(someone.get("/api/noise/stations").json())
    loudest, other = city.stations
    assert (loudest.device_id, loudest.laeq_24h_db, loudest.lden_db) == ("N-1", 66.0, None)
    assert loudest.coverage == pytest.approx(1 / 24, abs=0.001)
    assert (other.zone, other.laeq_24h_db) == ("school", 58.0)
    assert (other.above_day, other.above_night) == (True, None)
    assert other.lden_db is not None
    assert {one.label for one in city.stations} == {"indicativo"}


def test_calibrations_are_made_shown_and_taken_back(
    center: RunningCenter, conn: Connection, someone: Visitor
) -> None:
    """A chart is calibrated on read, row by row and in buckets; flagged rows stay out of it."""
    stations.enrolled(conn, "A-1")
    begin = this_hour() - 2 * HOUR
    stations.said(conn, "A-1", begin, MINUTE, {"o3_ppb": [50.0] * 60})
    stations.said(conn, "A-1", begin + HOUR, MINUTE, {"o3_ppb": [900.0] * 5}, flags=Flag.SPIKE)
    admin = center.operator(Role.ADMINISTRADOR)
    path = "/api/devices/A-1/calibrations"
    order = {"metric": "o3_ppb", "valid_from": rfc3339(begin + HOUR / 2), "gain": 2, "offset": 1.5}
    made = admin.post(path, order)
    assert made.status_code == 201, made.text
    number = made.json()["calibration_id"]
    [listed] = someone.get(path).json()["calibrations"]
    assert listed == made.json()
    assert (listed["gain"], listed["offset"], listed["valid_to"]) == (2.0, 1.5, None)
    assert listed["made_by"].startswith("administrador")

    def chart(points: int) -> list[Any]:
        window = {"from": rfc3339(begin), "to": rfc3339(this_hour())}
        path = "/api/devices/A-1/series"
        answer = someone.get(path, metric="o3_ppb", points=points, **window)
        return [(row[1], row[4]) for row in answer.json()["points"]]

    assert chart(600) == [(50.0, 0)] * 30 + [(101.5, 0)] * 30 + [(None, 1)] * 5
    summed = chart(10)
    assert summed[0] == (50.0, 0)
    assert summed[-1] == (None, 5)
    assert (101.5, 0) in summed

    assert admin.post(path, order).status_code == 409
    for wrong in ({"metric": "ozone"}, {"valid_from": "2026-01-01T00:00:00"}, {"gain": 0}):
        assert admin.post(path, order | wrong).status_code == 422
    assert admin.post(path, order | {"valid_to": order["valid_from"]}).status_code == 422
    assert admin.post(path, order | {"note": "a\0b"}).status_code == 422
    assert admin.post("/api/devices/A-9/calibrations", order).status_code == 404
    assert someone.post(path, order).status_code == 403
    assert someone.delete(f"{path}/{number}").status_code == 403
    assert admin.delete(f"{path}/{number}").status_code == 204
    assert admin.delete(f"{path}/{number}").status_code == 404
    assert chart(600)[-6:] == [(50.0, 0)] + [(None, 1)] * 5


def test_a_calibration_holds_until_the_next_begins(
    center: RunningCenter, conn: Connection, someone: Visitor
) -> None:
    """By metric and newest first, those to come too; taking one back lets the one before go on."""
    stations.enrolled(conn, "A-1")
    begin = this_hour() - 2 * HOUR
    stations.said(conn, "A-1", begin, MINUTE, {"o3_ppb": [50.0] * 120})
    admin = center.operator(Role.ADMINISTRADOR)
    path = "/api/devices/A-1/calibrations"

    def make(metric: str, since: datetime, **about: Any) -> int:
        made = admin.post(path, {"metric": metric, "valid_from": rfc3339(since), **about})
        assert made.status_code == 201, made.text
        return int(made.json()["calibration_id"])

    first = make("o3_ppb", begin, gain=2)
    ended = make(
        "o3_ppb", begin + HOUR, offset=-1.5, valid_to=rfc3339(begin + HOUR * 1.5), note="cert. 0415"
    )
    coming = make("o3_ppb", utc_now() + HOUR)
    other = make("co_ppm", begin)
    listed = someone.get(path).json()["calibrations"]
    assert [one["calibration_id"] for one in listed] == [other, coming, ended, first]
    assert (listed[2]["note"], listed[2]["offset"]) == ("cert. 0415", -1.5)
    assert abs(datetime.fromisoformat(listed[2]["made_at"]) - utc_now()) < MINUTE

    def read() -> list[float]:
        window = {"from": rfc3339(begin), "to": rfc3339(this_hour())}
        answer = someone.get("/api/devices/A-1/series", metric="o3_ppb", points=600, **window)
        return [row[1] for row in answer.json()["points"]]

    assert read() == [100.0] * 60 + [48.5] * 30 + [50.0] * 30
    assert admin.delete(f"{path}/{ended}").status_code == 204
    assert read() == [100.0] * 120


def test_visits_are_noted_by_those_who_may(
    center: RunningCenter, conn: Connection, someone: Visitor
) -> None:
    """The same instant again corrects the note; nobody notes what is to come."""
    stations.enrolled(conn, "A-1")
    admin = center.operator(Role.ADMINISTRADOR)
    path, done = "/api/devices/A-1/maintenance", rfc3339(utc_now() - HOUR)
    for note in ("filtro", "filtro y bomba"):
        assert admin.post(path, {"done_at": done, "note": note}).status_code == 201
    [visit] = someone.get(path).json()["maintenance"]
    assert (visit["note"], visit["device_id"]) == ("filtro y bomba", "A-1")
    assert visit["noted_by"].startswith("administrador")
    assert admin.post(path, {"done_at": rfc3339(utc_now() + HOUR)}).status_code == 422
    assert admin.post("/api/devices/A-9/maintenance", {"done_at": done}).status_code == 404
    assert admin.post(path, {"done_at": done, "note": "a\0b"}).status_code == 422
    assert someone.post(path, {"done_at": done}).status_code == 403
