"""Yesterday, from the simulator through broker, ingest and engine: it comes out as it was."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from control_center.compliance.keeper import Keeper
from control_center.demo import compliance, reckoning, routes
from core.clock import utc_now
from core.device import Device
from core.errors import BrokerError, ConfigError
from core.quality import UNBELIEVABLE, Flag
from core.settings import Settings
from deploy import cities
from devices.broker import ADMIN
from firmware_sim import history
from firmware_sim.backlog import Broker as Door
from firmware_sim.city import Counts, Plan, build
from firmware_sim.run import Simulation
from geo.route import from_document
from store import account, pool
from store import device as store_device
from store import reckoning as store_reckoning
from tests.server.sim_listener import enrolled, ingesting
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
TRUCKS = ("T-001", "T-061")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Two trucks with some sixty blocks each."""
    nobody = Counts(truck=120, bus=0, air=0, noise=0, camera=0, counter=0, panic=0, power=0)
    city = build(cities.load("coatzacoalcos").folder, seed=8, counts=nobody)
    return replace(
        city,
        devices=tuple(one for one in city.devices if one.device_id in TRUCKS),
        truck_routes={name: city.truck_routes[name] for name in TRUCKS},
    )


@pytest.fixture
def door(broker_fresh: Broker, db_url: str, plan: Plan) -> Door:
    """The broker, with both trucks enrolled; and the supervisor of their routes."""
    with pool.connect(db_url) as conn:
        store_device.save(
            conn,
            [Device(device_id=d.device_id, kind=d.kind, name=d.name) for d in plan.devices],
        )
        account.add(
            conn, username=routes.SUPERVISOR, name="S", role="supervisor", password_hash="-"
        )
    credentials = enrolled(broker_fresh, [(d.kind, d.device_id) for d in plan.devices])
    return Door(url=broker_fresh.url, credentials=credentials)


def _count(db_url: str) -> int:
    with pool.connect(db_url) as conn:
        return store_reckoning.take(conn).messages


def _stored(db_url: str, count: int) -> None:
    wait_until(lambda: _count(db_url) >= count, what=f"{count} fixes to be stored")


def _flags(db_url: str) -> Flag:
    """Every flag that any fix has."""
    with pool.connect(db_url) as conn:
        row = conn.execute("SELECT bit_or(flags)::int FROM gps_fix").fetchone()
    return Flag(row[0]) if row else Flag(0)


def _duplicates(db_url: str) -> int:
    with pool.connect(db_url) as conn:
        return store_reckoning.take(conn).duplicates


def _lost(truth: Path, db_url: str) -> int:
    with pool.connect(db_url) as conn:
        store = store_reckoning.take(conn)
    return reckoning.verdict(truth.read_bytes().splitlines(), store, lambda raw: raw).lost


def test_reports_say_what_the_truth_says(
    door: Door, broker_fresh: Broker, db_url: str, plan: Plan, tmp_path: Path
) -> None:
    """Two trucks' yesterday is published, stored, judged, and right; then they drive on."""
    truth = tmp_path / "truth.jsonl"
    past = history.drive(plan, utc_now(), state_dir=tmp_path, count=2)
    routes.plan(db_url, plan, past, ZoneInfo(Settings().timezone))
    with ingesting(broker_fresh, db_url):
        sent = history.publish(plan, past, door, state_dir=tmp_path, truth_path=truth)
        _stored(db_url, sent.fixes)
        assert sent.runs == 2
        assert sent.fixes == sum(len(one.fixes) for one in past.outings) > 300

        keeper = Keeper(db_url, Settings())
        keeper.tick(utc_now())
        assert routes.are_closed(db_url, past)
        figures = compliance.score(truth.read_bytes().splitlines(), routes.documents(db_url, past))
        assert figures["runs"] == 2
        assert figures["blocks"] > 80
        assert figures["accuracy"] >= 0.95, figures
        assert figures["false_missed"] == 0, figures
        stops: dict[str, Any] = figures["off_route_stops"]
        assert stops["found"] == stops["injected"] > 0
        assert _flags(db_url) == Flag.LATE

        again = history.drive(plan, utc_now() + timedelta(seconds=1), state_dir=tmp_path, count=1)
        assert again == past
        history.publish(plan, again, door, state_dir=tmp_path, truth_path=None)
        wait_until(lambda: _duplicates(db_url) >= sent.fixes, what="the repetition to be known")
        assert _count(db_url) == sent.fixes

        with Simulation(plan, door.url, door.credentials, state_dir=tmp_path, truth_path=truth):
            wait_until(lambda: _count(db_url) > sent.fixes + 6, what="the trucks to drive on")
        wait_until(lambda: _lost(truth, db_url) == 0, what="everything to be stored")
    assert _flags(db_url) & (UNBELIEVABLE | Flag.SEQ_BACK) == Flag(0)
    lines = [msgspec.json.decode(line) for line in truth.read_bytes().splitlines()]
    first, second = (
        [line["stored_seqs"] for line in lines if line.get("device_id") == name and "kind" in line]
        for name in TRUCKS
    )
    for yesterday, today in (first, second):
        assert yesterday[-1][1] < today[0][0]


def test_a_wrong_password_is_said_and_so_is_a_missing_one(
    door: Door, broker_fresh: Broker, db_url: str, plan: Plan, tmp_path: Path
) -> None:
    """Nobody waits for a door that stays shut."""
    past = history.drive(plan, utc_now(), state_dir=tmp_path, count=2)
    wrong = Door(url=door.url, credentials=dict.fromkeys(TRUCKS, "x"))
    with ingesting(broker_fresh, db_url), pytest.raises(BrokerError, match="password"):
        history.publish(plan, past, wrong, state_dir=tmp_path, truth_path=None)
    nobody = Door(url=door.url, credentials={})
    with pytest.raises(ConfigError, match="T-001"):
        history.publish(plan, past, nobody, state_dir=tmp_path, truth_path=None)


def test_the_command_publishes_yesterday_and_ends(
    broker_fresh: Broker, db_url: str, tmp_path: Path
) -> None:
    """`c5 simulate --history` leaves the plans and the truth behind, and says what it did."""
    state, truth = tmp_path / "state", tmp_path / "truth.jsonl"
    argv = [sys.executable, "-m", "control_center", "simulate", "--seed", "5", "--trucks", "150"]
    argv += [f"--{name}=0" for name in ("air", "noise", "cameras", "counters", "panic", "power")]
    argv += ["--buses=0", "--history", "2", "--enrol", "--credentials", str(tmp_path / "c.json")]
    with ingesting(broker_fresh, db_url):
        done = subprocess.run(
            [*argv, "--json", "--state", str(state), "--truth", str(truth)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={
                **os.environ,
                "C5_MQTT__URL": broker_fresh.url,
                "C5_DATABASE__URL": db_url,
                "C5_MQTT__ADMIN_PASSWORD": broker_fresh.password(ADMIN),
            },
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout.splitlines()[-1])
        assert said["runs"] == 2
        _stored(db_url, said["fixes"])
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    runs = [line for line in lines if line["type"] == "run"]
    assert {line["service_date"] for line in runs} == {said["service_date"]}
    for line in runs:
        document = json.loads((state / "plans" / f"{line['route_id']}.geojson").read_text())
        blocks = [block for block in from_document(document).blocks if block.service]
        assert [block.segment_id for block in blocks] == list(line["segments"])
        assert document["properties"]["service_window"] == said["window"]
