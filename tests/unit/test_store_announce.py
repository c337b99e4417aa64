"""Announcements: split so that each fits one notification, in order."""

import json

import pytest

from store.announce import packed

MAX_BYTES = 7900


def unpacked(payloads: list[str]) -> list[object]:
    """All changes of all payloads."""
    return [change for payload in payloads for change in json.loads(payload)["changes"]]


def test_few_changes_are_one_payload() -> None:
    """With the instant of the commit."""
    parts: list[dict[str, object]] = [{"t": "fix", "d": "T-1"}, {"t": "st", "d": "T-2"}]
    [payload] = packed(1234, parts)
    assert json.loads(payload) == {"at": 1234, "changes": parts}


def test_nothing_is_no_payload() -> None:
    """An empty announcement would wake everyone for nothing."""
    assert list(packed(1, [])) == []


@pytest.mark.parametrize("text", ["x" * 100, "ñ" * 100, "🚛" * 50, '"\\' * 30])
def test_many_changes_are_split_below_the_limit(text: str) -> None:
    """Counted in bytes, not in characters; order and contents stay."""
    parts: list[dict[str, object]] = [{"t": "ev", "n": n, "text": text} for n in range(300)]
    payloads = list(packed(1, parts))
    assert len(payloads) > 1
    assert max(len(payload.encode()) for payload in payloads) <= MAX_BYTES
    assert unpacked(payloads) == parts


def test_a_change_may_fill_a_payload_to_the_last_byte() -> None:
    """One byte more and it is left out, without its neighbours."""
    empty = len(next(packed(1, [{"text": ""}])))
    fits: dict[str, object] = {"text": "x" * (MAX_BYTES - empty - 1)}
    beyond: dict[str, object] = {"text": "x" * (MAX_BYTES - empty)}
    small: dict[str, object] = {"text": ""}
    [payload] = packed(1, [fits])
    assert len(payload) == MAX_BYTES - 1
    assert unpacked(list(packed(1, [small, beyond, fits, small]))) == [small, fits, small]
