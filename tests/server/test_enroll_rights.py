"""What a credential opens on the real broker, and what it does not."""

import gc
import secrets
import socket
import subprocess
from collections.abc import Iterator

import pytest

from core.errors import BrokerError, ConfigError, Conflict, UnknownTopic
from core.topics import UPLINK, Kind, Stream, enrollment, telemetry
from devices.broker import ADMIN, CONTROL, ENROLL, INGEST, OWN_USERS, Login
from devices.enroll import Credential, Enroller
from tests.servers.fixtures import Broker
from tests.servers.mqtt import Peer
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
NOT_AUTHORIZED = 0x87
SUCCESS = {0x00, 0x10}
GRANTED_QOS_1 = 0x01


@pytest.fixture
def enroller(broker: Broker) -> Iterator[Enroller]:
    """c5-admin, connected."""
    with Enroller(login(broker, ADMIN)) as session:
        yield session


@pytest.fixture
def truck(enroller: Enroller) -> Iterator[Credential]:
    """A freshly enrolled truck."""
    device_id = new_id()
    yield enroller.issue([(Kind.TRUCK, device_id)])[device_id]
    enroller.revoke([device_id])


def new_id() -> str:
    """A name that no other test uses."""
    return f"T-{secrets.token_hex(4)}"


def login(broker: Broker, user: str) -> Login:
    """One of C5's own users."""
    return Login(url=broker.url, username=user, password=broker.password(user))


def entered(broker: Broker, credential: Credential) -> Peer:
    """A client with a device's credential."""
    return Peer(broker, credential.username, credential.password)


def topic(device_id: str, stream: Stream, kind: Kind = Kind.TRUCK) -> str:
    """A device's topic."""
    return telemetry(kind, device_id, stream)


def test_a_device_publishes_its_own_streams(broker: Broker, truck: Credential) -> None:
    """Every uplink stream of its own is taken; its own cmd is not."""
    with entered(broker, truck) as peer:
        for stream in UPLINK:
            assert peer.publish(topic(truck.username, stream)) in SUCCESS
        assert peer.publish(topic(truck.username, Stream.CMD)) == NOT_AUTHORIZED


@pytest.mark.parametrize(
    "elsewhere",
    [
        "c5/v1/truck/T-another/gps",
        "c5/v1/air/{own}/gps",
        "c5/v1/truck/{own}/gps/deeper",
        "c5/v1/truck/{own}",
        "c5/enroll/truck/{own}",
        "$CONTROL/dynamic-security/v1",
        "elsewhere",
    ],
)
def test_a_device_publishes_nowhere_else(broker: Broker, truck: Credential, elsewhere: str) -> None:
    """Any other topic is refused with reason code 0x87."""
    with entered(broker, truck) as peer:
        assert peer.publish(elsewhere.format(own=truck.username)) == NOT_AUTHORIZED


@pytest.mark.parametrize(
    "elsewhere",
    [
        "c5/v1/truck/T-another/cmd",
        "c5/v1/truck/{own}/gps",
        "c5/v1/truck/{own}/#",
        "c5/v1/+/+/cmd",
        "#",
        "$share/g/c5/v1/#",
        "$CONTROL/#",
        "$SYS/#",
    ],
)
def test_a_device_hears_its_own_commands_only(
    broker: Broker, truck: Credential, elsewhere: str
) -> None:
    """Its cmd topic is granted, anything wider or other is refused."""
    with entered(broker, truck) as peer:
        assert peer.subscribe(elsewhere.format(own=truck.username)) == NOT_AUTHORIZED
        assert peer.subscribe(topic(truck.username, Stream.CMD)) == GRANTED_QOS_1


def test_a_command_reaches_its_device(broker: Broker, truck: Credential) -> None:
    """c5-control publishes on any cmd topic, and on nothing else."""
    cmd = topic(truck.username, Stream.CMD)
    with (
        entered(broker, truck) as device,
        Peer(broker, CONTROL, broker.password(CONTROL)) as control,
    ):
        device.subscribe(cmd)
        assert control.publish(cmd, b"ping") == 0
        assert device.next() == (cmd, b"ping")
        assert control.publish(topic(truck.username, Stream.GPS)) == NOT_AUTHORIZED


