"""Read the retained statuses once: who was online before we listened.

A shared subscription delivers no retained messages, so the first worker asks
for them on a short connection of its own. They need no acknowledgement: the
broker goes on holding them, and a status stored before is a known key.
"""

from collections.abc import Sequence
from typing import Final

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from core import log
from core.clock import monotonic_s, utc_now
from devices.broker import Login, prepare
from ingest.inbox import Inbound

TOPIC: Final = "c5/v1/+/+/status"
_LIMIT_S: Final = 5.0
_QUIET_S: Final = 0.3
_log = log.get(__name__)


def statuses(login: Login, *, client_id: str) -> Sequence[Inbound]:
    """Every retained status; [] with a warning when the broker is away."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv311)
    prepare(client, login)
    found: list[Inbound] = []
    subscribed: list[bool] = []
    client.on_connect = lambda c, *_: c.subscribe(TOPIC, 0)
    client.on_subscribe = lambda *_: subscribed.append(True)

    def on_message(_client: mqtt.Client, _userdata: object, got: mqtt.MQTTMessage) -> None:
        if got.retain:
            found.append(Inbound(got.topic, bytes(got.payload), utc_now(), 0, 0, retained=True))

    client.on_message = on_message
    try:
        client.connect(login.endpoint.host, login.endpoint.port)
    except OSError as exc:
        _log.warning("retained_statuses_unread", cause=str(exc))
        return []
    deadline_s = monotonic_s() + _LIMIT_S
    quiet_since_s, count = monotonic_s(), -1
    while monotonic_s() < deadline_s:
        client.loop(timeout=_QUIET_S / 3)
        if len(found) != count or not subscribed:
            count, quiet_since_s = len(found), monotonic_s()
        elif monotonic_s() - quiet_since_s > _QUIET_S:
            break
    client.disconnect()
    return found
