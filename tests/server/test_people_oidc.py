"""Logging in at another place, against a provider that signs, and one that lies."""

import base64
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from control_center.auth.oidc import COOKIE as OIDC_COOKIE
from control_center.auth.oidc import Oidc
from control_center.auth.rights import Role
from control_center.auth.sessions import COOKIE, CSRF_HEADER
from control_center.connections import Connections
from core.errors import ConfigError
from core.settings import Settings
from core.settings.people import ControlCenter, People
from core.settings.people import Oidc as Chosen
from deploy.local import ports
from store import account, audit_reading, pool
from store.audit_reading import Filter
from tests.servers.center import RunningCenter, Visitor, connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.provider import CLIENT_ID, CLIENT_SECRET, Provider, providing

pytestmark = pytest.mark.server
ROLES = {"c5-jefes": "supervisor", "c5-operadores": "operador"}


@pytest.fixture(scope="module")
def both(module_db_url: str, broker: Broker) -> Iterator[tuple[RunningCenter, Provider]]:
    """A provider, and a control center that lets people in from there."""
    port = ports.choose()
    with providing() as provider:
        chosen = Chosen(
            issuer=provider.url,
            client_id=CLIENT_ID,
            client_secret=SecretStr(CLIENT_SECRET),
            public_url=f"http://127.0.0.1:{port}",
            label="Ayuntamiento",
            roles=ROLES,
        )
        people = People(second_factor_roles=("supervisor",), logins_a_minute=10_000)
        own = ControlCenter(secure_cookies=False, lockout_failures=1000)
        connections = connections_to(module_db_url, broker)
        with serving(connections, own=own, oidc=chosen, people=people, port=port) as center:
            yield center, provider


@pytest.fixture
def provider(both: tuple[RunningCenter, Provider]) -> Provider:
    """The provider, which tells the truth about somebody new."""
    both[1].reset()
    return both[1]


@pytest.fixture
def center(both: tuple[RunningCenter, Provider], provider: Provider) -> RunningCenter:
    """The control center, its provider reset."""
    del provider
    both[0].app.state.center.oidc._provider._metadata = None
    return both[0]


def went(visitor: Visitor, next_path: str = "/mapa") -> httpx.Response:
    """Press the button, log in there, and come back: our last answer."""
    start = visitor.get("/api/session/oidc/start", next=next_path)
    assert start.status_code == 303, start.text
    there = httpx.get(start.headers["location"])
    assert there.status_code == 302
    return visitor.client.get(there.headers["location"])


def told(center: RunningCenter, action: str, who: str) -> list[dict[str, Any]]:
    """What the audit holds of an action on someone, oldest first."""
    with pool.connect(center.db_url) as conn:
        wanted = Filter(action=action, object_id=who)
        found = audit_reading.listed(conn, wanted, before=2**62, limit=99)
    return [one.detail for one in found[::-1]]


def known(center: RunningCenter, username: str) -> bool:
    """Whether there is such an account."""
    with pool.connect(center.db_url) as conn:
        return username in {one.username for one in account.listed(conn)}


def test_someone_logs_in_elsewhere(center: RunningCenter, provider: Provider) -> None:
    """An account is made, with the role that the claims say; the session is as any other."""
    visitor = center.visitor()
    ways = visitor.get("/api/session/ways").json()
    assert ways == {"oidc": {"label": "Ayuntamiento", "url": "/api/session/oidc/start"}}
    back = went(visitor)
    assert (back.status_code, back.headers["location"]) == (303, "/mapa")
    assert OIDC_COOKIE not in visitor.client.cookies
    answer = visitor.get("/api/session").json()
    assert (answer["user"]["username"], answer["user"]["name"]) == (
        provider.username,
        "Ana Ruiz",
    )
    assert (answer["user"]["role"], answer["elsewhere"]) == ("operador", True)
    assert visitor.get("/api/devices").status_code == 200
    assert told(center, "session.open", provider.username) == [{"how": "oidc"}]
    assert told(center, "account.add", provider.username) == [{"role": "operador"}]


def test_cookies_on_the_way(center: RunningCenter, provider: Provider) -> None:
    """What is remembered is sealed, short-lived, and sent along only to where it is needed."""
    visitor = center.visitor()
    start = visitor.get("/api/session/oidc/start")
    flags = {part.strip().lower() for part in start.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "max-age=600", "path=/api/session/oidc/callback"} <= flags
    query = parse_qs(urlsplit(start.headers["location"]).query)
    assert start.headers["location"].startswith(f"{provider.url}/authorize?")
    for secret in (query["state"][0], query["nonce"][0]):
        assert secret not in start.headers["set-cookie"]
    there = httpx.get(start.headers["location"])
    back = visitor.client.get(there.headers["location"])
    session = next(one for one in back.headers.get_list("set-cookie") if one.startswith(COOKIE))
    assert "samesite=strict" in session.lower()


