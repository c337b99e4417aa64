"""`c5 route report`: what became of a run, as a file or on the screen, and proof of it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer

from control_center.cli import database, route_days
from control_center.cli.output import Json, emit, say, table
from control_center.compliance import signing
from control_center.reports import run, values
from control_center.reports import say as words
from control_center.reports.files import FILES
from control_center.reports.run import Report
from control_center.reports.texts import STATES, pick
from core import settings
from core.errors import C5Error, NotFound
from store import run as store_run
from store.pool import Connection

Form = Literal["json", "pdf", "csv", "geojson", "gpx"]
_STDOUT = Path("-")


class NotNamed(C5Error):
    """It is not said which run."""

    reason = "not_named"


def report(  # noqa: PLR0913, PLR0917  an option a property
    run_id: Annotated[
        int | None,
        typer.Argument(metavar="[RUN_ID]", min=1, help="As `c5 route runs` shows it."),
    ] = None,
    route: Annotated[
        str | None, typer.Option("--route", help="Instead of RUN_ID: the run of this route.")
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=route_days.FORMATS, help="With --route: its local day."),
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", help="With --route: its truck, where it had several.")
    ] = None,
    revision: Annotated[
        int | None, typer.Option("--revision", min=0, help="Left out: the newest.")
    ] = None,
    form: Annotated[
        Form | None, typer.Option("--format", help="Write a file; json goes to standard output.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The file; left out: named after the run; -: standard output."),
    ] = None,
    lang: Annotated[Literal["es", "en"], typer.Option("--lang", help="Language.")] = "es",
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Compute the document and all digests again; exit 1 if they differ."
        ),
    ] = False,
    digest: Annotated[
        str | None,
        typer.Option("--digest", help="With --verify: the SHA-256 on the paper, or its beginning."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a run's report, write it as a file, or prove that nothing in it was changed."""
    with database.connect() as conn:
        number = _named(conn, run_id, route, day, device)
        if verify or digest is not None:
            _verify(conn, number, digest, as_json=as_json)
            return
        found = run.gather(conn, settings.load(), number, revision)
        revisions = store_run.revisions(conn, number)
    if form is not None and form != "json":
        _write(found, form, out, lang, as_json=as_json)
    elif as_json or form == "json":
        _answer(values.detail(found, revisions), out)
    else:
        _show(found, lang)


def _named(
    conn: Connection,
    run_id: int | None,
    route: str | None,
    day: datetime | None,
    device: str | None,
) -> int:
    """The run that is meant."""
    if run_id is not None:
        return store_run.get(conn, run_id).run_id
    if route is None or day is None:
        raise NotNamed("say which run: its number, or --route and --date; see `c5 route runs`")
    found = store_run.listed(conn, day.date(), day.date(), route, device)
    if not found:
        raise NotFound(f"no run of {route} on {day:%Y-%m-%d}; see `c5 route runs`")
    if len(found) > 1:
        trucks = ", ".join(one.device_id for one in found)
        raise NotNamed(f"{route} had several trucks on {day:%Y-%m-%d}: {trucks}; add --device")
    return found[0].run_id


def _verify(conn: Connection, run_id: int, printed: str | None, *, as_json: bool) -> None:
    proof = signing.verify(conn, run_id)
    known = [one.sha256 for one in store_run.revisions(conn, run_id)]
    problems = list(proof.problems)
    given = "".join((printed or "").lower().split())
    if printed is not None and not (given and any(one.startswith(given) for one in known)):
        problems.append(
            f"la huella {printed!r} no es de ninguna revisión de esta corrida · "
            f"{printed!r} is the digest of no revision of this run"
        )
    ok = not problems
    if as_json:
        emit(
            {
                "run_id": run_id,
                "ok": ok,
                "sha256": known[-1] if known else None,
                "problems": problems,
                "notes": proof.notes,
            }
        )
    else:
        for line in (*problems, *proof.notes):
            say(line)
        if ok:
            say(f"nada fue alterado · nothing was changed: sha256 {known[-1] if known else '-'}")
    if not ok:
        raise typer.Exit(1)


def _write(found: Report, form: Form, out: Path | None, lang: str, *, as_json: bool) -> None:
    body = FILES[form].write(found, lang)
    if out == _STDOUT:
        typer.get_binary_stream("stdout").write(body)
        return
    file = out or Path(f"{found.file_name}.{form}")
    _save(file, body)
    if as_json:
        emit({"file": str(file), "bytes": len(body), "sha256": found.revision.sha256})
    else:
        say(str(file))


def _answer(value: dict[str, Any], out: Path | None) -> None:
    if out is None or out == _STDOUT:
        emit(value)
        return
    _save(out, msgspec.json.encode(value))
    say(str(out))


def _save(file: Path, body: bytes) -> None:
    try:
        file.write_bytes(body)
    except OSError as exc:
        raise NotNamed(f"{file} cannot be written: {exc.strerror}; choose another --out") from exc


def _show(found: Report, lang: str) -> None:
    document, one = found.document, found.run
    seen = document["problem"] is None
    coverage = words.number(document["coverage_pct"] if seen else None, "%", 1, lang=lang)
    say(f"{one.route_name} · {one.device_name} · {words.day(one.service_date, lang)}: {coverage}")
    if not seen:
        say(words.one_of(document["problem"], lang))
    counts = document["counts"]
    say(", ".join(f"{counts[state]} {pick(both, lang)}" for state, both in STATES.items()))
    table(
        ("segment", "street", "state", "km/h", "verdict"),
        [_gap(found, gap, lang) for gap in found.gaps],
    )
    say(f"revision {found.revision.revision} · sha256 {found.revision.sha256}")


def _gap(found: Report, gap: Any, lang: str) -> tuple[object, ...]:
    said = found.said_of(gap["segment_id"])
    return (
        gap["segment_id"],
        gap["street"] or None,
        pick(STATES[gap["state"]], lang),
        gap["mean_kmh"],
        f"{said[-1].words.verdict}: {said[-1].words.reason}" if said else None,
    )
