"""Every endpoint names its right, and everyone meets it: roles, tokens, and who has neither."""

import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import httpx
import pytest

from control_center.auth.guard import A_PERSON, ANY_SESSION, PUBLIC, RIGHT_KEY
from control_center.auth.rights import RIGHTS, Right, Role
from core.settings.people import ControlCenter, People
from store import pool
from tests.servers.center import RunningCenter, connections_to, serving
from tests.servers.fixtures import Broker

pytestmark = pytest.mark.server
METHODS = {"get", "post", "put", "patch", "delete"}
OPEN = {
    ("post", "/api/session"),
    ("get", "/api/session/ways"),
    ("get", "/api/session/oidc/start"),
    ("get", "/api/session/oidc/callback"),
    ("get", "/api/health"),
}
"""What a stranger may ask."""
REFUSED = {"forbidden", "person_needed"}


class Endpoint(NamedTuple):
    """One operation of the document."""

    method: str
    path: str
    right: str

    @property
    def filled(self) -> str:
        """Its path with names that do not exist: past the guard, nothing is found."""
        return re.sub(r"\{\w+\}", "no-such-thing", self.path)


@pytest.fixture(scope="module")
def center(module_db_url: str, broker: Broker) -> Iterator[RunningCenter]:
    """A control center whom nobody asks too often."""
    own = ControlCenter(secure_cookies=False, lockout_failures=1000)
    people = People(heavy_a_minute=100_000, logins_a_minute=1000)
    with serving(connections_to(module_db_url, broker), own=own, people=people) as running:
        yield running


@pytest.fixture(scope="module")
def endpoints(center: RunningCenter) -> list[Endpoint]:
    """Every operation under /api, as the document states them."""
    document = center.visitor().get("/api/openapi.json").json()
    return [
        Endpoint(method, path, item[method][RIGHT_KEY])
        for path, item in document["paths"].items()
        for method in sorted(METHODS & set(item))
    ]


def refusal(client: httpx.Client, endpoint: Endpoint, **headers: str) -> str | None:
    """Why a request is refused for want of a right; None: it is not."""
    with client.stream(endpoint.method, endpoint.filled, headers=headers) as answer:
        if answer.status_code != 403:
            return None
        said: dict[str, Any] = httpx.Response(403, content=answer.read()).json()
    reason = str(said["type"]).rpartition(":")[2]
    assert reason in REFUSED, (endpoint, said)
    return reason


def test_every_endpoint_names_its_right(endpoints: list[Endpoint]) -> None:
    """The document says who may do what; and it knows all endpoints."""
    known = {right.value for right in Right} | {PUBLIC, ANY_SESSION, A_PERSON}
    assert {one.right for one in endpoints} <= known
    assert {(one.method, one.path) for one in endpoints if one.right == PUBLIC} == OPEN
    found = {(one.method, one.path): one.right for one in endpoints}
    assert found["post", "/api/devices/{device_id}/approve"] == Right.ENROL
    assert found["post", "/api/devices/{device_id}/commands"] == Right.COMMAND
    assert found["get", "/api/live"] == Right.VIEW
    assert found["get", "/api/audit"] == Right.AUDIT
    assert found["post", "/api/people/{username}/password"] == Right.PEOPLE
    assert {one.right for one in endpoints if one.path.startswith("/api/people")} == {Right.PEOPLE}
    assert {one.right for one in endpoints if one.path.startswith("/api/audit")} == {Right.AUDIT}


