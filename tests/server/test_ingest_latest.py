"""The newest state: late data never turns it back, and what is not believed never moves it."""

import pytest

from core.quality import Flag
from core.topics import Kind, Stream
from tests.servers.ingest import City
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


def test_late_fixes_do_not_turn_a_vehicle_back(city: City) -> None:
    """Neither in a batch of their own nor beside newer ones."""
    truck = city.enrol()
    city.start()
    now, late, later = truck.fix(), truck.fix(ago_s=900), truck.fix(ago_s=-1)
    truck.say(Stream.GPS, now)
    wait_until(lambda: city.one("SELECT seq FROM latest_fix") == now["seq"])
    truck.say(Stream.GPS, late)
    city.holds("gps_fix", 2)
    assert city.one("SELECT seq FROM latest_fix") == now["seq"]
    truck.say(Stream.GPS, [later, truck.fix(ago_s=800)])
    city.holds("gps_fix", 4)
    assert city.one("SELECT seq FROM latest_fix") == later["seq"]


@pytest.mark.parametrize(
    ("field", "flag"),
    [
        ({"lat_deg": 0.0, "lon_deg": 0.0}, Flag.RANGE),
        ({"lat_deg": 19.4, "lon_deg": -99.1}, Flag.JUMP),
        ({"speed_kmh": 900.0}, Flag.RANGE),
    ],
    ids=["null island", "another city", "faster than sound"],
)
def test_an_unbelievable_fix_is_kept_and_moves_nobody(
    city: City, field: dict[str, float], flag: Flag
) -> None:
    """It is a row with its flag, and no place."""
    truck = city.enrol()
    city.start()
    first = truck.fix(ago_s=2)
    truck.say(Stream.GPS, first)
    wait_until(lambda: city.one("SELECT seq FROM latest_fix") == first["seq"])
    truck.say(Stream.GPS, truck.fix(**field))
    city.holds("gps_fix", 2)
    assert city.one("SELECT flags FROM gps_fix WHERE seq = 2") == flag
    assert city.one("SELECT seq FROM latest_fix") == first["seq"]


def test_a_restart_does_not_forget_where_vehicles_were(city: City) -> None:
    """A leap just after it is doubted as before it."""
    truck = city.enrol()
    first = city.start()
    truck.say(Stream.GPS, truck.fix(ago_s=5))
    wait_until(lambda: city.count("latest_fix") == 1)
    first.stop()
    city.start()
    truck.say(Stream.GPS, truck.fix(lat_deg=19.4))
    city.holds("gps_fix", 2)
    assert city.one("SELECT flags FROM gps_fix WHERE seq = 2") == Flag.JUMP


def test_late_values_do_not_turn_a_metric_back(city: City) -> None:
    """Each metric has its own newest; others of the same late message may be news."""
    station = city.enrol(Kind.AIR)
    city.start()
    station.say(Stream.READING, station.reading(pm25_ugm3=10.0))
    wait_until(lambda: city.count("latest_value") == 1)
    station.say(Stream.READING, station.reading(ago_s=1800, pm25_ugm3=99.0, o3_ppb=20.0))
    wait_until(lambda: city.count("latest_value") == 2)
    found = {metric: (value, flags) for metric, value, flags in values(city)}
    assert found == {"pm25_ugm3": (10.0, 0), "o3_ppb": (20.0, int(Flag.LATE))}


def values(city: City) -> list[tuple[str, float, int]]:
    """Metric, value and flags of everything newest."""
    return city.sql("SELECT metric, value, flags FROM latest_value ORDER BY metric")


def test_a_doubtful_value_is_shown_as_doubtful(city: City) -> None:
    """Out of range or stuck, it is the newest, with its flag beside it."""
    station = city.enrol(Kind.NOISE)
    city.start()
    stuck = [station.reading(ago_s=60 - n, laeq_db=61.5) for n in range(10)]
    station.say(Stream.READING, *stuck, station.reading(lamax_db=500.0))
    wait_until(lambda: city.count("latest_value") == 2)
    wait_until(lambda: values(city)[0][2] != 0)
    assert values(city) == [
        ("laeq_db", 61.5, int(Flag.STUCK)),
        ("lamax_db", 500.0, int(Flag.RANGE)),
    ]
    assert city.one("SELECT count(*) FROM reading WHERE flags = 0") == 9


def test_what_is_announced_was_committed(city: City) -> None:
    """Screens hear of a batch from its own transaction, after it can be read."""
    truck = city.enrol()
    city.start()
    with city.hearing() as heard:
        said = truck.fix()
        truck.say(Stream.GPS, said)
        change = heard()
        assert city.count("gps_fix") == 1
    assert (change["t"], change["d"], change["lat"]) == ("fix", truck.device_id, 18.13)
    assert "YAA" not in str(change)


def test_a_replayed_reject_does_not_turn_the_present_back(city: City) -> None:
    """It is judged as of the time it first came."""
    truck = city.enrol()
    city.start()
    old = truck.fix(ago_s=40 * 86_400)
    truck.say(Stream.GPS, old, truck.fix())
    wait_until(city.rejects)
    city.holds("gps_fix", 1)
    city.sql("UPDATE device SET backfill = true")
    assert city.replay().stored == 1
    assert city.one("SELECT seq FROM latest_fix") == 2
