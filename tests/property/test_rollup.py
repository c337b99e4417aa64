"""Rollups equal what anyone would compute from the rows, however they and the runs interleave."""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.messages import GpsFix, Reading, SealedPlate, Stored
from core.quality import UNBELIEVABLE, Flag
from store import pool, rollup
from store.pool import Connection
from tests.servers import rows

pytestmark = pytest.mark.server
ZONE = ZoneInfo("America/Mexico_City")
START = datetime(2026, 3, 4, 3, 0, 0, tzinfo=UTC)
"""Three hours before midnight in the city."""

instants = st.integers(0, 30 * 3600 - 1).map(lambda second: START + timedelta(seconds=second))
flags = st.sampled_from([0, 0, 0, Flag.LATE, Flag.RANGE, Flag.JUMP | Flag.LATE, Flag.STUCK])
metrics = st.dictionaries(
    st.sampled_from(["pm25_ugm3", "o3_ppb"]), st.floats(0, 1000, width=32), min_size=1
)
speeds = st.none() | st.floats(0, 30, width=32)
directions = st.none() | st.sampled_from(["in", "out"])
said = st.one_of(
    st.tuples(st.just(GpsFix), instants, flags, speeds),
    st.tuples(st.just(Reading), instants, flags, metrics),
    st.tuples(st.just(SealedPlate), instants, st.just(0), directions),
)
batches = st.lists(st.tuples(st.lists(said, min_size=1, max_size=12), st.booleans()), max_size=6)
devices = (f"D-{n}" for n in itertools.count())

Row = tuple[Stored, int]


@pytest.fixture(scope="module")
def conn(module_db_url: str) -> Iterator[Connection]:
    """One connection for all examples, each with a device of its own."""
    with pool.connect(module_db_url, autocommit=True) as one:
        yield one


def message(device_id: str, seq: int, one: tuple[Any, datetime, int, Any]) -> Row:
    """What a tuple of the strategy stands for."""
    kind, at, doubt, value = one
    if kind is GpsFix:
        return rows.fix(device_id, seq, at, speed_mps=value), doubt
    if kind is Reading:
        return rows.reading(device_id, seq, at, **value), doubt
    return rows.plate(device_id, seq, at, direction=value), doubt


def hour_of(at: datetime) -> datetime:
    """The hour it belongs to."""
    return at.replace(minute=0, second=0, microsecond=0)


def summary(values: Sequence[tuple[float | None, int]]) -> dict[str, Any]:
    """Count, doubt, sum, least and most of what is believed."""
    good = [value for value, doubt in values if not doubt & UNBELIEVABLE]
    numbers = [value for value in good if value is not None]
    return {
        "n": len(good),
        "flagged": len(values) - len(good),
        "sum": math.fsum(numbers) if numbers else None,
        "least": min(numbers, default=None),
        "most": max(numbers, default=None),
        "numbers": len(numbers),
        "moving": sum(number > 1 for number in numbers),
    }


