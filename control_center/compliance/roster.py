"""The runs of a day by the plans and assignments that the database holds."""

from collections.abc import Iterable
from datetime import date
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


def expected_on(
    conn: Connection, day: date, zone: ZoneInfo, plans: Plans, route_id: str | None = None
) -> list[Expected]:
    """Runs of a local day, of all routes or one; a plan that cannot be read is logged and left."""
    assignments = [
        pair
        for pair in store_route.assignments_on(conn, day)
        if route_id is None or pair[0] == route_id
    ]
    return expected(assignments, _in_force(conn, day, assignments, plans), day, zone)


def _in_force(
    conn: Connection, day: date, assignments: Iterable[tuple[str, str]], plans: Plans
) -> dict[str, Ready]:
    found: dict[str, Ready] = {}
    for one in sorted({route_id for route_id, _ in assignments}):
        try:
            found[one] = plans.ready(store_route.version_on(conn, one, day))
        except NotFound:
            continue  # assigned before its first plan is in force
        except PlanRefused as exc:
            _log.error("plan_unreadable", route_id=one, day=day.isoformat(), cause=str(exc))
    return found
