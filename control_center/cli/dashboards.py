"""`c5 dashboards`: build Grafana's files, prove them on a database, give them to a Grafana."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer
from pydantic import SecretStr

from control_center import connections
from control_center.cli import database
from control_center.cli.output import Json, emit, say, table
from core import clock, settings
from core.errors import ConfigError
from core.settings import Settings
from dashboards import check as checking
from dashboards import provisioning
from dashboards import push as pushing
from dashboards.build import Options
from dashboards.provisioning import Source
from store import panel

app = typer.Typer(
    no_args_is_help=True, help="Grafana dashboards: build, check, push, admit their reader."
)
_SHOWN: Final = 40


@app.command()
def build(
    into: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            help="Where the files go; what else is there goes. Left out: dashboards/built.",
        ),
    ] = None,
    test: Annotated[
        bool, typer.Option("--test", help="Write nothing; exit code 1 when files differ.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write dashboards, alerts and provisioning files; the same settings, the same bytes."""
    folder = into or provisioning.BUILT
    made = provisioning.files(_options(settings.load()))
    if test:
        differing = sorted(
            name
            for name, text in made.items()
            if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
        )
    else:
        differing = [""] * provisioning.write(folder, made)
    if as_json:
        emit({"files": len(made), "changed": len(differing), "folder": str(folder)})
    else:
        say(f"{len(made)} files in {folder}; {len(differing)} {'differ' if test else 'changed'}")
    if test and differing:
        raise typer.Exit(1)


@app.command()
def check(
    until: Annotated[
        datetime | None, typer.Option(help="End of the ranges looked at, UTC; left out: now.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run every panel's, variable's and alert's SQL as c5_reader; exit code 1 on any fault.

    Each must answer rows, have the columns that its panel draws, and take less than 200 ms: over
    its dashboard's own range, over a day and over thirty.
    """
    at = clock.utc_now() if until is None else until.replace(tzinfo=UTC)
    with database.connect() as conn:
        conn.autocommit = True
        verdict = checking.check(lambda text: panel.run(conn, text), at, _options(settings.load()))
    if as_json:
        emit(
            {
                "panels": verdict.panels,
                "statements": verdict.statements,
                "empty": len(verdict.empty),
                "wrong": len(verdict.wrong),
                "slow": len(verdict.slow),
                "slowest_ms": round(verdict.slowest_ms, 1),
                "slowest": verdict.slowest,
                "faults": [*verdict.wrong, *verdict.empty, *verdict.slow],
            }
        )
    else:
        say(f"{verdict.panels} panels, {verdict.statements} statements")
        say(f"slowest: {verdict.slowest_ms:.0f} ms, {verdict.slowest}")
        for name in ("wrong", "empty", "slow"):
            for one in getattr(verdict, name)[:_SHOWN]:
                say(f"{name}: {one}")
    if not verdict.is_good:
        raise typer.Exit(1)


@app.command()
def push(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write over what was changed by hand.")
    ] = False,
    send_password: Annotated[
        bool, typer.Option("--send-password", help="Send the data source's password again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Give the Grafana at grafana.url what is built; exit code 1 when it kept something."""
    chosen = settings.load()
    target = pushing.Target(
        url=_needed(chosen.grafana.url, "grafana.url"),
        token=_secret(chosen.grafana.token, "grafana.token"),
        source=_source(chosen),
        options=_options(chosen),
        addresses=";".join(chosen.grafana.alert_emails),
        overwrite=overwrite,
        dry_run=dry_run,
        send_password=send_password,
    )
    changes = pushing.push(target)
    counts: dict[str, int] = {}
    for one in changes:
        counts[one.did] = counts.get(one.did, 0) + 1
    if as_json:
        emit({"dry_run": dry_run, **counts, "changes": [one._asdict() for one in changes]})
    else:
        shown = [one for one in changes if one.did != "unchanged"]
        if shown:
            table(("", "", "", ""), [tuple(one) for one in shown])
        say(", ".join(f"{count} {did}" for did, count in counts.items()))
    if counts.get("refused"):
        raise typer.Exit(1)


@app.command()
def reader(as_json: Json = False) -> None:
    """Let c5_reader into the database by grafana.reader_password, and open the views to it."""
    password = _secret(settings.load().grafana.reader_password, "grafana.reader_password")
    with database.connect() as conn:
        conn.commit()
        panel.admit(conn, password)
    if as_json:
        emit({"role": panel.ROLE})
    else:
        say(f"{panel.ROLE} may log in and read the views of the schema panel")


def _options(chosen: Settings) -> Options:
    return Options(timezone=chosen.timezone, control_center_url=chosen.grafana.control_center_url)


def _source(chosen: Settings) -> Source:
    parts: Any = urlsplit(connections.resolve(chosen).database_url)
    return Source(
        host=chosen.grafana.database_host or f"{parts.hostname}:{parts.port or 5432}",
        database=parts.path.lstrip("/"),
        ssl_mode=chosen.grafana.ssl_mode,
        password=_secret(chosen.grafana.reader_password, "grafana.reader_password"),
    )


def _secret(value: SecretStr | None, name: str) -> str:
    return _needed(None if value is None else value.get_secret_value(), name)


def _needed(value: str | None, name: str) -> str:
    if value is None:
        variable = f"C5_{name.upper().replace('.', '__')}"
        raise ConfigError(f"{name} is not set; set it in c5.toml or as {variable}")
    return value
