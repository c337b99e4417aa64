"""The parts of the anomaly engine's work: the usual, the latch, silence, memory and words."""

import numpy as np
import pytest

from control_center.anomaly import silence, stretch, watched, words
from control_center.anomaly.latch import CLOSE_S, FAR, PAUSE_S, RECENT_S, THRESHOLD, Latch
from control_center.anomaly.memory import Memory
from control_center.anomaly.stretch import Span
from control_center.anomaly.usual import Usual
from core.device import Device
from core.topics import Kind
from devices.kinds import KINDS
from sensing.anomaly import F64, Reason, StateRefused
from store.anomaly_samples import Sample

STEP_S = 600.0
DAY_S = 86_400.0
ROW = np.array([0])
STATION = Device(device_id="A-1", kind=Kind.AIR, name="Aire")


def course(days: float, seed: int = 1) -> tuple[F64, F64]:
    """Times and values of a day like any other: a wave by the hour, and noise."""
    t_s = np.arange(0.0, days * DAY_S, STEP_S)
    noise = np.random.default_rng(seed).normal(0, 1, len(t_s))
    return t_s, 30 + 10 * np.sin(2 * np.pi * t_s / DAY_S) + noise


def learnt(t_s: F64, values: F64) -> tuple[F64, F64]:
    """What was said of each of these: the usual, and how far from it."""
    usual = Usual.fresh(1)
    said = [usual.take(ROW, t_s[at : at + 1], values[at : at + 1]) for at in range(len(t_s))]
    return np.array([one[0][0] for one in said]), np.array([one[1][0] for one in said])


def test_the_usual_follows_the_hours() -> None:
    """After a day it is known by the hour; before its first hour is over nothing is."""
    t_s, values = course(3)
    usual, far = learnt(t_s, values)
    assert np.isnan(usual[:6]).all()
    last_day = t_s >= 2 * DAY_S
    wave = 30 + 10 * np.sin(2 * np.pi * t_s / DAY_S)
    assert np.abs(usual - wave)[last_day].max() < 3.0
    assert np.isnan(far[t_s < DAY_S]).all(), "no whole day is known yet"
    assert np.nanmax(far[last_day]) < 1.5


def test_a_bad_day_makes_no_other_look_good() -> None:
    """Of three days with a bad one the middle one counts."""
    t_s, values = course(4)
    values[(t_s > 1.4 * DAY_S) & (t_s < 1.5 * DAY_S)] += 80
    values[-1] += 40
    _, far = learnt(t_s, values)
    assert far[-1] > 4.0


def test_what_leaps_every_day_must_leap_higher() -> None:
    """A plume a day is no news; five times as much is."""
    t_s, values = course(4)
    plume = np.abs(t_s % DAY_S - 0.6 * DAY_S) < 1000
    values[plume] += 30
    values[-1] += 150
    _, far = learnt(t_s, values)
    assert np.nanmax(far[plume]) < FAR
    assert far[-1] > FAR


def test_series_do_not_touch_each_other() -> None:
    """Two in one arrangement are what each is alone; a gap in one is none in the other."""
    (t_s, one), (_, other) = course(2, seed=1), course(2, seed=2)
    both, alone = Usual.fresh(2), Usual.fresh(1)
    for at in range(len(t_s)):
        rows = np.array([0, 1]) if at % 3 else ROW
        values = np.array([one[at], other[at]])[rows]
        both.take(rows, np.full(len(rows), t_s[at]), values)
        alone.take(ROW, t_s[at : at + 1], one[at : at + 1])
    for name in Usual.__slots__:
        np.testing.assert_array_equal(getattr(both, name)[:1], getattr(alone, name))


def judged(scores: list[float], far: float | list[float] = 9.0) -> list[str]:
    """What a latch says of samples a step apart: `+` begins, `-` ends, `.` neither."""
    latch, said = Latch.fresh(1), []
    distances = far if isinstance(far, list) else [far] * len(scores)
    for at, (score, distance) in enumerate(zip(scores, distances, strict=True)):
        begins, ends = latch.take(
            ROW,
            np.array([at * STEP_S]),
            np.array([score]),
            np.array([distance]),
            may_begin=np.array([True]),
        )
        said.append("+" if begins[0] else "-" if ends[0] else ".")
    return said


def test_one_anomaly_from_the_threshold_to_a_while_after() -> None:
    """A score in between ends nothing and begins nothing."""
    steps = round(CLOSE_S / STEP_S)
    quiet = [0.1] * (steps + 2)
    far = [9.0] * 4 + [0.0] * len(quiet)
    said = "".join(judged([0.3, THRESHOLD, 0.45, 0.45, *quiet], far))
    assert said == "..+"[1:] + "." * (2 + steps) + "-."


def test_neither_rare_nor_far_alone_begins_one() -> None:
    """It takes both; without a score there is nothing, however far."""
    assert set(judged([0.9] * 5, far=FAR - 0.1)) == {"."}
    assert set(judged([THRESHOLD - 0.01] * 5, far=50.0)) == {"."}
    assert set(judged([0.9] * 5, far=float("nan"))) == {"."}


