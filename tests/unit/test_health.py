"""Presence, by table."""

from datetime import UTC, datetime, timedelta

import pytest

from core.device import State
from devices.health import Presence, Signs, presence, since

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    """So many seconds before now."""
    return NOW - timedelta(seconds=seconds)


def signs(
    *,
    seen: float | None = None,
    online: bool | None = None,
    status: float | None = None,
    state: State = State.ACTIVE,
) -> Signs:
    """Signs of a device that may be silent for 120 s; ages in seconds."""
    return Signs(
        state=state,
        silence_s=120,
        last_seen_at=None if seen is None else ago(seen),
        online=online,
        status_at=None if status is None else ago(status),
        since=None if status is None else ago(status),
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(signs(), Presence.NEVER, id="never heard"),
        pytest.param(signs(seen=5), Presence.ONLINE, id="sends no status, heard just now"),
        pytest.param(signs(seen=120), Presence.ONLINE, id="at the limit"),
        pytest.param(signs(seen=121), Presence.SILENT, id="past the limit"),
        pytest.param(signs(seen=5, online=True, status=600), Presence.ONLINE, id="said hello"),
        pytest.param(
            signs(seen=600, online=True, status=600), Presence.SILENT, id="hello, then nothing"
        ),
        pytest.param(signs(seen=5, online=False, status=5), Presence.OFFLINE, id="said goodbye"),
        pytest.param(
            signs(seen=600, online=False, status=600), Presence.OFFLINE, id="gone for long"
        ),
        pytest.param(
            signs(seen=10, online=False, status=30), Presence.OFFLINE, id="an afterthought"
        ),
        pytest.param(
            signs(seen=10, online=False, status=90), Presence.ONLINE, id="back without a status"
        ),
        pytest.param(
            signs(seen=5, online=True, status=5, state=State.REVOKED),
            Presence.OFFLINE,
            id="revoked",
        ),
        pytest.param(signs(state=State.PENDING), Presence.NEVER, id="pending"),
    ],
)
def test_presence(given: Signs, expected: Presence) -> None:
    """What is known decides one word."""
    assert presence(given, NOW) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(signs(), None, id="never heard"),
        pytest.param(signs(seen=5), None, id="online, but sends no status"),
        pytest.param(signs(seen=5, online=True, status=600), ago(600), id="online"),
        pytest.param(signs(seen=600, online=True, status=900), ago(600), id="silent"),
        pytest.param(signs(seen=5, online=False, status=7), ago(7), id="offline"),
        pytest.param(
            signs(seen=9, online=False, status=90), None, id="back, nobody knows since when"
        ),
        pytest.param(
            signs(seen=5, online=True, status=9, state=State.REVOKED), ago(5), id="revoked"
        ),
    ],
)
def test_since(given: Signs, expected: datetime | None) -> None:
    """The present state has a beginning, or nobody can tell."""
    assert since(given, NOW) == expected
