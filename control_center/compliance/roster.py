"""The runs of a day by the plans and assignments that the database holds."""

from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from control_center.compliance.expected import expected
from control_center.compliance.plans import Plans, Ready
from core import log
from core.errors import NotFound
from geo.plan import PlanRefused
from store import route as store_route
from store.pool import Connection
from store.run_due import Expected

_log = log.get(__name__)


class Roster(NamedTuple):
    """The runs of a day."""

    expected: list[Expected]
    unreadable: set[str]
    """Routes whose plan cannot be read: nothing is known of their runs."""


def roster_of(
    conn: Connection, day: date, zone: ZoneInfo, plans: Plans, route_id: str | None = None
) -> Roster:
    """Runs of a local day, of all routes or one; a plan that cannot be read is logged and left."""
    assignments = [
        pair
        for pair in store_route.assignments_on(conn, day)
        if route_id is None or pair[0] == route_id
    ]
    found: dict[str, Ready] = {}
    unreadable: set[str] = set()
    for one in sorted({name for name, _ in assignments}):
        try:
            found[one] = plans.ready(store_route.version_on(conn, one, day))
        except NotFound:
            continue  # assigned before its first plan is in force
        except PlanRefused as exc:
            _log.error("plan_unreadable", route_id=one, day=day.isoformat(), cause=str(exc))
            unreadable.add(one)
    return Roster(expected(assignments, found, day, zone), unreadable)
