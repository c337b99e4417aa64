"""What The Things Stack and ChirpStack have in common: a decoded payload and receptions.

The decoded payload is whatever a device's decoder made of its bytes, so names
are looked up (core.adapters.names): our own first, then aliases, first come
first served; the channels of Cayenne LPP (`temperature_3`, or `{"3": …}`) are
seen through. What was used is taken out; the rest stays where it was.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeGuard

from core.adapters import names
from core.errors import InvalidField
from core.topics import Stream

BATTERY_CELL_MAX_V: Final = 5
"""A bare `battery` up to this is volts of a node's cell, above it percent of charge."""
_FULL_PCT: Final = 100
_POSITION: Final = {"lat_deg", "lon_deg"}

Tree = dict[str, object]
Spot = tuple[str, str | None]
"""Where a value stood: its name, and its channel where it has one."""


class Found(NamedTuple):
    """Fields in our vocabulary, and the decoded payload without what they used up."""

    fields: Tree
    rest: Tree


def read(decoded: object, stream: Stream, format_name: str) -> Found:
    """Look up a decoded payload; an absent one holds nothing."""
    if stream not in (Stream.READING, Stream.GPS):
        raise InvalidField(f"{format_name} came on {stream}; publish it on reading or gps")
    if decoded is None:
        return Found({}, {})
    if not isinstance(decoded, dict):
        raise InvalidField(f"{format_name}: the decoded payload is no object; mend its decoder")
    return _metrics(decoded) if stream is Stream.READING else _position(decoded)


def strongest_dbm(receptions: object) -> float | None:
    """Answer the best signal among the gateways that heard the frame, dBm.

    >>> strongest_dbm([{"rssi": -110}, {"rssi": -71, "snr": 9.5}, {}])
    -71
    """
    heard = receptions if isinstance(receptions, list) else []
    levels = (one.get("rssi") for one in heard if isinstance(one, dict))
    return max((level for level in levels if is_number(level)), default=None)


def is_number(value: object) -> TypeGuard[float]:
    """Tell a JSON number from everything else, `true` included."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _metrics(decoded: Tree) -> Found:
    fields, used = _look_up(decoded, names.metric_of)
    battery = decoded.get("battery")
    if is_number(battery) and 0 < battery <= _FULL_PCT:  # a guess, so the original stays too
        fields.setdefault("battery_v" if battery <= BATTERY_CELL_MAX_V else "battery_pct", battery)
    return Found(fields, _without(decoded, used))


def _position(decoded: Tree) -> Found:
    """Take a position from the payload itself, or from the first object in it that has one."""
    fields, used = _look_up(decoded, names.fix_field_of)
    if not fields.keys() >= _POSITION:
        for (name, channel), place in _flat(decoded):
            if not isinstance(place, dict):
                continue
            inner, inner_used = _look_up(place, names.fix_field_of)
            if inner.keys() >= _POSITION:
                outer = {spot: field for spot, field in used.items() if field not in inner}
                fields = {field: fields[field] for field in outer.values()} | inner
                rest = _without(decoded, outer)
                _put(rest, (name, channel), _without(place, inner_used))
                return Found(fields, rest)
    return Found(fields, _without(decoded, used))


def _look_up(tree: Tree, meaning: Callable[[str], str | None]) -> tuple[Tree, dict[Spot, str]]:
    """Answer fields by our names, and where each was found."""
    fields: Tree = {}
    used: dict[Spot, str] = {}
    for ours in (True, False):
        for (name, channel), value in _flat(tree):
            field = meaning(name)
            if field is None or field in fields or (field == name) is not ours:
                continue
            if is_number(value) or (ours and isinstance(value, bool)):
                fields[field] = value
                used[name, channel] = field
    return fields, used


def _flat(tree: Tree) -> Iterator[tuple[Spot, object]]:
    """Answer every value with its spot; an object whose keys are all numbers holds channels."""
    for name, value in tree.items():
        if isinstance(value, dict) and value and all(key.isdigit() for key in value):
            for channel, inner in value.items():
                yield (name, channel), inner
        else:
            yield (name, None), value


def _without(tree: Tree, used: dict[Spot, str]) -> Tree:
    rest: Tree = {}
    for spot, value in _flat(tree):
        if spot not in used:
            _put(rest, spot, value)
    return rest


def _put(tree: Tree, spot: Spot, value: object) -> None:
    name, channel = spot
    if channel is None:
        tree[name] = value
    else:
        channels = tree.setdefault(name, {})
        if isinstance(channels, dict):
            channels[channel] = value
