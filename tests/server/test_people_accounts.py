"""Accounts, sessions and API tokens, as people and administradores handle them."""

import secrets
from datetime import timedelta

import httpx
import psycopg
import pytest

from control_center.auth.rights import RIGHTS, Right, Role
from control_center.auth.sessions import CSRF_HEADER
from control_center.connections import Connections
from core.settings.people import ControlCenter, People
from store import account, audit_reading, pool
from store.audit_reading import Filter
from tests.servers.center import PASSWORD, RunningCenter, Visitor, serving
from tests.servers.crowd import crowd, someone, told
from tests.servers.stream import Screen
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
__all__ = ["crowd"]


@pytest.fixture
def boss(crowd: RunningCenter) -> Visitor:
    """An administrador."""
    return someone(crowd, Role.ADMINISTRADOR)[1]


def new_name() -> str:
    """A username that nobody has."""
    return f"nueva-{secrets.token_hex(4)}"


def bearer(center: RunningCenter, token: str) -> httpx.Client:
    """A program with a token."""
    client = center.visitor().client
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def made(visitor: Visitor, *scopes: str, days: int = 30) -> str:
    """A token of theirs."""
    order = {"name": "tablero", "scopes": list(scopes), "days": days}
    answer = visitor.post("/api/session/tokens", order)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def test_an_account_is_made_and_changed(crowd: RunningCenter, boss: Visitor) -> None:
    """Its password is shown once; another role ends its sessions."""
    name = new_name()
    order = {"username": name, "name": "Rosa Núñez", "role": "operador"}
    answer = boss.post("/api/people", order)
    assert answer.status_code == 201
    rosa = crowd.visitor()
    assert rosa.login(name, answer.json()["password"]).status_code == 200
    assert boss.post("/api/people", order).status_code == 409
    changed = boss.patch(f"/api/people/{name}", {"name": "Rosa N.", "role": "supervisor"})
    assert (changed.json()["name"], changed.json()["role"]) == ("Rosa N.", "supervisor")
    assert rosa.get("/api/session").status_code == 401
    listed = {one["username"]: one for one in boss.get("/api/people").json()["people"]}
    assert listed[name]["role"] == "supervisor"
    assert not listed[name]["elsewhere"]
    assert told(crowd, "account.add", name) == [{"name": "Rosa Núñez", "role": "operador"}]
    changes = [{"changes": {"name": "Rosa N.", "role": "supervisor"}}]
    assert told(crowd, "account.change", name) == changes


def test_shutting_out_and_letting_in(crowd: RunningCenter, boss: Visitor) -> None:
    """At once, tokens and live streams too."""
    name, visitor = someone(crowd)
    token = made(visitor, "view")
    wait_until(lambda: crowd.app.state.center.feed.is_live, what="the live feed to be up")
    with Screen(visitor) as screen:
        assert boss.patch(f"/api/people/{name}", {"disabled": True}).status_code == 200
        screen.wait_for("bye")
    assert visitor.get("/api/session").status_code == 401
    assert visitor.login(name).status_code == 401
    assert bearer(crowd, token).get("/api/devices").status_code == 401
    assert boss.patch(f"/api/people/{name}", {"disabled": False}).json()["disabled_at"] is None
    assert visitor.login(name).status_code == 200


