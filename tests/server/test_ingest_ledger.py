"""The ledger: what a device numbered, against what we have."""

import asyncio
from datetime import timedelta

import pytest

from core.clock import rfc3339, utc_now
from core.topics import Kind, Stream
from store import ledger, pool, rollup, statistics
from store.ledger import Total
from tests.servers.ingest import City
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


def totals(city: City) -> dict[str, Total]:
    """Every device's account."""
    with pool.connect(city.db_url) as conn:
        return {one.device_id: one for one in ledger.totals(conn)}


def test_what_never_came_is_missing(city: City) -> None:
    """Gaps between counters, over all streams of a device."""
    truck = city.enrol()
    worker = city.start()
    said = [truck.fix() for _ in range(10)]
    truck.say(Stream.GPS, *said[:3], *said[5:9])
    truck.say(Stream.EVENT, truck.head() | {"type": "door"})
    wait_until(lambda: worker.metrics.acknowledged == 8)
    total = totals(city)[truck.device_id]
    assert (total.sent, total.stored, total.missing) == (11, 8, 3)
    truck.say(Stream.GPS, said[3])
    wait_until(lambda: totals(city)[truck.device_id].missing == 2)


def test_what_was_refused_is_not_missing(city: City) -> None:
    """With a counter that can be read, or as the gap that a broken message left."""
    truck = city.enrol()
    worker = city.start()
    said = [truck.fix() for _ in range(6)]
    said[5]["lat_deg"] = 91
    broken = b'{"ts":"2026'
    truck.say(Stream.GPS, said[0], said[1], broken, said[3], [said[4], said[5]])
    wait_until(lambda: worker.metrics.acknowledged == 5)
    total = totals(city)[truck.device_id]
    assert (total.sent, total.stored, total.rejected, total.missing) == (6, 4, 2, 0)


def test_a_refusal_that_comes_twice_hides_no_loss(city: City) -> None:
    """Whoever repeats a bad message has not sent another one."""
    truck = city.enrol()
    worker = city.start()
    said = [truck.fix() for _ in range(4)]
    said[1]["lat_deg"] = 91
    truck.say(Stream.GPS, said[0], said[1], said[1], said[3])
    wait_until(lambda: worker.metrics.acknowledged == 4)
    total = totals(city)[truck.device_id]
    assert (total.stored, total.rejected, total.duplicates, total.missing) == (2, 1, 1, 1)


def test_hours_are_those_of_the_measurement(city: City) -> None:
    """Late data counts where it belongs, as late."""
    station = city.enrol(Kind.AIR)
    city.start()
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    station.say(Stream.READING, station.reading() | {"ts": rfc3339(hour)})
    station.say(Stream.READING, [station.reading(ago_s=7200), station.reading(ago_s=7200)])
    city.holds("reading", 3)
    rows = city.sql("SELECT hour, stored, late FROM ledger ORDER BY hour")
    assert len(rows) == 2
    assert rows[0][1:] == (2, 2)
    assert rows[1] == (hour, 1, rows[1][2])


def test_folding_changes_nothing(city: City) -> None:
    """The view is the same before, between and after; deltas are gone."""
    trucks = city.enrol_all(Kind.TRUCK, Kind.TRUCK)
    worker = city.start()
    picture = "SELECT * FROM ledger ORDER BY device_id, hour"
    for turn in range(3):
        for truck in trucks:
            said = [truck.fix(ago_s=5000 * turn) for _ in range(5)]
            truck.say(Stream.GPS, *said, said[0], b"{")
        wait_until(lambda turn=turn: worker.metrics.acknowledged == 14 * (turn + 1))  # type: ignore[misc]  # bound per turn
        before = city.sql(picture)
        with pool.connect(city.db_url) as conn:
            assert rollup.run(conn, timezone="America/Mexico_City").is_complete
        assert city.count("ledger_delta") == 0
        assert city.sql(picture) == before
    assert {one.missing for one in totals(city).values()} == {0}


def test_counters_that_leap_do_not_break_the_sums(city: City) -> None:
    """Two devices that say the largest counter there is miss more than a bigint holds."""
    trucks = city.enrol_all(Kind.TRUCK, Kind.TRUCK)
    city.start()
    for truck in trucks:
        truck.say(Stream.GPS, truck.fix(), truck.fix() | {"seq": 2**63 - 1})
    city.holds("gps_fix", 4)

    async def missing() -> int:
        async with pool.async_pool(city.db_url) as pooled:
            found = await statistics.hours(pooled, utc_now() - timedelta(days=1))
        return max(hour.missing for hour in found)

    assert asyncio.run(missing()) == 2**63 - 1
    assert totals(city)[trucks[0].device_id].missing == 2**63 - 3
