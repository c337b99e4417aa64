"""When the truck comes, from what the database holds of today and of earlier days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from control_center import eta
from control_center.eta import Address, Spot
from control_center.eta_run import Answer, Now
from core.clock import utc_now
from geo.route import Route
from store import pool
from store import route as store_route
from store.pool import Connection
from tests.servers import rows
from tests.servers.plans import add_truck, plan_document, saved
from tests.servers.runs import add_run, report
from tests.unit.geo_town import degrees

pytestmark = pytest.mark.server
ZONE = ZoneInfo("America/Mexico_City")
BLOCKS = 12
STEP = timedelta(seconds=120)


@dataclass
class Town:
    """One route with eight days behind it, driven today by T-1."""

    conn: Connection
    route: Route
    version: int
    day: date
    now: datetime

    @property
    def window(self) -> tuple[datetime, datetime]:
        """Today's."""
        return self.route.window(self.day, ZONE)

    def ask(self, question: eta.Address | eta.Spot, route_id: str | None = None) -> list[Answer]:
        """Ask now."""
        return eta.ask(self.conn, Now(at=self.now, zone=ZONE), question, route_id)

    def one(self, text: str = "5 de Mayo 12") -> Answer:
        """The only answer to an address."""
        (found,) = self.ask(Address(text=text))
        return found

    def drives(self, blocks: int, **how: Any) -> None:
        """Today's run, as far as so many blocks, the last entered a minute ago."""
        closed = how.pop("closed", False)
        last = self.now - timedelta(minutes=1)
        entered = [last - STEP * (blocks - 1 - at) if at < blocks else None for at in range(BLOCKS)]
        document = report(self.route, entered, **how)
        add_run(
            self.conn, self.route, self.version, "T-1", self.day, self.window, document,
            closed=closed,
        )  # fmt: skip

    def heard(self, ago: timedelta) -> None:
        """T-1's last fix."""
        rows.commit(self.conn, [rows.fix("T-1", 1, self.now - ago)])


@pytest.fixture
def town(db_url: str) -> Iterator[Town]:
    """A town at a present instant, whose window began two hours ago."""
    now = utc_now().replace(microsecond=0)
    local = now.astimezone(ZONE)
    begins = (local - timedelta(hours=2)).strftime("%H:%M")
    day = (local - timedelta(hours=2)).date()
    ends = (local + timedelta(hours=4)).strftime("%H:%M")
    with pool.connect(db_url, autocommit=True) as conn:
        add_truck(conn, "T-1")
        document = plan_document(blocks=BLOCKS, service_window=[begins, ends])
        for at, feature in enumerate(document["features"]):
            feature["properties"] |= {
                "street": "5 de Mayo" if at == 9 else f"Calle {at + 1}",
                "colonia": "Centro" if at < 8 else "Petrolera",
            }
        route, version = saved(conn, document, day - timedelta(days=30))
        rng = np.random.default_rng(4)
        for back in range(1, 9):
            past = day - timedelta(days=back)
            window = route.window(past, ZONE)
            steps_s = np.cumsum(rng.normal(120.0, 12.0, BLOCKS)) + 600.0
            entered = [window[0] + timedelta(seconds=second) for second in steps_s.tolist()]
            add_run(conn, route, version, "T-1", past, window, report(route, entered))
        yield Town(conn, route, version, day, now)


def test_a_truck_on_its_way_comes_within_a_range(town: Town) -> None:
    """Seven blocks to go, of two minutes each, of which one is spent."""
    town.drives(3)
    town.heard(timedelta(seconds=5))
    found = town.one()
    assert (found.state, found.segment_id, found.device_id, found.runs) == (
        "ahead",
        "S010",
        "T-1",
        8,
    )
    assert (found.street, found.colonia) == ("5 de Mayo", "Petrolera")
    assert found.low_at is not None
    assert found.likely_at is not None
    assert found.high_at is not None
    assert found.low_at < found.likely_at < found.high_at
    assert found.likely_at - town.now == pytest.approx(
        timedelta(minutes=13), abs=timedelta(minutes=1)
    )
    assert "8 recorridos" in found.note.es
    assert "8 earlier runs" in found.note.en