def test_a_password_is_reset(crowd: RunningCenter, boss: Visitor) -> None:
    """The old one is dead, and so are the sessions and tokens that it opened."""
    name, visitor = someone(crowd)
    token = made(visitor, "view")
    answer = boss.post(f"/api/people/{name}/password")
    assert answer.status_code == 200
    assert visitor.get("/api/session").status_code == 401
    assert visitor.login(name, PASSWORD).status_code == 401
    assert visitor.login(name, answer.json()["password"]).status_code == 200
    assert bearer(crowd, token).get("/api/devices").status_code == 401
    assert told(crowd, "account.password", name) == [{}]


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "operador"}])
def test_nobody_shuts_themselves_out(crowd: RunningCenter, change: dict[str, object]) -> None:
    """Nor gives themselves another role."""
    name, boss = someone(crowd, Role.ADMINISTRADOR)
    answer = boss.patch(f"/api/people/{name}", change)
    assert answer.status_code == 409
    assert boss.get("/api/people").status_code == 200


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "operador"}])
def test_the_last_administrador_stays(connections: Connections, change: dict[str, object]) -> None:
    """Also when two take each other's role away at once: the second is refused."""
    with serving(connections) as center:
        (first, one), (second, other) = (someone(center, Role.ADMINISTRADOR) for _ in range(2))
        assert one.patch(f"/api/people/{second}", change).status_code == 200
        assert other.patch(f"/api/people/{first}", change).status_code in {401, 403}
        with pool.connect(center.db_url) as conn:
            with pytest.raises(Exception, match="last administrador"):
                account.keep_an_administrador(conn, first)
            account.keep_an_administrador(conn, second)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("patch", "/api/people/nobody", {"disabled": True}, 404),
        ("patch", "/api/people/NoBody!", {"disabled": True}, 422),
        ("patch", "/api/people/nobody", {"role": "root"}, 422),
        ("post", "/api/people/nobody/password", None, 404),
        ("delete", "/api/people/nobody/second-factor", None, 404),
        ("delete", "/api/people/nobody/sessions", None, 404),
        ("get", "/api/people/nobody/sessions", None, 404),
        ("get", "/api/people/nobody/tokens", None, 404),
        ("delete", "/api/people/nobody/tokens/7", None, 404),
        ("post", "/api/people", {"username": "-x", "name": "x", "role": "operador"}, 422),
        ("post", "/api/people", {"username": "x", "name": "", "role": "operador"}, 422),
        ("post", "/api/people", {"username": "x", "name": "x", "role": "operador", "y": 1}, 422),
    ],
)
def test_senseless_orders_are_refused(
    boss: Visitor, method: str, path: str, body: object, status: int
) -> None:
    """With a problem, whatever they are."""
    headers = {CSRF_HEADER: boss.csrf}
    answer = boss.client.request(method, path, json=body, headers=headers)
    assert answer.status_code == status, answer.text


def test_a_name_with_html_is_only_text(crowd: RunningCenter, boss: Visitor) -> None:
    """It is answered as it was given, as JSON."""
    name = new_name()
    hostile = "<img src=x onerror=alert(1)>"
    boss.post("/api/people", {"username": name, "name": hostile, "role": "operador"})
    answer = boss.get("/api/people")
    assert answer.headers["content-type"] == "application/json"
    assert hostile in {one["name"] for one in answer.json()["people"]}
    assert told(crowd, "account.add", name)[0]["name"] == hostile


def test_ones_own_sessions(crowd: RunningCenter) -> None:
    """Listed with where and when, ended one by one or all but this one; never another's."""
    name, here = someone(crowd)
    there, elsewhere = crowd.visitor(), crowd.visitor()
    for visitor in (there, elsewhere):
        visitor.login(name)
    listed = here.get("/api/session/all").json()["sessions"]
    assert len(listed) == 3
    assert [one["current"] for one in listed].count(True) == 1
    assert {one["address"] for one in listed} == {"127.0.0.1"}
    assert all(one["agent"].startswith("python-httpx") for one in listed)
    ids = [one["session_id"] for one in listed if not one["current"]]
    stranger = someone(crowd)[1]
    assert stranger.delete(f"/api/session/all/{ids[0]}").status_code == 404
    assert here.delete(f"/api/session/all/{ids[0]}").status_code == 204
    assert here.delete(f"/api/session/all/{ids[0]}").status_code == 404
    assert sorted(each.get("/api/session").status_code for each in (there, elsewhere)) == [200, 401]
    assert here.delete("/api/session/all").status_code == 204
    assert {each.get("/api/session").status_code for each in (there, elsewhere)} == {401}
    assert here.get("/api/session").status_code == 200


def test_an_administrador_ends_anothers_sessions(crowd: RunningCenter, boss: Visitor) -> None:
    """And sees where they were open."""
    name, visitor = someone(crowd)
    listed = boss.get(f"/api/people/{name}/sessions").json()["sessions"]
    assert [one["current"] for one in listed] == [False]
    assert boss.delete(f"/api/people/{name}/sessions").status_code == 204
    assert visitor.get("/api/session").status_code == 401
    assert told(crowd, "session.end", name) == [{}]


