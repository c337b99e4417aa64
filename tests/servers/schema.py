"""The schema as SQL, dumped from a migrated database and freed of what differs by chance.

`PYTHONPATH=. .venv/bin/python -m tests.servers.schema` writes store/schema.sql.
"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from deploy.local.postgres import Postgres
from deploy.local.process import run
from deploy.local.runtime import Runtime
from store.migrate import migrate

FILE = Path(__file__).parents[2] / "store" / "schema.sql"
_HEAD = """\
-- The whole schema, as all migrations together make it: for reading, never for running.
-- Written by `PYTHONPATH=. .venv/bin/python -m tests.servers.schema`; a test replays the
-- migrations and compares. Hypertables, and their chunk intervals, are listed at the end.
"""
_CHANCE = re.compile(
    r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*"
    r"|CREATE TRIGGER ts_insert_blocker .*"
    r"|(CREATE|COMMENT ON) (SCHEMA|EXTENSION) .*)$"
)


def dumped(server: Postgres, url: str) -> str:
    """Answer the schema of a database of this server, normalised."""
    parts = urlsplit(url)
    arguments = [
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        "--schema=public",
        "--schema=panel",
    ]
    text = run(
        server.kit.argv(
            "pg_dump",
            *arguments,
            f"--host={parts.hostname}",
            f"--port={parts.port}",
            f"--username={parts.username}",
            f"--dbname={parts.path.lstrip('/')}",
        ),
        environment={"PGPASSWORD": unquote(parts.password or "")},
    )
    return normalised(text)


def normalised(dump: str) -> str:
    r"""Drop comments, settings and what the extension adds; one blank line between statements.

    >>> normalised("-- now\nSET a = b;\n\n\nCREATE TABLE t (\n    a integer\n);\n\n\n")
    'CREATE TABLE t (\n    a integer\n);\n'
    """
    lines = [line.rstrip() for line in dump.splitlines() if not _CHANCE.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def hypertables(server: Postgres, url: str) -> str:
    """Answer the hypertables and their intervals, which pg_dump does not show."""
    said = run(
        server.kit.argv("psql", "-X", "-q", "-A", "-t", "-d", url, "-f", "-"),
        text=(
            "SELECT format('-- %s by %s, chunks of %s', hypertable_name, column_name, "
            "time_interval) FROM timescaledb_information.dimensions ORDER BY 1;"
        ),
    )
    return said.strip() + "\n"


def text(server: Postgres, url: str) -> str:
    """Answer what store/schema.sql must hold for a migrated database."""
    return f"{_HEAD}\n{dumped(server, url)}\n{hypertables(server, url)}"


def main() -> None:
    """Write store/schema.sql from a database that is made, migrated and thrown away."""
    with TemporaryDirectory(prefix="c5-schema-") as folder:
        runtime = Runtime(Path(folder) / "servers", ephemeral=True, servers=["postgres"])
        try:
            runtime.up()
            url = runtime.postgres.url()
            migrate(url)
            FILE.write_text(text(runtime.postgres, url), encoding="utf-8")
        finally:
            runtime.destroy()


if __name__ == "__main__":
    main()