def grouped(pairs: Iterable[tuple[Any, tuple[float | None, int]]]) -> dict[Any, dict[str, Any]]:
    """The summary of each key."""
    found: dict[Any, list[tuple[float | None, int]]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return {key: summary(values) for key, values in found.items()}


def expected_readings(said: Sequence[Row], *, daily: bool) -> dict[Any, dict[str, Any]]:
    """What the reading rollups must hold."""
    return grouped(
        ((metric, day_of(one.measured_at) if daily else hour_of(one.measured_at)), (value, doubt))
        for one, doubt in said
        if isinstance(one, Reading)
        for metric, value in one.values.items()
    )


def expected_fixes(said: Sequence[Row], *, daily: bool) -> dict[Any, dict[str, Any]]:
    """What the fix rollups must hold."""
    return grouped(
        (day_of(one.measured_at) if daily else hour_of(one.measured_at), (one.speed_mps, doubt))
        for one, doubt in said
        if isinstance(one, GpsFix)
    )


def is_close(one: float | None, other: float | None) -> bool:
    """Equal but for the order of the additions; nothing is only nothing."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def day_of(at: datetime) -> Any:
    """The city's day."""
    return at.astimezone(ZONE).date()


def check_readings(conn: Connection, device_id: str, said: Sequence[Row]) -> None:
    """Compare both reading rollups with the rows."""
    for table, bucket in (("reading_hourly", "hour"), ("reading_daily", "day")):
        want = expected_readings(said, daily=bucket == "day")
        found = conn.execute(
            f"SELECT metric, {bucket}, n, flagged, sum_value, min_value, max_value "  # noqa: S608  own words
            f"FROM {table} WHERE device_id = %s".encode(),
            (device_id,),
        ).fetchall()
        assert {(metric, at) for metric, at, *_ in found} == set(want)
        for metric, at, n, flagged, total, least, most in found:
            one = want[metric, at]
            assert (n, flagged, least, most) == (
                one["n"],
                one["flagged"],
                one["least"],
                one["most"],
            )
            assert is_close(total, one["sum"]), (metric, at)


def check_fixes(conn: Connection, device_id: str, said: Sequence[Row]) -> None:
    """Compare both fix rollups with the rows."""
    for table, bucket in (("fix_hourly", "hour"), ("fix_daily", "day")):
        want = expected_fixes(said, daily=bucket == "day")
        found = conn.execute(
            f"SELECT {bucket}, n, flagged, sum_speed_mps, n_speed, max_speed_mps, moving "  # noqa: S608  own words
            f"FROM {table} WHERE device_id = %s".encode(),
            (device_id,),
        ).fetchall()
        assert {row[0] for row in found} == set(want)
        for at, n, flagged, total, numbers, most, moving in found:
            one = want[at]
            assert (n, flagged, numbers) == (one["n"], one["flagged"], one["numbers"])
            assert (most, moving) == (one["most"], one["moving"])
            assert is_close(total, one["sum"]), at


def check_passages(conn: Connection, device_id: str, said: Sequence[Row]) -> None:
    """Compare the passages with the rows."""
    want: dict[tuple[datetime, str], int] = defaultdict(int)
    for one, _ in said:
        if isinstance(one, SealedPlate):
            want[hour_of(one.measured_at), one.direction or "unknown"] += 1
    found = conn.execute(
        "SELECT hour, direction, n FROM passage_hourly WHERE device_id = %s", (device_id,)
    ).fetchall()
    assert {(hour, direction): n for hour, direction, n in found} == want


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(batches=batches)
def test_rollups_equal_a_recomputation(
    conn: Connection, batches: list[tuple[list[Any], bool]]
) -> None:
    """After any interleaving of batches and runs; repeated rows and late ones included."""
    device_id = next(devices)
    seqs = itertools.count(1)
    stored: list[Row] = []
    for batch, fold in batches:
        news = [message(device_id, next(seqs), one) for one in batch]
        again = stored[-3:]
        both = [*news, *again]
        outcome = rows.commit(conn, [one for one, _ in both], [doubt for _, doubt in both])
        assert outcome == (len(news), len(again), 0)
        stored += news
        if fold:
            rollup.run(conn, timezone=ZONE.key)
    assert rollup.run(conn, timezone=ZONE.key).is_complete
    assert rollup.run(conn, timezone=ZONE.key).hours == 0
    check_readings(conn, device_id, stored)
    check_fixes(conn, device_id, stored)
    check_passages(conn, device_id, stored)
    [(total, duplicates)] = conn.execute(
        "SELECT coalesce(sum(stored), 0), coalesce(sum(duplicates), 0) FROM ledger_hour "
        "WHERE device_id = %s",
        (device_id,),
    ).fetchall()
    assert total == len(stored)
    assert duplicates <= 3 * len(batches)
