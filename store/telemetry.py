"""Rows of what devices say: bulk, idempotent, and honest about what was new.

`insert` first COPYs straight into the hypertable, which is right for all but
redelivered data and costs half of staging. When the primary key objects, the
savepoint is rolled back and the same rows go through a staging table with
ON CONFLICT DO NOTHING; the keys that were there already are the answer.
See docs/adr/0006-ingest.md for the figures.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from psycopg import Cursor, errors, sql
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from core.messages import Ack, Event, GpsFix, Reading, SealedPlate, Status, Stored
from core.quality import Assessed
from store.pool import Connection

Key = tuple[Any, ...]
"""device_id, measured_at, seq; and of a reading's row its metric."""
Row = Sequence[Any]

_EXTRA_METRIC: Final = "extra"


class Table(NamedTuple):
    """One hypertable: its columns in COPY order and how a message becomes rows."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: Callable[[Sequence[Assessed[Stored]]], Iterator[Row]]

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that identify a row."""
        own = ("metric",) if ("metric", "text") in self.columns else ()
        return ("device_id", "measured_at", "seq", *own)

    @property
    def types(self) -> list[str]:
        """PostgreSQL types in COPY order."""
        return [kind for _, kind in self.columns]

    def copy_into(self, target: str) -> sql.Composed:
        """COPY of this table's columns into `target`."""
        return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            sql.Identifier(target),
            sql.SQL(", ").join(sql.Identifier(name) for name, _ in self.columns),
        )


def keys_of(message: Stored) -> list[Key]:
    """Identity of each row of a message."""
    key = (message.device_id, message.measured_at, message.seq)
    if not isinstance(message, Reading):
        return [key]
    extra = () if message.extra is None else (_EXTRA_METRIC,)
    return [(*key, metric) for metric in (*message.values, *extra)]


def insert(
    conn: Connection, table: Table, batch: Sequence[Assessed[Stored]], *, careful: bool
) -> set[Key] | None:
    """Insert a batch; answer the keys that are new, or None when all of them are.

    careful  go through staging at once: redeliveries are expected
    """
    if not careful and _copied(conn, table, batch):
        return None
    return _staged(conn, table, batch)


def _copied(conn: Connection, table: Table, batch: Sequence[Assessed[Stored]]) -> bool:
    try:
        with conn.transaction(), conn.cursor() as cur:
            _copy(cur, table, table.name, batch)
    except errors.UniqueViolation:
        return False
    return True


def _staged(conn: Connection, table: Table, batch: Sequence[Assessed[Stored]]) -> set[Key]:
    staging = f"{table.name}_in"
    names = {
        "staging": sql.Identifier(staging),
        "target": sql.Identifier(table.name),
        "columns": sql.SQL(", ").join(sql.Identifier(name) for name, _ in table.columns),
        "key": sql.SQL(", ").join(map(sql.Identifier, table.key)),
    }
    with conn.cursor() as cur:
        cur.execute(
            sql.SQL(
                "CREATE TEMP TABLE IF NOT EXISTS {staging} "
                "(LIKE {target} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS"
            ).format(**names)
        )
        _copy(cur, table, staging, batch)
        cur.execute(
            sql.SQL(
                "INSERT INTO {target} ({columns}) SELECT {columns} FROM {staging} "
                "ON CONFLICT DO NOTHING RETURNING {key}"
            ).format(**names)
        )
        return set(cur.fetchall())


def _copy(
    cur: Cursor[TupleRow], table: Table, target: str, batch: Sequence[Assessed[Stored]]
) -> None:
    with cur.copy(table.copy_into(target)) as copy:
        copy.set_types(table.types)
        write_row = copy.write_row
        for row in table.rows(batch):
            write_row(row)


def _json(value: object) -> Jsonb:
    return Jsonb(value, msgspec.json.encode)


def _reading_rows(batch: Sequence[Assessed[Stored]]) -> Iterator[Row]:
    """One row a metric, and one for what the vocabulary does not know."""
    for assessed in batch:
        reading: Reading = assessed.message  # type: ignore[assignment]
        device_id, seq = reading.device_id, reading.seq
        at, rx = reading.measured_at, reading.received_at
        for metric, value in reading.values.items():
            yield device_id, at, seq, metric, rx, value, assessed.flags_of(metric), None
        if reading.extra is not None:
            extra = _json(reading.extra)
            yield device_id, at, seq, _EXTRA_METRIC, rx, None, assessed.flags, extra


def _plain_rows(kind: type[Stored]) -> Callable[[Sequence[Assessed[Stored]]], Iterator[Row]]:
    """One row a message: its fields in their own order, then flags."""
    astuple = msgspec.structs.astuple
    extra_at = kind.__struct_fields__.index("extra")

    def rows(batch: Sequence[Assessed[Stored]]) -> Iterator[Row]:
        for assessed in batch:
            message = assessed.message
            row = (*astuple(message), assessed.flags)
            if message.extra is not None:
                row = (*row[:extra_at], _json(message.extra), *row[extra_at + 1 :])
            yield row

    return rows


def _plate_rows(batch: Sequence[Assessed[Stored]]) -> Iterator[Row]:
    """One row a read; its photograph lies in a table of its own (store/plate.py)."""
    for assessed in batch:
        *row, _crop = msgspec.structs.astuple(assessed.message)
        yield *row, assessed.flags


_TYPES: Final = {
    "device_id": "text",
    "measured_at": "timestamptz",
    "received_at": "timestamptz",
    "seq": "int8",
    "session": "int8",
    "outbox": "int8",
    "satellites": "int2",
    "flags": "int2",
    "ignition": "bool",
    "pto": "bool",
    "online": "bool",
    "ok": "bool",
    "plate_hmac": "bytea",
    "sealed": "bytea",
    "extra": "jsonb",
    **dict.fromkeys(
        (
            *("metric", "key_id", "region", "direction", "vehicle", "crop_doubt", "type"),
            *("severity", "text", "firmware", "command_id", "detail"),
        ),
        "text",
    ),
}
"""PostgreSQL type by column; whatever is not named is a number."""


def _columns(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _TYPES.get(name, "float8")) for name in names)


def _plain(name: str, kind: type[Stored]) -> Table:
    return Table(name, _columns((*kind.__struct_fields__, "flags")), _plain_rows(kind))


_READING: Final = (
    *("device_id", "measured_at", "seq", "metric", "received_at", "value", "flags", "extra"),
)
TABLES: Final[dict[type[Stored], Table]] = {
    GpsFix: _plain("gps_fix", GpsFix),
    Reading: Table("reading", _columns(_READING), _reading_rows),
    SealedPlate: Table(
        "plate_read", _columns((*SealedPlate.__struct_fields__[:-1], "flags")), _plate_rows
    ),
    Event: _plain("event", Event),
    Status: _plain("status", Status),
    Ack: _plain("ack", Ack),
}
"""Which table takes which message, in the order in which every transaction fills them."""