def test_a_session_that_nothing_uses_ends(connections: Connections) -> None:
    """After its idle minutes, and not while it is used."""
    with serving(connections, people=People(idle_minutes=10)) as center:
        visitor = center.operator()
        for _ in range(3):
            center.clock.advance(9 * 60)
            assert visitor.get("/api/session").status_code == 200
        center.clock.advance(10 * 60 + 61)
        assert visitor.get("/api/session").status_code == 401
        assert visitor.login("nobody").status_code == 401
        center.operator()
        with psycopg.connect(center.db_url) as conn:
            assert conn.execute("SELECT count(*) FROM session").fetchone() == (1,)


def test_ones_own_password(crowd: RunningCenter) -> None:
    """With the old one; other sessions end, this one goes on."""
    name, here = someone(crowd)
    there = crowd.visitor()
    there.login(name)
    path, new = "/api/session/password", "una frase nueva y larga"
    assert here.post(path, {"old": "wrong", "new": new}).status_code == 401
    assert here.post(path, {"old": PASSWORD, "new": "corta"}).status_code == 422
    assert here.post(path, {"old": PASSWORD, "new": new}).status_code == 204
    assert here.get("/api/session").status_code == 200
    assert there.get("/api/session").status_code == 401
    assert there.login(name, PASSWORD).status_code == 401
    assert there.login(name, new).status_code == 200


def test_a_token_does_what_its_scopes_say(crowd: RunningCenter) -> None:
    """Without a cookie and a CSRF token; it is kept as a hash, and shown once."""
    name, visitor = someone(crowd, Role.SUPERVISOR)
    token = made(visitor, "view", "command")
    assert token.startswith("c5_")
    program = bearer(crowd, token)
    assert program.get("/api/devices").status_code == 200
    assert program.get("/api/session").json()["user"]["rights"] == ["command", "view"]
    order = {"name": "ping", "args": {}, "expires_s": 60}
    assert program.post("/api/devices/nobody/commands", json=order).status_code == 404
    assert program.post("/api/anomalies/7/mark", json={"is_true": True}).status_code == 403
    [listed] = visitor.get("/api/session/tokens").json()["tokens"]
    assert (listed["name"], listed["scopes"]) == ("tablero", ["command", "view"])
    assert listed["used_at"] is not None
    assert "token" not in listed
    with psycopg.connect(crowd.db_url) as conn:
        rows = conn.execute("SELECT t::text FROM api_token t WHERE username = %s", (name,))
        assert token not in repr(rows.fetchall())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/session/tokens"),
        ("post", "/api/session/tokens"),
        ("delete", "/api/session/tokens/1"),
        ("post", "/api/session/password"),
        ("post", "/api/session/second-factor/begin"),
        ("delete", "/api/session/all"),
        ("delete", "/api/session"),
    ],
)
def test_a_token_never_does_what_only_a_person_should(
    crowd: RunningCenter, method: str, path: str
) -> None:
    """It makes no other tokens, and touches neither sessions nor passwords."""
    token = made(someone(crowd, Role.SUPERVISOR)[1], "view")
    answer = bearer(crowd, token).request(method, path, json=None)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:c5:problem:person_needed"


def test_a_token_ends(crowd: RunningCenter, boss: Visitor) -> None:
    """By its owner, by an administrador, by its day; and with its owner's role."""
    name, visitor = someone(crowd, Role.SUPERVISOR)
    tokens = [made(visitor, "view", "command", days=1) for _ in range(3)]
    ids = [one["token_id"] for one in visitor.get("/api/session/tokens").json()["tokens"]][::-1]
    stranger = someone(crowd)[1]
    assert stranger.delete(f"/api/session/tokens/{ids[0]}").status_code == 404
    assert visitor.delete(f"/api/session/tokens/{ids[0]}").status_code == 204
    assert visitor.delete(f"/api/session/tokens/{ids[0]}").status_code == 404
    listed = boss.get(f"/api/people/{name}/tokens").json()["tokens"]
    assert [one["revoked_at"] is None for one in listed] == [True, True, False]
    assert boss.delete(f"/api/people/{name}/tokens/{ids[1]}").status_code == 204
    for token in tokens[:2]:
        assert bearer(crowd, token).get("/api/devices").status_code == 401
    program = bearer(crowd, tokens[2])
    boss.patch(f"/api/people/{name}", {"role": "auditor"})
    assert program.get("/api/session").status_code == 200
    assert program.post("/api/devices/x/commands", json={}).status_code == 403
    crowd.clock.ahead += timedelta(days=1, seconds=1)
    assert program.get("/api/session").status_code == 401
    crowd.clock.ahead -= timedelta(days=1, seconds=1)


