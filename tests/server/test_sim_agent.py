"""A device and a real broker: presence, commands, outages, wrong passwords, dead hosts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core import codec
from core.clock import utc_now
from core.messages import Ack, Command, Reading, Status
from core.topics import Kind, Stream
from devices.agent import Agent, Health, Outcome
from devices.broker import ADMIN, CONTROL, Login
from devices.commands import Commander
from devices.enroll import Enroller
from devices.link import Refusal, State
from devices.link_loop import LinkLoop
from devices.outbox import Entry, OutboxFile
from tests.server.sim_listener import enrolled, listening
from tests.servers.fixtures import Broker
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def _audience(broker: Broker) -> Iterator[None]:
    """Somebody listens, or devices would keep what they have to say."""
    with listening(broker):
        yield


class _Body:
    """A device that does nothing but remember."""

    def __init__(self) -> None:
        self.orders: list[Command] = []
        self.delivered_seqs: list[int | None] = []
        self.refusals: list[Refusal] = []

    def health(self) -> Health:
        return Health(firmware="test-1", battery_v=12.5)

    def obey(self, command: Command) -> Outcome:
        self.orders.append(command)
        return Outcome(ok=True, detail="done")

    def delivered(self, entry: Entry, refusal: Refusal | None) -> None:
        if refusal is None:
            self.delivered_seqs.append(entry.seq)
        else:
            self.refusals.append(refusal)


class _Rig:
    """A loop that the test turns, and the devices on it."""

    def __init__(self, folder: Path, *, capacity: int = 1000) -> None:
        self.loop = LinkLoop()
        self.file = OutboxFile(folder / "outbox.sqlite")
        self.capacity = capacity
        self.agents: list[Agent] = []

    def device(self, login: Login, kind: Kind = Kind.AIR) -> tuple[Agent, _Body]:
        """A device that connects as soon as the loop turns."""
        body = _Body()
        outbox = self.file.of(login.username, capacity=self.capacity)
        agent = Agent(self.loop, login, kind, outbox, body)
        self.agents.append(agent)
        agent.start()
        return agent, body

    def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Turn the loop until something is so."""

        def turned() -> object:
            self.loop.turn(0.02)
            return condition()

        wait_until(turned, what=what, timeout_s=30)

    def close(self) -> None:
        """End every link abruptly."""
        for agent in self.agents:
            agent.link.sever(stay_away=True)
        self.until(lambda: all(agent.is_gone for agent in self.agents), "links to end")
        self.loop.close()
        self.file.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[_Rig]:
    """Devices of this test alone."""
    made = _Rig(tmp_path)
    yield made
    made.close()


def _say(agent: Agent, count: int = 1) -> None:
    def build(seq: int) -> bytes:
        at = utc_now()
        values = {"pm25_ugm3": float(seq)}
        return codec.encode(
            Reading(
                device_id=agent.device_id, seq=seq, measured_at=at, received_at=at, values=values
            )
        )

    for _ in range(count):
        agent.send(Stream.READING, build)


def _login(broker: Broker, device_id: str, *, url: str = "", kind: Kind = Kind.AIR) -> Login:
    [password] = enrolled(broker, [(kind, device_id)]).values()
    return Login(
        url=url or broker.url, username=device_id, password=password, ca_file=broker.ca_file
    )


def test_a_session_opens_online_and_leaves_offline(rig: _Rig, broker: Broker) -> None:
    """First its status, then what it has to say, last its goodbye; numbers without a hole."""
    with listening(broker) as listener:
        agent, body = rig.device(_login(broker, "sim-hello"))
        _say(agent, 5)
        rig.until(lambda: body.delivered_seqs.count(None) + len(body.delivered_seqs) >= 6)
        agent.leave()
        rig.until(lambda: agent.is_gone)
        wait_until(lambda: len(listener.of("sim-hello")) == 7)
        statuses = [m for m in listener.decoded("sim-hello") if isinstance(m, Status)]
        assert sorted(listener.seqs("sim-hello")) == list(range(1, 8))
        assert [status.online for status in statuses] == [True, False]
        assert statuses[0].session == statuses[1].session == statuses[0].seq
        assert statuses[0].firmware == "test-1"


def test_a_severed_device_leaves_its_will(rig: _Rig, broker: Broker) -> None:
    """The will is the session's status one millisecond later, offline: no number of its own."""
    with listening(broker) as listener:
        agent, _ = rig.device(_login(broker, "sim-will"))
        rig.until(lambda: agent.is_up and agent.outbox.held == 0)
        agent.link.sever(stay_away=True)
        rig.until(lambda: len(listener.of("sim-will")) == 2)
        online, will = listener.decoded("sim-will", Stream.STATUS)
        assert isinstance(online, Status)
        assert isinstance(will, Status)
        assert (will.seq, will.session, will.online) == (online.seq, online.session, False)
        assert round((will.measured_at - online.measured_at).total_seconds() * 1000) == 1


