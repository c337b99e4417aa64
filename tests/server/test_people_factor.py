"""Second factors: set up, shown, shown twice, lost, and asked for by role."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from control_center.auth.rights import Role
from control_center.connections import Connections
from store import pool
from tests.servers.center import PASSWORD, RunningCenter, Visitor, serving
from tests.servers.crowd import crowd, enrolled, someone, told

pytestmark = pytest.mark.server
__all__ = ["crowd"]


@pytest.fixture
def anyone(crowd: RunningCenter) -> tuple[str, Visitor]:
    """Somebody whose role asks for no second factor."""
    return someone(crowd)


def again(center: RunningCenter, username: str) -> Visitor:
    """Another browser in which the password was right."""
    visitor = center.visitor()
    assert visitor.login(username).status_code == 200
    return visitor


def state(visitor: Visitor) -> str:
    """How the session stands."""
    return str(visitor.get("/api/session").json()["second_factor"])


def shown(visitor: Visitor, code: str) -> int:
    """Show a code; the answer's status."""
    return visitor.post("/api/session/second-factor", {"code": code}).status_code


def test_setting_one_up(crowd: RunningCenter, anyone: tuple[str, Visitor]) -> None:
    """From then on each login asks for a code before anything else; this session goes on."""
    username, visitor = anyone
    elsewhere = again(crowd, username)
    assert state(visitor) == "off"
    begun = visitor.post("/api/session/second-factor/begin").json()
    assert begun["uri"].startswith("otpauth://totp/C5%20coatzacoalcos:")
    assert {len(row) for row in begun["qr"]} == {len(begun["qr"])}
    assert set("".join(begun["qr"])) == {"0", "1"}
    assert state(visitor) == "off"
    telephone, codes = enrolled(crowd, visitor)
    assert len(set(codes)) == 10
    assert state(visitor) == "passed"
    assert elsewhere.get("/api/session").status_code == 401
    fresh = again(crowd, username)
    assert state(fresh) == "code"
    assert fresh.get("/api/session").json()["user"]["rights"] == []
    refused = fresh.get("/api/devices")
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:c5:problem:second_factor_needed"
    assert shown(fresh, telephone.code()) == 200
    assert state(fresh) == "passed"
    assert fresh.get("/api/devices").status_code == 200
    assert shown(fresh, telephone.code()) == 409
    assert told(crowd, "second_factor.confirm", username) == [{}]
    assert told(crowd, "session.second_factor", username) == [{}]


def test_a_code_is_good_once(crowd: RunningCenter, anyone: tuple[str, Visitor]) -> None:
    """In another browser, and when the next one was taken already."""
    username, visitor = anyone
    telephone, _ = enrolled(crowd, visitor)
    first, second = again(crowd, username), again(crowd, username)
    code = telephone.code()
    assert shown(first, code) == 200
    refused = second.post("/api/session/second-factor", {"code": code})
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:c5:problem:wrong_code"
    assert state(second) == "code"
    late = telephone.code()
    next_one = telephone.code()
    assert shown(second, next_one) == 200
    assert shown(again(crowd, username), late) == 403
    assert told(crowd, "session.refuse", username) == [{"what": "second factor"}] * 2


def test_a_code_shown_twice_at_once_is_taken_once(
    crowd: RunningCenter, anyone: tuple[str, Visitor]
) -> None:
    """Whoever comes second is refused."""
    username, visitor = anyone
    telephone, _ = enrolled(crowd, visitor)
    browsers = [again(crowd, username) for _ in range(4)]
    code = telephone.code()
    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(lambda browser: shown(browser, code), browsers))
    assert answers == [200, 403, 403, 403]


@pytest.mark.parametrize("written", ["as given", "loud", "bare"])
def test_a_recovery_code_is_good_once(
    crowd: RunningCenter, anyone: tuple[str, Visitor], written: str
) -> None:
    """However it is typed."""
    username, visitor = anyone
    _, codes = enrolled(crowd, visitor)
    forms = {"as given": codes[0], "loud": codes[0].upper(), "bare": codes[0].replace("-", " ")}
    fresh = again(crowd, username)
    assert shown(fresh, forms[written]) == 200
    assert state(fresh) == "passed"
    assert shown(again(crowd, username), codes[0]) == 403
    assert shown(again(crowd, username), codes[1]) == 200


