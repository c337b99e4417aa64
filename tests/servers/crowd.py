"""A control center that the tests of one module share; each of them brings its own people."""

import base64
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from control_center.auth import totp
from control_center.auth.rights import Role
from core.clock import epoch_us
from core.settings.people import ControlCenter, People
from store import audit_reading, pool
from store.audit_reading import Filter
from tests.servers.center import RunningCenter, Visitor, connections_to, serving
from tests.servers.fixtures import Broker


@pytest.fixture(scope="module")
def crowd(module_db_url: str, broker: Broker) -> Iterator[RunningCenter]:
    """Nobody is locked out in it, and auditors need a second factor."""
    own = ControlCenter(secure_cookies=False, lockout_failures=1000)
    people = People(second_factor_roles=("auditor",), logins_a_minute=10_000, heavy_a_minute=10_000)
    with serving(connections_to(module_db_url, broker), own=own, people=people) as center:
        yield center


def someone(center: RunningCenter, role: Role = Role.OPERADOR) -> tuple[str, Visitor]:
    """A new person and their browser, logged in."""
    username = f"{role.lower()}-{secrets.token_hex(4)}"
    center.add_user(username, role)
    visitor = center.visitor()
    assert visitor.login(username).status_code == 200
    return username, visitor


def told(center: RunningCenter, action: str, object_id: str) -> list[dict[str, Any]]:
    """What the audit holds of an action on someone, oldest first."""
    with pool.connect(center.db_url) as conn:
        wanted = Filter(action=action, object_id=object_id)
        found = audit_reading.listed(conn, wanted, before=2**62, limit=99)
    return [one.detail for one in found[::-1]]


class Telephone:
    """What makes codes."""

    def __init__(self, center: RunningCenter, secret: str) -> None:

        self._center = center
        self._secret = base64.b32decode(secret)

    def code(self) -> str:
        """The code of a step that no code was taken of yet: time moves on by one."""
        self._center.clock.advance(totp.STEP_S)
        return self.now()

    def now(self) -> str:
        """The code of the present step."""
        return totp.code(self._secret, epoch_us(self._center.clock()) // 1_000_000 // totp.STEP_S)


def enrolled(center: RunningCenter, visitor: Visitor) -> tuple[Telephone, list[str]]:
    """Set up a second factor; the telephone, and the recovery codes."""
    begun = visitor.post("/api/session/second-factor/begin")
    assert begun.status_code == 200, begun.text
    telephone = Telephone(center, begun.json()["secret"])
    done = visitor.post("/api/session/second-factor/confirm", {"code": telephone.code()})
    assert done.status_code == 200, done.text
    return telephone, done.json()["recovery_codes"]
