"""The inbox: bounded by messages and bytes, in order, and nobody waits longer than said."""

import threading
from datetime import datetime, timedelta

import pytest

from core.clock import monotonic_s, utc_now
from ingest.inbox import Inbound, Inbox
from tests.servers.waiting import wait_until


def message(
    payload: bytes = b"12345678", *, at: datetime | None = None, topic: str = "c5/v1/truck/T/gps"
) -> Inbound:
    """One message, received now."""
    return Inbound(topic, payload, at or utc_now(), 1, 1, retained=False)


def taken(inbox: Inbox, **limits: float) -> list[Inbound]:
    """Take without waiting, but for what the test says."""
    wanted = {"max_items": 100, "max_bytes": 10_000, "max_wait_s": 0.0, "linger_s": 0.0} | limits
    return inbox.take(
        max_items=int(wanted["max_items"]),
        max_bytes=int(wanted["max_bytes"]),
        max_wait_s=wanted["max_wait_s"],
        linger_s=wanted["linger_s"],
    )


@pytest.fixture
def inbox() -> Inbox:
    """Room for ten messages or a hundred bytes."""
    return Inbox(max_messages=10, max_bytes=100)


def test_messages_come_out_in_the_order_they_came_in(inbox: Inbox) -> None:
    """Across several takes."""
    sent = [message(bytes([n])) for n in range(9)]
    assert inbox.offer(sent[:5])
    assert inbox.offer(sent[5:])
    assert taken(inbox, max_items=4) + taken(inbox) == sent


def test_what_does_not_fit_is_refused_whole(inbox: Inbox) -> None:
    """By number: a burst is taken or not, never torn."""
    assert inbox.offer([message(b"")] * 8)
    assert not inbox.offer([message(b"")] * 3)
    assert len(inbox) == 8
    assert inbox.offer([message(b"")] * 2)


def test_bytes_bound_it_too(inbox: Inbox) -> None:
    """Payloads count, and are counted back when taken."""
    assert inbox.offer([message(b"x" * 60)])
    assert not inbox.offer([message(b"x" * 41)])
    assert inbox.held_bytes == 60
    assert inbox.offer([message(b"x" * 40)])
    taken(inbox)
    assert (len(inbox), inbox.held_bytes) == (0, 0)


def test_an_empty_inbox_takes_any_one_message(inbox: Inbox) -> None:
    """Or a message beyond the bound would come back for ever."""
    assert inbox.offer([message(b"x" * 1000)])
    assert not inbox.offer([message(b"")])
    assert len(taken(inbox)) == 1


def test_it_is_drained_below_half_by_both_measures(inbox: Inbox) -> None:
    """Only then the consumer comes back after an overflow."""
    seen = [inbox.is_drained]
    inbox.offer([message(b"")] * 6)
    seen.append(inbox.is_drained)
    taken(inbox, max_items=1)
    seen.append(inbox.is_drained)
    inbox.offer([message(b"x" * 51)])
    seen.append(inbox.is_drained)
    assert seen == [True, False, True, False]


def test_a_take_ends_at_its_items_or_with_the_message_that_passes_its_bytes(inbox: Inbox) -> None:
    """So that a batch of arrays is as small as one of single messages."""
    inbox.offer([message(b"x" * 10) for _ in range(8)])
    assert len(taken(inbox, max_items=3)) == 3
    assert len(taken(inbox, max_bytes=15)) == 2
    assert len(taken(inbox, max_bytes=1)) == 1


def test_an_empty_inbox_answers_nothing_after_its_wait(inbox: Inbox) -> None:
    """So the loop can look whether to stop."""
    started_s = monotonic_s()
    assert taken(inbox, max_wait_s=0.02) == []
    assert 0.02 <= monotonic_s() - started_s < 5


def test_a_message_that_waited_long_enough_waits_no_longer(inbox: Inbox) -> None:
    """The linger counts from its receipt: a backlog is taken at once."""
    inbox.offer([message(at=utc_now() - timedelta(seconds=61))])
    started_s = monotonic_s()
    assert len(taken(inbox, linger_s=60)) == 1
    assert monotonic_s() - started_s < 5


@pytest.mark.parametrize("limit", [{"max_items": 3}, {"max_bytes": 24}])
def test_enough_company_ends_the_linger(inbox: Inbox, limit: dict[str, float]) -> None:
    """By number or by bytes, long before the linger is over."""
    got: list[Inbound] = []
    taker = threading.Thread(target=lambda: got.extend(taken(inbox, linger_s=60, **limit)))
    inbox.offer([message()])
    taker.start()
    inbox.offer([message()])
    inbox.offer([message()])
    taker.join(timeout=10)
    assert len(got) == 3


def test_waiting_ends_with_the_first_message(inbox: Inbox) -> None:
    """A taker that waits is woken by an offer."""
    got: list[Inbound] = []
    taker = threading.Thread(target=lambda: got.extend(taken(inbox, max_wait_s=60)))
    taker.start()
    inbox.offer([message()])
    taker.join(timeout=10)
    assert len(got) == 1


def test_a_closed_inbox_takes_nothing_and_gives_what_it_holds(inbox: Inbox) -> None:
    """It wakes who waits, too."""
    inbox.offer([message()])
    assert len(taken(inbox)) == 1
    ended = threading.Event()

    def take() -> None:
        taken(inbox, max_wait_s=60)
        ended.set()

    taker = threading.Thread(target=take)
    taker.start()
    inbox.close()
    wait_until(ended.is_set)
    taker.join()
    assert inbox.is_closed
    assert not inbox.offer([message()])


def test_two_threads_lose_and_double_nothing() -> None:
    """One offers, retrying what does not fit; one takes."""
    small = Inbox(max_messages=7, max_bytes=10_000)
    sent = [message(n.to_bytes(4, "big")) for n in range(500)]
    got: list[Inbound] = []

    def take() -> None:
        while len(got) < len(sent):
            got.extend(taken(small, max_items=5, max_wait_s=1.0))
            assert len(small) <= 7

    taker = threading.Thread(target=take)
    taker.start()
    for start in range(0, len(sent), 3):
        burst = sent[start : start + 3]
        wait_until(lambda burst=burst: small.offer(burst))  # type: ignore[misc]  # bound per turn
    taker.join(timeout=30)
    assert got == sent
