"""The Things Stack v3: a LoRaWAN uplink as its integrations send it.

The frame counter is the seq and the network server's `received_at` the time:
both stay the same when a message is delivered again. A zero counter is left
out by the sender, so an absent one is zero.
"""

from typing import Final

from core.adapters import lorawan
from core.errors import InvalidField, MissingField
from core.topics import Stream

MARK: Final = "uplink_message"
NAME: Final = "things_stack"


def translate(item: dict[str, object], stream: Stream) -> dict[str, object]:
    """Turn an uplink into one element of a reading or a fix."""
    uplink = item[MARK]
    if not isinstance(uplink, dict):
        raise InvalidField("uplink_message is no object; send The Things Stack's own JSON")
    found = lorawan.read(uplink.get("decoded_payload"), stream, "a Things Stack uplink")
    at = uplink.get("received_at", item.get("received_at"))
    if at is None:
        raise MissingField("received_at is missing; send The Things Stack's own JSON")
    fields = {"ts": at, "seq": uplink.get("f_cnt", 0), **found.fields}
    signal_dbm = lorawan.strongest_dbm(uplink.get("rx_metadata"))
    if stream is Stream.READING and signal_dbm is not None:
        fields.setdefault("rssi_dbm", signal_dbm)
    used = {"f_cnt", "decoded_payload"}
    rest = {name: value for name, value in uplink.items() if name not in used}
    if found.rest:
        rest["decoded_payload"] = found.rest
    fields[NAME] = {**item, MARK: rest}
    return fields