def test_the_account_follows_the_claims(center: RunningCenter, provider: Provider) -> None:
    """At each login: another role, another name, and the same person by its subject."""
    assert went(center.visitor()).headers["location"] == "/mapa"
    provider.claims = {"roles": "c5-jefes", "name": "Ana R.", "preferred_username": "ana.ruiz"}
    visitor = center.visitor()
    assert went(visitor).headers["location"] == "/mapa"
    user = visitor.get("/api/session").json()["user"]
    assert user["username"] == provider.username
    assert (user["role"], user["name"]) == ("supervisor", "Ana R.")
    followed = [{"role": "supervisor", "before": "operador"}]
    assert told(center, "account.follow", provider.username) == followed


def test_a_second_factor_shown_there_counts_here(center: RunningCenter, provider: Provider) -> None:
    """By the token's `amr`; without it the role's own second factor is asked for."""
    provider.claims = {"roles": ["c5-jefes"]}
    visitor = center.visitor()
    went(visitor)
    assert visitor.get("/api/session").json()["second_factor"] == "enrol"
    assert visitor.get("/api/devices").status_code == 403
    provider.claims["amr"] = ["pwd", "mfa"]
    visitor = center.visitor()
    went(visitor)
    assert visitor.get("/api/session").json()["second_factor"] == "passed"
    assert visitor.get("/api/devices").status_code == 200


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"roles": ["other"]}, "oidc_refused"),
        ({"roles": None}, "oidc_refused"),
        ({"roles": 7}, "oidc_refused"),
        ({"roles": {"c5-operadores": True}}, "oidc_refused"),
        ({"preferred_username": None}, "oidc_refused"),
        ({"preferred_username": "///"}, "oidc_refused"),
        ({"iss": "https://evil.example"}, "oidc_failed"),
        ({"aud": "somebody-else"}, "oidc_failed"),
        ({"aud": [CLIENT_ID, "x"], "azp": "x"}, "oidc_failed"),
        ({"nonce": "another"}, "oidc_failed"),
        ({"nonce": None}, "oidc_failed"),
        ({"exp": 1_000_000_000}, "oidc_failed"),
        ({"exp": None}, "oidc_failed"),
        ({"iat": 32_000_000_000}, "oidc_failed"),
        ({"sub": None}, "oidc_failed"),
    ],
)
def test_a_token_that_does_not_hold_lets_nobody_in(
    center: RunningCenter, provider: Provider, claims: dict[str, Any], reason: str
) -> None:
    """Each claim is looked at; the page is told why, and there is no session and no account."""
    provider.claims = claims
    visitor = center.visitor()
    assert went(visitor).headers["location"] == f"/?login={reason}"
    assert visitor.get("/api/session").status_code == 401
    assert not known(center, provider.username)


@pytest.mark.parametrize("how", ["another key", "unknown key", "no signature", "shared secret"])
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    center: RunningCenter, provider: Provider, how: str
) -> None:
    """Whatever its header claims."""
    match how:
        case "another key":
            provider.signed_with = stranger()
            provider.header = {"kid": provider.key.kid}
        case "unknown key":
            provider.signed_with = stranger()
        case "no signature":
            provider.forge = lambda nonce: forged(provider, nonce, "none")
        case _:
            provider.forge = lambda nonce: forged(provider, nonce, "HS256")
    visitor = center.visitor()
    assert went(visitor).headers["location"] == "/?login=oidc_failed"
    assert visitor.get("/api/session").status_code == 401


def stranger() -> RSAKey:
    """A key that nobody publishes."""
    return RSAKey.generate_key(auto_kid=True)


def forged(provider: Provider, nonce: str, algorithm: str) -> str:
    """A token whose signature needs no private key."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    claims = provider.id_token(nonce).split(".")[1]
    head = part(json.dumps({"alg": algorithm, "kid": provider.key.kid}).encode())
    if algorithm == "none":
        return f"{head}.{claims}."
    public = json.dumps(provider.keys()["keys"][0]).encode()
    return f"{head}.{claims}.{part(hmac.digest(public, f'{head}.{claims}'.encode(), 'sha256'))}"


def test_a_provider_may_change_its_keys(center: RunningCenter, provider: Provider) -> None:
    """A token that names an unknown key makes us ask for them again, and not without end."""
    assert went(center.visitor()).headers["location"] == "/mapa"
    provider.key = stranger()
    inside = center.app.state.center.oidc._provider
    inside._fetched_s -= 61
    provider.asked.clear()
    assert went(center.visitor()).headers["location"] == "/mapa"
    provider.signed_with = stranger()
    for _ in range(3):
        assert went(center.visitor()).headers["location"] == "/?login=oidc_failed"
    assert provider.asked.count("/jwks") == 1


def test_an_answer_fits_only_the_browser_that_asked(center: RunningCenter) -> None:
    """Another's code, a stale cookie, a changed state and no cookie are refused."""
    mine, other = center.visitor(), center.visitor()
    start = mine.get("/api/session/oidc/start")
    back = httpx.get(start.headers["location"]).headers["location"]
    path = back.removeprefix(center.url)
    assert other.client.get(path).headers["location"] == "/?login=oidc_expired"
    other.get("/api/session/oidc/start")
    assert other.client.get(path).headers["location"] == "/?login=oidc_expired"
    cookie = mine.client.cookies[OIDC_COOKIE]
    mine.client.cookies.clear()
    mine.client.cookies.set(OIDC_COOKIE, cookie[:-4] + "AAA=")
    assert mine.client.get(path).headers["location"] == "/?login=oidc_expired"
    for visitor in (mine, other):
        assert visitor.get("/api/session").status_code == 401


