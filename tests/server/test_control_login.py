"""Login, lock-out, CSRF, and the end of a session."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest
from argon2 import PasswordHasher

from control_center.auth import passwords
from control_center.auth.sessions import COOKIE, CSRF_HEADER
from core.settings.people import ControlCenter
from store import account, pool
from tests.servers.center import PASSWORD, RunningCenter, connections_to, serving
from tests.servers.fixtures import Broker

pytestmark = pytest.mark.server
_LOCKOUT_S = 300


def rows(center: RunningCenter, query: str) -> list[tuple[object, ...]]:
    """What the database holds."""
    with psycopg.connect(center.db_url) as conn:
        return conn.execute(query.encode()).fetchall()


def test_login_opens_a_session_and_logout_ends_it(center: RunningCenter) -> None:
    """The cookie carries the session; afterwards it carries nothing."""
    center.add_user("ana")
    visitor = center.visitor()
    assert visitor.get("/api/session").status_code == 401
    answer = visitor.login("  ANA ")
    assert answer.status_code == 200
    assert answer.json()["user"] == {
        "username": "ana",
        "name": "ana",
        "role": "administrador",
        "rights": [
            *("command", "enrol", "people", "plan", "rejects", "review", "rules", "view"),
        ],
    }
    assert visitor.get("/api/session").json() == answer.json()
    token = visitor.client.cookies[COOKIE]
    assert visitor.delete("/api/session").status_code == 204
    assert COOKIE not in visitor.client.cookies
    stale = center.visitor()
    stale.client.cookies.set(COOKIE, token)
    assert stale.get("/api/devices").status_code == 401


def test_nothing_stored_opens_a_session(center: RunningCenter) -> None:
    """The database holds neither the token nor the password."""
    visitor = center.operator()
    token = visitor.client.cookies[COOKIE]
    [(token_hash,)] = rows(center, "SELECT token_hash FROM session")
    assert token not in repr(token_hash)
    [(password_hash,)] = rows(center, "SELECT password_hash FROM account")
    assert str(password_hash).startswith("$argon2id$")
    assert PASSWORD not in str(password_hash)


@pytest.mark.parametrize("secure", [True, False])
def test_cookie_flags(db_url: str, broker: Broker, secure: bool) -> None:  # noqa: FBT001  a table
    """No script reads it, no other site sends it, and over TLS it goes nowhere else."""
    own = ControlCenter(secure_cookies=secure)
    with serving(connections_to(db_url, broker), own=own) as center:
        center.add_user("ana")
        answer = center.visitor().login("ana")
        flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/", "max-age=36000"} <= flags
        assert ("secure" in flags) is secure
        assert ("strict-transport-security" in answer.headers) is secure


@pytest.mark.parametrize(
    ("username", "password"),
    [("ana", "wrong"), ("nobody", PASSWORD), ("'; DROP TABLE account", "x")],
)
def test_a_refusal_does_not_say_what_was_wrong(
    center: RunningCenter, username: str, password: str
) -> None:
    """A wrong password and an unknown user look alike."""
    center.add_user("ana")
    answer = center.visitor().login(username, password)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:c5:problem:wrong_credentials"
    assert answer.json()["detail"] == "user and password do not match; try again"


def test_unknown_users_cost_as_much_as_known_ones() -> None:
    """Both are checked against an argon2 hash of the same parameters."""
    hashed = passwords.hashed(PASSWORD)
    assert passwords.matches(hashed, PASSWORD)
    assert not passwords.matches(hashed, "wrong")
    assert not passwords.matches(None, PASSWORD)
    parameters = hashed.split("$")[1:4]
    assert passwords._nobodys().split("$")[1:4] == parameters
    assert not passwords.is_outdated(hashed)


@pytest.mark.parametrize("username", ["ana", "nobody"])
def test_an_account_is_locked_after_wrong_passwords(center: RunningCenter, username: str) -> None:
    """Even the right password waits, known or unknown alike, and the answer says how long."""
    center.add_user("ana")
    visitor = center.visitor()
    for _ in range(3):
        assert visitor.login(username, "wrong").status_code == 401
    locked = visitor.login(username)
    assert locked.status_code == 429
    assert locked.json()["type"] == "urn:c5:problem:locked_out"
    assert 0 < int(locked.headers["retry-after"]) <= _LOCKOUT_S
    center.clock.advance(_LOCKOUT_S + 1)
    assert visitor.login(username).status_code == (200 if username == "ana" else 401)


def test_a_success_clears_the_accounts_count(center: RunningCenter) -> None:
    """Mistyping now and then locks nobody out."""
    center.add_user("ana")
    visitor = center.visitor()
    for _ in range(3):
        assert visitor.login("ana", "wrong").status_code == 401
        assert visitor.login("ana", "wrong").status_code == 401
        assert visitor.login("ana").status_code == 200


def test_an_address_is_locked_whatever_names_it_tries(center: RunningCenter) -> None:
    """Four times an account's allowance; one known password buys no further guesses."""
    center.add_user("ana")
    visitor = center.visitor()
    for number in range(12):
        assert visitor.login(f"user-{number}", "wrong").status_code == 401
        if number % 2:
            assert visitor.login("ana").status_code == (200 if number < 11 else 429)
    assert visitor.login("ana").status_code == 429


