"""The demo's routes: their plans, who drives them, and what was found out about yesterday."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from control_center.compliance.plans import Plans
from control_center.compliance.roster import roster_of
from control_center.demo.compliance import RunKey
from firmware_sim import route_plan
from firmware_sim.city import Plan
from firmware_sim.history import History
from geo import route as geo_route
from store import pool, run_due
from store import route as store_route
from store import run as store_run

SUPERVISOR: Final = "supervisora"
ENVIRONMENT: Final[Mapping[str, str]] = {
    "C5_ROUTES__REFRESH_S": "20",
    "C5_ROUTES__OFF_ROUTE_S": "12",
    "C5_ROUTES__STOP_S": "15",
}
"""So that something is to be seen within a minute."""


def plan(database_url: str, city: Plan, history: History, zone: ZoneInfo) -> None:
    """Import every truck's plan, and say who drives it: yesterday those who were out, today all.

    Yesterday's runs are made here and now: the engine may first look on another day.
    """
    out = {one.device_id for one in history.outings}
    with pool.connect(database_url, application="c5-demo") as conn:
        for device_id, document in route_plan.documents(city, history.hours).items():
            route = geo_route.from_document(document)
            store_route.save(
                conn,
                route.route_id,
                route.name,
                route.document(),
                route.sha256(),
                len(route.blocks),
                route.length_m,
                history.day,
                SUPERVISOR,
                SUPERVISOR,
            )
            first = history.day if device_id in out else history.day + timedelta(days=1)
            store_route.assign(conn, route.route_id, device_id, first)
        run_due.ensure(conn, roster_of(conn, history.day, zone, Plans()).expected)


def are_closed(database_url: str, history: History) -> bool:
    """Whether all of yesterday's runs were judged for good."""
    with pool.connect(database_url, application="c5-demo") as conn:
        runs = store_run.listed(conn, history.day, history.day)
    closed = {run.device_id for run in runs if run.state == "closed"}
    return closed >= {one.device_id for one in history.outings}


def documents(database_url: str, history: History) -> dict[RunKey, dict[str, Any]]:
    """The newest report of each of yesterday's runs."""
    found: dict[RunKey, dict[str, Any]] = {}
    with pool.connect(database_url, application="c5-demo") as conn:
        for run in store_run.listed(conn, history.day, history.day):
            revision = store_run.revision(conn, run.run_id)
            if revision is not None:
                key = RunKey(run.route_id, run.service_date.isoformat(), run.device_id)
                found[key] = revision.document
    return found
