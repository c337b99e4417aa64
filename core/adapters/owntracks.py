"""OwnTracks JSON: a telephone that says where it is.

A `location` becomes a fix; it has no counter, so its seq is 0 and its time
alone identifies it. Of the other types none holds a position, and each is
refused by name.
"""

from typing import Final

from core.errors import InvalidField, MissingField
from core.topics import Stream

MARK: Final = "_type"
NAME: Final = "owntracks"
FIELDS: Final = {
    "lat": "lat_deg",
    "lon": "lon_deg",
    "vel": "speed_kmh",
    "cog": "heading_deg",
    "acc": "accuracy_m",
    "alt": "altitude_m",
}
_MAY_BE_UNKNOWN: Final = ("vel", "cog")
"""Negative where the telephone cannot tell."""
_MS_PER_S: Final = 1000


def translate(item: dict[str, object], stream: Stream) -> dict[str, object]:
    """Turn a location into the elements of a fix."""
    kind = item[MARK]
    if kind != "location":
        raise InvalidField(
            f"OwnTracks type {str(kind)[:40]!r} is no position; send unencrypted `location`"
        )
    if stream is not Stream.GPS:
        raise InvalidField(f"an OwnTracks location came on {stream}; publish it on gps")
    at_s = item.get("tst")
    if at_s is None:
        raise MissingField("tst is missing; an OwnTracks location carries its time in seconds")
    if isinstance(at_s, bool) or not isinstance(at_s, int | float):
        raise InvalidField(f"tst is {str(at_s)[:40]!r}; send seconds since 1970")
    fields: dict[str, object] = {"ts": at_s * _MS_PER_S, "seq": 0}
    rest: dict[str, object] = {}
    for name, value in item.items():
        if name in FIELDS and not _is_unknown(name, value):
            fields[FIELDS[name]] = value
        elif name not in (MARK, "tst"):
            rest[name] = value
    fields[NAME] = rest
    return fields


def _is_unknown(name: str, value: object) -> bool:
    return name in _MAY_BE_UNKNOWN and isinstance(value, int | float) and value < 0