def test_a_command_waits_for_its_device_and_is_obeyed_once(rig: _Rig, broker: Broker) -> None:
    """Sent while it was away, delivered when it is back, acknowledged under its own number."""
    with listening(broker) as listener:
        agent, body = rig.device(_login(broker, "sim-cmd"))
        rig.until(lambda: agent.is_up and agent.outbox.held == 0)
        agent.link.sever(stay_away=True)
        rig.until(lambda: agent.is_gone)
        control = Login(url=broker.url, username=CONTROL, password=broker.password(CONTROL))
        commander = Commander(control)
        order = Command(id="c-1", name="ping")
        for _ in range(2):
            commander.send(Kind.AIR, "sim-cmd", order, expires_s=60)
        commander.close()
        agent.start()
        rig.until(lambda: len(listener.decoded("sim-cmd", Stream.ACK)) == 2)
        assert [one.id for one in body.orders] == ["c-1"]
        acks = [m for m in listener.decoded("sim-cmd", Stream.ACK) if isinstance(m, Ack)]
        assert {(ack.command_id, ack.ok, ack.detail) for ack in acks} == {("c-1", True, "done")}


def test_an_outage_delays_and_loses_nothing(rig: _Rig, broker: Broker, broker_proxy: Proxy) -> None:
    """What was said meanwhile arrives afterwards, every number, in order within the stream."""
    url = f"mqtt://127.0.0.1:{broker_proxy.port}"
    with listening(broker) as listener:
        agent, _ = rig.device(_login(broker, "sim-cut", url=url))
        _say(agent, 50)
        rig.until(lambda: agent.is_up)
        broker_proxy.cut()
        _say(agent, 200)
        rig.until(lambda: not agent.is_up)
        broker_proxy.restore()
        rig.until(lambda: agent.outbox.held == 0 and agent.link.in_flight == 0)
        wait_until(lambda: len(set(listener.seqs("sim-cut"))) >= 252)
        assert set(listener.seqs("sim-cut")) == set(range(1, agent.outbox.next_seq))
        assert agent.outbox.dropped == 0


def test_a_restarted_broker_gets_everything(rig: _Rig, broker_fresh: Broker) -> None:
    """The device comes back by itself and owes nothing."""
    with listening(broker_fresh) as listener:
        agent, _ = rig.device(_login(broker_fresh, "sim-restart"))
        _say(agent, 20)
        rig.until(lambda: agent.is_up)
        broker_fresh.restart()
        _say(agent, 20)
        rig.until(lambda: agent.is_up and agent.outbox.held == 0)
        wanted = set(range(1, agent.outbox.next_seq))
        wait_until(lambda: set(listener.seqs("sim-restart")) == wanted)
        assert agent.outbox.dropped == agent.refused == 0


def test_what_nobody_hears_is_kept_until_somebody_listens(rig: _Rig, broker_fresh: Broker) -> None:
    """A PUBACK that says "no matching subscribers" hands the message to no one: it stays ours."""
    agent, body = rig.device(_login(broker_fresh, "unheard"))
    rig.until(lambda: agent.link.state is State.UP, "the device to connect")
    rig.until(lambda: agent.link.state is not State.UP, "the broker to say that nobody listens")
    assert agent.outbox.held
    assert not body.delivered_seqs
    with listening(broker_fresh) as listener:
        rig.until(lambda: not agent.outbox.held, "the outbox to empty")
        rig.until(lambda: listener.decoded("unheard", Stream.STATUS), "the status to be heard")


def test_a_killed_process_goes_on_where_it_was(tmp_path: Path, broker: Broker) -> None:
    """A new process with the same file sends the rest under the old numbers, and new ones after."""
    login = _login(broker, "sim-reborn")
    first = _Rig(tmp_path)
    agent, _ = first.device(Login(url="mqtt://127.0.0.1:9", username="sim-reborn", password=""))
    _say(agent, 30)
    first.until(lambda: agent.link.state is State.WAITING)
    first.close()
    second = _Rig(tmp_path)
    with listening(broker) as listener:
        agent, _ = second.device(login)
        _say(agent, 5)
        second.until(lambda: agent.is_up and agent.outbox.held == 0)
        wait_until(lambda: len(listener.of("sim-reborn")) >= agent.outbox.next_seq - 1)
        seqs = listener.seqs("sim-reborn")
        assert sorted(seqs) == list(range(1, agent.outbox.next_seq))
    second.close()


def test_a_wrong_password_is_told_and_tried_ever_more_slowly(rig: _Rig, broker: Broker) -> None:
    """The message waits; the right password lets it out later."""
    _login(broker, "sim-wrong")
    wrong = Login(url=broker.url, username="sim-wrong", password="no")
    agent, body = rig.device(wrong)
    _say(agent)
    rig.until(lambda: agent.link.state is State.WAITING and agent.outbox.held == 2)
    rig.until(lambda: agent.link.state is State.DIALLING)
    rig.until(lambda: agent.link.state is State.WAITING)
    assert agent.outbox.held == 2  # one reading, and the same opening status still
    assert body.delivered_seqs == []


