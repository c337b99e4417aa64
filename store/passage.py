"""Passages by camera, hour, direction, class and state of origin: counted once, without plates."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, NamedTuple

from store import faults
from store.pool import Connection

_ADD: Final = """
INSERT INTO passage_count AS held (device_id, hour, direction, class, state, n)
SELECT * FROM unnest(%(device_id)s::text[], %(hour)s::timestamptz[], %(direction)s::text[],
                     %(class)s::text[], %(state)s::text[], %(n)s::bigint[])
ON CONFLICT (device_id, hour, direction, class, state) DO UPDATE SET n = held.n + excluded.n"""
_COUNTS: Final = """
SELECT device_id, date_trunc(%(by)s, hour, %(zone)s) AS at, direction, class, state, sum(n)::bigint
  FROM passage_count
 WHERE hour >= %(since)s AND hour < %(until)s
   AND (%(device_id)s::text IS NULL OR device_id = %(device_id)s)
 GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 1, 3, 4, 5 LIMIT %(limit)s"""


class Cell(NamedTuple):
    """What is counted together; '' is not known."""

    device_id: str
    hour: datetime
    """Its beginning; in an answer by days, the day's."""
    direction: str
    kind: str
    """Class of vehicle."""
    state: str
    """State of origin."""


def add(conn: Connection, counts: Mapping[Cell, int]) -> None:
    """Add passages, each once: inside the transaction that takes their reads."""
    if not counts:
        return
    cells = sorted(counts)
    columns: list[list[object]] = [list(column) for column in zip(*cells, strict=True)]
    names = ("device_id", "hour", "direction", "class", "state")
    values = dict(zip(names, columns, strict=True))
    with faults.translated("counting passages"):
        conn.execute(_ADD, {**values, "n": [counts[cell] for cell in cells]})


def counts(
    conn: Connection,
    since: datetime,
    until: datetime,
    *,
    by: Literal["hour", "day"],
    zone: str,
    device_id: str | None = None,
    limit: int,
) -> list[tuple[Cell, int]]:
    """Passages of the hours from `since` to before `until`, oldest first.

    zone  whose days they are
    """
    values = {
        "since": since,
        "until": until,
        "by": by,
        "zone": zone,
        "device_id": device_id,
        "limit": limit,
    }
    with faults.translated("reading passages"):
        return [(Cell(*cell), n) for *cell, n in conn.execute(_COUNTS, values)]
