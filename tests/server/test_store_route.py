"""Plans keep their versions: what was in force on a day stays what it was."""

import threading
from collections.abc import Iterator
from datetime import date

import pytest

from core.device import Device, State
from core.errors import Conflict, NotFound
from core.topics import Kind
from geo import route
from store import device, pool
from store import route as store_route
from store.pool import Connection
from tests.servers.plans import add_supervisor, add_truck, plan_document, saved

pytestmark = pytest.mark.server
JULY, AUGUST, SEPTEMBER = (date(2026, month, 1) for month in (7, 8, 9))


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's."""
    with pool.connect(db_url, autocommit=True) as one:
        yield one


def test_a_plan_comes_back_as_it_was(conn: Connection) -> None:
    """Its digest can be checked against what the database holds."""
    sent, number = saved(
        conn,
        plan_document(
            service_max_mean_kmh=18.75, weekdays=["mon"], service_window=["22:00", "06:00"]
        ),
        JULY,
    )
    assert number == 1
    held = store_route.version_on(conn, "R-1", AUGUST)
    assert held.document == sent.document()
    again = route.from_document(held.document)
    assert again.sha256() == held.sha256 == sent.sha256()
    assert (held.name, held.version, held.valid_from) == ("Ruta R-1", 1, JULY)


def test_the_plan_of_a_day_is_the_highest_version_in_force(conn: Connection) -> None:
    """Not the newest import, and none before the first."""
    for blocks, since in ((3, JULY), (4, SEPTEMBER), (5, AUGUST)):
        saved(conn, plan_document(blocks=blocks), since)
    found = {}
    for day in (date(2026, 7, 31), AUGUST, SEPTEMBER):
        found[day] = store_route.version_on(conn, "R-1", day).version
    assert found == {date(2026, 7, 31): 1, AUGUST: 3, SEPTEMBER: 3}
    with pytest.raises(NotFound, match="no plan in force on 2026-06-30"):
        store_route.version_on(conn, "R-1", date(2026, 6, 30))
    assert [one.valid_from for one in store_route.versions(conn, "R-1")] == [
        JULY,
        SEPTEMBER,
        AUGUST,
    ]


def test_the_plan_in_force_again_adds_nothing(conn: Connection) -> None:
    """Importing every morning leaves one version; going back to an old plan is a new one."""
    numbers = [
        saved(conn, plan_document(blocks=blocks), since)[1]
        for blocks, since in ((3, JULY), (3, JULY), (3, AUGUST), (4, AUGUST), (3, SEPTEMBER))
    ]
    assert numbers == [1, 1, 1, 2, 3]
    # The same plan from an earlier day is in force on more days: that is something new.
    assert saved(conn, plan_document(blocks=3), date(2026, 6, 1))[1] == 4


