"""Doubt, flag by flag: what is believed, what is not, and what the past has to do with it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from core.device import Device
from core.errors import ClockAhead, ClockBehind
from core.messages import Event, GpsFix, Reading, Uplink
from core.metrics import METRICS
from core.quality import Assessed, Flag
from core.topics import Kind
from devices.kinds import KINDS
from ingest.quality import Assessor, Limits

NOW = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
TRUCK = Device(device_id="T-1", kind=Kind.TRUCK, name="T")
AIR = Device(device_id="A-1", kind=Kind.AIR, name="A")
LAT, LON = 18.13, -94.45
FAR = 19.43
"""More than a hundred kilometres from LAT."""


def fix(at_s: float, lat: float = LAT, lon: float = LON, *, seq: int = 0, **more: Any) -> GpsFix:
    """A fix so many seconds after NOW."""
    at = NOW + timedelta(seconds=at_s)
    return GpsFix(lat, lon, device_id="T-1", seq=seq, measured_at=at, received_at=NOW, **more)


def with_field(field: str, value: float) -> GpsFix:
    """A fix with one more number."""
    return msgspec.structs.replace(fix(0), **{field: value})


def reading(at_s: float, **values: float) -> Reading:
    """A reading so many seconds after NOW."""
    at = NOW + timedelta(seconds=at_s)
    return Reading(device_id="A-1", seq=0, measured_at=at, received_at=NOW, values=values)


def flags(
    assessor: Assessor, messages: Sequence[Uplink], *, device: Device = TRUCK, at_s: float = 0.0
) -> list[int]:
    """What each message is flagged with; none may be refused."""
    received_at = NOW + timedelta(seconds=at_s)
    taken, refused = assessor.assess(device, messages, received_at)
    assert refused == []
    return [one.flags for one in taken]


def live(assessor: Assessor, *messages: GpsFix) -> list[int]:
    """Flags of fixes that each arrive as they are measured."""
    found: list[int] = []
    for one in messages:
        taken, _ = assessor.assess(TRUCK, [one], one.measured_at)
        found += [each.flags for each in taken]
    return found


def metric_flags(assessor: Assessor, message: Reading, metric: str = "pm25_ugm3") -> int:
    """What one metric is flagged with, arriving as it is measured."""
    [one], _ = assessor.assess(AIR, [message], message.measured_at)
    return one.flags_of(metric)


@pytest.fixture
def assessor() -> Assessor:
    """One that knows nobody yet."""
    return Assessor(Limits())


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("speed_mps", [0.0, 100.0], [-0.1, 100.1]),
        ("heading_deg", [0.0, 360.0], [-1.0, 360.5]),
        ("hdop", [0.0, 100.0], [-1.0, 101.0]),
        ("accuracy_m", [0.0, 1e5], [-1.0, 1e5 + 1]),
        ("altitude_m", [-500.0, 9000.0], [-501.0, 9001.0]),
        ("odometer_m", [0.0, 1e10], [-1.0, 1.1e10]),
        ("battery_v", [0.0, 1000.0], [-1.0, 1001.0]),
    ],
)
def test_a_fix_is_believed_within_what_receivers_report(
    field: str, good: list[float], bad: list[float]
) -> None:
    """The edges are inside."""
    for value in good:
        assert live(Assessor(Limits()), with_field(field, value)) == [0], value
    for value in bad:
        assert live(Assessor(Limits()), with_field(field, value)) == [Flag.RANGE], value


def test_null_island_is_where_receivers_without_a_fix_are(assessor: Assessor) -> None:
    """Exactly there, and it does not become the place to jump from."""
    found = live(assessor, fix(0, 0.0, 0.0), fix(1), fix(2, 0.0, 0.0), fix(3))
    assert found == [Flag.RANGE, 0, Flag.RANGE, 0]
    assert live(Assessor(Limits()), fix(0, 0.0, 1e-6)) == [0]


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_is_believed_within_its_range(metric: str) -> None:
    """Every metric of the vocabulary, at its edges and beyond."""
    spec = METRICS[metric]
    for value, expected in (
        (spec.lo, 0),
        (spec.hi, 0),
        (spec.lo - 1e-6, Flag.RANGE),
        (spec.hi + 1e-2, Flag.RANGE),
        (1e308, Flag.RANGE),
    ):
        assert metric_flags(Assessor(Limits()), reading(0, **{metric: value}), metric) == expected


def test_one_bad_metric_does_not_taint_its_neighbours(assessor: Assessor) -> None:
    """Each is believed by itself."""
    [one], _ = assessor.assess(AIR, [reading(0, pm25_ugm3=-1.0, o3_ppb=20.0)], NOW)
    assert one.flags_of("pm25_ugm3") == Flag.RANGE
    assert one.flags_of("o3_ppb") == 0


def test_a_leap_is_doubted_and_coming_back_is_not(assessor: Assessor) -> None:
    """One stray fix does not move the place that later ones are measured by."""
    assert live(assessor, fix(0), fix(1, FAR), fix(2)) == [0, Flag.JUMP, 0]


def test_what_a_vehicle_can_drive_is_no_leap(assessor: Assessor) -> None:
    """Reach grows with the time between: an hour's drive is believed after an hour."""
    north_deg = 50.0 * 3600 / 111_320
    assert live(assessor, fix(0), fix(3600, LAT + north_deg)) == [0, 0]