def test_ingest_hears_what_a_device_says(broker: Broker, truck: Credential) -> None:
    """c5-ingest hears everything and publishes nothing."""
    gps = topic(truck.username, Stream.GPS)
    with (
        Peer(broker, INGEST, broker.password(INGEST)) as ingest,
        entered(broker, truck) as device,
    ):
        assert ingest.subscribe(gps) == GRANTED_QOS_1
        assert device.publish(gps, b"{}") == 0
        assert ingest.next() == (gps, b"{}")
        assert ingest.publish(gps) == NOT_AUTHORIZED


def test_strangers_reach_enrolment_only(broker: Broker) -> None:
    """The shared c5-enroll user asks to be let in, and can do nothing else."""
    device_id = new_id()
    with Peer(broker, ENROLL, broker.password(ENROLL)) as stranger:
        assert stranger.publish(enrollment(Kind.TRUCK, device_id)) in SUCCESS
        assert stranger.publish(topic(device_id, Stream.GPS)) == NOT_AUTHORIZED
        assert stranger.publish("c5/enroll/truck") == NOT_AUTHORIZED
        assert stranger.subscribe("c5/enroll/#") == NOT_AUTHORIZED


def test_nobody_enters_without_a_credential(broker: Broker, truck: Credential) -> None:
    """Anonymous, unknown and wrong passwords are refused at the door."""
    for name, password in (("", ""), ("nobody", "x"), (truck.username, "wrong")):
        with Peer(broker, name, password) as peer:
            assert peer.is_refused


def test_revoking_cuts_a_live_connection(
    broker: Broker, enroller: Enroller, truck: Credential
) -> None:
    """The device is thrown out at once and cannot come back; doing it twice is fine."""
    with entered(broker, truck) as peer:
        assert peer.publish(topic(truck.username, Stream.GPS)) in SUCCESS
        enroller.revoke([truck.username])
        wait_until(lambda: peer.disconnected is not None, what="the device to be cut off")
    with entered(broker, truck) as again:
        assert again.is_refused
    enroller.revoke([truck.username, new_id()])
    assert truck.username not in enroller.accounts()


def test_issuing_again_replaces_the_credential(
    broker: Broker, enroller: Enroller, truck: Credential
) -> None:
    """A fresh credential works, the old one ends, and the rights are those of the new kind."""
    fresh = enroller.issue([(Kind.AIR, truck.username)])[truck.username]
    with entered(broker, truck) as old:
        assert old.is_refused
    with entered(broker, fresh) as peer:
        assert peer.publish(topic(fresh.username, Stream.READING, Kind.AIR)) in SUCCESS
        assert peer.publish(topic(fresh.username, Stream.GPS)) == NOT_AUTHORIZED


def test_half_an_enrolment_heals(broker: Broker, enroller: Enroller) -> None:
    """A role without its account, as a crash leaves it, is completed by repeating."""
    device_id = new_id()
    enroller.issue([(Kind.TRUCK, device_id)])
    [(_, answer)] = enroller._request([{"command": "deleteClient", "username": device_id}])
    assert "error" not in answer
    credential = enroller.issue([(Kind.TRUCK, device_id)])[device_id]
    with entered(broker, credential) as peer:
        assert peer.publish(topic(device_id, Stream.GPS)) in SUCCESS
    enroller.revoke([device_id])


def test_many_devices_are_enrolled_together(broker: Broker, enroller: Enroller) -> None:
    """A city's devices each get their own credential, and they work."""
    wanted = [(Kind.TRUCK, new_id()) for _ in range(70)]
    issued = enroller.issue(wanted)
    assert set(issued) == {device_id for _, device_id in wanted} <= enroller.accounts()
    assert len({credential.password for credential in issued.values()}) == len(wanted)
    assert not any(credential.password.startswith("-") for credential in issued.values())
    with entered(broker, issued[wanted[-1][1]]) as peer:
        assert peer.publish(topic(wanted[-1][1], Stream.GPS)) in SUCCESS
    enroller.revoke(issued)


@pytest.mark.parametrize("name", OWN_USERS)
def test_own_users_cannot_be_enrolled_or_revoked(enroller: Enroller, name: str) -> None:
    """No device takes the name of c5-admin and its like."""
    with pytest.raises(Conflict, match="own users"):
        enroller.issue([(Kind.TRUCK, name)])
    with pytest.raises(Conflict, match="own users"):
        enroller.revoke([name])


def test_a_name_that_is_no_topic_level_is_refused(enroller: Enroller) -> None:
    """A wildcard in a name would widen its rights."""
    for name in ("+", "#", "a/b", ""):
        with pytest.raises(UnknownTopic):
            enroller.issue([(Kind.TRUCK, name)])