@pytest.mark.parametrize(
    "order",
    [
        {"name": "x", "scopes": ["plates"], "days": 1},
        {"name": "x", "scopes": ["view", "people"], "days": 1},
        {"name": "x", "scopes": [], "days": 1},
        {"name": "x", "scopes": ["everything"], "days": 1},
        {"name": "", "scopes": ["view"], "days": 1},
        {"name": "x", "scopes": ["view"], "days": 0},
        {"name": "x", "scopes": ["view"], "days": 366},
    ],
)
def test_a_token_beyond_ones_own_rights_is_refused(
    crowd: RunningCenter, order: dict[str, object]
) -> None:
    """Or one for ever."""
    _, visitor = someone(crowd)
    assert visitor.post("/api/session/tokens", order).status_code == 422
    assert visitor.get("/api/session/tokens").json() == {"tokens": []}


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "bearer c5_x", "Bearer c5_é", "Basic x"])
def test_what_is_no_token_opens_nothing(crowd: RunningCenter, header: str) -> None:
    """401, even beside a cookie that would."""
    _, visitor = someone(crowd)
    headers = [(b"Authorization", header.encode())]
    answer = visitor.client.get("/api/devices", headers=headers)
    assert answer.status_code == (200 if header.startswith("Basic") else 401)


def test_another_sites_page_cannot_use_a_token(crowd: RunningCenter) -> None:
    """A change with a foreign origin is refused with it too."""
    program = bearer(crowd, made(someone(crowd, Role.SUPERVISOR)[1], "command"))
    order = {"name": "ping", "args": {}, "expires_s": 60}
    headers = {"Origin": "https://evil.example"}
    answer = program.post("/api/devices/x/commands", json=order, headers=headers)
    assert answer.json()["type"] == "urn:c5:problem:foreign_request"


def test_logins_and_costly_requests_have_a_rate(connections: Connections) -> None:
    """Per address and per account; the answer says when to come again."""
    people = People(logins_a_minute=4, heavy_a_minute=3)
    own = ControlCenter(secure_cookies=False, lockout_failures=100)
    with serving(connections, own=own, people=people) as center:
        inside = center.app.state.center
        for rate in (inside.heavy, inside.logins.rate):
            rate._now_s = lambda: 0.0  # on a busy machine a bucket would fill meanwhile
        _, auditor = someone(center, Role.AUDITOR)
        _, other = someone(center, Role.AUDITOR)
        for each in (auditor, other):
            answers = [each.get("/api/audit/verify") for _ in range(4)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
            assert answers[-1].json()["type"] == "urn:c5:problem:too_many"
            assert 0 < int(answers[-1].headers["retry-after"]) <= 20
        assert auditor.get("/api/audit", limit=1).status_code == 200
        visitor = center.visitor()
        answers = [visitor.login("nobody", "x") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401, 401, 429]


def test_logins_are_told(crowd: RunningCenter) -> None:
    """Who came, who went, who failed; a name that is no user's is not repeated."""
    name, visitor = someone(crowd)
    visitor.login(name, "wrong")
    visitor.delete("/api/session")
    secret = f"my-password-{secrets.token_hex(4)}"
    crowd.visitor().login(secret, "x")
    with pool.connect(crowd.db_url) as conn:
        mine = audit_reading.listed(conn, Filter(actor=name), before=2**62, limit=9)
        everything = audit_reading.listed(conn, Filter(), before=2**62, limit=999)
    assert [one.action for one in mine[::-1]] == ["session.open", "session.refuse", "session.close"]
    assert {one.address for one in mine} == {"127.0.0.1"}
    assert secret not in repr(everything)
    assert everything[0].action == "session.refuse"
    assert everything[0].actor == "unknown"


def test_every_right_is_somebodys() -> None:
    """A right that no role grants would be a door without a key."""
    assert set().union(*RIGHTS.values()) == set(Right)