def test_two_bad_fixes_may_differ_without_any_motion(assessor: Assessor) -> None:
    """Within two hundred metres, at one instant, in both directions."""
    near_deg = 150 / 111_320
    assert live(assessor, fix(0), fix(0, LAT + near_deg), fix(0, LAT, LON + near_deg)) == [0] * 3
    assert live(assessor, fix(0, LAT + 0.01)) == [Flag.JUMP]


def test_longitude_is_shorter_far_from_the_equator() -> None:
    """The same degrees are a leap at the equator and a drive in the north."""
    step_deg = 0.004
    assert live(Assessor(Limits()), fix(0, 0.1), fix(1, 0.1, LON + step_deg)) == [0, Flag.JUMP]
    assert live(Assessor(Limits()), fix(0, 80.0), fix(1, 80.0, LON + step_deg)) == [0, 0]


def test_fixes_that_agree_with_each_other_outvote_the_past(assessor: Assessor) -> None:
    """Three are doubted, the fourth becomes the place; then the old one is the leap."""
    found = live(assessor, fix(0), *(fix(n, FAR) for n in range(1, 6)), fix(6))
    assert found == [0, Flag.JUMP, Flag.JUMP, Flag.JUMP, 0, 0, Flag.JUMP]


def test_strays_that_disagree_never_outvote_it(assessor: Assessor) -> None:
    """Noise is not evidence."""
    strays = [fix(n, FAR + n) for n in range(1, 20)]
    assert live(assessor, fix(0), *strays, fix(20)) == [0, *[Flag.JUMP] * 19, 0]


def test_believable_fixes_between_strays_start_the_vote_again(assessor: Assessor) -> None:
    """Three strays, one good one, three strays: nobody moved."""
    said = [fix(0), *(fix(n, FAR) for n in (1, 2, 3)), fix(4), *(fix(n, FAR) for n in (5, 6, 7))]
    jump = Flag.JUMP
    assert live(assessor, *said, fix(8)) == [0, jump, jump, jump, 0, jump, jump, jump, 0]


def test_late_strays_have_no_vote(assessor: Assessor) -> None:
    """Old fixes from elsewhere are doubted, however many agree, and the present goes on."""
    flags(assessor, [fix(0)])
    late = flags(assessor, [fix(-60 + n, FAR) for n in range(10)])
    assert late == [Flag.JUMP] * 10
    assert flags(assessor, [fix(1)], at_s=1) == [0]


