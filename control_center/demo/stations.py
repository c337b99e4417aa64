"""The demo's stations: their last days, and what was found out about them."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from control_center.anomaly import part, watched, words
from control_center.demo import anomalies
from control_center.demo.anomalies import Sighting
from core.clock import EPOCH, epoch_us, utc_now
from core.quality import UNBELIEVABLE
from firmware_sim import station_history, station_past
from firmware_sim.backlog import Broker
from firmware_sim.city import Plan
from firmware_sim.station_history import SentPast
from firmware_sim.station_past import StationPast
from store import anomaly, pool
from store import anomaly_samples as samples

_DOUBTS_APART: Final = timedelta(minutes=10)
"""Doubtful readings farther apart are two sightings."""


class Past(NamedTuple):
    """What stations measured before the demo began, and that the broker has it."""

    pasts: tuple[StationPast, ...]
    sent: SentPast
    until_s: float
    """When it ends, Unix time."""

    @property
    def rows(self) -> int:
        """Readings, one a number."""
        return sum(len(each.values) for one in self.pasts for each in one.readings)


def publish(plan: Plan, broker: Broker, *, state_dir: Path, truth: Path) -> Past:
    """Let the stations measure up to this minute, and publish it."""
    until = utc_now().replace(second=0, microsecond=0)
    pasts = tuple(station_past.measured(plan, until))
    sent = station_history.publish(
        plan, pasts, broker, until=until, state_dir=state_dir, truth_path=truth
    )
    return Past(pasts, sent, epoch_us(until) / 1e6)


def stored(database_url: str) -> int:
    """How many values of readings the database holds."""
    with pool.connect(database_url, application="c5-demo") as conn:
        row = conn.execute("SELECT count(*) FROM reading").fetchone()
    return int(row[0]) if row else 0


def is_worked_through(database_url: str, past: Past) -> bool:
    """Whether the anomaly engine has taken in all of it."""
    with pool.connect(database_url, application="c5-demo") as conn:
        return part.reached_s(conn) >= past.until_s - watched.STATION_STEP_S


def score(database_url: str, past: Past, lines: Sequence[bytes]) -> dict[str, Any]:
    """What was found of what befell them: the demo's `anomalies`."""
    until = EPOCH + timedelta(seconds=past.until_s)
    since = until - timedelta(days=station_past.DAYS)
    with pool.connect(database_url, application="c5-demo") as conn:
        found = anomaly.listed(conn, since, utc_now(), limit=10_000)
        doubts = samples.doubted(conn, since, until, int(UNBELIEVABLE), _DOUBTS_APART)
    return anomalies.score(
        lines,
        [
            Sighting(
                one.device_id, one.metric, one.started_at, one.ended_at, one.why == words.SILENCE
            )
            for one in found
        ],
        [Sighting(*one) for one in doubts],
    )