def test_strangers_are_refused_everywhere(center: RunningCenter, endpoints: list[Endpoint]) -> None:
    """Without a session every endpoint but the public ones answers 401."""
    stranger = center.visitor()
    for endpoint in endpoints:
        if endpoint.right != PUBLIC:
            answer = stranger.client.request(endpoint.method, endpoint.filled)
            assert answer.status_code == 401, endpoint
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("role", Role)
def test_each_role_has_its_rights_and_no_others(
    center: RunningCenter, endpoints: list[Endpoint], role: Role
) -> None:
    """The right decides between 403 and whatever the endpoint itself answers."""
    someone = center.operator(role)
    for endpoint in endpoints:
        if endpoint.right in {PUBLIC, ANY_SESSION, A_PERSON}:
            continue
        refused = refusal(someone.client, endpoint, **{"X-C5-CSRF": someone.csrf}) is not None
        assert refused is (Right(endpoint.right) not in RIGHTS[role]), (endpoint, role)


@pytest.mark.parametrize("right", Right)
def test_each_scope_opens_what_it_names_and_nothing_else(
    center: RunningCenter, endpoints: list[Endpoint], right: Right
) -> None:
    """A token with one scope, of someone who has more; and never what only a person may do."""
    role = next(role for role in Role if right in RIGHTS[role])
    program = center.visitor().client
    program.headers["Authorization"] = f"Bearer {token_of(center, role, right)}"
    for endpoint in endpoints:
        if endpoint.right in {PUBLIC, ANY_SESSION}:
            continue
        refused = refusal(program, endpoint)
        if endpoint.right == A_PERSON:
            assert refused == "person_needed", endpoint
        else:
            assert (refused is None) is (endpoint.right == right), (endpoint, right)


def test_a_scope_beyond_the_role_opens_nothing(
    center: RunningCenter, endpoints: list[Endpoint]
) -> None:
    """Even if it got into the database: the role is asked at each request."""
    program = center.visitor().client
    secret = token_of(center, Role.OPERADOR, *Right)
    program.headers["Authorization"] = f"Bearer {secret}"
    for endpoint in endpoints:
        if endpoint.right in set(Right) - RIGHTS[Role.OPERADOR]:
            assert refusal(program, endpoint) == "forbidden", endpoint


def test_a_session_that_waits_for_its_second_factor_may_do_nothing(
    center: RunningCenter, endpoints: list[Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its role grants; only the factor itself, and to leave."""
    someone = center.operator(Role.SUPERVISOR)
    monkeypatch.setattr(center.app.state.center.sessions, "_asked", {Role.SUPERVISOR})
    open_now = set()
    for endpoint in endpoints:
        if endpoint.right == PUBLIC or endpoint.method == "delete":
            continue
        headers = {"X-C5-CSRF": someone.csrf}
        with someone.client.stream(endpoint.method, endpoint.filled, headers=headers) as answer:
            said = answer.read().decode() if answer.status_code == 403 else ""
        if "second_factor_needed" not in said:
            open_now.add((endpoint.method, endpoint.path))
    assert open_now == {
        ("get", "/api/session"),
        ("post", "/api/session/second-factor"),
        ("post", "/api/session/second-factor/begin"),
        ("post", "/api/session/second-factor/confirm"),
    }


def test_only_those_who_may_see_plates_hold_that_right() -> None:
    """Not even an administrador does."""
    for right in (Right.PLATES, Right.HOTLIST):
        assert [role for role, rights in RIGHTS.items() if right in rights] == [Role.AUTORIZADO_LPR]
    assert [role for role, rights in RIGHTS.items() if Right.AUDIT in rights] == [Role.AUDITOR]
    assert [role for role, rights in RIGHTS.items() if Right.PEOPLE in rights] == [
        Role.ADMINISTRADOR
    ]


def test_every_role_the_database_takes_is_known(center: RunningCenter) -> None:
    """The column's CHECK and the enumeration agree."""
    for role in Role:
        center.operator(role)


def token_of(center: RunningCenter, role: Role, *scopes: Right) -> str:
    """A token of somebody new, with any scopes."""
    username = f"{role.lower()}-{secrets.token_hex(4)}"
    center.add_user(username, role)
    inside = center.app.state.center
    with pool.connect(center.db_url) as conn:
        until = center.clock() + timedelta(days=1)
        made: str = inside.tokens.make(conn, username, "prueba", list(scopes), until).secret
    return made
