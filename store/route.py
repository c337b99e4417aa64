"""Planned routes and their versions: what was to be driven on a day stays what it was.

The plan of a day is the highest version in force on it. Importing what is already in force adds
nothing. A retired route is not driven from that day on; a plan for a later day revives it.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from core.errors import Conflict, NotFound
from store import faults
from store.pool import Connection

_SAVE_ROUTE: Final = """
INSERT INTO route (route_id, name, supervisor) VALUES (%(route_id)s, %(name)s, %(supervisor)s)
ON CONFLICT (route_id) DO UPDATE SET
    name = excluded.name, supervisor = coalesce(excluded.supervisor, route.supervisor),
    retired_on = CASE WHEN route.retired_on > %(valid_from)s THEN route.retired_on END"""
_IN_FORCE: Final = """
SELECT version, sha256 FROM route_version
 WHERE route_id = %(route_id)s AND valid_from <= %(valid_from)s ORDER BY version DESC LIMIT 1"""
_ADD_VERSION: Final = """
INSERT INTO route_version (route_id, version, valid_from, document, sha256, blocks, length_m,
                           imported_by)
SELECT %(route_id)s, coalesce(max(version), 0) + 1, %(valid_from)s, %(document)s, %(sha256)s,
       %(blocks)s, %(length_m)s, %(imported_by)s
  FROM route_version WHERE route_id = %(route_id)s
RETURNING version"""
_LIST: Final = """
SELECT r.route_id, r.name, r.supervisor, r.retired_on, v.version, v.valid_from, v.blocks,
       v.length_m, v.document -> 'properties' AS properties,
       ARRAY(SELECT DISTINCT a.device_id FROM route_assignment a
              WHERE a.route_id = r.route_id AND a.valid_from <= %(day)s
                AND (a.valid_to IS NULL OR a.valid_to > %(day)s) ORDER BY 1) AS device_ids
  FROM route r
  JOIN LATERAL (
       SELECT * FROM route_version v WHERE v.route_id = r.route_id
        ORDER BY v.valid_from <= %(day)s DESC,
                 CASE WHEN v.valid_from <= %(day)s THEN -v.version ELSE v.version END
        LIMIT 1) v ON true
 WHERE %(route_id)s::text IS NULL OR r.route_id = %(route_id)s
 ORDER BY r.route_id"""
_VERSION: Final = """
SELECT r.route_id, r.name, v.version, v.valid_from, v.document, v.sha256, r.supervisor
  FROM route r JOIN route_version v USING (route_id)
 WHERE route_id = %(route_id)s
   AND (%(version)s::int IS NULL OR v.version = %(version)s)
   AND (%(day)s::date IS NULL OR v.valid_from <= %(day)s
        AND (r.retired_on IS NULL OR r.retired_on > %(day)s))
 ORDER BY v.version DESC LIMIT 1"""
_VERSIONS: Final = """
SELECT version, valid_from, imported_at, imported_by, sha256, blocks, length_m
  FROM route_version WHERE route_id = %s ORDER BY version"""
_DIGESTS: Final = """
SELECT route_id, version, sha256 FROM route_version
 WHERE (route_id, version) IN (SELECT * FROM unnest(%s::text[], %s::int[]))"""
_ASSIGN: Final = """
INSERT INTO route_assignment (route_id, device_id, valid_from, valid_to)
VALUES (%(route_id)s, %(device_id)s, %(valid_from)s, %(valid_to)s)
ON CONFLICT (route_id, device_id, valid_from) DO UPDATE SET valid_to = excluded.valid_to"""
_END_ASSIGNMENTS: Final = """
UPDATE route_assignment SET valid_to = %(day)s
 WHERE route_id = %(route_id)s AND (%(device_id)s::text IS NULL OR device_id = %(device_id)s)
   AND valid_from < %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)"""
_DROP_ASSIGNMENTS: Final = """
DELETE FROM route_assignment
 WHERE route_id = %(route_id)s AND (%(device_id)s::text IS NULL OR device_id = %(device_id)s)
   AND valid_from >= %(day)s"""
_ENDINGS: Final = (_END_ASSIGNMENTS, _DROP_ASSIGNMENTS)
_ASSIGNED_ON: Final = """
SELECT DISTINCT a.route_id, a.device_id FROM route_assignment a JOIN route r USING (route_id)
 WHERE a.valid_from <= %(day)s AND (a.valid_to IS NULL OR a.valid_to > %(day)s)
   AND (r.retired_on IS NULL OR r.retired_on > %(day)s)
 ORDER BY 1, 2"""
_RETIRE: Final = "UPDATE route SET retired_on = %(day)s WHERE route_id = %(route_id)s"
_KNOWN: Final = {
    "route": "SELECT 1 FROM route WHERE route_id = %s",
    "truck": "SELECT 1 FROM device WHERE device_id = %s AND kind = 'truck'",
    "user": "SELECT 1 FROM account WHERE username = %s",
}
_RETIRED: Final = "SELECT retired_on FROM route WHERE route_id = %s AND retired_on <= %s"
_SEE: Final = {"route": "c5 route list", "truck": "c5 device list", "user": "c5 user list"}
_FAR_AHEAD: Final = date(9999, 12, 31)


class RouteVersion(NamedTuple):
    """One version of a route; `name` is the route's present one."""

    route_id: str
    name: str
    version: int
    valid_from: date
    document: dict[str, Any]
    sha256: str
    supervisor: str | None


