"""Join the registry and the broker: whoever is active has a credential, nobody else.

Letting in commits the registry last, so a device is never listed without a
credential; shutting out commits it first, so a device is refused by ingest even
while the broker is away. Each operation may be repeated after a failure.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from control_center.connections import Connections
from core import log
from core.device import Device
from devices import registry
from devices.broker import ADMIN
from devices.enroll import Credential, Enroller
from store import device as store_device
from store import pool
from store.pool import Connection

_log = log.get(__name__)


def add(
    connections: Connections, devices: Iterable[Device], *, again: bool = False
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
    _log.info("devices_enrolled", count=len(issued))
    return issued


def approve(connections: Connections, device_id: str) -> Credential:
    """Let in a device that waits or was revoked; answer its credential."""
    with _both(connections) as (conn, enroller):
        device = registry.approved(store_device.get(conn, device_id, lock=True))
        store_device.save(conn, [device])
        issued = enroller.issue([(device.kind, device.device_id)])
    _log.info("device_approved", device_id=device_id)
    return issued[device_id]


def rotate(connections: Connections, device_id: str) -> Credential:
    """Replace a device's credential; whoever holds the old one is cut off."""
    with _both(connections) as (conn, enroller):
        device = registry.rotatable(store_device.get(conn, device_id, lock=True))
        issued = enroller.issue([(device.kind, device.device_id)])
    _log.info("device_credential_rotated", device_id=device_id)
    return issued[device_id]


def revoke(connections: Connections, device_id: str) -> None:
    """Shut a device out: ingest refuses it, the broker forgets it and cuts it off."""
    with pool.connect(connections.database_url, application="c5-device") as conn:
        device = store_device.get(conn, device_id, lock=True)
        store_device.save(conn, [registry.revoked(device)])
    with Enroller(connections.login(ADMIN)) as enroller:
        enroller.revoke([device_id])
    _log.info("device_revoked", device_id=device_id)


@contextmanager
def _both(connections: Connections) -> Iterator[tuple[Connection, Enroller]]:
    """One transaction and one broker session; the transaction commits when both went well."""
    with (
        Enroller(connections.login(ADMIN)) as enroller,
        pool.connect(connections.database_url, application="c5-device") as conn,
    ):
        yield conn, enroller
