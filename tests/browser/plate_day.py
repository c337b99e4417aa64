"""Two days at the city's gates: cameras, what passed, what is sought, and what was found.

Everything is sealed under the control center's own key and compared by the engine's own part.
Photographs are cut from the drawn streets of tests/data/plates, so a picture shows its plate.
"""

import base64
import hashlib
import itertools
import json
import random
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import cv2

from control_center.auth.rights import Role
from control_center.plates import keys, lists
from control_center.plates.part import PlatesPart
from control_center.plates.people import Actor
from core import clock
from core.device import Device, State
from core.messages import Event, PlateRead, Status, Stored
from core.seal import KeyRing
from core.topics import Kind
from store import device as store_device
from store import pool
from store.hotlist import NewList
from tests.servers import room, rows
from tests.servers.center import RunningCenter

STREETS: Final = Path(__file__).parents[1] / "data" / "plates"
_TRUTH: Final[dict[str, dict[str, Any]]] = json.loads((STREETS / "truth.json").read_text("utf-8"))
EVA: Final = Actor(username="eva", role=Role.AUTORIZADO_LPR.value)
LUZ: Final = Actor(username="luz", role=Role.AUTORIZADO_LPR.value)
CAMERAS: Final = {
    "C-01": ("Acceso norte, Calzadas", 18.1440, -94.4650),
    "C-02": ("Acceso sur, Villa Allende", 18.1490, -94.4020),
    "C-03": ("Puente Coatzacoalcos I", 18.1250, -94.4150),
}
_LISTS: Final = {
    "Vehículos con reporte de robo": ("high", "Robo de vehículo, zona conurbada", "Fiscalía"),
    "Alerta Amber 33/2026": ("critical", "Menor sustraída, ficha 33/2026", "Comisión de Búsqueda"),
}
THEFT, AMBER = _LISTS
_LEGAL: Final = "Ley de Seguridad Pública, art. 55"
_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
_PASSED: Final = 420


def street(number: int) -> bytes:
    """A camera's view, JPEG."""
    return (STREETS / f"street{number:02}.jpg").read_bytes()


def plate_on(number: int) -> str:
    """The plate that is seen there."""
    return str(_TRUTH[f"street{number:02}.jpg"]["plate"])


def photo(number: int) -> bytes:
    """A street's plate, cut out with a margin, JPEG."""
    image = cv2.imread(str(STREETS / f"street{number:02}.jpg"))
    assert image is not None
    x, y = zip(*_TRUTH[f"street{number:02}.jpg"]["corners"], strict=True)
    top, bottom = max(0, int(min(y)) - 12), int(max(y)) + 12
    left, right = max(0, int(min(x)) - 16), int(max(x)) + 16
    done, packed = cv2.imencode(".jpg", cv2.resize(image[top:bottom, left:right], None, fx=3, fy=3))
    assert done
    return packed.tobytes()


@dataclass
class Gates:
    """What a test may let pass, and have sought."""

    center: RunningCenter
    ring: KeyRing
    list_ids: dict[str, int] = field(default_factory=dict)
    _seqs: Iterator[int] = field(default_factory=lambda: itertools.count(1000))

    def seek(self, plate: str, name: str = THEFT, *, note: str = "") -> int:
        """Eva proposes a plate, Luz approves it; answer the entry."""
        entry_id = self.propose(plate, name, note=note)
        now = clock.utc_now()
        with pool.connect(self.center.db_url) as conn:
            lists.approve(conn, self.ring, LUZ, entry_id, now=now, since=now - timedelta(hours=72))
            conn.commit()
        return entry_id

    def propose(self, plate: str, name: str = THEFT, *, by: Actor = EVA, note: str = "") -> int:
        """Someone asks for a plate to be sought."""
        with pool.connect(self.center.db_url) as conn:
            shown = lists.propose(
                conn,
                self.ring,
                by,
                self.list_ids[name],
                plate=plate,
                about=note,
                expires_at=None,
                now=clock.utc_now(),
            )
            conn.commit()
        return shown.entry_id

    def passes(
        self,
        plate: str,
        *,
        at: datetime | None = None,
        device_id: str = "C-01",
        direction: str = "in",
        crop: bytes | None = None,
    ) -> PlateRead:
        """A read as a camera tells it, not yet stored."""
        at = at or clock.utc_now()
        extra: dict[str, object] = (
            {}
            if crop is None
            else {
                "crop": base64.b64encode(crop).decode(),
                "crop_sha256": hashlib.sha256(crop).hexdigest(),
            }
        )
        return PlateRead(
            device_id=device_id,
            seq=next(self._seqs),
            measured_at=at,
            received_at=at,
            plate=plate,
            score=0.94,
            direction=direction,
            extra=extra or None,
        )

    def store(self, *reads: PlateRead) -> None:
        """Seal and store reads as ingest does, and have them compared."""
        with pool.connect(self.center.db_url) as conn:
            rows.commit(conn, [self.ring.current.sealed_read(one) for one in reads])
            conn.commit()
        with closing(comparer(self)) as part:
            part.tick(clock.utc_now())

    def hit(self, plate: str, entry: str | None = None, name: str = THEFT, **read: Any) -> int:
        """Have something sought and read; answer the hit."""
        entry_id = self.seek(entry or plate, name)
        self.store(self.passes(plate, **read))
        with pool.connect(self.center.db_url) as conn:
            found = conn.execute("SELECT hit_id FROM plate_hit WHERE entry_id = %s", (entry_id,))
            [(hit_id,)] = found.fetchall()
        return int(hit_id)

    def audited(self, action: str) -> int:
        """How often something is on record."""
        with pool.connect(self.center.db_url) as conn:
            row = conn.execute("SELECT count(*) FROM audit WHERE action = %s", (action,)).fetchone()
        assert row is not None
        return int(row[0])


