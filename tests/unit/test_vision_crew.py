"""A few hands and many cameras: each in turn, by one hand at a time, whatever one of them does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.waiting import wait_until
from vision.crew import Crew


class _Camera:
    """Has so many frames, and notes who looked."""

    def __init__(self, name: str, frames: int, log: list[str]) -> None:
        self.name = name
        self.frames = frames
        self.log = log
        self.inside = 0
        self.most_inside = 0
        self.gate = threading.Event()
        self.gate.set()

    @property
    def has_work(self) -> bool:
        """Whether a frame is left."""
        return self.frames > 0

    def turn(self) -> None:
        """Look at one."""
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.frames -= 1
        self.gate.wait(10)
        self.log.append(self.name)
        self.inside -= 1


class _Broken(_Camera):
    def turn(self) -> None:
        """Fail."""
        super().turn()
        raise RuntimeError("no frame for you")


@contextmanager
def crew(hands: int) -> Iterator[Crew]:
    """Hands that work."""
    made = Crew(hands)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def test_cameras_take_turns() -> None:
    """One that always has a frame does not keep the others waiting."""
    log: list[str] = []
    eager, *others = [_Camera(name, count, log) for name, count in (("a", 30), ("b", 3), ("c", 3))]
    eager.gate.clear()
    with crew(1) as made:
        made.offer(eager)
        wait_until(lambda: eager.inside)
        for one in others:
            made.offer(one)
        eager.gate.set()
        wait_until(lambda: made.is_idle)
    assert log[:9] == ["a", "b", "c"] * 3
    assert len(log) == 36


def test_a_camera_is_looked_at_by_one_hand_at_a_time() -> None:
    """However often it is offered, and however many hands are free."""
    log: list[str] = []
    camera = _Camera("a", 200, log)
    with crew(4) as made:
        for _ in range(50):
            made.offer(camera)
        wait_until(lambda: len(log) == 200)
    assert camera.most_inside == 1


def test_two_hands_look_at_two_cameras_at_once() -> None:
    """Or a second core would be for nothing."""
    log: list[str] = []
    pair = [_Camera("a", 1, log), _Camera("b", 1, log)]
    with crew(2) as made:
        for one in pair:
            one.gate.clear()
            made.offer(one)
        wait_until(lambda: all(one.inside for one in pair))
        for one in pair:
            one.gate.set()


def test_a_camera_that_fails_is_tried_again_and_stops_nobody() -> None:
    """Its neighbours have their turns, and so has its next frame."""
    log: list[str] = []
    bad, good = _Broken("bad", 3, log), _Camera("good", 3, log)
    with crew(1) as made:
        made.offer(bad)
        made.offer(good)
        wait_until(lambda: made.is_idle)
    assert sorted(log) == ["bad"] * 3 + ["good"] * 3


def test_stopping_finishes_what_is_queued() -> None:
    """Frames that were taken in are looked at."""
    log: list[str] = []
    cameras = [_Camera(str(number), 5, log) for number in range(4)]
    with crew(2) as made:
        for one in cameras:
            made.offer(one)
    assert len(log) == 20
