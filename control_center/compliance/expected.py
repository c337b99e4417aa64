"""Which runs a local day should have: trucks assigned to routes that are driven on its weekday."""

from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from control_center.compliance.plans import Ready
from store.run_due import Expected


def expected(
    assignments: Iterable[tuple[str, str]],
    plans: Mapping[str, Ready],
    day: date,
    zone: ZoneInfo,
) -> list[Expected]:
    """The runs of one local day, in the order of the assignments.

    assignments  (route_id, device_id) of whoever is to drive on that day
    plans        the version in force, by route_id; a route that is not among them has no runs
    """
    return [
        Expected(route_id, day, device_id, plan.version, *plan.route.window(day, zone))
        for route_id, device_id in assignments
        if (plan := plans.get(route_id)) is not None and plan.route.serves_on(day)
    ]