def test_a_drift_is_rare_first_and_far_later() -> None:
    """A score counts for some hours, and no longer."""
    steps = round(RECENT_S / STEP_S)
    assert judged([0.9, *([0.1] * steps)], [0.0] * steps + [FAR])[-1] == "+"
    assert judged([0.9, *([0.1] * (steps + 1))], [0.0] * (steps + 1) + [FAR])[-1] == "."


def test_after_one_there_is_a_pause() -> None:
    """What swings around a limit is one thing."""
    swing = [0.9, *([0.1] * 5)] * 4
    said = judged(swing, [9.0 if score > 0.5 else 0.0 for score in swing])
    begins = [at for at, one in enumerate(said) if one == "+"]
    assert len(begins) >= 2
    assert min(np.diff(begins)) * STEP_S >= PAUSE_S


def test_a_memory_comes_back_exactly() -> None:
    """Through bytes at every cut the same turns follow; other bytes are refused."""
    _, values = course(3)
    values[-30:-10] += 60
    span = Span(0.0, len(values) * 120.0, 120.0, -6 * 3600.0)
    whole = Memory()
    whole.enrol([(0, "A-1", "pm25_ugm3")], 0.0)
    want = stretch.scored(whole, ROW, values[None, :], span, -np.inf)
    memory, got = Memory(), []
    memory.enrol([(0, "A-1", "pm25_ugm3")], 0.0)
    for first in range(0, len(values), 50):
        part = values[None, first : first + 50]
        cut = Span(first * 120.0, (first + part.shape[1]) * 120.0, 120.0, -6 * 3600.0)
        got += stretch.scored(memory, ROW, part, cut, -np.inf)
        memory = Memory.from_bytes(memory.to_bytes())
    assert [one for one in got if one.is_new or one.found.ended_at] == [
        one for one in want if one.is_new or one.found.ended_at
    ]
    assert memory.state.to_bytes() == whole.state.to_bytes()
    with pytest.raises(StateRefused):
        Memory.from_bytes(b"other")


def test_new_series_change_nothing_of_the_known() -> None:
    """Rows stay where they are; naming a series twice adds none."""
    memory = Memory()
    memory.enrol([(0, "A-1", "o3_ppb")], 0.0)
    memory.usual.level[0] = 7.0
    memory.enrol([(0, "A-1", "o3_ppb"), (0, "A-2", "o3_ppb"), (0, "A-2", "o3_ppb")], 60.0)
    assert len(memory.keys) == len(memory.state) == 2
    assert (memory.usual.level[0] == 7.0).all()
    assert memory.after_s.tolist() == [0.0, 60.0]


def test_counting_goes_on_through_steps_without_a_row() -> None:
    """Nothing counted is a zero, once counting has begun; a mean of nothing is not."""
    memory = Memory()
    memory.enrol([(0, "C-1", "passages")], 0.0)
    span = Span(0.0, 5 * STEP_S, STEP_S, 0.0)
    found = [Sample(0, STEP_S, 4.0), Sample(0, 3 * STEP_S, 2.0)]
    counted = stretch.spread(memory, found, ROW, span, counts=True)
    np.testing.assert_array_equal(counted, [[np.nan, 4.0, 0.0, 2.0, 0.0]])
    means = stretch.spread(memory, found, ROW, span, counts=False)
    np.testing.assert_array_equal(means, [[np.nan, 4.0, np.nan, 2.0, np.nan]])


def test_a_silence_is_longer_than_presence_tolerates() -> None:
    """Twice as long; a slow device has five of its own intervals."""
    limit_s = silence.limit_s(STATION)
    assert limit_s == 2 * KINDS[Kind.AIR].silence_s
    slow = Device(device_id="A-2", kind=Kind.AIR, name="Aire", interval_s=3600.0)
    assert silence.limit_s(slow) == 5 * 3600.0
    span = Span(0.0, 9 * limit_s, 120.0, 0.0)
    heard: dict[str, float] = {}
    silent: dict[str, float] = {}
    at_s = np.array([0.0, 120.0, 240.0 + limit_s, 360.0 + 2 * limit_s + 120.0])
    found = silence.heard(STATION, at_s, span, heard, silent)
    assert [(one.since_s, one.until_s) for one in found] == [(360.0 + limit_s, 480.0 + 2 * limit_s)]
    known = {"A-1": STATION}
    [gone] = silence.fallen(known, heard["A-1"] + limit_s + 1, heard, silent)
    assert (gone.since_s, gone.until_s, gone.is_new) == (heard["A-1"], None, True)
    assert silence.fallen(known, heard["A-1"] + 2 * limit_s, heard, silent) == []
    kept = np.array([gone.since_s, gone.since_s + 120.0])
    [back] = silence.heard(STATION, kept, span, heard, silent)
    assert (back.since_s, back.until_s, back.is_new) == (gone.since_s, span.end_s, False)


def test_every_watched_metric_and_reason_has_words() -> None:
    """In both languages."""
    for watch in watched.WATCHES:
        for metric in watch.metrics:
            called = watched.name(metric)
            assert called.es
            assert called.en
    for reason in Reason:
        if reason is not Reason.NONE:
            assert words.why(reason) in words.WHY
    assert len({text for pair in words.WHY.values() for text in pair}) == 2 * len(words.WHY)