def test_a_dead_host_delays_no_other_device(rig: _Rig, broker: Broker) -> None:
    """One broker accepts and says nothing, one port is shut; the third device works meanwhile."""
    with Proxy(broker.port) as mute:
        mute.stall()
        login = _login(broker, "sim-mute", url=f"mqtt://127.0.0.1:{mute.port}")
        stuck, _ = rig.device(login)
        shut, _ = rig.device(Login(url="mqtt://127.0.0.1:9", username="sim-shut", password="x"))
        agent, _ = rig.device(_login(broker, "sim-alive"))
        _say(agent, 100)
        rig.until(lambda: agent.is_up and agent.outbox.held == 0)
        assert not stuck.is_up
        assert not shut.is_up


def test_a_mute_broker_is_given_up_and_found_again(rig: _Rig, broker: Broker) -> None:
    """An attempt that nobody answers ends; its opening status is sent later as an ordinary one."""
    with Proxy(broker.port) as mute, listening(broker) as listener:
        mute.stall()
        login = _login(broker, "sim-patient", url=f"mqtt://127.0.0.1:{mute.port}")
        agent, _ = rig.device(login)
        rig.until(lambda: agent.link.state is State.ENTERING)
        rig.until(lambda: agent.link.state is State.WAITING, "the attempt to be given up")
        mute.restore()
        rig.until(lambda: agent.is_up and agent.outbox.held == 0)
        wait_until(
            lambda: set(listener.seqs("sim-patient")) == set(range(1, agent.outbox.next_seq))
        )
        newest = max(
            (m for m in listener.decoded("sim-patient") if isinstance(m, Status)),
            key=lambda status: (status.session, not status.online, status.measured_at),
        )
        assert newest.online


def test_tls_works(rig: _Rig, broker: Broker) -> None:
    """Hundreds of messages, goodbye included."""
    agent, _ = rig.device(_login(broker, "sim-tls", url=broker.tls_url))
    _say(agent, 300)
    rig.until(lambda: agent.is_up and agent.outbox.held == 0)
    agent.leave()
    rig.until(lambda: agent.is_gone)


@pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning")  # paho leaves it to refcounts
def test_a_broker_whose_authority_is_unknown_is_not_trusted(rig: _Rig, broker: Broker) -> None:
    """Without the authority's file no word is said."""
    login = _login(broker, "sim-wary", url=broker.tls_url)
    wary, _ = rig.device(replace(login, ca_file=None))
    rig.until(lambda: wary.link.state is State.DIALLING)
    rig.until(lambda: wary.link.state is State.WAITING)
    assert not wary.is_up


def test_another_devices_topic_is_refused_and_costs_nothing_else(rig: _Rig, broker: Broker) -> None:
    """The refusal is counted; neighbours in the outbox get through."""
    with listening(broker) as listener:
        agent, body = rig.device(_login(broker, "sim-thief"))
        _say(agent)
        agent.send_raw("c5/v1/air/sim-victim/reading", b'{"ts":0,"seq":1,"pm25_ugm3":1}')
        _say(agent)
        rig.until(lambda: agent.outbox.held == 0 and agent.is_up)
        wait_until(lambda: len(listener.of("sim-thief")) == 3)
        assert listener.of("sim-victim") == []
        assert [refusal.forever for refusal in body.refusals] == [True]
        assert agent.refused == 1


def test_a_full_outbox_says_how_much_it_let_go(tmp_path: Path, broker: Broker) -> None:
    """Its status carries the count."""
    rig = _Rig(tmp_path, capacity=25)
    try:
        with listening(broker) as listener:
            agent, _ = rig.device(_login(broker, "sim-full"))
            _say(agent, 60)
            rig.until(lambda: agent.is_up and agent.outbox.held == 0)
            agent.heartbeat()
            rig.until(lambda: agent.outbox.held == 0)
            wait_until(lambda: len(listener.decoded("sim-full", Stream.STATUS)) == 2)
            last = listener.decoded("sim-full", Stream.STATUS)[-1]
            assert agent.outbox.dropped > 30
            assert last.extra == {"dropped": agent.outbox.dropped}
    finally:
        rig.close()


def test_a_revoked_device_is_cut_off_and_kept_out(rig: _Rig, broker: Broker) -> None:
    """It keeps what it has to say."""
    agent, _ = rig.device(_login(broker, "sim-revoked"))
    rig.until(lambda: agent.is_up and agent.outbox.held == 0)
    admin = Login(url=broker.url, username=ADMIN, password=broker.password(ADMIN))
    with Enroller(admin) as enroller:
        enroller.revoke(["sim-revoked"])
    rig.until(lambda: not agent.is_up)
    _say(agent)
    rig.until(lambda: agent.link.state is State.DIALLING)
    rig.until(lambda: agent.link.state is State.WAITING)
    assert agent.outbox.held >= 1
