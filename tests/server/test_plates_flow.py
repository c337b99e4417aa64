"""From a camera's message to an incident: through the broker, ingest, the watch and the alarms."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from control_center.alarms.part import AlarmPart
from control_center.engine.loop import Part
from control_center.plates import hits
from control_center.plates.hits import Window
from core.clock import monotonic_s, utc_now
from core.seal import KeyRing, PlateVault
from core.topics import Kind, Stream
from store import pool
from tests.servers import plates, room
from tests.servers.ingest import City
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


@contextmanager
def engine(url: str, ring: KeyRing) -> Iterator[None]:
    """The two parts of the engine that bear on it, each in its thread."""
    stopping = threading.Event()

    def work(part: Part) -> None:
        while not stopping.wait(0.05):
            part.tick(utc_now())
        part.close()

    parts = (plates.part(url, ring, wait_s=0.25), AlarmPart(url, room.SETTINGS))
    threads = [threading.Thread(target=work, args=(one,), daemon=True) for one in parts]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        stopping.set()
        for one in threads:
            one.join(10)


@pytest.mark.timed
def test_a_plate_that_is_sought_is_an_incident_in_a_moment(city: City) -> None:
    """With its photograph; a second passage joins it; what is not sought opens nothing."""
    ring = KeyRing(PlateVault(city.connections.plate_key))
    camera = city.enrol(Kind.CAMERA)
    city.start()
    with pool.connect(city.db_url) as conn:
        plates.seek(conn, plates.a_list(conn), "XYA-123-A", ring=ring)
    crop = plates.read("XYA123A", crop=plates.JPEG).extra or {}
    with engine(city.db_url, ring):
        camera.say(Stream.PLATE, camera.head() | {"plate": "YAA-999-Z"})
        wait_until(lambda: city.count("passage_count"))
        began_s = monotonic_s()
        camera.say(Stream.PLATE, camera.head() | {"plate": "XYA-123-A", "direction": "in"} | crop)
        wait_until(lambda: city.count("incident"), what="an incident")
        took_s = monotonic_s() - began_s
        camera.say(Stream.PLATE, camera.head() | {"plate": "XYA-I23-A"})
        wait_until(lambda: city.count("plate_hit") == 2, what="the second passage")
        wait_until(lambda: city.one("SELECT max(alarms) FROM incident") == 2)
    assert took_s < 2
    assert city.sql("SELECT severity FROM incident") == [("CRITICAL",)]
    with pool.connect(city.db_url) as conn:
        now = utc_now()
        asked = Window(now - timedelta(hours=1), now, None, None, 10)
        found = hits.listed(conn, ring, plates.ANA, asked, now=now)
    assert [(one.plate, one.entry_plate, one.held.exact) for one in found] == [
        ("XYAI23A", "XYA123A", False),
        ("XYA123A", "XYA123A", True),
    ]
    assert {one.held.incident_id for one in found} == {city.one("SELECT incident_id FROM incident")}
    everything = city.sql("SELECT title_es, title_en, detail::text FROM alarm")
    assert "XYA" not in str(everything)
