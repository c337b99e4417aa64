"""The fan-out: nobody is held up, nothing grows without bound, nothing is wrong."""

import asyncio
import json
from typing import Any

import pytest

from control_center.feed import hub
from control_center.feed.hub import Change, Hub, Notice, Subscriber
from control_center.feed.pictures import Pictures


def fix(device_id: str, at: int, **more: object) -> Change:
    """A fix's change."""
    return {"t": "fix", "d": device_id, "at": at, "rx": at, **more}


def taken(subscriber: Subscriber) -> list[dict[str, Any]]:
    """What it would be sent now."""
    take = asyncio.run(subscriber.take(0.01))
    assert not take.start_over
    return [json.loads(frame) for frame in take.frames]


def behind(*changes: Change, filler: int = hub.MAX_FRAMES) -> dict[str, Any]:
    """What a screen gets that fell behind by `filler` frames and then by these changes."""
    board = Hub()
    subscriber = board.join(b"s")
    for number in range(filler):
        board.publish(Notice(number, [fix("filler", number)]))
    for number, change in enumerate(changes):
        board.publish(Notice(1000 + number, [change]))
    [merged] = taken(subscriber)
    assert merged["changes"].pop(0) == fix("filler", filler - 1)
    return merged


def test_a_screen_that_keeps_up_gets_every_notice() -> None:
    """One frame a notice, in order."""
    board = Hub()
    subscriber = board.join(b"s")
    for number in range(3):
        board.publish(Notice(number, [fix("T", number)]))
    assert [frame["committed_at"] for frame in taken(subscriber)] == [0, 1, 2]
    assert taken(subscriber) == []


def test_a_screen_that_falls_behind_gets_the_newest_of_each() -> None:
    """Its backlog is merged: the newest fix a device, stamped with the newest commit."""
    merged = behind(fix("A", 1), fix("B", 2), fix("A", 3))
    assert merged == {"committed_at": 1002, "changes": [fix("B", 2), fix("A", 3)]}


@pytest.mark.parametrize("filler", [0, hub.MAX_FRAMES])
def test_who_pressed_is_told_to_those_who_may_know(filler: int) -> None:
    """Also by a backlog that was merged; all else is the same for everybody."""
    board = Hub()
    barred, entitled = board.join(b"s"), board.join(b"s", sees_person=True)
    for number in range(filler):
        board.publish(Notice(number, [fix("filler", number)]))
    press = {"t": "ev", "d": "P", "type": "panic", "at": 1, "rx": 1}
    told, kept = press | {"text": "Soy Ana"}, press | {"text": None}
    board.publish(Notice(99, [told, fix("A", 1)]), Notice(99, [kept, fix("A", 1)]))
    assert taken(entitled)[-1]["changes"][-2:] == [told, fix("A", 1)]
    assert taken(barred)[-1]["changes"][-2:] == [kept, fix("A", 1)]


def test_merging_keeps_every_metric() -> None:
    """A later value replaces its own metric and its doubt, and no other."""
    merged = behind(
        {"t": "val", "d": "A", "at": 1, "rx": 1, "m": {"x": 1.0, "y": 1.0}, "f": {"x": 1, "y": 8}},
        {"t": "val", "d": "A", "at": 2, "rx": 2, "m": {"x": 2.0}},
    )
    assert merged["changes"] == [
        {"t": "val", "d": "A", "at": 2, "rx": 2, "m": {"x": 2.0, "y": 1.0}, "f": {"y": 8}}
    ]


def test_merging_adds_passages_and_keeps_events_apart() -> None:
    """Counts are summed; no event swallows another."""
    merged = behind(
        {"t": "pl", "d": "C", "n": 2, "dir": {"in": 2}, "at": 1, "rx": 1},
        {"t": "pl", "d": "C", "n": 3, "dir": {"in": 1, "out": 2}, "at": 2, "rx": 2},
        {"t": "ev", "d": "P", "type": "panic", "at": 1, "rx": 1},
        {"t": "ev", "d": "P", "type": "panic", "at": 2, "rx": 2},
    )
    plates, *events = merged["changes"]
    assert plates == {"t": "pl", "d": "C", "n": 5, "dir": {"in": 3, "out": 2}, "at": 2, "rx": 2}
    assert [event["at"] for event in events] == [1, 2]


def test_a_screen_that_never_reads_costs_no_more_than_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Past the bound its backlog is dropped, and it starts over with a snapshot."""
    monkeypatch.setattr(hub, "MAX_MERGED", 50)
    board = Hub()
    subscriber = board.join(b"s")
    worst = 0
    for number in range(500):
        board.publish(Notice(number, [fix(f"device-{number}", number)]))
        worst = max(worst, board.backlog)
    assert worst <= 50
    take = asyncio.run(subscriber.take(0.01))
    assert take.start_over
    assert take.frames == []
    board.publish(Notice(501, [fix("A", 501)]))
    assert [frame["committed_at"] for frame in taken(subscriber)] == [501]


def test_one_slow_screen_does_not_hold_up_another() -> None:
    """Each has its own backlog."""
    board = Hub()
    slow, quick = board.join(b"s"), board.join(b"q")
    for number in range(hub.MAX_FRAMES * 3):
        board.publish(Notice(number, [fix("A", number)]))
        assert [frame["committed_at"] for frame in taken(quick)] == [number]
    assert slow.backlog == 1


def test_who_left_hears_nothing() -> None:
    """Leaving frees its place."""
    board = Hub()
    subscriber = board.join(b"s")
    board.leave(subscriber)
    board.publish(Notice(1, [fix("A", 1)]))
    assert (len(board), subscriber.backlog) == (0, 0)


def test_sessions_end_one_by_one() -> None:
    """Only the screens of the session that ended are ended."""
    board = Hub()
    mine, other = board.join(b"mine"), board.join(b"other")
    board.end_sessions([b"mine"])
    assert (mine.ended, other.ended) == (True, False)


def test_everyone_gets_a_picture_begun_after_they_asked() -> None:
    """Those who ask while one is made share the next one."""

    async def scene() -> tuple[list[bytes], int]:
        made = 0
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def make() -> bytes:
            nonlocal made
            made += 1
            mine = made
            begun.set()
            await go_on.wait()
            return b"%d" % mine

        pictures = Pictures(make)
        first = asyncio.create_task(pictures.fresh())
        await begun.wait()
        later = [asyncio.create_task(pictures.fresh()) for _ in range(5)]
        await asyncio.sleep(0)
        go_on.set()
        return [await first, *(await asyncio.gather(*later))], made

    answers, made = asyncio.run(scene())
    assert answers == [b"1"] + [b"2"] * 5
    assert made == 2