def comparer(gates: Gates) -> PlatesPart:
    """The engine's watch over plates."""
    return PlatesPart(gates.center.db_url, gates.ring, region="mx", wait_s=0.0)


@contextmanager
def comparing(gates: Gates) -> Iterator[None]:
    """The same, and who opens incidents, at work while the context lasts."""
    over = threading.Event()

    def work() -> None:
        plates = PlatesPart(gates.center.db_url, gates.ring, region="mx", wait_s=0.2)
        with closing(plates), closing(room.part(gates.center.db_url)) as alarms:
            while not over.is_set():
                plates.tick(clock.utc_now())
                alarms.tick(clock.utc_now())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)
        assert not thread.is_alive()


def opened(center: RunningCenter) -> Gates:
    """People, cameras and lists, and nothing that passed."""
    for name, role in (
        ("eva", Role.AUTORIZADO_LPR),
        ("luz", Role.AUTORIZADO_LPR),
        ("olga", Role.OPERADOR),
        ("teo", Role.AUDITOR),
    ):
        center.add_user(name, role)
    gates = Gates(center, keys.needed(keys.ring(center.settings, center.connections.plates)))
    with pool.connect(center.db_url) as conn:
        for name, (priority, reason, issuer) in _LISTS.items():
            new = NewList(name, reason, issuer, priority, _LEGAL, None)
            made = lists.add_list(conn, EVA, new, now=clock.utc_now())
            gates.list_ids[name] = made.list_id
        conn.commit()
    return gates


def live_through(gates: Gates) -> None:
    """Enrol the cameras and let two days pass before them."""
    with pool.connect(gates.center.db_url) as conn:
        store_device.save(
            conn,
            [
                Device(
                    device_id=device_id,
                    kind=Kind.CAMERA,
                    name=name,
                    state=State.ACTIVE,
                    lat_deg=lat_deg,
                    lon_deg=lon_deg,
                )
                for device_id, (name, lat_deg, lon_deg) in CAMERAS.items()
            ],
        )
        rows.commit(conn, list(_health()))
        conn.commit()
    gates.store(*_traffic(gates))
    gates.hit(plate_on(0), at=_ago(4), crop=photo(0))
    gates.hit(plate_on(5), at=_ago(25), device_id="C-02", direction="out")
    gates.hit("PM003MC", "PM0D3MC", AMBER, at=_ago(9), crop=photo(2), device_id="C-02")
    for note, plate in (("Jetta blanco", "YLB-881-C"), ("Versa gris", "XYA-552-D")):
        gates.propose(plate, by=LUZ, note=note)
    gates.propose("WLA-120-B", note="Motocicleta Italika")


def _ago(minutes: float) -> datetime:
    return clock.utc_now() - timedelta(minutes=minutes)


def _health() -> Iterator[Stored]:
    """Two cameras are there, one of them blind; the third was never heard."""
    now = clock.utc_now()
    for device_id, kind in (("C-01", "stream_up"), ("C-02", "stream_down")):
        yield Status(
            device_id=device_id, seq=1, measured_at=now, received_at=now, online=True, session=1
        )
        yield Event(device_id=device_id, seq=2, measured_at=now, received_at=now, type=kind)


def _traffic(gates: Gates) -> Iterator[PlateRead]:
    """Plates that nobody seeks; more of them in the morning and in the evening."""
    rng = random.Random(26)
    now = clock.utc_now()
    for _ in range(_PASSED):
        hours = rng.choice((rng.uniform(0, 46), rng.gauss(30, 2), rng.gauss(8, 2)))
        first = rng.choice(("Y", "Y", "Y", "W", "T", "M"))
        text = first + "".join(rng.choices(_LETTERS, k=2))
        yield gates.passes(
            f"{text}{rng.randrange(1000):03}{rng.choice(_LETTERS)}",
            at=now - timedelta(hours=min(46.0, abs(hours))),
            device_id=rng.choice(("C-01", "C-01", "C-02")),
            direction=rng.choice(("in", "in", "out")),
        )