def test_a_credential_is_not_printed_by_accident(truck: Credential) -> None:
    """Its password stays out of logs and tracebacks."""
    assert truck.password not in repr(truck)


def test_a_wrong_admin_password_says_so(broker: Broker) -> None:
    """The refusal names the user whose password to check."""
    wrong = Login(url=broker.url, username=ADMIN, password="wrong")
    with pytest.raises(BrokerError, match="c5-admin; check its password"), Enroller(wrong):
        pass


def test_a_user_without_the_right_cannot_enrol(broker: Broker) -> None:
    """c5-ingest may not speak to $CONTROL."""
    with (
        pytest.raises(BrokerError, match="may not enrol"),
        Enroller(login(broker, INGEST)),
    ):
        pass


def test_a_missing_broker_says_what_to_do() -> None:
    """Nobody listens there: start it, or correct the address."""
    nowhere = Login(url="mqtt://127.0.0.1:9", username=ADMIN, password="x")
    with pytest.raises(BrokerError, match=r"correct mqtt\.url"), Enroller(nowhere):
        pass


def test_a_broker_that_says_nothing_is_given_up() -> None:
    """Something listens there and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"mqtt://127.0.0.1:{mute.getsockname()[1]}"
        silent = Login(url=url, username=ADMIN, password="x")
        with (
            pytest.raises(BrokerError, match="silent for"),
            Enroller(silent, timeout_s=0.2),
        ):
            pass


def test_an_unanswered_request_may_be_repeated(broker: Broker, broker_proxy: Proxy) -> None:
    """The connection dies under it; the same call completes the work afterwards."""
    device_id = new_id()
    url = f"mqtt://127.0.0.1:{broker_proxy.port}"
    away = Login(url=url, username=ADMIN, password=broker.password(ADMIN))
    with Enroller(away, timeout_s=1.0) as session:
        broker_proxy.stall()
        with pytest.raises(BrokerError, match="continues where it stopped"):
            session.issue([(Kind.TRUCK, device_id)])
        broker_proxy.cut()
    broker_proxy.restore()
    with Enroller(away) as session:
        credential = session.issue([(Kind.TRUCK, device_id)])[device_id]
        with entered(broker, credential) as peer:
            assert peer.publish(topic(device_id, Stream.GPS)) in SUCCESS
        session.revoke([device_id])


@pytest.mark.parametrize("url", ["http://broker", "mqtt://", "broker:1883", "mqtt://b:port", ""])
def test_an_address_that_is_none_is_refused_by_name(url: str) -> None:
    """The refusal shows what one looks like."""
    with pytest.raises(ConfigError, match="mqtt://host:port"):
        _ = Login(url=url, username=ADMIN, password="x").endpoint


def test_enrolment_works_over_tls(broker: Broker, truck: Credential) -> None:
    """c5-admin enters by mqtts with the broker's own authority."""
    secure = Login(
        url=broker.tls_url,
        username=ADMIN,
        password=broker.password(ADMIN),
        ca_file=broker.ca_file,
    )
    with Enroller(secure) as session:
        assert truck.username in session.accounts()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_that_nobody_vouches_for_is_not_trusted(broker: Broker) -> None:
    """Without its authority, mqtts refuses to talk; paho leaves that socket to the collector."""
    untrusting = Login(url=broker.tls_url, username=ADMIN, password=broker.password(ADMIN))
    with pytest.raises(BrokerError, match="certificate verify failed"), Enroller(untrusting):
        pass
    gc.collect()


def test_mosquitto_pub_is_told_too(broker: Broker, truck: Credential) -> None:
    """The stock client stores with its own topic's credential and is refused another's."""
    kit = broker.server.kit

    def publish(device_id: str) -> subprocess.CompletedProcess[str]:
        argv = ["mosquitto_pub", "-V", "5", "-h", broker.host, "-p", str(broker.port), "-q", "1"]
        argv += ["-u", truck.username, "-P", truck.password, "-m", "{}"]
        argv += ["-t", topic(device_id, Stream.GPS)]
        return subprocess.run(
            kit.place.argv(argv), capture_output=True, text=True, check=False, timeout=20
        )

    own, others = publish(truck.username), publish("T-another")
    assert own.returncode == 0
    assert "not authorized" not in own.stderr.lower()
    assert "not authorized" in others.stderr.lower()
