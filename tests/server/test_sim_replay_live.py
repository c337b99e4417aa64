"""Replay through a real broker and, from there, into a real database."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.clock import monotonic_s
from core.device import Device
from core.errors import BrokerError
from core.messages import Reading, Uplink
from core.topics import Kind, Stream
from devices.broker import Login
from firmware_sim.recordings import read
from firmware_sim.replay import Progress, Replay
from store import device as store_device
from store import pool
from tests.server.sim_listener import enrolled, ingesting, listening
from tests.servers.fixtures import Broker
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
HEADER = "datetime,LEQ dB -A\n"


def _levels(folder: Path, count: int) -> Path:
    path = folder / "levels.csv"
    rows = [f"2026-01-01 {n // 60:02}:{n % 60:02}:30,{50 + n % 17}.25" for n in range(count)]
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def _messages(folder: Path, device_id: str, count: int) -> list[Uplink]:
    zone = ZoneInfo("America/Mexico_City")
    path = _levels(folder, count)
    return read([path], kind=Kind.NOISE, device_id=device_id, zone=zone).messages


def _login(broker: Broker, device_id: str, port: int | None = None) -> Login:
    [password] = enrolled(broker, [(Kind.NOISE, device_id)]).values()
    url = broker.url if port is None else f"mqtt://127.0.0.1:{port}"
    return Login(url=url, username=device_id, password=password)


def test_replaying_twice_says_the_same_twice(broker: Broker, tmp_path: Path) -> None:
    """Identities and values are equal, row by row."""
    messages = _messages(tmp_path, "rep-1", 1200)
    with listening(broker) as listener:
        login = _login(broker, "rep-1")
        for _ in range(2):
            done = Replay(login, Kind.NOISE, messages, speed=0).run()
            assert (done.acked, done.refused) == (1200, 0)
        wait_until(lambda: len(listener.of("rep-1")) == 2400)
        payloads = [one.payload for one in listener.of("rep-1")]
        assert payloads[:1200] == payloads[1200:]
        first = listener.decoded("rep-1", Stream.READING)[0]
        assert isinstance(first, Reading)
        assert (first.seq, first.values) == (1, {"laeq_db": 50.25})


def test_a_cut_connection_costs_no_row(broker: Broker, broker_proxy: Proxy, tmp_path: Path) -> None:
    """It goes on where it was."""
    messages = _messages(tmp_path, "rep-2", 900)
    cut: list[int] = []
    with listening(broker) as listener:
        login = _login(broker, "rep-2", broker_proxy.port)

        def watch(progress: object) -> None:
            del progress
            if not cut and len(listener.of("rep-2")) > 50:
                cut.append(1)
                broker_proxy.cut()
                broker_proxy.restore()

        done = Replay(login, Kind.NOISE, messages, speed=0).run(watch)
        assert done.acked == 900
        wait_until(lambda: set(listener.seqs("rep-2")) == set(range(1, 901)))


def test_a_recording_that_nobody_hears_is_said_so(broker_fresh: Broker, tmp_path: Path) -> None:
    """The broker takes the row and gives it to no one: that is no success."""
    replay = Replay(
        _login(broker_fresh, "rep-4"), Kind.NOISE, _messages(tmp_path, "rep-4", 3), speed=0
    )
    with pytest.raises(BrokerError, match="start ingest"):
        replay.run()


def test_rows_keep_their_distances_at_a_speed(broker: Broker, tmp_path: Path) -> None:
    """Two minutes at 240-fold speed take half a second, and no row goes out early."""
    messages = _messages(tmp_path, "rep-3", 3)
    began_s = monotonic_s()
    arrivals_s: list[float] = []

    def watch(progress: Progress) -> None:
        arrivals_s.extend([monotonic_s() - began_s] * (progress.acked - len(arrivals_s)))

    with listening(broker):
        Replay(_login(broker, "rep-3"), Kind.NOISE, messages, speed=240).run(watch)
    assert len(arrivals_s) == 3
    assert arrivals_s[1] >= 0.25
    assert arrivals_s[2] >= 0.5


def test_a_wrong_password_or_address_ends_at_once(broker: Broker, tmp_path: Path) -> None:
    """With an error that says what to check."""
    messages = _messages(tmp_path, "rep-4", 3)
    wrong = Login(url=broker.url, username="rep-4", password="no")
    with pytest.raises(BrokerError, match="password of rep-4"):
        Replay(wrong, Kind.NOISE, messages, speed=0).run()
    nowhere = Login(url="mqtt://127.0.0.1:9", username="rep-4", password="no")
    with pytest.raises(BrokerError, match="address"):
        Replay(nowhere, Kind.NOISE, messages, speed=0).run()


def test_another_devices_credential_is_refused_row_by_row(broker: Broker, tmp_path: Path) -> None:
    """A device of another kind may not publish there; the exit says so."""
    [password] = enrolled(broker, [(Kind.AIR, "rep-5")]).values()
    login = Login(url=broker.url, username="rep-5", password=password)
    done = Replay(login, Kind.NOISE, _messages(tmp_path, "rep-5", 4), speed=0).run()
    assert (done.acked, done.refused) == (0, 4)


def test_the_command_stores_each_row_once_however_often_it_runs(
    broker: Broker, db_url: str, tmp_path: Path
) -> None:
    """`c5 replay --as-now` is new data each time; without it the same rows are the same rows."""
    device = Device(device_id="rep-6", kind=Kind.NOISE, name="rep-6", backfill=True)
    with pool.connect(db_url) as conn:
        store_device.save(conn, [device])
    password = _login(broker, "rep-6").password
    argv = ["--kind", "noise", "--device", "rep-6", "--speed", "max", "--json"]
    path = _levels(tmp_path, 700)
    with ingesting(broker, db_url):
        for _ in range(2):
            said = _c5_replay(broker, db_url, password, [*argv, str(path)])
            assert (said["rows"], said["published"]) == (700, 700)
            assert (said["refused"], said["empty"]) == (0, 0)
            wait_until(lambda: _stored(db_url) == (700, 700))
        path.write_text(path.read_text() + "2026-01-02 00:00:00,55.5\n")
        _c5_replay(broker, db_url, password, [*argv, str(path)])
        wait_until(lambda: _stored(db_url) == (701, 701))


def _c5_replay(broker: Broker, db_url: str, password: str, argv: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "control_center", "replay", *argv],
        env={
            **os.environ,
            "C5_MQTT__URL": broker.url,
            "C5_DATABASE__URL": db_url,
            "C5_DEVICE_PASSWORD": password,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def _stored(db_url: str) -> tuple[int, int]:
    """Rows of the device, and distinct identities among them."""
    with pool.connect(db_url) as conn:
        row = conn.execute(
            "SELECT count(*), count(DISTINCT (measured_at, seq)) FROM reading"
            " WHERE device_id = 'rep-6'"
        ).fetchone()
    assert row is not None
    return row[0], row[1]
