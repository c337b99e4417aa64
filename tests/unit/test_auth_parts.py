"""Rates, keys and sessions' rights, by themselves."""

import pytest

from control_center.auth.keys import Keys, SealBroken
from control_center.auth.rates import Rate
from control_center.auth.rights import RIGHTS, Right, Role
from control_center.auth.sessions import Factor, Session
from control_center.problems import TooMany
from core.clock import EPOCH
from core.errors import ConfigError


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at_s = 1000.0

    def __call__(self) -> float:
        """The present second."""
        return self.at_s


def test_a_rate_lets_a_burst_through_and_then_fills_evenly() -> None:
    """Each key has its own; the refusal says how long to wait."""
    hand = Hand()
    rate = Rate(6, now_s=hand)
    for _ in range(6):
        rate.take("ana")
    with pytest.raises(TooMany) as refused:
        rate.take("ana")
    assert refused.value.retry_after_s == pytest.approx(10.0)
    rate.take("beto")
    hand.at_s += 10.0
    rate.take("ana")
    with pytest.raises(TooMany):
        rate.take("ana")


def test_a_rate_forgets_who_does_not_come_back() -> None:
    """Addresses that are tried once do not fill the memory."""
    hand = Hand()
    rate = Rate(60, now_s=hand)
    for each in range(5000):
        rate.take(str(each))
        hand.at_s += 0.01
    assert len(rate) <= 1001


def test_what_is_sealed_opens_under_its_purpose_and_key_only() -> None:
    """And not when it was changed."""
    keys = Keys("k" * 32)
    sealed = keys.seal("one", b"clear")
    assert keys.unseal("one", sealed) == b"clear"
    with pytest.raises(SealBroken, match=r"people\.key has changed"):
        keys.unseal("two", sealed)
    with pytest.raises(SealBroken):
        Keys("j" * 32).unseal("one", sealed)
    with pytest.raises(SealBroken):
        keys.unseal("one", sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:])


@pytest.mark.parametrize("secret", [None, "", "short", "k" * 31])
def test_a_short_key_is_refused(secret: str | None) -> None:
    """With what to run."""
    with pytest.raises(ConfigError, match="openssl rand"):
        Keys(secret).seal("one", b"clear")


def session(role: Role, factor: Factor, scopes: frozenset[Right] | None = None) -> Session:
    """Somebody."""
    return Session(
        token_hash=b"",
        csrf="",
        username="ana",
        name="Ana",
        role=role,
        expires_at=EPOCH,
        factor=factor,
        scopes=scopes,
    )


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("factor", [Factor.CODE, Factor.ENROL])
def test_a_session_that_waits_for_its_second_factor_has_no_right(
    role: Role, factor: Factor
) -> None:
    """Whatever the role grants."""
    assert session(role, factor).rights == frozenset()


@pytest.mark.parametrize("role", Role)
def test_a_token_never_has_more_than_its_owner(role: Role) -> None:
    """Its scopes and the role's rights, both."""
    everything = frozenset(Right)
    assert session(role, Factor.OFF, everything).rights == RIGHTS[role]
    assert session(role, Factor.OFF, frozenset()).rights == frozenset()
    assert session(role, Factor.OFF, frozenset({Right.VIEW})).rights == {Right.VIEW}
