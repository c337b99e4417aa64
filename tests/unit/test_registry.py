"""Who is let in, and how one state follows another."""

from dataclasses import replace

import pytest

from core.device import Device, State
from core.errors import C5Error, Conflict, InvalidField, UnknownTopic
from core.topics import Kind
from devices import registry
from devices.kinds import KINDS

TRUCK = Device(device_id="T-07", kind=Kind.TRUCK, name="Camión 7")


def of(state: State, **changes: object) -> Device:
    """The truck in some state."""
    return replace(TRUCK, state=state, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("known", [None, of(State.PENDING), of(State.PENDING, kind=Kind.AIR)])
def test_new_and_waiting_devices_are_admitted(known: Device | None) -> None:
    """Nobody, or one that waits, becomes what is wanted."""
    assert registry.admitted(known, of(State.PENDING)) == of(State.ACTIVE)


@pytest.mark.parametrize(
    ("known", "again", "remedy"),
    [
        (of(State.ACTIVE), False, "c5 device rotate T-07"),
        (of(State.REVOKED), False, "c5 device approve T-07"),
        (of(State.REVOKED), True, "c5 device approve T-07"),
        (of(State.ACTIVE, kind=Kind.AIR), True, "another device id"),
    ],
)
def test_a_refusal_names_the_command_that_was_meant(
    known: Device,
    again: bool,  # noqa: FBT001  a column of the table
    remedy: str,
) -> None:
    """Adding what is there is refused with what to do instead."""
    with pytest.raises(Conflict, match=remedy):
        registry.admitted(known, TRUCK, again=again)


def test_again_takes_an_active_device_as_it_is_wanted_now() -> None:
    """Enrolling once more may change its name."""
    renamed = of(State.ACTIVE, name="Otro")
    assert registry.admitted(of(State.ACTIVE), renamed, again=True) == renamed


def test_states_follow_each_other() -> None:
    """Approve, rotate and revoke do what the diagram says."""
    assert registry.approved(of(State.PENDING)).state is State.ACTIVE
    assert registry.approved(of(State.REVOKED)).state is State.ACTIVE
    assert registry.revoked(of(State.ACTIVE)).state is State.REVOKED
    assert registry.revoked(of(State.REVOKED)).state is State.REVOKED
    assert registry.rotatable(TRUCK) is TRUCK
    with pytest.raises(Conflict, match="already active"):
        registry.approved(TRUCK)
    with pytest.raises(Conflict, match="no credential"):
        registry.rotatable(of(State.PENDING))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"device_id": "a/b"}, UnknownTopic),
        ({"device_id": "c5-admin"}, Conflict),
        ({"name": " "}, InvalidField),
        ({"name": "x" * 121}, InvalidField),
        ({"name": "a\x1b[2J"}, InvalidField),
        ({"lat_deg": 18.0}, InvalidField),
        ({"lat_deg": 91.0, "lon_deg": 0.0}, InvalidField),
        ({"lat_deg": 0.0, "lon_deg": 181.0}, InvalidField),
        ({"lat_deg": float("nan"), "lon_deg": 0.0}, InvalidField),
        ({"interval_s": 0.0}, InvalidField),
        ({"interval_s": float("inf")}, InvalidField),
    ],
)
def test_what_no_registry_should_hold_is_refused(
    changes: dict[str, object], error: type[C5Error]
) -> None:
    """Names that are no topic level, half positions, impossible numbers."""
    with pytest.raises(error):
        registry.checked(of(State.ACTIVE, **changes))


def test_a_slower_device_may_be_silent_for_longer() -> None:
    """Its own interval stretches the limit in proportion, and never shrinks it."""
    kind = KINDS[Kind.TRUCK]
    assert registry.silence_s(TRUCK) == kind.silence_s
    slower = of(State.ACTIVE, interval_s=kind.interval_s * 10)
    assert registry.silence_s(slower) == kind.silence_s * 10
    faster = of(State.ACTIVE, interval_s=kind.interval_s / 10)
    assert registry.silence_s(faster) == kind.silence_s
