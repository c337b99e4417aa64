"""Plates are followed: two lanes, perspective, missed frames, and signs that stand still."""

import numpy as np
from numpy.typing import NDArray

from vision.track import Track, Tracker

F32 = NDArray[np.float32]
STEP_S = 0.1


def box(x: float, y: float, wide: float = 100, high: float = 50) -> list[float]:
    """A box about a middle."""
    return [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]


def comes(at_s: float, x: float) -> list[float]:
    """A plate that comes nearer at 25 km/h, as a camera above the road sees it."""
    ahead_m = 11.4 - 7.0 * at_s
    depth = 0.934 * ahead_m + 0.97
    wide = 690 / depth
    return box(x * 5.5 / depth + 640, 360 + 2300 * (2.52 - 0.358 * ahead_m) / depth, wide, wide / 2)


def boxes(*some: list[float]) -> F32:
    """As the tracker takes them."""
    return np.array(some, np.float32).reshape(-1, 4)


def test_one_plate_is_one_track_however_perspective_throws_it() -> None:
    """From 58 to 125 px in nine frames, ever faster."""
    tracker = Tracker()
    numbers = {
        tracker.see(boxes(comes(at * STEP_S, 400)), at * STEP_S)[0].number for at in range(10)
    }
    assert len(numbers) == 1
    assert tracker.tracks[0].hits == 10


def test_two_lanes_keep_their_own() -> None:
    """One comes, one goes; answers stand in the order of what was found."""
    tracker = Tracker()
    for at in range(10):
        found = [comes(at * STEP_S, 500), comes((9 - at) * STEP_S, -500)]
        if at % 2:
            found.reverse()
        tracks = tracker.see(boxes(*found), at * STEP_S)
        if at % 2:
            tracks.reverse()
        assert [one.number for one in tracks] == [0, 1]


def test_a_hidden_plate_is_found_where_it_would_have_gone() -> None:
    """Four frames behind a post."""
    tracker = Tracker()
    for at in range(12):
        if 4 <= at <= 7:
            tracker.see(boxes(), at * STEP_S)
            assert tracker.tracks[0].misses == at - 3
            continue
        tracks = tracker.see(boxes(box(300 + 25 * at, 200 + 12 * at)), at * STEP_S)
        assert [one.number for one in tracks] == [0]
    assert tracker.tracks[0].misses == 0


def test_a_track_ends_when_it_was_not_found_for_long() -> None:
    """One that was found once only ends sooner."""
    tracker = Tracker(keep_s=1.5)
    tracker.see(boxes(box(200, 200), box(900, 300)), 0.0)
    tracker.see(boxes(box(200, 200)), 0.1)
    assert [one.number for one in tracker.gone(0.7)] == [1]
    tracker.see(boxes(), 1.5)
    assert tracker.gone(1.5) == []
    tracker.see(boxes(), 1.7)
    assert [one.number for one in tracker.gone(1.7)] == [0]
    assert tracker.tracks == []


def test_another_size_is_another_plate() -> None:
    """A badge where the plate was does not take its track."""
    tracker = Tracker()
    for at in range(4):
        tracker.see(boxes(box(300, 300, 110, 55)), at * STEP_S)
    assert tracker.see(boxes(box(300, 300, 40, 14)), 0.4)[0].number == 1


def test_a_new_plate_does_not_jump_across_the_picture() -> None:
    """What vanished at the top is not what appears below a moment later."""
    tracker = Tracker()
    tracker.see(boxes(box(320, 20)), 0.0)
    assert tracker.see(boxes(box(120, 660, 120, 60)), 0.1)[0].number == 1


def test_texts_decide_where_places_leave_a_choice() -> None:
    """The badge has come to where the plate was: only what they say tells them apart."""

    def unlike(track: Track, found: int) -> float:
        return 0.0 if (track.number, found) in {(0, 0), (1, 1)} else 0.9

    for known, expected in ((False, [1, 0]), (True, [0, 1])):
        tracker = Tracker()
        tracker.see(boxes(box(500, 200, 80, 40), box(500, 150, 70, 36)), 0.0)
        found = boxes(box(500, 250, 80, 40), box(500, 205, 72, 37))
        tracks = tracker.see(found, 0.1, unlike) if known else tracker.see(found, 0.1)
        assert ([one.number for one in tracks] == [0, 1]) == (expected == [0, 1])


def test_what_stands_still_is_still_there() -> None:
    """Frames in which nothing moved are not looked at, and age no track that was seen last."""
    tracker = Tracker(keep_s=1.0)
    tracker.see(boxes(box(200, 200)), 0.0)
    tracker.see(boxes(box(200, 200)), 0.1)
    tracker.stand(60.0)
    assert tracker.gone(60.0) == []
    assert tracker.see(boxes(box(200, 200)), 60.1)[0].number == 0


def test_a_clock_that_is_set_back_harms_nothing() -> None:
    """Time stands still meanwhile."""
    tracker = Tracker()
    for at_s in (5.0, 5.1, 3.0, 5.2):
        assert tracker.see(boxes(box(200 + at_s, 200)), at_s)[0].number == 0


def test_the_number_of_tracks_is_bounded() -> None:
    """The ones seen last stay."""
    tracker = Tracker(most=8)
    many = [box(60 + 120 * (at % 10), 40 + 60 * (at // 10), 50, 25) for at in range(40)]
    tracker.see(boxes(*many), 0.0)
    assert len(tracker.gone(0.0)) == 32
    assert len(tracker.tracks) == 8
