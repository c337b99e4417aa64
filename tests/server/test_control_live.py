"""The live feed: what was committed, to whom it may concern, for as long as they may see it."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from control_center.auth.rights import RIGHTS, Right, Role
from control_center.connections import Connections
from control_center.feed.hub import MAX_FRAMES
from core import clock
from core.device import Device
from core.topics import Kind
from store import account, announce, pool
from store import device as store_device
from tests.servers.center import RunningCenter, serving
from tests.servers.proxy import Proxy
from tests.servers.stream import Screen
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
TRUCK = Device(device_id="T-07", kind=Kind.TRUCK, name="Camión 7")


@pytest.fixture
def truck(center: RunningCenter) -> Device:
    """A registered truck that the feed knows."""
    register(center, TRUCK)
    return TRUCK


def register(center: RunningCenter, *devices: Device) -> None:
    """Put devices into the registry, and wait until the feed has them."""
    with pool.connect(center.db_url) as conn:
        store_device.save(conn, devices)
    watch = center.app.state.center.feed.watch
    wait_until(
        lambda: {device.device_id for device in devices} <= set(watch._signs),
        what="the feed to know the devices",
    )


def now_ms() -> int:
    """The present instant, epoch ms."""
    return clock.epoch_us(clock.utc_now()) // 1000


def fix(device_id: str, lat: float, *, at: int | None = None) -> dict[str, object]:
    """A fix as ingest announces it."""
    at = now_ms() if at is None else at
    return {"t": "fix", "d": device_id, "lat": lat, "lon": -94.4, "v": 30.0, "h": 90.0} | {
        "at": at,
        "rx": at,
        "f": 0,
    }


def status(device_id: str, session: int, at: int, *, online: bool) -> dict[str, object]:
    """A status as ingest announces it."""
    return {"t": "st", "d": device_id, "at": at, "rx": at, "on": online, "s": session}


def announce_change(center: RunningCenter, *changes: dict[str, object]) -> None:
    """Commit an announcement, as ingest does."""
    with pool.connect(center.db_url) as conn:
        announce.changes(conn, now_ms(), changes)


def test_a_screen_begins_with_every_device(center: RunningCenter, truck: Device) -> None:
    """The first event is what GET /api/devices answers; ids grow, a heartbeat follows."""
    operator = center.operator(Role.OPERADOR)
    with Screen(operator) as screen:
        [snapshot] = screen.named("snapshot")
        listed = operator.get("/api/devices").json()
        assert snapshot.data["devices"] == listed["devices"]
        assert [device["device_id"] for device in listed["devices"]] == [truck.device_id]
        beat = screen.wait_for("heartbeat")
        assert abs(beat.data["now"] - now_ms()) < 5_000
        ids = [event.id for event in screen.events]
        assert ids == sorted(set(ids))


def test_what_was_committed_reaches_the_screen(center: RunningCenter, truck: Device) -> None:
    """The change arrives as ingest announced it, with the time of its commit."""
    with Screen(center.operator(Role.AUDITOR)) as screen:
        said = fix(truck.device_id, 18.1)
        announce_change(center, said)
        assert screen.wait_change(lambda change: change["t"] == "fix") == said
        [event] = screen.named("change")
        assert abs(event.data["committed_at"] - now_ms()) < 5_000


def test_what_was_rolled_back_reaches_nobody(center: RunningCenter, truck: Device) -> None:
    """An announcement lives and dies with its transaction."""
    with Screen(center.operator()) as screen:
        with pool.connect(center.db_url) as conn:
            announce.changes(conn, now_ms(), [fix(truck.device_id, 1.0)])
            conn.rollback()
        announce_change(center, fix(truck.device_id, 2.0))
        screen.wait_change(lambda change: change.get("lat") == 2.0)
        assert [change["lat"] for change in screen.changes() if change["t"] == "fix"] == [2.0]


def test_changes_arrive_in_the_order_of_their_commits(center: RunningCenter, truck: Device) -> None:
    """Also when there are many."""
    with Screen(center.operator()) as screen:
        for number in range(200):
            announce_change(center, fix(truck.device_id, number / 10))
        screen.wait_change(lambda change: change.get("lat") == 19.9)
        seen = [change["lat"] for change in screen.changes() if change["t"] == "fix"]
        assert seen == sorted(seen)


def test_what_a_button_wrote_is_told_only_to_who_may_know_who_pressed(
    center: RunningCenter, truck: Device
) -> None:
    """Others get the same event without its words; a device that is not known may be a button."""
    register(center, Device(device_id="P-1", kind=Kind.PANIC, name="Botón 1"))
    said: list[dict[str, object]] = [
        {"t": "ev", "d": device_id, "at": 1, "rx": 1, "type": what, "sev": None, "text": "Soy Ana"}
        for device_id, what in (
            *(("P-1", "panic"), ("P-1", "tamper"), ("P-9", "tamper")),
            *((truck.device_id, "panic_driver"), (truck.device_id, "door_open")),
        )
    ]
    roles = (Role.OPERADOR, Role.SUPERVISOR, Role.AUTORIZADO_LPR, Role.AUDITOR, Role.ADMINISTRADOR)
    for role in roles:
        with Screen(center.operator(role)) as screen:
            announce_change(center, *said)
            screen.wait_change(lambda one: one.get("type") == "door_open")
            heard = [one for one in screen.changes() if one["t"] == "ev"]
        if Right.PANIC in RIGHTS[role]:
            assert heard == said, role
        else:
            assert heard == [*(one | {"text": None} for one in said[:-1]), said[-1]], role


def test_garbage_on_the_channel_is_survived(center: RunningCenter, truck: Device) -> None:
    """What is no announcement is dropped, and the feed goes on."""
    with Screen(center.operator()) as screen:
        with psycopg.connect(center.db_url, autocommit=True) as conn:
            for payload in ("", "nonsense", "[]", '{"at": "x"}', '{"at":1,"changes":[1]}'):
                conn.execute("SELECT pg_notify('c5_live', %s)", (payload,))
        odd: dict[str, object] = {"t": "fix", "d": ["?"], "rx": "soon"}
        announce_change(center, odd, fix(truck.device_id, 3.0))
        screen.wait_change(lambda change: change.get("lat") == 3.0)


def test_registry_changes_are_told(center: RunningCenter) -> None:
    """A new device is announced by name; the page asks for the rest."""
    operator = center.operator()
    with Screen(operator) as screen:
        register(center, TRUCK)
        screen.wait_change(lambda change: change == {"t": "dev", "d": TRUCK.device_id})
        assert operator.get(f"/api/devices/{TRUCK.device_id}").status_code == 200


def test_a_whole_citys_enrolment_is_one_snapshot(center: RunningCenter) -> None:
    """Screens are not sent to ask for each of many devices."""
    city = [Device(device_id=f"T-{n}", kind=Kind.TRUCK, name=f"Camión {n}") for n in range(60)]
    with Screen(center.operator()) as screen:
        register(center, *city)
        second = screen.wait_for("snapshot", count=2)
        assert len(second.data["devices"]) == len(city)
        assert screen.changes() == []


def test_falling_silent_is_told_and_so_is_speaking_again(
    center: RunningCenter, truck: Device
) -> None:
    """Nothing commits when silence begins: the clock tells, within a second or so."""
    with Screen(center.operator()) as screen:
        announce_change(center, fix(truck.device_id, 18.0))
        online = screen.wait_change(lambda change: change.get("p") == "online")
        assert (online["t"], online["d"], online["on"]) == ("st", truck.device_id, True)
        center.clock.advance(121)
        silent = screen.wait_change(lambda change: change.get("p") == "silent")
        assert silent["on"] is True
        assert silent["rx"] == online["rx"]
        assert center.operator().get("/api/stats").json()["devices"]["silent"] == 1
        later = now_ms() + 121_000
        announce_change(center, fix(truck.device_id, 18.0, at=later))
        back = [screen.wait_change(lambda change: change.get("p") == "online" and change != online)]
        assert back[0]["rx"] == later


def test_a_late_will_does_not_take_a_new_session_down(center: RunningCenter, truck: Device) -> None:
    """Statuses are ordered by session, as the database orders them."""
    at = now_ms()
    with Screen(center.operator()) as screen:
        announce_change(center, status(truck.device_id, 5, at, online=True))
        screen.wait_change(lambda change: change.get("p") == "online")
        announce_change(center, status(truck.device_id, 3, at + 10, online=False))
        announce_change(center, fix(truck.device_id, 4.0, at=at + 20))
        screen.wait_change(lambda change: change.get("lat") == 4.0)
        assert center.operator().get("/api/stats").json()["devices"]["online"] == 1
        announce_change(center, status(truck.device_id, 5, at + 30, online=False))
        screen.wait_change(lambda change: change.get("p") == "offline")


def test_a_slow_screen_is_bounded_and_ends_up_right(center: RunningCenter, truck: Device) -> None:
    """It reads nothing while 12 MB happen; then it gets the newest, not everything."""
    hub = center.app.state.center.feed.hub
    rounds, notices = 40, 40
    note = {"t": "ev", "d": truck.device_id, "type": "note", "text": "x" * 7000, "at": 0, "rx": 0}
    with Screen(center.operator(), read=False) as slow, Screen(center.operator()) as quick:
        with pool.connect(center.db_url) as conn:
            for number in range(rounds):
                for _ in range(notices):
                    announce.changes(conn, now_ms(), [fix(truck.device_id, number / 10), note])
                conn.commit()
        quick.wait_change(lambda change: change.get("lat") == 3.9, timeout_s=60)
        assert hub.backlog <= MAX_FRAMES
        slow.read()
        slow.wait_change(lambda change: change.get("lat") == 3.9, timeout_s=60)
        fixes = [change["lat"] for change in slow.changes() if change["t"] == "fix"]
        assert len(fixes) < rounds * notices
        assert fixes == sorted(fixes)


def test_logout_ends_the_stream(center: RunningCenter) -> None:
    """At once, with a goodbye; another session's stream goes on."""
    mine, other = center.operator(), center.operator()
    with Screen(mine) as screen, Screen(other) as others:
        assert mine.delete("/api/session").status_code == 204
        screen.wait_for("bye", timeout_s=4)
        screen.wait_end()
        assert not others.ended


