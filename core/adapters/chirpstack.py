"""ChirpStack v4: a LoRaWAN `up` event as its integrations send it.

The frame counter is the seq and `time` the time. A zero counter may be left
out by the sender, so an absent one is zero.
"""

from typing import Final

from core.adapters import lorawan
from core.errors import MissingField
from core.topics import Stream

MARK: Final = "deviceInfo"
NAME: Final = "chirpstack"


def translate(item: dict[str, object], stream: Stream) -> dict[str, object]:
    """Turn an uplink event into one element of a reading or a fix."""
    found = lorawan.read(item.get("object"), stream, "a ChirpStack event")
    at = item.get("time")
    if at is None:
        raise MissingField("time is missing; send ChirpStack's `up` events as JSON")
    fields = {"ts": at, "seq": item.get("fCnt", 0), **found.fields}
    signal_dbm = lorawan.strongest_dbm(item.get("rxInfo"))
    if stream is Stream.READING and signal_dbm is not None:
        fields.setdefault("rssi_dbm", signal_dbm)
    used = {"time", "fCnt", "object"}
    rest = {name: value for name, value in item.items() if name not in used}
    if found.rest:
        rest["object"] = found.rest
    fields[NAME] = rest
    return fields