class Listed(NamedTuple):
    """A route as of a day: its version then, or the first one to come."""

    route_id: str
    name: str
    supervisor: str | None
    retired_on: date | None
    version: int
    valid_from: date
    blocks: int
    length_m: float
    properties: dict[str, Any]
    """Those of the version's document: hours, weekdays, speed."""
    device_ids: list[str]


class Imported(NamedTuple):
    """A version without its document."""

    version: int
    valid_from: date
    imported_at: datetime
    imported_by: str
    sha256: str
    blocks: int
    length_m: float


def save(  # noqa: PLR0913, PLR0917  a value a column
    conn: Connection,
    route_id: str,
    name: str,
    document: Mapping[str, Any],
    sha256: str,
    blocks: int,
    length_m: float,
    valid_from: date,
    imported_by: str,
    supervisor: str | None = None,
) -> int:
    """Make this the plan from a day on; answer its version, the one in force if it is the same.

    supervisor  None leaves a known route's as it is; NotFound if there is no such user
    """
    values = {
        "route_id": route_id,
        "name": name,
        "supervisor": supervisor,
        "document": Jsonb(document),
        "sha256": sha256,
        "blocks": blocks,
        "length_m": length_m,
        "valid_from": valid_from,
        "imported_by": imported_by,
    }
    if supervisor is not None:
        _must_exist(conn, "user", supervisor)
    with faults.translated("saving a route"), conn.transaction():
        conn.execute(_SAVE_ROUTE, values)  # locks the route: versions are numbered one by one
        held = conn.execute(_IN_FORCE, values).fetchone()
        if held is not None and held[1] == sha256:
            return int(held[0])
        return int(_one(conn, _ADD_VERSION, values)[0])


def listed(conn: Connection, on: date | None = None) -> list[Listed]:
    """Every route as of a local day, by id, retired ones among them; None: as last planned."""
    with faults.translated("listing routes"):
        rows = conn.execute(_LIST, {"day": on or _FAR_AHEAD, "route_id": None})
        return [Listed(*row) for row in rows]


def get(conn: Connection, route_id: str, on: date | None = None) -> Listed:
    """One route as of a local day; NotFound when there is none."""
    with faults.translated("reading a route"):
        row = conn.execute(_LIST, {"day": on or _FAR_AHEAD, "route_id": route_id}).fetchone()
    if row is None:
        raise _absent("route", route_id)
    return Listed(*row)


def version_on(conn: Connection, route_id: str, day: date) -> RouteVersion:
    """The plan of a local day; NotFound if none is in force then."""
    found = _version(conn, route_id, None, day)
    if found is None:
        _must_exist(conn, "route", route_id)
        raise NotFound(
            f"route {route_id} has no plan in force on {day}; `c5 route show {route_id}` says when"
        )
    return found


