"""The live watch says the same however its fixes come: in pieces, repeated, late, in company."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.live import Duty, Happenings, Recent, Scene, State, step
from tests.unit.geo_town import START_S, Point, Truck
from tests.unit.live_town import PATH, place, recent, together, town_plan

_CORNERS = st.sampled_from(
    [*PATH[::3], (200.0, 400.0), (500.0, 900.0), (900.0, 250.0), (300.0, -700.0), (0.0, 1500.0)]
)
_LEGS = st.lists(
    st.tuples(_CORNERS, st.sampled_from([4.0, 11.0, 19.0]), st.integers(0, 400)),
    min_size=1,
    max_size=5,
)
_DUTY = Duty(
    town_plan((START_S + 60.0, START_S + 3000.0)),
    depot=place((0.0, 1500.0)),
    landfill=place((500.0, 900.0), 80.0),
    allowed=[place((200.0, 400.0), 40.0)],
)
_SCENE = Scene.of([_DUTY, _DUTY])

Leg = tuple[Point, float, int]


def sent(legs: list[Leg], truck: int, seed: int) -> Recent:
    """What a truck sends that serves half its plan and then drives and waits as told."""
    drives = Truck().serve(PATH[:8])
    for where, mps, wait_s in legs:
        drives.rush([where], mps).wait(wait_s)
    rng = np.random.default_rng(seed)
    trace = drives.sends(step_s=20, noise_m=4.0, seed=seed)
    return recent(trace.take(rng.random(len(trace)) > 0.1), truck)


def played(parts: list[Recent]) -> list[tuple[float, ...]]:
    """All that is told of these fixes, one part after the other."""
    state, found = State.new(2), []
    for part in parts:
        state, more = step(state, _SCENE, part)
        found.append(more)
    every = Happenings.joined(found)
    columns = [getattr(every, name).tolist() for name in Happenings.__slots__]
    rows = zip(*columns, strict=True)
    return sorted(tuple(np.nan_to_num(np.array(row), nan=-1.0).round(6).tolist()) for row in rows)


def pieces(fixes: Recent, cuts: list[int]) -> list[Recent]:
    """The same fixes in pieces."""
    edges = [0, *sorted(cut % (len(fixes) + 1) for cut in cuts), len(fixes)]
    return [fixes.take(np.arange(begin, end)) for begin, end in itertools.pairwise(edges)]


@settings(max_examples=10, deadline=None)
@given(one=_LEGS, other=_LEGS, cuts=st.lists(st.integers(0, 10_000), max_size=12))
def test_pieces_of_any_size_tell_the_same(
    one: list[Leg], other: list[Leg], cuts: list[int]
) -> None:
    """All at once, in a few pieces, and fix by fix."""
    fixes = together([sent(one, 0, 1), sent(other, 1, 2)])
    whole = played([fixes])
    assert played(pieces(fixes, cuts)) == whole
    assert played(pieces(fixes, list(range(0, len(fixes), 3)))) == whole


@settings(max_examples=8, deadline=None)
@given(legs=_LEGS, seed=st.integers(0, 1000))
def test_repeats_and_latecomers_change_nothing(legs: list[Leg], seed: int) -> None:
    """Every fix again after some that came later: each is older than its truck's newest."""
    fixes = sent(legs, 0, 3)
    rng = np.random.default_rng(seed)
    rows: list[int] = []
    for at in range(len(fixes)):
        rows += [at, *rng.integers(0, at + 1, rng.integers(0, 3)).tolist()]
    assert played([fixes.take(np.array(rows))]) == played([fixes])


@settings(max_examples=8, deadline=None)
@given(one=_LEGS, other=_LEGS)
def test_trucks_do_not_touch_each_other(one: list[Leg], other: list[Leg]) -> None:
    """What is told of two is what is told of each."""
    first, second = sent(one, 0, 4), sent(other, 1, 5)
    assert played([together([first, second])]) == sorted(played([first]) + played([second]))


@settings(max_examples=8, deadline=None)
@given(legs=_LEGS)
def test_what_ends_had_begun(legs: list[Leg]) -> None:
    """Of each type in turn, a beginning and its end, never before it."""
    rows = played([sent(legs, 0, 6)])
    for code in (1, 3, 5):
        mine = sorted((row[3], row[1], row[2]) for row in rows if row[1] in {code, code + 1})
        assert [what for _, what, _ in mine] == [code, code + 1] * (len(mine) // 2) + [code] * (
            len(mine) % 2
        )
        times = [at_s for _, _, at_s in mine]
        assert times == sorted(times)
        assert all(at_s <= known_s for known_s, _, at_s in mine)
