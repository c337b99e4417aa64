"""Who is told outside of the room: queued with what it tells of, delivered, tried again."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from paho.mqtt import client as paho
from pydantic import SecretStr

from control_center.auth.rights import Role
from control_center.notify import part as notify_part
from control_center.notify import webhook
from control_center.notify.part import TRIES, NotifyPart
from core.clock import utc_now
from core.settings import Settings
from core.settings.engine import Notify
from core.settings.servers import Database, Mail, Mqtt
from core.topics import Kind
from deploy.mosquitto import security
from devices import broker as devices_broker
from devices.broker import Login
from store import outbox, pool
from store.pool import Connection
from tests.server.test_reports_mail import Inbox, served
from tests.servers import room
from tests.servers.center import RunningCenter
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until
from tests.unit.test_cap import GOOD

pytestmark = pytest.mark.server
SECRET = "a secret of theirs"


class Hook:
    """Somebody's address: takes what is posted, answers what it is told to."""

    def __init__(self) -> None:
        self.status = 204
        self.took: list[tuple[dict[str, str], bytes]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                hook.took.append((dict(self.headers), self.rfile.read(length)))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?room=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """An address."""
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """The database, with a button and a truck in it."""
    with pool.connect(db_url) as one:
        room.enrol(one, Kind.PANIC, "P-1")
        room.enrol(one, Kind.TRUCK, "T-1")
        yield one


def happened(conn: Connection, url: str) -> None:
    """A panic button and a truck's stop become incidents."""
    part = room.part(url)
    room.said(conn, "P-1", "panic", lat_deg=18.1, lon_deg=-94.4, text="Soy Ana")
    room.said(conn, "T-1", "unplanned_stop")
    part.tick(utc_now())
    part.close()


def states(conn: Connection) -> list[tuple[str, str, str]]:
    """Channel, state and what it is about, of every notification."""
    rows = outbox.listed(conn, state=None, before=None, limit=100)
    conn.commit()
    return sorted((row.channel, row.state, row.about) for row in rows)


def test_each_channel_gets_what_is_grave_enough(conn: Connection, db_url: str, hook: Hook) -> None:
    """Mail the panic alone, the webhook both; signed; and nobody learns who pressed or where."""
    inbox = Inbox()
    with served(inbox) as port:
        settings = Settings(
            mail=Mail(host="127.0.0.1", port=port, security="none"),
            notify=Notify(
                mail_to=("jefa@ciudad.example", "mando@ciudad.example"),
                webhook_urls=(hook.url,),
                webhook_secret=SecretStr(SECRET),
            ),
        )
        happened(conn, db_url)
        assert NotifyPart(db_url, settings).tick(utc_now()) == 4
        assert NotifyPart(db_url, settings).tick(utc_now()) == 0, "once"
    assert {str(mail["To"]) for mail in inbox.mails} == set(settings.notify.mail_to)
    subject = str(inbox.mails[0]["Subject"])
    assert subject == "[C5] Nuevo incidente: Botón de pánico · New incident: Panic button"
    assert len(hook.took) == 2
    for headers, body in hook.took:
        at_s = int(headers["X-C5-Signature"].split(",")[0][2:])
        assert headers["X-C5-Signature"] == webhook.signature(SECRET, at_s, body)
        assert headers["X-C5-Delivery"] == str(json.loads(body)["id"])
        assert b"Ana" not in body
        assert b"P-1" not in body
    [panic] = [
        said for _, body in hook.took if (said := json.loads(body))["incident"]["kind"] == "panic"
    ]
    assert (panic["incident"]["lat_deg"], panic["about"]) == (None, "incident.opened")
    assert {state for _, state, _ in states(conn)} == {"sent"}


def test_what_fails_is_tried_again_and_then_waits_for_a_person(
    center: RunningCenter, hook: Hook
) -> None:
    """With growing pauses; a person sees why, and sets it going again."""
    with pool.connect(center.db_url) as conn:
        room.enrol(conn, Kind.TRUCK, "T-1")
        room.enrol(conn, Kind.PANIC, "P-1")
        happened(conn, center.db_url)
        settings = Settings(notify=Notify(webhook_urls=(hook.url,), webhook_severity="CRITICAL"))
        part = NotifyPart(center.db_url, settings)
        hook.status = 500
        now = utc_now()
        pauses = []
        for _ in range(TRIES):
            assert part.tick(now) == 0
            [row] = outbox.listed(conn, state=None, before=None, limit=9)
            conn.commit()
            pauses.append((row.next_at - now).total_seconds())
            assert part.tick(row.next_at - timedelta(seconds=1)) == 0
            now = row.next_at
        assert len(hook.took) == TRIES
        assert pauses[:4] == [10, 20, 40, 80]
        assert max(pauses) == 7200
        supervisor = center.operator(Role.SUPERVISOR)
        [failed] = supervisor.get("/api/notifications", state="failed").json()["notifications"]
        assert failed["error"].endswith("answered 500")
        assert failed["address"] == "http://127.0.0.1", "its path may be a secret"
        hook.status = 200
        again = supervisor.post(f"/api/notifications/{failed['notification_id']}/retry")
        assert again.json()["state"] == "pending"
        assert part.tick(utc_now() + timedelta(days=1)) == 1
        assert states(conn) == [("webhook", "sent", "incident.opened")]
        late = supervisor.post(f"/api/notifications/{failed['notification_id']}/retry")
        assert late.status_code == 404
        assert center.operator(Role.OPERADOR).get("/api/notifications").status_code == 403


def test_what_is_rolled_back_is_told_to_nobody(conn: Connection, db_url: str, hook: Hook) -> None:
    """The queue belongs to the transaction."""
    happened(conn, db_url)
    conn.execute("DELETE FROM notice_due")
    conn.commit()
    conn.execute(
        "INSERT INTO incident_entry (incident_id, at, by, kind, text_es, text_en)"
        " VALUES (1, now(), 'ana', 'escalate', '', '')"
    )
    conn.rollback()
    settings = Settings(notify=Notify(webhook_urls=(hook.url,)))
    assert NotifyPart(db_url, settings).tick(utc_now()) == 0
    assert hook.took == []


def test_one_that_is_away_does_not_keep_the_others(
    conn: Connection, db_url: str, hook: Hook
) -> None:
    """A dead address waits by itself; a wrong one says which setting."""
    happened(conn, db_url)
    dead = "http://127.0.0.1:9/x"
    settings = Settings(notify=Notify(webhook_urls=(dead, "ftp://x/", hook.url)))
    assert NotifyPart(db_url, settings).tick(utc_now()) == 2
    assert len(hook.took) == 2
    rows = outbox.listed(conn, state="pending", before=None, limit=9)
    errors = {row.address: row.error or "" for row in rows}
    assert "refused" in errors[dead]
    assert "notify.webhook_urls" in errors["ftp://x/"]


def test_mqtt_gets_it_where_the_broker_lets_us(
    conn: Connection, db_url: str, broker: Broker
) -> None:
    """On a topic of its own, confirmed by the broker."""
    heard: list[tuple[str, dict[str, Any]]] = []
    login = Login(url=broker.url, username=security.ADMIN, password=broker.password(security.ADMIN))
    listener = devices_broker.client(login, client_id="test-notices")
    ready = threading.Event()
    listener.on_subscribe = lambda *_: ready.set()
    listener.on_connect = lambda client, *_: client.subscribe("c5/notice/#", 1)

    def take(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        heard.append((message.topic, json.loads(message.payload)))

    listener.on_message = take
    listener.connect(broker.host, broker.port)
    listener.loop_start()
    try:
        assert ready.wait(15)
        happened(conn, db_url)
        settings = Settings(
            database=Database(url=SecretStr(db_url)),
            mqtt=Mqtt(
                url=broker.url,
                control_password=SecretStr(broker.password(security.CONTROL)),
            ),
            notify=Notify(mqtt=True),
        )
        assert NotifyPart(db_url, settings).tick(utc_now()) == 2
        wait_until(lambda: len(heard) == 2, what="both notices")
        assert {topic for topic, _ in heard} == {"c5/notice/incident/opened"}
    finally:
        listener.disconnect()
        listener.loop_stop()


def test_without_channels_nothing_piles_up(conn: Connection, db_url: str) -> None:
    """What is due is dropped."""
    happened(conn, db_url)
    assert NotifyPart(db_url, Settings()).tick(utc_now()) == 0
    assert conn.execute("SELECT count(*) FROM notice_due").fetchone() == (0,)
    assert states(conn) == []


def test_an_alert_needs_two_people_and_is_told(center: RunningCenter, hook: Hook) -> None:
    """Drafted, looked at, approved by somebody else, told, taken back; each in the audit."""
    ana, beto = center.operator(Role.SUPERVISOR), center.operator(Role.SUPERVISOR)
    wanted = GOOD | {"expires_at": (utc_now() + timedelta(hours=2)).isoformat()}
    drafted = ana.post("/api/alerts", {"alert": wanted, "exercise": True})
    assert drafted.status_code == 201, drafted.text
    number = drafted.json()["alert_id"]
    preview = ana.get(f"/api/alerts/{number}/cap.xml")
    assert preview.headers["content-type"].startswith("application/cap+xml")
    assert "<status>Exercise</status>" in preview.text
    own = ana.post(f"/api/alerts/{number}/approve")
    assert own.json()["type"] == "urn:c5:problem:same_person"
    assert center.operator(Role.OPERADOR).post(f"/api/alerts/{number}/approve").status_code == 403
    approved = beto.post(f"/api/alerts/{number}/approve")
    assert approved.json()["state"] == "approved"
    assert beto.post(f"/api/alerts/{number}/approve").status_code == 409
    kept = ana.get(f"/api/alerts/{number}/cap.xml").text
    settings = Settings(notify=Notify(webhook_urls=(hook.url,)))
    assert NotifyPart(center.db_url, settings).tick(utc_now()) == 1
    told = json.loads(hook.took[0][1])
    assert told["alert"]["cap"] == kept == ana.get(f"/api/alerts/{number}/cap.xml").text
    assert told["text_es"].startswith("SIMULACRO: ")
    back = ana.post(f"/api/alerts/{number}/cancel", {"reason": "ya pasó"}).json()
    cancelled = beto.post(f"/api/alerts/{back['alert_id']}/approve").json()
    assert (cancelled["msg_type"], cancelled["refers_to"]) == ("Cancel", number)
    xml = ana.get(f"/api/alerts/{back['alert_id']}/cap.xml").text
    assert f",{drafted.json()['identifier']}," in xml
    assert [one["alert_id"] for one in ana.get("/api/alerts").json()["alerts"]] == [
        back["alert_id"],
        number,
    ]
    with pool.connect(center.db_url) as conn:
        rows = conn.execute(
            "SELECT action FROM audit WHERE object_kind = 'alert' ORDER BY entry_id"
        ).fetchall()
    assert [row[0] for row in rows] == [
        *("alert.draft", "alert.approve", "alert.cancel", "alert.approve"),
    ]


def test_a_bad_alert_is_refused(center: RunningCenter) -> None:
    """By field; what is over already as well; a rejected one stays so."""
    ana, beto = center.operator(Role.SUPERVISOR), center.operator(Role.SUPERVISOR)
    soon = (utc_now() + timedelta(hours=2)).isoformat()
    bad = GOOD | {"category": "Noise", "expires_at": soon}
    answer = ana.post("/api/alerts", {"alert": bad, "exercise": False})
    assert answer.status_code == 422
    assert "alert.category" in answer.json()["errors"][0]
    over = GOOD | {"expires_at": "2020-01-01T00:00:00Z"}
    assert ana.post("/api/alerts", {"alert": over, "exercise": False}).status_code == 409
    nowhere = {"alert": GOOD | {"expires_at": soon}, "exercise": False, "incident_id": 99}
    assert ana.post("/api/alerts", nowhere).status_code == 404
    good = ana.post("/api/alerts", nowhere | {"incident_id": None}).json()["alert_id"]
    assert beto.post(f"/api/alerts/{good}/reject", {"reason": ""}).status_code == 422
    assert beto.post(f"/api/alerts/{good}/reject", {"reason": "no procede"}).status_code == 200
    assert beto.post(f"/api/alerts/{good}/approve").status_code == 409
    assert ana.post(f"/api/alerts/{good}/cancel", {"reason": "x"}).status_code == 409


def test_a_round_is_bounded(
    conn: Connection, db_url: str, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many a round; the rest in the next."""
    monkeypatch.setattr(notify_part, "_A_ROUND", 1)
    happened(conn, db_url)
    part = NotifyPart(db_url, Settings(notify=Notify(webhook_urls=(hook.url,))))
    assert [part.tick(utc_now()) for _ in range(3)] == [1, 1, 0]
