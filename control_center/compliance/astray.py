"""Time off its plan that a truck is asked about: only while it should have been on it.

Between two blocks a truck may have to leave the plan, and before the first and after the last it
has to: the way out, the trip to the landfill, the change of shift in the depot, the way home. The
engine counts all of that as off the plan, which it is; in a report it is deadhead. What is left is
the detour, and the stop at a place that is nobody's business.

Pure: spans of Unix time in, spans out.
"""

from collections.abc import Iterable, Sequence
from math import inf
from typing import Final, TypeAlias

Span: TypeAlias = tuple[float, float]
STAY_S: Final = 120.0
"""A truck so long in the landfill or the depot has business there; one that passes by has not."""


def off_route(
    away: Iterable[Span], driven: Iterable[Span], visits: Sequence[Span]
) -> tuple[Span, ...]:
    """Those spans off the plan that lie, for the most part, within the service.

    away    spans off the plan, in order of time
    driven  when each block was driven, served or too fast; none: there was no service
    visits  when the truck was in its depot or at the landfill

    Of the time between two blocks all is left out when the truck spent `STAY_S` of it in one of
    those places: the way there and the way back are one trip.

    >>> blocks, landfill = [(0.0, 60.0), (2000.0, 2060.0), (2600.0, 2660.0)], [(900.0, 1300.0)]
    >>> off_route([(70.0, 1990.0), (2100.0, 2500.0), (2700.0, 9000.0)], blocks, landfill)
    ((2100.0, 2500.0),)
    """
    pauses = _between(sorted(driven))
    idle = [
        one
        for one in pauses
        if one[0] == -inf or one[1] == inf or sum(_shared(one, stay) for stay in visits) >= STAY_S
    ]
    return tuple(
        span for span in away if 2.0 * sum(_shared(span, one) for one in idle) < span[1] - span[0]
    )


def _between(driven: Sequence[Span]) -> list[Span]:
    """Before the first block, between blocks, after the last."""
    found = []
    reached = -inf
    for from_s, to_s in driven:
        if from_s > reached:
            found.append((reached, from_s))
        reached = max(reached, to_s)
    return [*found, (reached, inf)]


def _shared(one: Span, other: Span) -> float:
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