def test_disabling_someone_ends_their_stream(center: RunningCenter) -> None:
    """Also when another process does it."""
    center.add_user("ana")
    visitor = center.visitor()
    visitor.login("ana")
    with Screen(visitor) as screen:
        with pool.connect(center.db_url) as conn:
            account.disable(conn, "ana")
        screen.wait_for("bye", timeout_s=4)
        screen.wait_end()


def test_expiry_ends_the_stream(center: RunningCenter) -> None:
    """By the clock, without anyone doing anything."""
    with Screen(center.operator()) as screen:
        center.clock.advance(timedelta(hours=10).total_seconds() + 1)
        screen.wait_for("bye")
        screen.wait_end()


def test_a_session_cannot_open_streams_without_end(center: RunningCenter) -> None:
    """The limit is a problem with a time to come back; closing one frees its place."""
    operator = center.operator()
    screens = [Screen(operator) for _ in range(16)]
    for screen in screens:
        screen.__enter__()
    refused = operator.get("/api/live")
    assert refused.status_code == 503
    assert "retry-after" in refused.headers
    for screen in screens:
        screen.__exit__(None, None, None)
    hub = center.app.state.center.feed.hub
    wait_until(lambda: len(hub) == 0, what="the places to be free")
    with Screen(operator):
        assert len(hub) == 1


