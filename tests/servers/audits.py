"""Audits for tests: written as C5 writes them, then tampered with as only a superuser can."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from deploy.local.postgres import Postgres
from store import audit, pool
from store.audit import Entry
from store.pool import Connection

AT = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)


def written(conn: Connection, count: int) -> None:
    """Append entries a minute apart, alternately of two people."""
    for each in range(count):
        audit.append(
            conn,
            Entry(
                at=AT + timedelta(minutes=each),
                actor="ana" if each % 2 else "beto",
                role="autorizado-LPR",
                action="plate.search" if each % 2 else "plate.view",
                object_kind="search",
                object_id=str(each),
                reason=f"carpeta {each}/2026 «robo»",
                detail={"rows": each, "share": 0.1 * each, "names": ["ñ", None]},
                address="10.0.0.7",
            ),
        )


@contextmanager
def as_superuser(server: Postgres, db_url: str) -> Iterator[Connection]:
    """Someone who can do everything, in a transaction that is undone at the end."""
    name = urlsplit(db_url).path.lstrip("/")
    with pool.connect(server.superuser_url(name)) as conn:
        yield conn
        conn.rollback()


def force(conn: Connection, *statements: str) -> None:
    """Change the audit while its guard is off for a moment."""
    conn.execute("ALTER TABLE audit DISABLE TRIGGER audit_is_final")
    for statement in statements:
        conn.execute(statement.encode())
    conn.execute("ALTER TABLE audit ENABLE TRIGGER audit_is_final")
