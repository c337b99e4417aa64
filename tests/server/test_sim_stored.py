"""From a simulated city to the database: the truth file and the rows agree, row by row."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.device import Device
from core.quality import Flag
from core.topics import Kind
from deploy import cities
from devices.broker import ADMIN
from firmware_sim.city import Counts, Plan, build
from firmware_sim.faults import FAULTS
from firmware_sim.run import Simulation
from store import device as store_device
from store import pool
from store.pool import Connection
from tests.server.sim_listener import enrolled, ingesting, listening
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
SMALL = Counts(truck=2, air=1, noise=1, camera=1, counter=1, panic=1, power=1, bus=1)
VICTIMS = {Kind.TRUCK: "T-001", Kind.NOISE: "N-001", Kind.AIR: "A-001"}
TABLES = ("gps_fix", "reading", "plate_read", "event", "status", "ack")
Line = dict[str, Any]


def _city(broker: Broker, db_url: str) -> tuple[Plan, dict[str, str]]:
    plan = build(cities.load("coatzacoalcos").folder, seed=21, counts=SMALL)
    with pool.connect(db_url) as conn:
        store_device.save(
            conn,
            [Device(device_id=d.device_id, kind=d.kind, name=d.name) for d in plan.devices],
        )
    return plan, enrolled(broker, [(d.kind, d.device_id) for d in plan.devices])


def _victim(label: str) -> str:
    return next(name for kind, name in VICTIMS.items() if kind in FAULTS[label].kinds)


def _lines(path: Path, kind: str) -> list[Line]:
    if not path.exists():
        return []
    found = map(json.loads, path.read_text().splitlines())
    return [line for line in found if line["type"] == kind]


def _stored(conn: Connection, device_id: str) -> set[int]:
    return {
        row[0]
        for table in TABLES
        for row in conn.execute(
            f"SELECT DISTINCT seq FROM {table} WHERE device_id = %s",  # noqa: S608
            [device_id],
        ).fetchall()
    }


def _wanted(line: Line) -> set[int]:
    return {seq for first, last in line["stored_seqs"] for seq in range(first, last + 1)}


def _stored_at_last(conn: Connection, line: Line) -> set[int]:
    """A device's stored numbers, once all that must be there are."""
    device_id, wanted = line["device_id"], _wanted(line)
    return wait_until(
        lambda: found if wanted <= (found := _stored(conn, device_id)) else set(),
        what=f"the {len(wanted)} messages of {device_id} to be stored",
    )


def _flags(conn: Connection, line: Line) -> Flag:
    table = "gps_fix" if line["topic"].endswith("/gps") else "reading"
    row = conn.execute(
        f"SELECT bit_or(flags) FROM {table} WHERE device_id = %s AND seq = %s",  # noqa: S608
        [line["device_id"], line["seq"]],
    ).fetchone()
    return Flag(row[0] or 0) if row is not None else Flag(0)


@pytest.mark.slow
def test_the_database_holds_what_the_truth_says(
    broker_fresh: Broker, db_url: str, tmp_path: Path
) -> None:
    """Nothing lost, nothing invented; every injected fault is found where it is expected."""
    plan, passwords = _city(broker_fresh, db_url)
    truth = tmp_path / "truth.jsonl"
    labels = sorted(set(FAULTS) - {"stuck"})
    simulation = Simulation(plan, broker_fresh.url, passwords, state_dir=tmp_path, truth_path=truth)
    for name in VICTIMS.values():
        simulation.devices[name].interval_s = 0.2
    with ingesting(broker_fresh, db_url), pool.connect(db_url) as conn:
        conn.autocommit = True
        simulation.start()
        for label in labels:
            simulation.inflict(_victim(label), label)
        simulation.inflict("N-001", "stuck")
        wait_until(
            lambda: {line["label"] for line in _lines(truth, "fault")} == set(FAULTS) - {"outage"},
            timeout_s=60,
            what="every fault to befall someone",
        )
        simulation.stop()
        devices, faults = _lines(truth, "device"), _lines(truth, "fault")
        for line in devices:
            assert _stored_at_last(conn, line) == _wanted(line)
        for line in faults:
            if line["expected"] in {"flagged", "late_ok"}:
                assert Flag[line["reason"].upper()] in _flags(conn, line), line
        expected = Counter(f["reason"] for f in faults if f["expected"] == "rejected")
        rows = conn.execute("SELECT reason, count(*) FROM reject GROUP BY reason").fetchall()
        assert {reason: count for reason, count in rows} == expected  # noqa: C416  rows are untyped


def test_the_command_enrols_runs_and_drains_at_ctrl_c(
    broker: Broker, db_url: str, tmp_path: Path
) -> None:
    """`c5 simulate --enrol --json` until interrupted: exit 0, and every message acknowledged."""
    environment = {
        **os.environ,
        "C5_MQTT__URL": broker.url,
        "C5_DATABASE__URL": db_url,
        "C5_MQTT__ADMIN_PASSWORD": broker.password(ADMIN),
    }
    passwords = tmp_path / "passwords.json"
    argv = [sys.executable, "-m", "control_center", "simulate", "--trucks", "3", "--json"]
    argv += ["--state", str(tmp_path / "state"), "--truth", str(tmp_path / "truth.jsonl")]
    with listening(broker):
        running = subprocess.Popen(
            [*argv, "--credentials", str(passwords), "--enrol"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        outbox = tmp_path / "state" / "outbox.sqlite"
        wait_until(lambda: running.poll() is not None or outbox.exists(), timeout_s=30)
        wait_until(lambda: running.poll() is not None or _lines(tmp_path / "truth.jsonl", "city"))
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 0, err
    said = json.loads(out.splitlines()[-1])
    assert said["devices"] == 38
    assert said["published"] > 0
    assert said["held"] == 0
    assert passwords.stat().st_mode & 0o777 == 0o600
    assert len(json.loads(passwords.read_text())) == 38


def test_the_command_lists_a_city_without_a_broker(tmp_path: Path) -> None:
    """`--list` needs no server; wrong use is one sentence and exit code 1."""
    argv = [sys.executable, "-m", "control_center", "simulate", "--trucks", "2"]
    done = subprocess.run([*argv, "--list"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    assert listed[0] == {
        "device_id": "T-001",
        "kind": "truck",
        "name": "Camión recolector 01",
        "lat_deg": None,
        "lon_deg": None,
    }
    missing = str(tmp_path / "none.json")
    for options in ([], ["--credentials", missing]):
        refused = subprocess.run(
            [*argv, *options],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "C5_MQTT__URL": "mqtt://x", "C5_DATABASE__URL": "postgresql://x"},
        )
        assert refused.returncode == 1
        assert "--credentials" in refused.stderr or missing in refused.stderr