def test_late_fixes_on_the_way_are_believed_and_move_nothing(assessor: Assessor) -> None:
    """What the truck stored in a tunnel is not doubted, and does not turn its place back."""
    flags(assessor, [fix(0)])
    behind_deg = 50.0 * 40 / 111_320
    assert flags(assessor, [fix(-40, LAT - behind_deg)]) == [0]
    assert flags(assessor, [fix(1)], at_s=1) == [0]


def test_a_repeated_fix_is_judged_as_the_first_time(assessor: Assessor) -> None:
    """Redelivery must not make a fix doubtful."""
    assert live(assessor, fix(0), fix(1), fix(1), fix(0)) == [0, 0, 0, 0]


def test_a_device_that_does_not_move_is_never_said_to_leap(assessor: Assessor) -> None:
    """Jump is of vehicles; a panic button may be carried, a station may not move at all."""
    fixes = [fix(0), fix(1, FAR)]
    taken, _ = assessor.assess(AIR, fixes, NOW)
    assert [one.flags for one in taken] == [0, 0]


def test_a_new_worker_starts_from_the_database(assessor: Assessor) -> None:
    """A leap just after a restart is seen too."""
    assessor.remember([("T-1", NOW, LAT, LON)])
    assert live(assessor, fix(1, FAR), fix(2)) == [Flag.JUMP, 0]


@pytest.mark.parametrize("metric", [name for name, spec in METRICS.items() if spec.stuck_after])
def test_an_instrument_that_repeats_itself_is_stuck(metric: str) -> None:
    """From its own number of equal values on, until it says something else."""
    spec = METRICS[metric]
    assert spec.stuck_after is not None
    assessor = Assessor(Limits())
    same = (spec.lo + spec.hi) / 2
    found = [
        metric_flags(assessor, reading(n, **{metric: same}), metric)
        for n in range(spec.stuck_after + 3)
    ]
    assert found == [0] * (spec.stuck_after - 1) + [Flag.STUCK] * 4
    assert metric_flags(assessor, reading(100, **{metric: same + 1}), metric) == 0


def test_repeated_and_late_readings_do_not_count_as_stuck(assessor: Assessor) -> None:
    """The same message over and over is one message; old ones are of another time."""
    for _ in range(50):
        assert metric_flags(assessor, reading(0, pm25_ugm3=5.0)) == 0
    for n in range(50):
        assert metric_flags(assessor, reading(-100 + n, pm25_ugm3=5.0)) == 0
    assert metric_flags(assessor, reading(1, pm25_ugm3=5.0)) == 0


def test_late_readings_do_not_end_a_run_either(assessor: Assessor) -> None:
    """A stuck instrument stays stuck while its outbox empties; what it said before is sound."""
    for n in range(12):
        metric_flags(assessor, reading(n, pm25_ugm3=5.0))
    assert metric_flags(assessor, reading(-10, pm25_ugm3=7.0)) == 0
    assert metric_flags(assessor, reading(-9, pm25_ugm3=5.0)) == 0
    assert metric_flags(assessor, reading(3, pm25_ugm3=5.0)) == Flag.STUCK
    assert metric_flags(assessor, reading(12, pm25_ugm3=5.0)) == Flag.STUCK


def test_what_may_stay_equal_is_never_stuck(assessor: Assessor) -> None:
    """A counter at night counts zero for hours."""
    for n in range(100):
        assert metric_flags(assessor, reading(n, people_count=0.0), "people_count") == 0


def test_a_counter_that_goes_back_is_told(assessor: Assessor) -> None:
    """Once: from there it counts anew. None at all says nothing."""
    said = [fix(0, seq=10), fix(1, seq=11), fix(2, seq=3), fix(3, seq=4), fix(4, seq=0)]
    assert live(assessor, *said) == [0, 0, Flag.SEQ_BACK, 0, 0]


def test_late_and_repeated_messages_do_not_go_back(assessor: Assessor) -> None:
    """A smaller counter of an earlier time is in order."""
    said = [fix(5, seq=15), fix(1, seq=11), fix(5, seq=15), fix(6, seq=16)]
    assert flags(assessor, said, at_s=6) == [0, 0, 0, 0]


