"""Every endpoint names its right, and every role meets it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from control_center.auth.guard import ANY_SESSION, PUBLIC, RIGHT_KEY
from control_center.auth.rights import RIGHTS, Right, Role
from tests.servers.center import RunningCenter

pytestmark = pytest.mark.server
METHODS = {"get", "post", "put", "patch", "delete"}


def endpoints(center: RunningCenter) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every (method, path, operation) under /api, as the document states them."""
    document = center.visitor().get("/api/openapi.json").json()
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield method, path, item[method]


def filled(path: str) -> str:
    """A path whose device does not exist: past the guard, it is not found."""
    return re.sub(r"\{\w+\}", "no-such-device", path)


def test_every_endpoint_names_its_right(center: RunningCenter) -> None:
    """The document says who may do what; and it knows all endpoints."""
    found = {(method, path): operation[RIGHT_KEY] for method, path, operation in endpoints(center)}
    known = {right.value for right in Right} | {PUBLIC, ANY_SESSION}
    assert set(found.values()) <= known
    public = {endpoint for endpoint, right in found.items() if right == PUBLIC}
    assert public == {("post", "/api/session"), ("get", "/api/health")}
    assert found["post", "/api/devices/{device_id}/approve"] == Right.ENROL
    assert found["post", "/api/devices/{device_id}/revoke"] == Right.ENROL
    assert found["post", "/api/devices/{device_id}/commands"] == Right.COMMAND
    assert found["get", "/api/live"] == Right.VIEW


def test_strangers_are_refused_everywhere(center: RunningCenter) -> None:
    """Without a session every endpoint but the public ones answers 401."""
    stranger = center.visitor()
    for method, path, operation in endpoints(center):
        if operation[RIGHT_KEY] != PUBLIC:
            answer = stranger.client.request(method, filled(path))
            assert answer.status_code == 401, (method, path)
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("role", Role)
def test_each_role_has_its_rights_and_no_others(center: RunningCenter, role: Role) -> None:
    """The right decides between 403 and whatever the endpoint itself answers."""
    someone = center.operator(role)
    for method, path, operation in endpoints(center):
        right = operation[RIGHT_KEY]
        if right in (PUBLIC, ANY_SESSION):
            continue
        with someone.client.stream(
            method, filled(path), headers={"X-C5-CSRF": someone.csrf}
        ) as answer:
            forbidden = answer.status_code == 403
        assert forbidden is (Right(right) not in RIGHTS[role]), (method, path, role)


def test_only_those_who_may_see_plates_hold_that_right() -> None:
    """Not even an administrador does."""
    assert [role for role, rights in RIGHTS.items() if Right.PLATES in rights] == [
        Role.AUTORIZADO_LPR
    ]


def test_every_role_the_database_takes_is_known(center: RunningCenter) -> None:
    """The column's CHECK and the enumeration agree."""
    for role in Role:
        center.operator(role)
