"""The whole path as its users meet it: commands, real servers, real clients."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench import chaos
from control_center import enrolment
from control_center.connections import Connections
from core.clock import wall_s
from core.device import Device
from core.settings.telemetry import Ingest
from core.topics import Kind
from deploy.local.toolchain import Toolchain
from devices.broker import ADMIN, INGEST, Login
from ingest.service import Wiring, Worker
from store import pool
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.server, pytest.mark.slow]
HOME = Path(__file__).resolve().parents[2]
PAYLOAD = '{"ts": %d, "seq": 1, "lat_deg": 18.14, "lon_deg": -94.44, "speed_kmh": 20}'


def test_the_demo_loses_nothing_and_finds_every_injected_fault() -> None:
    """`./c5 demo --for` exits 0 and its last line accounts for every message."""
    done = subprocess.run(
        [str(HOME / "c5"), "demo", "--for", "20", "--json"],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["devices"] >= 40
    assert figures["published"] > 200
    assert figures["injected_bad"] > 5
    assert figures["lost"] == 0
    assert figures["bad_not_found"] == {}
    assert figures["intruders"] == 0
    assert figures["publish_to_screen_ms"]["p95"] is not None
    _reports_say_what_was_so(figures["compliance"])
    _troubles_are_found(figures["anomalies"])


def _troubles_are_found(figures: dict[str, Any]) -> None:
    """What befell stations in the last days is known, and little else is claimed."""
    kinds = figures["by_kind"]
    assert set(kinds) == {"stuck", "drift", "spike_burst", "outage", "level_shift"}
    assert figures["injected"] == sum(kind["injected"] for kind in kinds.values()) > 12
    assert figures["found"] >= 0.8 * figures["injected"], figures
    assert figures["precision"] >= 0.7, figures
    assert figures["late"] <= 3, figures
    for label in ("stuck", "outage"):
        assert kinds[label]["found"] == kinds[label]["injected"], figures


def _reports_say_what_was_so(figures: dict[str, Any]) -> None:
    """Skips, silences, hurry and stops of yesterday are in the report as what they are."""
    assert figures["runs"] == 11
    assert figures["blocks"] > 2500
    assert figures["accuracy"] >= 0.98, figures
    assert figures["macro_f1"] >= 0.93, figures
    for state in ("serviced", "too_fast", "missed", "unknown"):
        assert figures[state]["precision"] >= 0.9, figures
        assert figures[state]["recall"] >= 0.9, figures
    assert figures["false_missed"] <= 5, figures
    stops = figures["off_route_stops"]
    assert stops["found"] == stops["injected"] > 0, figures
    assert stops["spurious"] <= 1, figures
    silent = figures["silent_runs"]
    assert silent["runs"] == 1
    assert silent["unknown"] == silent["blocks"], "a mute tracker is nobody's fault"


def test_kills_lose_nothing_and_double_nothing() -> None:
    """SIGKILL for ingest, immediate stop for the database, restart for the broker."""
    figures = chaos.run(3000, {"ingest": 1, "database": 1, "broker": 1})
    assert figures["sent"] == 3000
    assert figures["lost"] == 0
    assert figures["duplicated_rows"] == 0


def test_mosquitto_pub_stores_a_row_and_only_on_its_own_topic(
    broker: Broker, db_url: str, toolchain: Toolchain
) -> None:
    """The stock client with a device's credential; the broker itself refuses a foreign topic."""
    places = Connections(
        database=db_url, mqtt=broker.url, passwords={ADMIN: broker.password(ADMIN)}
    )
    trucks = [Device(device_id=f"pub-{n}", kind=Kind.TRUCK, name=f"Pub {n}") for n in (1, 2)]
    credential = enrolment.add(places, trucks)["pub-1"]
    wiring = Wiring(
        database_url=db_url,
        login=Login(url=broker.url, username=INGEST, password=broker.password(INGEST)),
        plate_key="k" * 32,
    )
    worker = Worker(wiring, Ingest())
    worker.start()
    try:
        wait_until(lambda: worker.consumer.is_ready, what="ingest to subscribe")
        own, foreign = ("c5/v1/truck/pub-1/gps", "c5/v1/truck/pub-2/gps")
        for topic in (foreign, own):
            publish = [
                *("-h", broker.host, "-p", str(broker.port), "-V", "mqttv5", "-q", "1", "-d"),
                *("-u", credential.username, "-P", credential.password),
                *("-t", topic, "-m", PAYLOAD % int(wall_s() * 1000)),
            ]
            said = subprocess.run(
                toolchain.mosquitto.client_argv("mosquitto_pub", *publish),
                capture_output=True,
                text=True,
                check=False,
                timeout=20,
            )
            refused = "Not authorized" in said.stdout + said.stderr
            assert refused == (topic == foreign), said.stdout + said.stderr
        wait_until(lambda: _fixes(db_url) == [("pub-1",)], what="the row")
    finally:
        worker.stop()


def _fixes(db_url: str) -> list[tuple[str]]:
    with pool.connect(db_url) as conn:
        return conn.execute("SELECT device_id FROM gps_fix").fetchall()
