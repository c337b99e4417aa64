"""Shifts: one goes on at a time; who hands it over leaves a note, and the next accepts it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import errors
from psycopg.types.json import Jsonb

from core.errors import Conflict, NotFound
from store import faults
from store.pool import Connection

_COLUMNS: Final = (
    "shift_id, began_at, began_by, note, handed_at, handed_by, handed_to, accepted_at,"
    " accepted_by, open"
)
_BEGIN: Final = f"""
INSERT INTO shift (began_at, began_by) VALUES (%s, %s) RETURNING {_COLUMNS}"""  # noqa: S608  constants
_CURRENT: Final = f"SELECT {_COLUMNS} FROM shift WHERE handed_at IS NULL"  # noqa: S608  constants
_WAITING: Final = f"""
SELECT {_COLUMNS} FROM shift WHERE handed_at IS NOT NULL AND accepted_at IS NULL
 ORDER BY shift_id DESC LIMIT 1"""  # noqa: S608  constants
_GET: Final = f"SELECT {_COLUMNS} FROM shift WHERE shift_id = %s FOR UPDATE"  # noqa: S608  constants
_LIST: Final = f"SELECT {_COLUMNS} FROM shift ORDER BY shift_id DESC LIMIT %s"  # noqa: S608  constants
_HAND: Final = f"""
UPDATE shift SET note = %(note)s, handed_at = %(at)s, handed_by = %(by)s, handed_to = %(to)s,
       open = %(open)s
 WHERE handed_at IS NULL RETURNING {_COLUMNS}"""  # noqa: S608  constants
_ACCEPT: Final = f"""
UPDATE shift SET accepted_at = %s, accepted_by = %s WHERE shift_id = %s
RETURNING {_COLUMNS}"""  # noqa: S608  constants


class Shift(NamedTuple):
    """One shift; None: not yet."""

    shift_id: int
    began_at: datetime
    began_by: str
    note: str
    handed_at: datetime | None
    handed_by: str | None
    handed_to: str | None
    """Who is meant to accept; None: whoever comes."""
    accepted_at: datetime | None
    accepted_by: str | None
    open: dict[str, Any]
    """What was open when it was handed over."""


def begin(conn: Connection, *, at: datetime, by: str) -> Shift:
    """Begin a shift; Conflict when one goes on."""
    with faults.translated("beginning a shift"):
        try:
            with conn.transaction():
                [row] = conn.execute(_BEGIN, (at, by)).fetchall()
        except errors.UniqueViolation:
            raise Conflict(
                "ya hay un turno en curso; entréguelo / a shift goes on; hand it over first"
            ) from None
    return Shift(*row)


def current(conn: Connection) -> Shift | None:
    """The shift that goes on; None: none does."""
    with faults.translated("reading the shift"):
        row = conn.execute(_CURRENT).fetchone()
    return None if row is None else Shift(*row)


def waiting(conn: Connection) -> Shift | None:
    """The newest shift that was handed over and not accepted; None: there is none."""
    with faults.translated("reading the handover"):
        row = conn.execute(_WAITING).fetchone()
    return None if row is None else Shift(*row)


def get(conn: Connection, shift_id: int) -> Shift:
    """Read one shift and hold it until the transaction ends; NotFound: there is none."""
    with faults.translated("reading a shift"):
        row = conn.execute(_GET, (shift_id,)).fetchone()
    if row is None:
        raise NotFound(f"no shift {shift_id}; see GET /api/shifts")
    return Shift(*row)


def listed(conn: Connection, *, limit: int) -> list[Shift]:
    """Shifts, the newest first."""
    with faults.translated("listing shifts"):
        return [Shift(*row) for row in conn.execute(_LIST, (limit,))]


def hand_over(
    conn: Connection,
    note: str,
    to: str | None,
    open_: Mapping[str, Any],
    *,
    at: datetime,
    by: str,
) -> Shift:
    """End the shift that goes on with a note; Conflict when none does."""
    values = {"note": note, "to": to, "open": Jsonb(dict(open_)), "at": at, "by": by}
    with faults.translated("handing a shift over"):
        row = conn.execute(_HAND, values).fetchone()
    if row is None:
        raise Conflict("no hay turno en curso / no shift goes on; begin one first")
    return Shift(*row)


def accept(conn: Connection, shift_id: int, *, at: datetime, by: str) -> Shift:
    """Note who accepted the handover."""
    with faults.translated("accepting a shift"):
        [row] = conn.execute(_ACCEPT, (at, by, shift_id)).fetchall()
    return Shift(*row)