def version(conn: Connection, route_id: str, n: int | None = None) -> RouteVersion:
    """One version, the newest if not said; NotFound when there is none."""
    found = _version(conn, route_id, n, None)
    if found is None:
        _must_exist(conn, "route", route_id)
        raise NotFound(
            f"route {route_id} has no version {n}; `c5 route show {route_id}` lists them"
        )
    return found


def versions(conn: Connection, route_id: str) -> list[Imported]:
    """All versions of a route, oldest first."""
    with faults.translated("listing a route's versions"):
        return [Imported(*row) for row in conn.execute(_VERSIONS, (route_id,))]


def digests(conn: Connection, versions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The digest of each of these (route_id, version): what names a plan without reading it."""
    columns = [list(column) for column in zip(*versions, strict=True)] or [[], []]
    with faults.translated("reading digests of plans"):
        return {(row[0], row[1]): row[2] for row in conn.execute(_DIGESTS, columns)}


def assign(
    conn: Connection,
    route_id: str,
    device_id: str,
    valid_from: date,
    valid_to: date | None = None,
) -> None:
    """Let a truck drive a route from a day on, up to and without `valid_to`.

    The same truck and first day again changes the last. NotFound names what does not exist;
    Conflict: the route is retired by then.
    """
    _must_exist(conn, "route", route_id)
    _must_exist(conn, "truck", device_id)
    with faults.translated("looking whether a route is retired"):
        retired = conn.execute(_RETIRED, (route_id, valid_from)).fetchone()
    if retired is not None:
        raise Conflict(f"route {route_id} is retired since {retired[0]}; import its plan again")
    values = {
        "route_id": route_id,
        "device_id": device_id,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    with faults.translated("assigning a route"), conn.transaction():
        conn.execute(_ASSIGN, values)


def unassign(conn: Connection, route_id: str, device_id: str, on: date) -> int:
    """From this day on the truck does not drive the route; answer how many spans that ended."""
    _must_exist(conn, "route", route_id)
    values = {"route_id": route_id, "device_id": device_id, "day": on}
    with faults.translated("ending an assignment"), conn.transaction():
        return sum(conn.execute(sql, values).rowcount for sql in _ENDINGS)


def assignments_on(conn: Connection, day: date) -> list[tuple[str, str]]:
    """(route_id, device_id) of whoever is to drive on a local day, if their calendar says so."""
    with faults.translated("listing assignments"):
        rows = conn.execute(_ASSIGNED_ON, {"day": day})
        return [(route_id, device_id) for route_id, device_id in rows]


def retire(conn: Connection, route_id: str, on: date) -> None:
    """From this day on nobody drives the route; its past stays."""
    _must_exist(conn, "route", route_id)
    values = {"route_id": route_id, "device_id": None, "day": on}
    with faults.translated("retiring a route"), conn.transaction():
        for sql in (_RETIRE, *_ENDINGS):
            conn.execute(sql, values)


def _version(
    conn: Connection, route_id: str, number: int | None, day: date | None
) -> RouteVersion | None:
    asked = {"route_id": route_id, "version": number, "day": day}
    with faults.translated("reading a route's plan"):
        row = conn.execute(_VERSION, asked).fetchone()
    return None if row is None else RouteVersion(*row)


def _must_exist(conn: Connection, what: str, name: str) -> None:
    with faults.translated(f"looking for a {what}"):
        found = conn.execute(_KNOWN[what], (name,)).fetchone()
    if found is None:
        raise _absent(what, name)


def _absent(what: str, name: str) -> NotFound:
    return NotFound(f"no {what} {name[:80]!r}; see `{_SEE[what]}`")


def _one(conn: Connection, sql: str, values: Mapping[str, object]) -> tuple[Any, ...]:
    row = conn.execute(sql, values).fetchone()
    assert row is not None  # noqa: S101  INSERT ... RETURNING answers a row
    return row
