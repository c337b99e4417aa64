"""Plans and who drives them, for commands and pages alike: what both ask, and how both refuse."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from core.errors import InvalidField
from geo.route import Route
from geo.route_values import WEEKDAYS
from store import route as store_route
from store.pool import Connection
from store.route import Listed


class Imported(NamedTuple):
    """What became of an import; not new: the plan was in force already."""

    route_id: str
    version: int
    new: bool


def today(zone: str, now: datetime) -> date:
    """The city's local day."""
    return now.astimezone(ZoneInfo(zone)).date()


def save(
    conn: Connection, route: Route, *, valid_from: date, by: str, supervisor: str | None = None
) -> Imported:
    """Make this the plan of its route from a local day on."""
    with conn.transaction():
        before = len(store_route.versions(conn, route.route_id))
        version = store_route.save(
            conn,
            route.route_id,
            route.name,
            route.document(),
            route.sha256(),
            len(route.blocks),
            route.length_m,
            valid_from,
            by,
            supervisor,
        )
    return Imported(route.route_id, version, version > before)


def assign(
    conn: Connection, route_id: str, device_id: str, valid_from: date, valid_to: date | None
) -> None:
    """Let a truck drive a route from a local day on, up to and without `valid_to`."""
    if valid_to is not None and valid_to <= valid_from:
        raise InvalidField(
            f"the assignment ends on {valid_to}, not after its first day {valid_from}; correct one"
        )
    store_route.assign(conn, route_id, device_id, valid_from, valid_to)


def weekdays(properties: Mapping[str, Any]) -> list[int]:
    """Days on which a plan is driven, 0 is Monday; empty: every day."""
    return [WEEKDAYS.index(day) for day in properties.get("weekdays") or ()]


def as_answer(one: Listed) -> dict[str, Any]:
    """A route as pages and scripts get it."""
    return {
        "route_id": one.route_id,
        "name": one.name,
        "version": one.version,
        "valid_from": one.valid_from,
        "retired_on": one.retired_on,
        "blocks": one.blocks,
        "length_m": round(one.length_m, 1),
        "weekdays": weekdays(one.properties),
        "service_window": one.properties.get("service_window"),
        "device_ids": one.device_ids,
        "supervisor": one.supervisor,
    }
