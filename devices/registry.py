"""Who is let in, and how one state follows another; pure rules, no storage.

    (nobody) ──add──▶ active ◀──approve── pending ◀── (spoke unasked)
                        │  ▲                │
                        │  └─approve─┐      │
                        └──revoke──▶ revoked ◀──revoke

Only an active device has a credential. Each function answers the device as it
shall be, or raises Conflict with the command that does what was probably meant.
"""

from dataclasses import replace

from core.device import Device, State
from core.errors import Conflict, InvalidField
from core.topics import checked_device_id
from devices.broker import OWN_USERS
from devices.kinds import KINDS, KindSpec

_NAME_MAX = 120
_LAT_MAX_DEG = 90.0
_LON_MAX_DEG = 180.0


def checked(device: Device) -> Device:
    """Answer the device itself, or refuse what no registry should hold."""
    checked_device_id(device.device_id)
    if device.device_id in OWN_USERS:
        raise Conflict(f"{device.device_id} is one of C5's own users; choose another device id")
    if not device.name.strip() or len(device.name) > _NAME_MAX or not device.name.isprintable():
        raise InvalidField(f"name must be 1 to {_NAME_MAX} printable characters; shorten it")
    if (device.lat_deg is None) != (device.lon_deg is None):
        raise InvalidField("a position needs both latitude and longitude; give both or neither")
    if device.lat_deg is not None and not -_LAT_MAX_DEG <= device.lat_deg <= _LAT_MAX_DEG:
        raise InvalidField(f"latitude {device.lat_deg} is not within -90 and 90 degrees")
    if device.lon_deg is not None and not -_LON_MAX_DEG <= device.lon_deg <= _LON_MAX_DEG:
        raise InvalidField(f"longitude {device.lon_deg} is not within -180 and 180 degrees")
    if device.interval_s is not None and not 0 < device.interval_s < float("inf"):
        raise InvalidField(f"interval {device.interval_s} must be a positive number of seconds")
    return device


def admitted(known: Device | None, wanted: Device, *, again: bool = False) -> Device:
    """Let a device in: a new one, or one that was waiting.

    known  what the registry holds; None: nothing
    again  an active device of the same kind is taken as it is wanted now
    """
    device = checked(replace(wanted, state=State.ACTIVE))
    if known is None or known.state is State.PENDING:
        return device
    if known.state is State.REVOKED:
        raise Conflict(
            f"{known.device_id} was revoked; let it in again with "
            f"`c5 device approve {known.device_id}`"
        )
    if not again:
        raise Conflict(
            f"{known.device_id} is already enrolled; for a fresh credential run "
            f"`c5 device rotate {known.device_id}`"
        )
    if known.kind is not device.kind:
        raise Conflict(
            f"{known.device_id} is enrolled as {known.kind}, not {device.kind}; "
            "choose another device id"
        )
    return device


def approved(known: Device) -> Device:
    """Let in a device that waits, or one that was revoked."""
    if known.state is State.ACTIVE:
        raise Conflict(
            f"{known.device_id} is already active; for a fresh credential run "
            f"`c5 device rotate {known.device_id}`"
        )
    return replace(known, state=State.ACTIVE)


def revoked(known: Device) -> Device:
    """Shut a device out; doing it twice is no mistake."""
    return replace(known, state=State.REVOKED)


def rotatable(known: Device) -> Device:
    """Answer a device whose credential may be replaced."""
    if known.state is not State.ACTIVE:
        raise Conflict(
            f"{known.device_id} is {known.state} and has no credential; run "
            f"`c5 device approve {known.device_id}`"
        )
    return known


def spec(device: Device) -> KindSpec:
    """What its kind promises."""
    return KINDS[device.kind]


def silence_s(device: Device) -> float:
    """Seconds without a message after which it is silent.

    A device with its own, slower interval is allowed as many missed messages as
    its kind, and never fewer seconds than its kind.
    """
    kind = KINDS[device.kind]
    if device.interval_s is None:
        return kind.silence_s
    return max(kind.silence_s, device.interval_s * kind.silence_s / kind.interval_s)
