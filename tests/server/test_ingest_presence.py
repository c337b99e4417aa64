"""Presence: what a device and the broker say of it, in whatever order it arrives."""

from typing import Any

import pytest

from core.topics import Stream
from tests.servers.ingest import City, Voice
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


def hello(device: Voice, **fields: Any) -> dict[str, Any]:
    """The status that opens a session: its counter names the session."""
    head = device.head()
    return head | {"online": True, "session": head["seq"]} | fields


def will_of(status: dict[str, Any]) -> dict[str, Any]:
    """What the broker says when the device is gone."""
    return status | {"online": False}


def just_after(status: dict[str, Any]) -> str:
    """The time of its will: half a millisecond later."""
    return str(status["ts"]).replace("Z", "5Z")


def presence(city: City) -> list[tuple[bool, int]]:
    """(online, session) of every device."""
    return city.sql("SELECT online, session FROM presence")


def test_a_lost_connection_is_told_by_the_broker(city: City) -> None:
    """The will is stored, presence turns, and the counter has no hole."""
    truck = city.enrol()
    city.start()
    opening = hello(truck, firmware="1.2", battery_v=12.6)
    truck.connect(will=will_of(opening) | {"ts": just_after(opening)})
    truck.say(Stream.STATUS, opening, retain=True)
    truck.say(Stream.GPS, truck.fix())
    wait_until(lambda: presence(city) == [(True, opening["seq"])])
    seen_at = city.one("SELECT received_at FROM last_seen")
    truck.vanish()
    wait_until(lambda: presence(city) == [(False, opening["seq"])])
    assert city.sql("SELECT firmware, battery_v FROM presence") == [("1.2", 12.6)]
    assert city.one("SELECT received_at FROM last_seen") >= seen_at
    assert city.sql("SELECT sum(stored), min(seq_lo), max(seq_hi) FROM ledger") == [(2, 1, 2)]


def test_a_will_does_not_count_as_being_heard(city: City) -> None:
    """It is the broker's voice: a device that vanished was last heard before."""
    truck = city.enrol()
    city.start()
    opening = hello(truck)
    truck.connect(will=will_of(opening) | {"ts": just_after(opening)})
    truck.say(Stream.STATUS, opening, retain=True)
    wait_until(lambda: presence(city) == [(True, opening["seq"])])
    heard = city.one("SELECT received_at FROM last_seen")
    truck.vanish()
    wait_until(lambda: presence(city) == [(False, opening["seq"])])
    assert city.one("SELECT received_at FROM last_seen") == heard


def test_a_late_will_does_not_take_a_new_session_down(city: City) -> None:
    """A later session wins, whatever the clocks say."""
    truck = city.enrol()
    city.start()
    first, second = hello(truck), hello(truck)
    truck.say(Stream.STATUS, first, second)
    wait_until(lambda: presence(city) == [(True, second["seq"])])
    late = will_of(first) | {"ts": truck.head(ago_s=-5)["ts"]}
    truck.say(Stream.STATUS, late)
    city.holds("status", 3)
    assert presence(city) == [(True, second["seq"])]


def test_within_a_session_going_offline_wins(city: City) -> None:
    """A heartbeat that arrives after the farewell, or was measured after it, revives nobody."""
    truck = city.enrol()
    city.start()
    opening = hello(truck)
    session = {"session": opening["seq"]}
    truck.say(Stream.STATUS, opening)
    truck.say(Stream.STATUS, truck.head() | session | {"online": False})
    truck.say(Stream.STATUS, truck.head(ago_s=-2) | session | {"online": True})
    city.holds("status", 3)
    wait_until(lambda: presence(city) == [(False, opening["seq"])])


def test_since_is_when_presence_last_turned(city: City) -> None:
    """Heartbeats renew the report, not the moment."""
    truck = city.enrol()
    city.start()
    opening = hello(truck)
    truck.say(Stream.STATUS, opening)
    wait_until(lambda: presence(city))
    since, first_at = city.sql("SELECT since, received_at FROM presence")[0]
    beat = truck.head() | {"online": True, "session": opening["seq"], "battery_v": 11.9}
    truck.say(Stream.STATUS, beat)
    wait_until(lambda: city.one("SELECT battery_v FROM presence") == 11.9)
    again, renewed_at = city.sql("SELECT since, received_at FROM presence")[0]
    assert (again, renewed_at > first_at) == (since, True)
    truck.say(Stream.STATUS, hello(truck, online=False))
    wait_until(lambda: not city.one("SELECT online FROM presence"))
    assert city.one("SELECT since FROM presence") > since


@pytest.mark.parametrize("workers", [1, 2])
def test_who_was_there_before_ingest_is_known(city: City, workers: int) -> None:
    """Retained statuses are read at the start, also behind a shared subscription."""
    truck = city.enrol()
    opening = hello(truck)
    truck.say(Stream.STATUS, opening, retain=True)
    city.start(workers=workers)
    wait_until(lambda: presence(city) == [(True, opening["seq"])])
    assert city.count("last_seen") == 0


def test_a_retained_status_of_any_age_is_no_bad_message(city: City) -> None:
    """A device that has been dead for a year is offline, not in rejects at every restart."""
    truck = city.enrol()
    old = truck.head(ago_s=365 * 86_400) | {"online": False}
    truck.say(Stream.STATUS, old, retain=True)
    for _ in range(2):
        worker = city.start()
        wait_until(lambda: presence(city) == [(False, old["seq"])])
        worker.stop()
    assert city.rejects() == []
    assert city.count("status") == 1
    assert city.sql("SELECT sum(stored), sum(duplicates) FROM ledger") == [(0, 0)]
