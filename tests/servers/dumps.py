"""All that a copy of a database would hold, to look for what must not be in it."""

import psycopg
from psycopg import sql

from deploy.local.postgres import Postgres
from deploy.local.process import run


def cells(url: str) -> list[bytes]:
    """Every value of every column of every table that a dump would hold."""
    with psycopg.connect(url, autocommit=True) as conn:
        columns = conn.execute(
            "SELECT table_schema, table_name, column_name, data_type FROM "
            "information_schema.columns WHERE table_schema IN ('public', '_timescaledb_internal')"
        ).fetchall()
        found: list[bytes] = []
        for schema, table, column, kind in columns:
            cell: sql.Composable = sql.Identifier(column)
            if kind != "bytea":
                cell = sql.SQL("convert_to({}::text, 'UTF8')").format(cell)
            values = conn.execute(
                sql.SQL("SELECT {} FROM {} WHERE {} IS NOT NULL").format(
                    cell, sql.Identifier(schema, table), sql.Identifier(column)
                )
            )
            found += (bytes(value) for (value,) in values)
    return found


def dumped(server: Postgres, url: str) -> bytes:
    """What pg_dump writes of a database."""
    name = url.rpartition("/")[2]
    parts = psycopg.conninfo.conninfo_to_dict(url)
    said = run(
        server.kit.argv(
            "pg_dump",
            "--data-only",
            f"--host={parts['host']}",
            f"--port={parts['port']}",
            f"--username={parts['user']}",
            f"--dbname={name}",
        ),
        environment={"PGPASSWORD": str(parts["password"])},
    )
    return said.encode()
