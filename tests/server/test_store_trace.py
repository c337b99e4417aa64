"""Fixes as columns: every value as it was stored, nothing that was not asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.clock import monotonic_s
from core.messages import GpsFix
from core.quality import Flag
from store import pool, trace
from store.pool import Connection
from tests.servers import rows

pytestmark = pytest.mark.server
NOON = datetime(2026, 3, 4, 12, 0, 0, 123_456, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's."""
    with pool.connect(db_url) as one:
        yield one


def _full(seq: int, at: datetime, *, ignition: bool | None, pto: bool | None) -> GpsFix:
    return GpsFix(
        *(-18.13, 179.99, 3.5, 271.25, 12.0, 0.9, 4.0, 11, 123.5, 12.6, ignition, pto),
        device_id="T-1",
        seq=seq,
        measured_at=at,
        received_at=at,
    )


def test_every_value_comes_back_as_it_went_in(conn: Connection) -> None:
    """To the microsecond; what was not reported is NaN or -1, never 0."""
    said = [
        _full(2**62, NOON + timedelta(seconds=2), ignition=False, pto=True),
        _full(1, NOON, ignition=True, pto=False),
        rows.fix("T-1", 2, NOON + timedelta(seconds=1)),
    ]
    rows.commit(conn, said, [Flag.LATE, 0, Flag.JUMP | Flag.CLOCK])
    found = trace.read(conn, "T-1", NOON, NOON + HOUR)
    assert found.rows == 3
    assert [round(at * 1e6) for at in found.t_s] == [
        round(NOON.timestamp() * 1e6) + 1_000_000 * n for n in range(3)
    ]
    assert found.lat_deg.tolist() == [-18.13, 18.13, -18.13]
    assert found.lon_deg.tolist() == [179.99, -94.45, 179.99]
    np.testing.assert_array_equal(found.speed_mps, [3.5, np.nan, 3.5])
    np.testing.assert_array_equal(found.heading_deg, [271.25, np.nan, 271.25])
    np.testing.assert_array_equal(found.hdop, [0.9, np.nan, 0.9])
    assert found.seq.tolist() == [1, 2, 2**62]
    assert found.flags.tolist() == [0, Flag.JUMP | Flag.CLOCK, Flag.LATE]
    assert found.ignition.tolist() == [1, -1, 0]
    assert found.pto.tolist() == [0, -1, 1]
    assert all(column.dtype.isnative for column in found)


def test_only_the_window_and_the_device_asked_for(conn: Connection) -> None:
    """From its beginning, to before its end, over the border of a chunk."""
    midnight = datetime(2026, 3, 5, tzinfo=UTC)
    said = [rows.fix("T-1", n, midnight + timedelta(seconds=n - 2)) for n in range(5)]
    said.append(rows.fix("T-2", 9, midnight))
    rows.commit(conn, said)
    found = trace.read(
        conn, "T-1", midnight - timedelta(seconds=1), midnight + timedelta(seconds=2)
    )
    assert found.seq.tolist() == [1, 2, 3]


def test_nothing_is_no_error(conn: Connection) -> None:
    """An empty window answers empty columns of the same types."""
    found = trace.read(conn, "T-1'; --", NOON, NOON + HOUR)
    assert found.rows == 0
    assert [column.dtype for column in found] == [column.dtype for column in trace.empty()]


@pytest.mark.timed
def test_a_hundred_thousand_rows_take_less_than_a_second(conn: Connection) -> None:
    """A whole week of a truck is read while an operator waits."""
    conn.execute(
        "INSERT INTO gps_fix (device_id, measured_at, seq, received_at, lat_deg, lon_deg) "
        "SELECT 'T-1', %(at)s + n * INTERVAL '5 s', n, %(at)s, 18, -94 "
        "FROM generate_series(1, 100000) n",
        {"at": NOON},
    )
    took_s = []
    for _ in range(3):
        begun_s = monotonic_s()
        assert trace.read(conn, "T-1", NOON, NOON + timedelta(days=7)).rows == 100_000
        took_s.append(monotonic_s() - begun_s)
    assert min(took_s) < 1.0, took_s
