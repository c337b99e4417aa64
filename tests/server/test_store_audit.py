"""The audit's chain, as its table keeps it."""

import math
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import psycopg
import pytest

from core.errors import PermanentStoreError
from store import audit, pool
from store.audit import Entry
from store.pool import Connection

pytestmark = pytest.mark.server
AT = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection to this test's database."""
    with pool.connect(db_url) as opened:
        yield opened


def entry(number: int = 0) -> Entry:
    """Somebody looks at something."""
    return Entry(
        at=AT,
        actor="ana",
        role="operador",
        action="plate.search",
        object_kind="search",
        object_id=str(number),
        reason="robo de vehículo, carpeta 12/2026",
        detail={"rows": 3, "from": AT, "kinds": ("a", "b"), "share": 0.1},
        address="10.0.0.7",
    )


def test_entries_are_numbered_and_chained(conn: Connection) -> None:
    """Each entry names the digest of the one before it; the first names 64 zeroes."""
    assert [audit.append(conn, entry(each)) for each in range(3)] == [1, 2, 3]
    rows = conn.execute("SELECT previous_sha256, sha256 FROM audit ORDER BY entry_id").fetchall()
    assert [row[0] for row in rows] == [audit.FIRST, rows[0][1], rows[1][1]]
    assert rows[0][1] == audit.digest(audit.FIRST, entry(0).material(1))


def test_an_entry_falls_with_its_transaction(db_url: str) -> None:
    """What was not done is not told, and its number is given again."""
    with pool.connect(db_url) as conn:
        audit.append(conn, entry())
        conn.rollback()
        assert audit.append(conn, entry()) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE false",
        "TRUNCATE audit CASCADE",
    ],
)
def test_nothing_but_appending_is_taken(conn: Connection, statement: str) -> None:
    """The table refuses every other statement, whoever sends it."""
    audit.append(conn, entry())
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="only appended"):
        conn.execute(statement.encode())


def test_many_writers_make_one_chain(db_url: str) -> None:
    """Entries of transactions that run at once have no gap and no fork."""
    start = threading.Barrier(6)

    def write(writer: int) -> None:
        with pool.connect(db_url) as conn:
            start.wait(timeout=30)
            for each in range(10):
                audit.append(conn, entry(writer * 100 + each))
                conn.commit()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(6)))
    with pool.connect(db_url) as conn:
        rows = conn.execute(
            "SELECT entry_id, previous_sha256, sha256 FROM audit ORDER BY entry_id"
        ).fetchall()
    assert [row[0] for row in rows] == list(range(1, 61))
    assert [row[1] for row in rows] == [audit.FIRST, *(row[2] for row in rows[:-1])]


def test_odd_values_are_kept_as_text(conn: Connection) -> None:
    """Nothing that a person typed may undo the deed that is told of."""
    odd = Entry(
        at=AT,
        actor="a\0b",
        action="login.refused",
        object_kind="account",
        object_id="\ud800" + "x" * 5000,
        detail={
            "n": math.nan,
            "d": date(2026, 1, 2),
            "s": {2, 1},
            "b": b"\x01",
            "o": {"c": conn},
        },
    )
    audit.append(conn, odd)
    row = conn.execute("SELECT actor, object_id, detail FROM audit").fetchone()
    assert row is not None
    actor, object_id, detail = row
    assert (actor, len(object_id), object_id[:2]) == ("a\ufffdb", audit.MAX_TEXT_CHARS, "?x")
    assert detail["n"] == "nan"
    assert (detail["d"], detail["s"], detail["b"]) == ("2026-01-02", [1, 2], "01")


def test_a_large_detail_is_refused(conn: Connection) -> None:
    """The audit names rows; it does not hold them."""
    large = Entry(
        at=AT,
        actor="c5",
        action="a.b",
        object_kind="k",
        object_id="1",
        detail={"x": ["y"] * 5000},
    )
    with pytest.raises(PermanentStoreError, match="larger than 16384 bytes"):
        audit.append(conn, large)
