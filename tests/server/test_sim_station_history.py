"""Stations' last days through broker and ingest: stored once, under the numbers before the live."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from control_center.demo import reckoning
from core.clock import utc_now
from core.device import Device
from core.errors import ConfigError
from core.topics import Kind
from deploy import cities
from firmware_sim import station_history, station_past
from firmware_sim.backlog import Broker as Door
from firmware_sim.city import Counts, build
from store import device as store_device
from store import pool
from store import reckoning as store_reckoning
from tests.server.sim_listener import enrolled, ingesting
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


def test_a_past_is_stored_once_however_often_it_is_sent(
    broker_fresh: Broker, db_url: str, tmp_path: Path
) -> None:
    """Every reading of the truth is there; another night's worth has numbers of its own."""
    few = Counts(truck=0, bus=0, air=1, noise=1, camera=0, counter=0, panic=0, power=0)
    plan = build(cities.load("coatzacoalcos").folder, seed=8, counts=few)
    with pool.connect(db_url) as conn:
        store_device.save(
            conn, [Device(device_id=d.device_id, kind=d.kind, name=d.name) for d in plan.devices]
        )
    names = [(one.kind, one.device_id) for one in plan.devices]
    assert names == [(Kind.AIR, "A-001"), (Kind.NOISE, "N-001")]
    door = Door(url=broker_fresh.url, credentials=enrolled(broker_fresh, names))
    until = utc_now()
    truth = tmp_path / "truth.jsonl"

    def send(ends_at_h: float, truth_path: Path | None) -> int:
        end = until - timedelta(hours=ends_at_h)
        pasts = [
            replace(one, readings=one.readings[-300:])
            for one in station_past.measured(plan, end, days=2)
        ]
        sent = station_history.publish(
            plan, pasts, door, until=end, state_dir=tmp_path, truth_path=truth_path
        )
        return sent.readings

    def stored() -> store_reckoning.Reckoning:
        with pool.connect(db_url) as conn:
            return store_reckoning.take(conn)

    with ingesting(broker_fresh, db_url):
        assert send(6, truth) == 600
        wait_until(lambda: stored().messages >= 600, what="the first past")
        duplicates = stored().duplicates
        assert send(6, None) == 600
        wait_until(lambda: stored().duplicates >= duplicates + 600, what="it once more")
        assert stored().messages == 600
        assert send(0, truth) == 600
        wait_until(lambda: stored().messages == 1200, what="the second past")
    lines = truth.read_bytes().splitlines()
    assert reckoning.verdict(lines, stored(), lambda digest: digest).lost == 0
    kinds = [msgspec.json.decode(line)["type"] for line in lines]
    assert kinds.count("device") == 4
    nobody = Door(url=broker_fresh.url, credentials={})
    pasts = list(station_past.measured(plan, until, days=2))
    with pytest.raises(ConfigError, match="no credential"):
        station_history.publish(
            plan, pasts, nobody, until=until, state_dir=tmp_path, truth_path=None
        )