def test_nothing_stored_makes_codes(crowd: RunningCenter, anyone: tuple[str, Visitor]) -> None:
    """The secret is sealed, recovery codes are keyed hashes."""
    username, visitor = anyone
    begun = visitor.post("/api/session/second-factor/begin").json()
    _, codes = enrolled(crowd, visitor)
    with psycopg.connect(crowd.db_url) as conn:
        rows = conn.execute(
            "SELECT f::text, array_agg(c::text) FROM second_factor f JOIN recovery_code c "
            "USING (username) WHERE username = %s GROUP BY f.*, f::text",
            (username,),
        ).fetchall()
    assert begun["secret"] not in repr(rows)
    assert not any(code in repr(rows) for code in codes)


def test_a_wrong_first_code_confirms_nothing(anyone: tuple[str, Visitor]) -> None:
    """And one that was never begun cannot be confirmed."""
    _, visitor = anyone
    path = "/api/session/second-factor/confirm"
    assert visitor.post(path, {"code": "000000"}).status_code == 409
    visitor.post("/api/session/second-factor/begin")
    assert visitor.post(path, {"code": "abcdef"}).status_code == 403
    assert state(visitor) == "off"


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "1" * 33}, {"code": 123456}, []])
def test_what_is_no_code_is_invalid(
    crowd: RunningCenter, anyone: tuple[str, Visitor], body: object
) -> None:
    """422, and nothing is counted."""
    username, visitor = anyone
    assert visitor.post("/api/session/second-factor", body).status_code == 422
    assert told(crowd, "session.refuse", username) == []


def test_taking_ones_own_away(crowd: RunningCenter, anyone: tuple[str, Visitor]) -> None:
    """With a code; afterwards a login asks for none, and the old recovery codes are dead."""
    username, visitor = anyone
    telephone, codes = enrolled(crowd, visitor)
    path = "/api/session/second-factor/remove"
    assert visitor.post(path, {"code": telephone.now()}).status_code == 403
    assert visitor.post(path, {"code": telephone.code()}).status_code == 204
    fresh = again(crowd, username)
    assert state(fresh) == "off"
    enrolled(crowd, fresh)
    assert shown(again(crowd, username), codes[0]) == 403


def test_a_role_that_needs_one(crowd: RunningCenter) -> None:
    """Nothing is allowed before it is set up, and it cannot be taken away."""
    username, visitor = someone(crowd, Role.AUDITOR)
    assert state(visitor) == "enrol"
    assert visitor.get("/api/audit").status_code == 403
    assert visitor.get("/api/session/tokens").status_code == 403
    assert visitor.post("/api/session/password", {}).status_code == 403
    telephone, _ = enrolled(crowd, visitor)
    assert visitor.get("/api/audit", limit=1).status_code == 200
    answer = visitor.post("/api/session/second-factor/remove", {"code": telephone.code()})
    assert answer.status_code == 403
    assert again(crowd, username).delete("/api/session").status_code == 204


def test_a_lost_telephone(crowd: RunningCenter, anyone: tuple[str, Visitor]) -> None:
    """An administrador resets it: sessions end, and the next login asks for none."""
    username, visitor = anyone
    boss = someone(crowd, Role.ADMINISTRADOR)[1]
    path = f"/api/people/{username}/second-factor"
    assert boss.delete(path).status_code == 404
    enrolled(crowd, visitor)
    listed = {one["username"]: one for one in boss.get("/api/people").json()["people"]}
    assert listed[username]["second_factor"]
    assert boss.delete(path).status_code == 204
    assert visitor.get("/api/session").status_code == 401
    assert state(again(crowd, username)) == "off"
    assert told(crowd, "second_factor.reset", username) == [{}]


def test_guessing_codes_locks_the_account(connections: Connections) -> None:
    """As wrong passwords do; a right code then waits too."""
    with serving(connections) as center:
        username, visitor = someone(center)
        telephone, _ = enrolled(center, visitor)
        fresh = again(center, username)
        assert [shown(fresh, "000000") for _ in range(3)] == [403, 403, 403]
        locked = fresh.post("/api/session/second-factor", {"code": telephone.code()})
        assert locked.status_code == 429
        assert int(locked.headers["retry-after"]) > 0
        assert center.visitor().login(username, PASSWORD).status_code == 429
        center.clock.advance(301)
        assert shown(fresh, telephone.code()) == 200


def test_another_key_opens_no_second_factor(crowd: RunningCenter) -> None:
    """A changed `people.key` is said, not guessed around."""
    username, visitor = someone(crowd)
    enrolled(crowd, visitor)
    with pool.connect(crowd.db_url) as conn:
        conn.execute(
            "UPDATE second_factor SET sealed = 'gAAAAABnothing' WHERE username = %s", (username,)
        )
    answer = again(crowd, username).post("/api/session/second-factor", {"code": "123456"})
    assert answer.status_code == 503
    assert "people.key" in answer.json()["detail"]