@pytest.fixture
def proxied(
    connections: Connections, postgres_proxy: Proxy
) -> Iterator[tuple[RunningCenter, Proxy]]:
    """A control center whose database can be cut off."""
    away = connections.database_url.replace(
        f":{postgres_proxy.target_port}/", f":{postgres_proxy.port}/"
    )
    cuttable = Connections(
        database=away,
        mqtt=connections.mqtt,
        passwords=connections.passwords,
        session_secret=connections.session_secret,
    )
    with serving(cuttable) as running:
        feed = running.app.state.center.feed
        wait_until(lambda: feed.is_live, what="the live feed to be up")
        yield running, postgres_proxy


def test_a_lost_database_is_survived(
    proxied: tuple[RunningCenter, Proxy], connections: Connections
) -> None:
    """The screen stays open; when the database is back it starts over, and hears again."""
    center, proxy = proxied
    register(center, TRUCK)
    operator = center.operator()
    with Screen(operator) as screen:
        proxy.cut()
        wait_until(lambda: operator.get("/api/health").status_code == 503, what="health to say so")
        down = operator.get("/api/health").json()
        assert (down["ok"], down["database"], down["live"]) == (False, "down", "down")
        assert operator.get("/api/devices").status_code == 503
        assert operator.get("/").status_code in (200, 503)
        with pool.connect(connections.database_url) as conn:
            store_device.save(conn, [TRUCK, Device(device_id="A-1", kind=Kind.AIR, name="A")])
        proxy.restore()
        again = screen.wait_for("snapshot", count=2, timeout_s=40)
        assert [device["device_id"] for device in again.data["devices"]] == ["A-1", "T-07"]
        with pool.connect(connections.database_url) as conn:
            announce.changes(conn, now_ms(), [fix("T-07", 9.0)])
        screen.wait_change(lambda change: change.get("lat") == 9.0)
        assert wait_until(lambda: operator.get("/api/health").json()["ok"], what="health again")


def test_a_silent_network_is_noticed(
    proxied: tuple[RunningCenter, Proxy], connections: Connections
) -> None:
    """A connection that is open and dead is given up within seconds."""
    center, proxy = proxied
    feed = center.app.state.center.feed
    with Screen(center.operator()) as screen:
        proxy.stall()
        wait_until(lambda: not feed.is_live, timeout_s=30, what="the dead peer to be noticed")
        proxy.cut()
        proxy.restore()
        with pool.connect(connections.database_url) as conn:
            store_device.save(conn, [TRUCK])
        again = screen.wait_for("snapshot", count=2, timeout_s=40)
        assert [device["device_id"] for device in again.data["devices"]] == ["T-07"]
