"""`c5 db`: the database's schema, summaries and memory."""

import typer

from control_center import connections
from control_center.cli import database
from control_center.cli.output import Json, emit, say
from core import settings
from store import migrate as store_migrate
from store import pool, retention, rollup

app = typer.Typer(no_args_is_help=True, help="The database: migrate, roll up, retain.")


@app.command()
def migrate(as_json: Json = False) -> None:
    """Bring the schema to this build's; running it twice does nothing."""
    url = connections.resolve(settings.load()).database_url
    applied = store_migrate.migrate(url)
    at = _version(url)
    if as_json:
        emit({"applied": applied, "version": at})
    else:
        say(f"{applied} migrations applied; the schema is at {at:04}")


@app.command()
def status(as_json: Json = False) -> None:
    """Say where the schema is; exit code 1 when it is behind this build."""
    url = connections.resolve(settings.load()).database_url
    at, need = _version(url), max(one.version for one in store_migrate.available())
    if as_json:
        emit({"version": at, "needed": need, "behind": at < need})
    elif at < need:
        say(f"the schema is at {at:04}, this build needs {need:04}; run `c5 db migrate`")
    else:
        say(f"the schema is at {at:04}, as this build needs")
    if at < need:
        raise typer.Exit(1)


@app.command("rollup")
def rollup_(as_json: Json = False) -> None:
    """Bring hourly and daily summaries up to date now, as ingest does by itself."""
    hours = 0
    with database.connect() as conn:
        conn.commit()
        while True:
            done = rollup.run(conn, timezone=settings.load().timezone)
            hours += done.hours
            if done.is_complete:
                break
    if as_json:
        emit({"hours": hours})
    else:
        say(f"{hours} device-hours recomputed")


@app.command()
def retain(as_json: Json = False) -> None:
    """Forget what is past its retention now, as ingest does every hour."""
    with database.connect() as conn:
        conn.commit()
        chosen = settings.load()
        gone = retention.run(conn, chosen.retention, chosen.plates)
    if as_json:
        emit(gone)
    else:
        say(", ".join(f"{table}: {count}" for table, count in gone.items()) or "nothing to forget")


def _version(url: str) -> int:
    with pool.connect(url, application="c5-migrate", autocommit=True) as conn:
        return store_migrate.version(conn)
