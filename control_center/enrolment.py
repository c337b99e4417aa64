"""Join the registry and the broker: whoever is active has a credential, nobody else.

Letting in commits the registry last, so a device is never listed without a
credential; shutting out commits it first, so a device is refused by ingest even
while the broker is away. Each operation may be repeated after a failure, and is told
to the audit with the registry's change: by `told`, or as a command's.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from control_center.audit import by_command
from control_center.connections import Connections
from core import log
from core.device import Device
from devices import registry
from devices.broker import ADMIN
from devices.enroll import Credential, Enroller
from store import audit, pool
from store import device as store_device
from store.audit import Entry
from store.pool import Connection

_NAMED: Final = 200
_log = log.get(__name__)


def add(
    connections: Connections,
    devices: Iterable[Device],
    *,
    again: bool = False,
    told: Entry | None = None,
) -> dict[str, Credential]:
    """Enrol devices; answer each one's credential, which nothing else will ever show.

    again  devices that are active already get a fresh credential instead of a refusal
    """
    with _both(connections) as (conn, enroller):
        admitted = [
            registry.admitted(
                store_device.find(conn, wanted.device_id, lock=True), wanted, again=again
            )
            for wanted in devices
        ]
        store_device.save(conn, admitted)
        issued = enroller.issue((device.kind, device.device_id) for device in admitted)
        audit.append(conn, told or _many("device.add", list(issued)))
    _log.info("devices_enrolled", count=len(issued))
    return issued


def approve(connections: Connections, device_id: str, told: Entry | None = None) -> Credential:
    """Let in a device that waits or was revoked; answer its credential."""
    with _both(connections) as (conn, enroller):
        device = registry.approved(store_device.get(conn, device_id, lock=True))
        store_device.save(conn, [device])
        issued = enroller.issue([(device.kind, device.device_id)])
        audit.append(conn, told or by_command.entry("device.approve", "device", device_id))
    _log.info("device_approved", device_id=device_id)
    return issued[device_id]


def rotate(connections: Connections, device_id: str, told: Entry | None = None) -> Credential:
    """Replace a device's credential; whoever holds the old one is cut off."""
    with _both(connections) as (conn, enroller):
        device = registry.rotatable(store_device.get(conn, device_id, lock=True))
        issued = enroller.issue([(device.kind, device.device_id)])
        audit.append(conn, told or by_command.entry("device.rotate", "device", device_id))
    _log.info("device_credential_rotated", device_id=device_id)
    return issued[device_id]


def revoke(connections: Connections, device_id: str, told: Entry | None = None) -> None:
    """Shut a device out: ingest refuses it, the broker forgets it and cuts it off."""
    with pool.connect(connections.database_url, application="c5-device") as conn:
        device = store_device.get(conn, device_id, lock=True)
        store_device.save(conn, [registry.revoked(device)])
        audit.append(conn, told or by_command.entry("device.revoke", "device", device_id))
    with Enroller(connections.login(ADMIN)) as enroller:
        enroller.revoke([device_id])
    _log.info("device_revoked", device_id=device_id)


def _many(action: str, device_ids: list[str]) -> Entry:
    """One entry for all of an enrolment; a city's worth is counted, not listed."""
    named = device_ids[0] if len(device_ids) == 1 else f"{len(device_ids)} devices"
    return by_command.entry(action, "device", named, device_ids=device_ids[:_NAMED])


@contextmanager
def _both(connections: Connections) -> Iterator[tuple[Connection, Enroller]]:
    """One transaction and one broker session; the transaction commits when both went well."""
    with (
        Enroller(connections.login(ADMIN)) as enroller,
        pool.connect(connections.database_url, application="c5-device") as conn,
    ):
        yield conn, enroller