def test_a_colonia_is_from_its_first_block_to_its_last(town: Town) -> None:
    """The whole of it, and what is left of one that was begun."""
    town.drives(3)
    town.heard(timedelta(seconds=5))
    far, near = town.one("Petrolera"), town.one("Centro")
    assert far.low_at is not None
    assert far.high_at is not None
    assert far.high_at - far.low_at > 3 * STEP
    assert near.segment_id == "S004"
    assert "3 de 8 cuadras" in near.note.es


def test_a_place_is_on_its_nearest_street(town: Town) -> None:
    """Out of town there is none."""
    town.drives(3)
    town.heard(timedelta(seconds=5))
    lon, lat = degrees([(9 * 94 + 40.0, 15.0)])[0]
    (found,) = town.ask(Spot(lat_deg=lat, lon_deg=lon))
    assert (found.segment_id, found.state) == ("S010", "ahead")
    assert town.ask(Spot(lat_deg=lat + 0.1, lon_deg=lon)) == []


def test_what_was_served_has_passed(town: Town) -> None:
    """With the time at which it was; one driven too fast is said to be so."""
    town.drives(11, too_fast=[9])
    served, fast = town.one("Calle 8"), town.one()
    assert served.state == fast.state == "passed"
    at = town.now - timedelta(minutes=1) - 3 * STEP
    assert served.likely_at == at
    assert f"a las {at.astimezone(ZONE):%H:%M}" in served.note.es
    assert "demasiado rápido" in fast.note.es


def test_a_silent_truck_is_unknown(town: Town) -> None:
    """Since when, or that it never spoke."""
    town.drives(3)
    assert "no ha transmitido" in town.one().note.es
    town.heard(timedelta(minutes=20))
    found = town.one()
    assert (found.state, found.likely_at) == ("unknown", None)
    assert "no transmite desde" in found.note.es


def test_a_street_left_out_or_a_run_that_is_over_is_unknown(town: Town) -> None:
    """Nobody knows whether it comes back."""
    town.drives(5)
    town.heard(timedelta(seconds=5))
    entered = [town.now - STEP * (BLOCKS - at) for at in range(BLOCKS)]
    left_out = report(town.route, [None if at == 9 else one for at, one in enumerate(entered)])
    add_run(
        town.conn, town.route, town.version, "T-1", town.day, town.window, left_out, closed=False
    )
    assert "va más adelante" in town.one().note.es
    add_run(town.conn, town.route, town.version, "T-1", town.day, town.window, left_out)
    found = town.one()
    assert found.state == "unknown"
    assert "terminó" in found.note.es


def test_a_run_that_nothing_is_known_of_yet_begins_with_its_window(town: Town) -> None:
    """Its report comes within a minute."""
    add_run(town.conn, town.route, town.version, "T-1", town.day, town.window, None)
    town.heard(timedelta(seconds=5))
    assert town.one("Calle 1").state == "ahead"


def test_a_route_that_nobody_drives_today_says_when_it_is(town: Town) -> None:
    """Or that a run should be there."""
    assert "ningún camión" in town.one().note.es
    tomorrow = (town.now.astimezone(ZONE) + timedelta(days=1)).date()
    weekdays = [("mon", "tue", "wed", "thu", "fri", "sat", "sun")[tomorrow.weekday()]]
    document = {**town.route.document()}
    document["properties"] = {**document["properties"], "weekdays": weekdays}
    saved(town.conn, document, town.day - timedelta(days=1))
    found = town.one()
    assert (found.state, found.device_id) == ("unknown", None)
    assert f"{tomorrow:%d/%m/%Y}" in found.note.es


def test_of_several_routes_those_that_fit_best_answer(town: Town) -> None:
    """Another route has a street of the same name in another colonia; a retired one is silent."""
    town.drives(3)
    town.heard(timedelta(seconds=5))
    saved(town.conn, plan_document("R-2"), town.day)
    assert {one.route_id for one in town.ask(Address(text="5 de mayo"))} == {"R-1", "R-2"}
    assert [one.route_id for one in town.ask(Address(text="5 de mayo, centro"))] == ["R-2"]
    assert [one.route_id for one in town.ask(Address(text="5 de mayo"), "R-1")] == ["R-1"]
    assert town.ask(Address(text="Reforma")) == []
    store_route.retire(town.conn, "R-2", town.day)
    assert town.one("5 de mayo, centro").route_id == "R-1"