def test_an_answer_is_taken_once(center: RunningCenter) -> None:
    """The provider refuses the code, and the cookie is gone."""
    visitor = center.visitor()
    start = visitor.get("/api/session/oidc/start")
    cookie = visitor.client.cookies[OIDC_COOKIE]
    back = httpx.get(start.headers["location"]).headers["location"]
    assert visitor.client.get(back).headers["location"] == "/"
    thief = center.visitor()
    thief.client.cookies.set(OIDC_COOKIE, cookie)
    assert thief.client.get(back).headers["location"] == "/?login=oidc_failed"
    assert thief.get("/api/session").status_code == 401


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/\\evil", "mapa"])
def test_nobody_is_sent_to_another_site_afterwards(center: RunningCenter, path: str) -> None:
    """Where to go afterwards is one of our own pages."""
    assert went(center.visitor(), path).headers["location"] == "/"


def test_a_local_account_is_not_taken_over(center: RunningCenter, provider: Provider) -> None:
    """The same username at the provider is somebody else."""
    center.add_user(provider.username, Role.ADMINISTRADOR)
    visitor = center.visitor()
    assert went(visitor).headers["location"] == "/?login=oidc_refused"
    assert visitor.get("/api/session").status_code == 401
    assert told(center, "session.refuse", "unknown")[-1] == {"what": "oidc: username taken"}


def test_whoever_is_disabled_here_stays_out(center: RunningCenter, provider: Provider) -> None:
    """Whatever the provider says."""
    went(center.visitor())
    with pool.connect(center.db_url) as conn:
        account.disable(conn, provider.username)
    assert went(center.visitor()).headers["location"] == "/?login=oidc_refused"


def test_such_an_account_has_no_password(center: RunningCenter, provider: Provider) -> None:
    """None opens it, none can be set here, and its role is the provider's."""
    visitor = center.visitor()
    went(visitor)
    csrf = visitor.get("/api/session").json()["csrf"]
    for password in ("x", "None", ""):
        assert center.visitor().login(provider.username, password).status_code in {401, 422}
    body = {"old": "x", "new": "a long new password"}
    own = visitor.client.post("/api/session/password", json=body, headers={CSRF_HEADER: csrf})
    assert own.status_code == 409
    boss = center.operator()
    assert boss.post(f"/api/people/{provider.username}/password").status_code == 409
    assert boss.patch(f"/api/people/{provider.username}", {"role": "auditor"}).status_code == 409
    with psycopg.connect(center.db_url) as conn:
        row = conn.execute(
            "SELECT password_hash FROM account WHERE username = %s", (provider.username,)
        ).fetchone()
    assert row == (None,)


def test_a_provider_that_says_no(center: RunningCenter, provider: Provider) -> None:
    """Whoever does not agree there comes back to the login page."""
    provider.error = "access_denied"
    assert went(center.visitor()).headers["location"] == "/?login=oidc_refused"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://tokens.example/"},
        {"jwks_uri": "ftp://127.0.0.1.example/"},
    ],
)
def test_a_provider_that_describes_itself_wrongly(
    center: RunningCenter, provider: Provider, metadata: dict[str, str]
) -> None:
    """Another issuer, or an address without TLS, is a refusal that names the setting."""
    provider.metadata = metadata
    answer = center.visitor().get("/api/session/oidc/start")
    assert answer.status_code == 503
    assert "oidc.issuer" in answer.json()["detail"]


def test_a_provider_that_is_away(center: RunningCenter) -> None:
    """A refusal, not a crash."""
    inside = center.app.state.center.oidc._provider
    there, inside._issuer = inside._issuer, f"http://127.0.0.1:{ports.choose()}"
    try:
        answer = center.visitor().get("/api/session/oidc/start")
    finally:
        inside._issuer = there
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:c5:problem:oidc_failed"


def test_without_an_issuer_there_is_no_other_door(connections: Connections) -> None:
    """The page offers none, and the address answers 404."""
    with serving(connections) as center:
        visitor = center.visitor()
        assert visitor.get("/api/session/ways").json() == {"oidc": None}
        assert visitor.get("/api/session/oidc/start").status_code == 404
        assert visitor.get("/api/session/oidc/callback").status_code == 404


def test_a_role_that_is_none_is_refused_at_start() -> None:
    """Before anybody logs in with it."""
    settings = Settings(oidc=Chosen(issuer="https://a.example", roles={"x": "root"}))
    nothing: Any = None
    with pytest.raises(ConfigError, match=r"oidc\.roles: root is no role"):
        Oidc.of(nothing, settings, nothing, nothing, clock=nothing)
