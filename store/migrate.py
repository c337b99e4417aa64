"""Bring a database to this build's schema: numbered SQL files, once each, in order.

One advisory lock lets any number of services start at once; each file runs in
its own transaction and leaves its checksum, so a file edited after it ran is
refused instead of silently believed. See store/migrations/.
"""

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Final

from core import log
from core.errors import SchemaBehind, StoreError
from store import faults, pool
from store.pool import Connection

_LOCK_KEY: Final = 0x_C5_5C_4E_4D
_SETUP: Final = """
CREATE TABLE IF NOT EXISTS schema_migration (
    version    integer     PRIMARY KEY,
    name       text        NOT NULL,
    sha256     text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""
_log = log.get(__name__)


class MigrationEdited(StoreError):
    """A migration that ran on this database has since been edited."""

    reason = "migration_edited"


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Checksum of its text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def available() -> list[Migration]:
    """List this build's migrations in order; StoreError when a number is doubled."""
    found = sorted(
        (
            Migration(int(entry.name[:4]), entry.name[5:-4], entry.read_text(encoding="utf-8"))
            for entry in resources.files("store").joinpath("migrations").iterdir()
            if entry.name.endswith(".sql")
        ),
        key=lambda migration: migration.version,
    )
    versions = [migration.version for migration in found]
    if len(set(versions)) != len(versions):
        raise StoreError(f"migration numbers are doubled: {versions}; renumber the newest file")
    return found


def migrate(url: str) -> int:
    """Apply what is missing; answer how many files ran."""
    with pool.connect(url, application="c5-migrate", autocommit=True) as conn:
        with faults.translated("preparing the migration table"):
            conn.execute("SELECT pg_advisory_lock(%s)", (_LOCK_KEY,))
            conn.execute(_SETUP)
        done = _applied(conn)
        ran = 0
        for migration in available():
            if (sha256 := done.get(migration.version)) is not None:
                _refuse_edited(migration, sha256)
                continue
            with faults.translated(f"migration {migration.version:04}_{migration.name}"):
                _run(conn, migration)
            ran += 1
            _log.info("migrated", version=migration.version, name=migration.name)
        return ran


def check(url: str) -> None:
    """Raise SchemaBehind when the database lacks one of this build's migrations."""
    with pool.connect(url, application="c5-migrate", autocommit=True) as conn:
        applied = _applied(conn)
    lacks = [one.version for one in available() if one.version not in applied]
    if lacks:
        at = max((done for done in applied if done < lacks[0]), default=0)
        raise SchemaBehind(at=at, need=lacks[-1])


def version(conn: Connection) -> int:
    """Answer the newest migration that ran on this database; 0: none."""
    return max(_applied(conn), default=0)


def _applied(conn: Connection) -> dict[int, str]:
    with faults.translated("reading the migration table"):
        row = conn.execute("SELECT to_regclass('schema_migration')").fetchone()
        if row is None or row[0] is None:
            return {}
        return dict(conn.execute("SELECT version, sha256 FROM schema_migration").fetchall())


def _run(conn: Connection, migration: Migration) -> None:
    with conn.transaction():
        conn.execute(migration.sql.encode())
        conn.execute(
            "INSERT INTO schema_migration (version, name, sha256) VALUES (%s, %s, %s)",
            (migration.version, migration.name, migration.sha256),
        )


def _refuse_edited(migration: Migration, sha256: str) -> None:
    if migration.sha256 != sha256:
        raise MigrationEdited(
            f"migration {migration.version:04}_{migration.name} was edited after it ran here; "
            "restore the file and put the change into a new migration"
        )