def test_weaker_hashes_are_renewed_at_login(center: RunningCenter) -> None:
    """Whoever logs in with an old hash leaves with one of today's strength."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with pool.connect(center.db_url) as conn:
        account.add(conn, username="ana", name="Ana", role="operador", password_hash=weak)
    assert center.visitor().login("ana").status_code == 200
    [(renewed,)] = rows(center, "SELECT password_hash FROM account")
    assert renewed != weak
    assert not passwords.is_outdated(str(renewed))
    assert center.visitor().login("ana").status_code == 200


def test_more_logins_at_once_than_may_wait_are_turned_away(center: RunningCenter) -> None:
    """Argon2 is heavy: a flood is answered 503 with a time, and does not pile up."""
    center.add_user("ana")

    def attempt(number: int) -> httpx.Response:
        body = {"username": f"user-{number}", "password": "wrong"}
        return httpx.post(f"{center.url}/api/session", json=body, timeout=60)

    with ThreadPoolExecutor(60) as crowd:
        answers = list(crowd.map(attempt, range(60)))
    statuses = {answer.status_code for answer in answers}
    assert 503 in statuses
    assert statuses <= {401, 429, 503}
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code > 401)


def test_failures_hold_no_names(center: RunningCenter) -> None:
    """People type passwords into the wrong field: only keyed hashes are kept."""
    center.visitor().login("my-secret-password", "wrong")
    found = rows(center, "SELECT * FROM login_failure")
    assert len(found) == 2
    assert "my-secret-password" not in repr(found)


def test_a_session_expires(center: RunningCenter) -> None:
    """After its hours it is over, whatever the cookie says."""
    visitor = center.operator()
    for _ in range(12):
        center.clock.advance(50 * 60 - 5)
        assert visitor.get("/api/session").status_code == 200
    center.clock.advance(61)
    assert visitor.get("/api/session").status_code == 401


def test_disabling_and_new_passwords_end_sessions(center: RunningCenter) -> None:
    """Whoever is shut out is out now; enabling lets them log in again."""
    center.add_user("ana")
    visitor = center.visitor()
    assert visitor.login("ana").status_code == 200
    with pool.connect(center.db_url) as conn:
        account.set_password(conn, "ana", passwords.hashed(PASSWORD))
    assert visitor.get("/api/session").status_code == 401
    assert visitor.login("ana").status_code == 200
    with pool.connect(center.db_url) as conn:
        account.disable(conn, "ana")
    assert visitor.get("/api/session").status_code == 401
    assert visitor.login("ana").status_code == 401
    with pool.connect(center.db_url) as conn:
        account.enable(conn, "ana")
    assert visitor.login("ana").status_code == 200


def test_changes_need_the_csrf_token(center: RunningCenter) -> None:
    """Without it, or with another session's, a change is refused and nothing ends."""
    visitor, other = center.operator(), center.operator()
    for headers in ({}, {CSRF_HEADER: other.csrf}, {CSRF_HEADER: ""}):
        answer = visitor.client.delete("/api/session", headers=headers)
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:c5:problem:foreign_request"
    assert visitor.get("/api/session").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
    ],
)
def test_login_is_refused_to_other_sites(
    center: RunningCenter, headers: dict[str, str], status: int
) -> None:
    """A page elsewhere cannot log someone in."""
    center.add_user("ana")
    body = {"username": "ana", "password": PASSWORD}
    answer = center.visitor().client.post("/api/session", json=body, headers=headers)
    assert answer.status_code == status


def test_login_from_its_own_page_is_taken(center: RunningCenter) -> None:
    """The browser's Origin is the server's own address."""
    center.add_user("ana")
    body = {"username": "ana", "password": PASSWORD}
    answer = center.visitor().client.post("/api/session", json=body, headers={"Origin": center.url})
    assert answer.status_code == 200
