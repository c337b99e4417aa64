"""Wait for a state, never for a duration."""

import inspect
from collections.abc import Callable
from typing import TypeVar

import pytest

from core.clock import monotonic_s, pause

_POLL_S = 0.01

T = TypeVar("T")


def wait_until(condition: Callable[[], T], *, timeout_s: float = 15.0, what: str = "") -> T:
    """Ask until the answer is true, and answer it; on time-out the test fails, saying for what.

    what  said on failure; unset: the condition's own source
    """
    deadline_s = monotonic_s() + timeout_s
    while not (answer := condition()):
        if monotonic_s() > deadline_s:
            pytest.fail(
                f"not so within {timeout_s:g} s: {what or _source(condition)}; "
                f"the last answer was {answer!r}"
            )
        pause(_POLL_S)
    return answer


def _source(condition: Callable[[], object]) -> str:
    try:
        return " ".join(inspect.getsource(condition).split())
    except (OSError, TypeError):
        return repr(condition)
