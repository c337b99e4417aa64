"""Every operation of the document with generated input, as each role: no fault, no wrong right.

Schemathesis makes the input from the OpenAPI document, some that fits and some that does not;
the same in every run. Each role's browser then sends the same, so a right that leaks shows.
"""

import secrets
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from copy import copy
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from control_center.auth.guard import A_PERSON, ANY_SESSION, PUBLIC, RIGHT_KEY
from control_center.auth.rights import RIGHTS, Right, Role
from control_center.auth.sessions import CSRF_HEADER
from core.settings.people import ControlCenter, People
from tests.servers.center import PASSWORD, RunningCenter, Visitor, connections_to, serving
from tests.servers.fixtures import Broker

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(600)]
FITTING, UNFIT = 1, 1
"""Examples of each kind for an operation."""
ENDLESS = {("GET", "/api/live")}
LAST = {
    ("DELETE", "/api/session"),
    ("DELETE", "/api/session/all"),
    ("DELETE", "/api/session/all/{session_id}"),
}
"""What ends sessions, perhaps the one that asks; other tests look at it."""
NOT_JSON = {400: ("There was an error parsing the body",), 422: ("JSON decode error",)}
"""What is answered to bytes that are no text, and to text that is not JSON."""
AWAY = 503
"""What an operation answers when something outside is not there, with a problem that says what."""


@pytest.fixture(scope="module")
def center(module_db_url: str, broker: Broker) -> Iterator[RunningCenter]:
    """A control center whom nobody asks too often."""
    own = ControlCenter(secure_cookies=False, lockout_failures=1_000_000)
    people = People(heavy_a_minute=1_000_000, logins_a_minute=1_000_000)
    with serving(connections_to(module_db_url, broker), own=own, people=people) as running:
        yield running


class Sent:
    """One generated request."""

    def __init__(self, case: Any, right: str) -> None:
        self.right = right
        self.path: str = case.operation.path
        self.method: str = case.method
        made = case.as_transport_kwargs(base_url="http://c5")
        self.url = httpx.URL(made["url"], params=list(_flat(made["params"]))).raw_path.decode()
        kept = {"content-type"}
        self.headers = {
            name: value for name, value in made["headers"].items() if name.lower() in kept
        }
        body = {name: made[name] for name in ("json", "data") if name in made}
        self.body = {"content" if name == "data" else name: value for name, value in body.items()}

    def by(self, visitor: Visitor) -> httpx.Response:
        """Let someone send it; a stream is left when it has begun."""
        headers = {**self.headers, CSRF_HEADER: visitor.csrf}
        with visitor.client.stream(self.method, self.url, headers=headers, **self.body) as answer:
            if (self.method, self.path) not in ENDLESS:
                answer.read()
        return answer

    def with_nul(self) -> Iterator["Sent"]:
        """The same with NUL in one text of its body, or in one part of its address."""
        sent = self.body.get("json")
        body: dict[str, Any] = sent if isinstance(sent, dict) else {}
        for name, value in body.items():
            if isinstance(value, str):
                yield self._but(body={"json": {**body, name: "a\x00b"}})
        path, _, query = self.url.partition("?")
        for named, part in zip(self.path.split("/"), path.split("/"), strict=False):
            if named.startswith("{") and part:
                yield self._but(url=self.url.replace(part, f"{part}%00", 1))
        for pair in filter(None, query.split("&")):
            yield self._but(url=self.url.replace(pair, f"{pair}%00", 1))

    def _but(self, **changes: Any) -> "Sent":
        made = copy(self)
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    def __repr__(self) -> str:
        return f"{self.method} {self.url} {self.body}"[:400]


@pytest.fixture(scope="module")
def requests(center: RunningCenter) -> list[Sent]:
    """What is sent, the same for every role."""
    document = center.visitor().get("/api/openapi.json").json()
    made: list[Sent] = []
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        right = document["paths"][operation.path][operation.method][RIGHT_KEY]
        if (operation.method.upper(), operation.path) in LAST:
            continue
        for mode, count in ((GenerationMode.POSITIVE, FITTING), (GenerationMode.NEGATIVE, UNFIT)):
            made.extend(Sent(case, right) for case in generated(operation, mode, count))
    return made


def generated(operation: Any, mode: GenerationMode, count: int) -> list[Any]:
    """Some cases of an operation; none where nothing can be unfit."""
    cases: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        cases.append(case)

    with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
        collect()
    return cases


@pytest.mark.parametrize("role", Role)
def test_no_input_breaks_anything_or_opens_a_wrong_door(
    center: RunningCenter, requests: list[Sent], role: Role
) -> None:
    """No 5xx but a refusal that names what is away; 403 exactly where the right is lacking."""
    visitor = someone(center, role)
    faults = [f"{said}: {fault}" for said in requests if (fault := wrong(said, visitor, role))]
    assert faults == []


@pytest.mark.parametrize("role", Role)
def test_a_text_that_no_database_can_keep_breaks_nothing(
    center: RunningCenter, requests: list[Sent], role: Role
) -> None:
    """NUL in every text of a body, and in every part of an address: never a 5xx."""
    visitor = someone(center, role)
    faults = []
    for sent in requests:
        for spoilt in sent.with_nul():
            answer = spoilt.by(visitor)
            if answer.status_code >= 500 and answer.status_code != AWAY:
                faults.append(f"{spoilt}: {answer.status_code} {answer.text[:200]}")
    assert faults == []


def someone(center: RunningCenter, role: Role) -> Visitor:
    """Somebody new in a role, logged in."""
    username = f"{role.lower()}-{secrets.token_hex(4)}"
    center.add_user(username, role)
    visitor = center.visitor()
    assert visitor.login(username, PASSWORD).status_code == 200
    return visitor


def wrong(sent: Sent, visitor: Visitor, role: Role) -> str | None:
    """What is wrong with the answer to a request; None: nothing."""
    answer = sent.by(visitor)
    status = answer.status_code
    if status >= 500 and not (
        status == AWAY and answer.headers["content-type"].endswith("problem+json")
    ):
        return f"{status} {answer.text[:200]}"
    if sent.right in {PUBLIC, ANY_SESSION, A_PERSON}:
        return None
    if any(words in answer.text for words in NOT_JSON.get(status, ())):
        return None  # it is refused before anybody asks who sent it
    refused = status == 403 and answer.json()["type"] == "urn:c5:problem:forbidden"
    if refused is (Right(sent.right) in RIGHTS[role]):
        return f"{status} for {sent.right}"
    if status == 401:
        return "the session ended"
    return None


def _flat(params: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Query parameters one by one."""
    for name, value in params.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, one if isinstance(one, (str, int, float, bool)) or one is None else str(one)
