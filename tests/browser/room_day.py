"""A control room on an evening: devices that speak over MQTT, and the engine's parts at work.

The city's clocks are slow here: a machine may be busy for longer than an operator may be.
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, LiteralString

import pytest
from psycopg import sql

from control_center.alarms import shipped
from control_center.alarms.shipped import Shipped
from control_center.auth.rights import Role
from control_center.incidents import holder
from control_center.incidents.escalation import EscalationPart
from control_center.incidents.limits import Limits
from control_center.plates.part import PlatesPart
from control_center.rules.severity import Severity
from control_center.web_files import DIST
from core import clock
from core.device import Device
from core.topics import Kind, Stream
from store import panic, pool
from store.panic import Holder
from tests.browser import plate_day
from tests.browser.city import City, enrolled, ingesting
from tests.browser.plate_day import AMBER, Gates
from tests.servers import room
from tests.servers.center import RunningCenter, connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

BUTTON, CAMERA, OTHER = "P-07", "C-01", "C-02"
TRUCK, PATROL, FAR = "T-07", "T-21", "T-22"
WANTED: Final = plate_day.plate_on(26)
PLACES: Final = {
    BUTTON: (18.1402, -94.4391),
    TRUCK: (18.1285, -94.4560),
    PATROL: (18.1362, -94.4448),
    FAR: (18.1530, -94.4710),
}
DEVICES: Final = (
    Device(device_id=BUTTON, kind=Kind.PANIC, name="Botón 07", lat_deg=18.14, lon_deg=-94.439),
    Device(
        device_id=CAMERA, kind=Kind.CAMERA, name="Acceso norte", lat_deg=18.144, lon_deg=-94.465
    ),
    Device(device_id=OTHER, kind=Kind.CAMERA, name="Puente I", lat_deg=18.125, lon_deg=-94.415),
    Device(device_id=TRUCK, kind=Kind.TRUCK, name="Recolector 07"),
    Device(device_id=PATROL, kind=Kind.TRUCK, name="Patrulla 21"),
    Device(device_id=FAR, kind=Kind.TRUCK, name="Patrulla 22"),
    Device(device_id="A-01", kind=Kind.AIR, name="Aire Centro", lat_deg=18.148, lon_deg=-94.455),
)
_PEOPLE: Final = {
    "ana": Role.OPERADOR,
    "luis": Role.OPERADOR,
    "sara": Role.SUPERVISOR,
    "marta": Role.ADMINISTRADOR,
}
_SPEED_KMH: Final = 28.0
_LIMITS: Final = Limits(acknowledge_s=3600, dispatch_s=3600, resolve_s=3600)


@dataclass
class Evening:
    """What a test may let happen."""

    city: City
    gates: Gates

    @property
    def center(self) -> RunningCenter:
        """Its control center."""
        return self.city.center

    def press(self, north_deg: float = 0.0) -> None:
        """Somebody presses the button."""
        lat, lon = PLACES[BUTTON]
        self.city.device(BUTTON).say(
            Stream.EVENT,
            type="panic",
            severity="critical",
            lat_deg=lat + north_deg,
            lon_deg=lon,
            text="Botón presionado",
        )

    def flee(self, north_deg: float) -> None:
        """Whoever pressed is so far north by now."""
        lat, lon = PLACES[BUTTON]
        self.city.device(BUTTON).say(Stream.GPS, lat_deg=lat + north_deg, lon_deg=lon)

    def passes(self, plate: str = WANTED, device_id: str = CAMERA) -> None:
        """A vehicle passes a camera."""
        self.city.device(device_id).say(
            Stream.PLATE, plate=plate, score=0.97, direction="in", vehicle="car"
        )

    def stops(self, device_id: str = TRUCK) -> None:
        """A truck stands where it should not."""
        lat, lon = PLACES[device_id]
        self.city.device(device_id).say(
            Stream.EVENT, type="unplanned_stop", severity="warning", lat_deg=lat, lon_deg=lon
        )

    def drives(self) -> None:
        """Every vehicle says where it is."""
        for device_id in (TRUCK, PATROL, FAR):
            lat, lon = PLACES[device_id]
            self.city.device(device_id).say(
                Stream.GPS, lat_deg=lat, lon_deg=lon, speed_kmh=_SPEED_KMH, heading_deg=70.0
            )

    def rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """What the database says."""
        with pool.connect(self.center.db_url) as conn:
            return conn.execute(query, values).fetchall()

    def count(self, table: LiteralString) -> int:
        """How many rows a table holds."""
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        with pool.connect(self.center.db_url) as conn:
            [(found,)] = conn.execute(query).fetchall()
        return int(found)


@contextmanager
def evening(broker: Broker, db_url: str, folder: Path, web_dist: Path = DIST) -> Iterator[Evening]:
    """Everything runs; vehicles have a position, and nothing has happened yet."""
    places = connections_to(db_url, broker)
    with _unhurried(), serving(places, web_dist=web_dist) as center, ingesting(places, folder):
        feed = center.app.state.center.feed
        wait_until(lambda: feed.is_live, what="the live feed to be up")
        gates = plate_day.opened(center)
        for name, role in _PEOPLE.items():
            center.add_user(name, role)
        city = City(center, broker)
        with enrolled(city, *DEVICES), _working(gates):
            here = Evening(city, gates)
            gates.seek(WANTED, AMBER)
            _settle(here)
            yield here


def _settle(here: Evening) -> None:
    for device_id, (lat, lon) in PLACES.items():
        if device_id == BUTTON:
            continue
        device = here.city.device(device_id)
        here.city.settle(
            device_id,
            partial(device.say, Stream.GPS, lat_deg=lat, lon_deg=lon, speed_kmh=30.0),
            "fix",
        )
    air = here.city.device("A-01")
    air.say(Stream.READING, pm25_ugm3=18.4, o3_ppb=31.0)
    here.city.device(BUTTON).say(Stream.READING, battery_pct=84.0)
    wait_until(lambda: here.city.known(BUTTON)["values"], what="the button to be heard")
    alma = Holder("Alma R. (seudónimo)", "+52 921 000 0000", "Palabra clave: girasol")
    with pool.connect(here.center.db_url) as conn:
        sealed = holder.sealed(here.gates.ring, alma)
        panic.save(conn, BUTTON, sealed, at=clock.utc_now(), by="marta")
        conn.commit()


@contextmanager
def _unhurried() -> Iterator[None]:
    """Each step of an incident may take an hour, for whoever opens, moves or escalates one."""
    own = shipped.load
    timers = dict.fromkeys(Severity, _LIMITS)

    def load(city: str) -> Shipped:
        found = own(city)
        return found._replace(room=found.room.model_copy(update={"timers": timers}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shipped, "load", load)
        yield


@contextmanager
def _working(gates: Gates) -> Iterator[None]:
    """The engine's watch over plates, alarms and clocks, while the context lasts."""
    over = threading.Event()
    url = gates.center.db_url

    def work() -> None:
        plates = PlatesPart(url, gates.ring, region="mx", wait_s=0.1)
        with (
            closing(plates),
            closing(room.part(url)) as alarms,
            closing(EscalationPart(url, gates.center.settings)) as clocks,
        ):
            while not over.is_set():
                for part in (plates, alarms, clocks):
                    part.tick(clock.utc_now())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)
        assert not thread.is_alive()