def test_messages_without_numbers_are_assessed_too(assessor: Assessor) -> None:
    """An event has a clock and a counter like any other."""
    event = Event(device_id="T-1", seq=1, measured_at=NOW, received_at=NOW, type="door")
    old = Event(
        device_id="T-1",
        seq=2,
        measured_at=NOW - timedelta(hours=1),
        received_at=NOW,
        type="door",
    )
    assert flags(assessor, [event, old]) == [0, Flag.LATE]


@pytest.mark.parametrize(
    ("at_s", "expected"),
    [
        (0, 0),
        (-300, 0),
        (-300.001, Flag.LATE),
        (10, 0),
        (10.001, Flag.CLOCK),
        (300, Flag.CLOCK),
        (-30 * 86_400, Flag.LATE),
    ],
)
def test_a_clock_is_doubted_before_it_is_refused(at_s: float, expected: int) -> None:
    """The limits belong to what is taken."""
    assert flags(Assessor(Limits()), [fix(at_s)]) == [expected]


@pytest.mark.parametrize(
    ("at_s", "error"),
    [(300.001, ClockAhead), (1e9, ClockAhead), (-30 * 86_400 - 0.001, ClockBehind)],
)
def test_a_clock_that_cannot_be_right_is_refused(at_s: float, error: type[Exception]) -> None:
    """With its neighbours taken, and its remedy said."""
    assessor = Assessor(Limits())
    taken, [(message, reason)] = assessor.assess(TRUCK, [fix(0), fix(at_s), fix(1)], NOW)
    assert [one.message.measured_at for one in taken] == [NOW, NOW + timedelta(seconds=1)]
    assert message == fix(at_s)
    assert isinstance(reason, error)
    assert "clock" in str(reason)


def test_a_refused_message_teaches_nothing(assessor: Assessor) -> None:
    """A place in the year 2100 is nobody's past."""
    assessor.assess(TRUCK, [fix(1e9, FAR, seq=99)], NOW)
    assert flags(assessor, [fix(0, seq=1), fix(1, seq=2)]) == [0, 0]


def test_backfill_allows_any_past_and_no_future() -> None:
    """It lifts the horizon alone."""
    station = Device(device_id="A-1", kind=Kind.AIR, name="A", backfill=True)
    ancient = reading(-(10**9), pm25_ugm3=1.0)
    ahead = reading(301, pm25_ugm3=1.0)
    taken, refused = Assessor(Limits()).assess(station, [ancient, ahead], NOW)
    assert [one.flags for one in taken] == [Flag.LATE]
    assert [type(reason) for _, reason in refused] == [ClockAhead]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_horizon(kind: Kind) -> None:
    """Assessing never meets a kind it does not know."""
    device = Device(device_id="T-1", kind=kind, name="x")
    horizon_s = KINDS[kind].horizon.total_seconds()
    taken, refused = Assessor(Limits()).assess(device, [fix(-horizon_s), fix(-horizon_s - 1)], NOW)
    assert (len(taken), len(refused)) == (1, 1)


def test_settings_move_the_limits() -> None:
    """What is late, and how far ahead is tolerated."""
    assessor = Assessor(Limits(clock_ahead=timedelta(hours=1), late=timedelta(hours=1)))
    assert flags(assessor, [fix(-3600), fix(-3601), fix(3600)]) == [0, Flag.LATE, Flag.CLOCK]


def test_an_assessed_message_knows_all_flags_of_a_metric() -> None:
    """Those of the message and its own."""
    one = Assessed(reading(0, pm25_ugm3=1.0), Flag.LATE, {"pm25_ugm3": Flag.STUCK})
    assert one.flags_of("pm25_ugm3") == Flag.LATE | Flag.STUCK
    assert one.flags_of("o3_ppb") == Flag.LATE
