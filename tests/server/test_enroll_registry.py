"""Registry and broker together: whoever is active has a credential, nobody else."""

import secrets

import pytest

from control_center import enrolment
from control_center.connections import Connections
from core.device import Device, State
from core.errors import BrokerError, Conflict, NotFound, TransientStoreError
from core.topics import Kind
from devices.enroll import Credential
from store import device as store_device
from store import pool
from tests.servers.fixtures import Broker
from tests.servers.mqtt import Peer
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


def truck(device_id: str | None = None) -> Device:
    """A truck that no other test knows."""
    return Device(
        device_id=device_id or f"R-{secrets.token_hex(4)}", kind=Kind.TRUCK, name="Camión de prueba"
    )


def enters(broker: Broker, credential: Credential) -> bool:
    """Whether the broker lets a credential in."""
    with Peer(broker, credential.username, credential.password) as peer:
        return not peer.is_refused


def state_of(connections: Connections, device_id: str) -> State | None:
    """What the registry says."""
    with pool.connect(connections.database_url) as conn:
        found = store_device.find(conn, device_id)
    return None if found is None else found.state


def test_a_device_goes_through_its_whole_life(connections: Connections, broker: Broker) -> None:
    """Added, rotated, revoked, let in again: the credential follows each time."""
    device = truck()
    first = enrolment.add(connections, [device])[device.device_id]
    assert state_of(connections, device.device_id) is State.ACTIVE
    assert enters(broker, first)
    second = enrolment.rotate(connections, device.device_id)
    assert (enters(broker, first), enters(broker, second)) == (False, True)
    enrolment.revoke(connections, device.device_id)
    assert state_of(connections, device.device_id) is State.REVOKED
    assert not enters(broker, second)
    third = enrolment.approve(connections, device.device_id)
    assert state_of(connections, device.device_id) is State.ACTIVE
    assert enters(broker, third)


def test_revoking_cuts_a_live_device(connections: Connections, broker: Broker) -> None:
    """It is thrown out while it is connected."""
    device = truck()
    credential = enrolment.add(connections, [device])[device.device_id]
    with Peer(broker, credential.username, credential.password) as peer:
        enrolment.revoke(connections, device.device_id)
        wait_until(lambda: peer.disconnected is not None, what="the device to be cut off")


def test_an_enrolled_device_is_not_enrolled_by_mistake(
    connections: Connections, broker: Broker
) -> None:
    """Adding it once more is refused, and its credential still works."""
    device = truck()
    credential = enrolment.add(connections, [device])[device.device_id]
    with pytest.raises(Conflict, match="already enrolled"):
        enrolment.add(connections, [device])
    assert enters(broker, credential)


def test_a_city_is_enrolled_again_on_purpose(connections: Connections, broker: Broker) -> None:
    """`again` gives every device a fresh credential; new ones join."""
    old = [truck() for _ in range(3)]
    before = enrolment.add(connections, old)
    after = enrolment.add(connections, [*old, truck()], again=True)
    assert len(after) == 4
    assert not enters(broker, before[old[0].device_id])
    assert all(enters(broker, credential) for credential in after.values())


def test_a_stranger_waits_until_someone_approves_it(
    connections: Connections, broker: Broker
) -> None:
    """Ingest notes it, the registry lists it as pending, approval makes it a device."""
    device = truck()
    with pool.connect(connections.database_url) as conn:
        assert store_device.note_pending(conn, device.kind, device.device_id)
        assert not store_device.note_pending(conn, device.kind, device.device_id)
        assert [d.device_id for d in store_device.listed(conn, State.PENDING)] == [device.device_id]
        assert device.device_id not in store_device.active(conn)
    assert enters(broker, enrolment.approve(connections, device.device_id))
    with pool.connect(connections.database_url) as conn:
        assert store_device.active(conn)[device.device_id].kind is Kind.TRUCK


def test_strangers_cannot_fill_the_registry(connections: Connections) -> None:
    """Beyond the limit nobody more is noted; who is known stays known."""
    with pool.connect(connections.database_url) as conn:
        noted = [
            store_device.note_pending(conn, Kind.AIR, f"stranger-{i}", pending_max=3)
            for i in range(10)
        ]
        assert noted == [True] * 3 + [False] * 7
        assert len(store_device.listed(conn, State.PENDING)) == 3


def test_noting_a_known_device_changes_nothing(connections: Connections) -> None:
    """An active or revoked device that speaks out of turn stays what it is."""
    device = truck()
    enrolment.add(connections, [device])
    enrolment.revoke(connections, device.device_id)
    with pool.connect(connections.database_url) as conn:
        assert not store_device.note_pending(conn, Kind.AIR, device.device_id)
    assert state_of(connections, device.device_id) is State.REVOKED


def test_without_a_broker_nothing_is_registered(connections: Connections) -> None:
    """A device is never listed without a credential."""
    device = truck()
    lost = Connections(
        database=connections.database, mqtt="mqtt://127.0.0.1:9", passwords=connections.passwords
    )
    with pytest.raises(BrokerError):
        enrolment.add(lost, [device])
    assert state_of(connections, device.device_id) is None


def test_without_a_broker_a_device_is_still_shut_out(
    connections: Connections, broker: Broker
) -> None:
    """The registry refuses it at once; repeating the command finishes the work."""
    device = truck()
    credential = enrolment.add(connections, [device])[device.device_id]
    lost = Connections(
        database=connections.database, mqtt="mqtt://127.0.0.1:9", passwords=connections.passwords
    )
    with pytest.raises(BrokerError):
        enrolment.revoke(lost, device.device_id)
    assert state_of(connections, device.device_id) is State.REVOKED
    enrolment.revoke(connections, device.device_id)
    assert not enters(broker, credential)


def test_without_a_database_no_credential_is_made(connections: Connections, broker: Broker) -> None:
    """The broker keeps no account that nobody asked for."""
    device = truck()
    lost = Connections(
        database="postgresql://c5@127.0.0.1:9/c5",
        mqtt=connections.mqtt,
        passwords=connections.passwords,
    )
    with pytest.raises(TransientStoreError):
        enrolment.add(lost, [device])
    assert not enters(broker, Credential(device.device_id, "anything"))
    assert state_of(connections, device.device_id) is None


@pytest.mark.parametrize("operation", [enrolment.approve, enrolment.rotate, enrolment.revoke])
def test_an_unknown_device_is_not_found(connections: Connections, operation: object) -> None:
    """Whatever is asked of it, the answer names it."""
    assert callable(operation)
    with pytest.raises(NotFound, match="nobody-here"):
        operation(connections, "nobody-here")