def test_two_imports_at_once_make_two_versions(conn: Connection, db_url: str) -> None:
    """They are numbered one by one."""
    numbers: list[int] = []

    def import_one(blocks: int) -> None:
        with pool.connect(db_url) as own:
            numbers.append(saved(own, plan_document(blocks=blocks), JULY)[1])

    threads = [threading.Thread(target=import_one, args=(blocks,)) for blocks in range(2, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
    assert len(store_route.versions(conn, "R-1")) == 6


def test_a_version_is_found_by_number(conn: Connection) -> None:
    """The newest if none is said; a wrong one is named."""
    saved(conn, plan_document(blocks=3), JULY)
    saved(conn, plan_document(blocks=4), AUGUST)
    assert len(store_route.version(conn, "R-1", 1).document["features"]) == 3
    assert store_route.version(conn, "R-1").version == 2
    with pytest.raises(NotFound, match="has no version 9"):
        store_route.version(conn, "R-1", 9)
    with pytest.raises(NotFound, match="no route 'R-2'"):
        store_route.version(conn, "R-2")


def test_routes_are_listed_as_of_a_day(conn: Connection) -> None:
    """The version then, or the first to come; who drives it then; whose it is."""
    add_supervisor(conn, "rosa")
    add_truck(conn, "T-1")
    add_truck(conn, "T-2")
    saved(conn, plan_document(blocks=3), JULY, supervisor="rosa")
    saved(conn, plan_document(blocks=4, weekdays=["tue"]), SEPTEMBER)
    saved(conn, plan_document("R-2"), AUGUST)
    store_route.assign(conn, "R-1", "T-1", JULY, AUGUST)
    store_route.assign(conn, "R-1", "T-2", AUGUST)
    one, two = store_route.listed(conn, date(2026, 7, 15))
    assert (one.version, one.blocks, one.supervisor) == (1, 3, "rosa")
    assert one.device_ids == ["T-1"]
    assert (two.version, two.valid_from, two.device_ids) == (1, AUGUST, [])
    later = store_route.get(conn, "R-1", SEPTEMBER)
    assert (later.version, later.supervisor, later.device_ids) == (2, "rosa", ["T-2"])
    assert later.properties["weekdays"] == ["tue"]
    assert store_route.listed(conn)[0].version == 2


def test_assignments_hold_from_their_first_day_to_before_their_last(conn: Connection) -> None:
    """The same again changes the last; two spans of one truck are one truck."""
    saved(conn, plan_document(), JULY)
    for truck in ("T-1", "T-2"):
        add_truck(conn, truck)
    store_route.assign(conn, "R-1", "T-1", JULY, SEPTEMBER)
    store_route.assign(conn, "R-1", "T-1", date(2026, 7, 15))
    store_route.assign(conn, "R-1", "T-2", AUGUST)
    assert store_route.assignments_on(conn, date(2026, 6, 30)) == []
    assert store_route.assignments_on(conn, JULY) == [("R-1", "T-1")]
    assert store_route.assignments_on(conn, AUGUST) == [("R-1", "T-1"), ("R-1", "T-2")]
    store_route.assign(conn, "R-1", "T-2", AUGUST, date(2026, 8, 2))
    assert store_route.assignments_on(conn, date(2026, 8, 2)) == [("R-1", "T-1")]
    assert store_route.unassign(conn, "R-1", "T-1", date(2026, 8, 10)) == 2
    assert store_route.assignments_on(conn, date(2026, 8, 9)) == [("R-1", "T-1")]
    assert store_route.assignments_on(conn, date(2026, 8, 10)) == []


def test_a_retired_route_is_not_driven_and_keeps_its_past(conn: Connection) -> None:
    """And a plan for a later day revives it; its trucks are told anew."""
    saved(conn, plan_document(), JULY)
    add_truck(conn, "T-1")
    store_route.assign(conn, "R-1", "T-1", JULY)
    store_route.retire(conn, "R-1", AUGUST)
    assert store_route.assignments_on(conn, date(2026, 7, 31)) == [("R-1", "T-1")]
    assert store_route.assignments_on(conn, AUGUST) == []
    assert store_route.version_on(conn, "R-1", date(2026, 7, 31)).version == 1
    with pytest.raises(NotFound, match="no plan in force"):
        store_route.version_on(conn, "R-1", AUGUST)
    assert store_route.version(conn, "R-1").version == 1
    with pytest.raises(Conflict, match="retired since 2026-08-01"):
        store_route.assign(conn, "R-1", "T-1", AUGUST)
    saved(conn, plan_document(blocks=3), date(2026, 7, 20))  # for its last days: still retired
    assert store_route.get(conn, "R-1").retired_on == AUGUST
    saved(conn, plan_document(blocks=3), SEPTEMBER)
    assert store_route.get(conn, "R-1").retired_on is None
    assert store_route.assignments_on(conn, SEPTEMBER) == []


def test_what_does_not_exist_is_named(conn: Connection) -> None:
    """Route, truck and supervisor; and a station drives nothing."""
    station = Device(device_id="A-1", kind=Kind.AIR, name="Aire", state=State.ACTIVE)
    device.save(conn, [station])
    with pytest.raises(NotFound, match="no user 'nobody'"):
        saved(conn, plan_document(), JULY, supervisor="nobody")
    with pytest.raises(NotFound, match="no route 'R-1'"):
        store_route.retire(conn, "R-1", JULY)
    saved(conn, plan_document(), JULY)
    for name in ("T-9", "A-1"):
        with pytest.raises(NotFound, match=f"no truck '{name}'"):
            store_route.assign(conn, "R-1", name, JULY)
