"""Take every digest of a run again: what was changed or removed since is found and named.

The newest document is also made anew, from the version of the plan that it names and the fixes
that are stored, with the limits that it holds. What cannot be proved any more, because retention
has forgotten fixes or this build's engine is another, is said in `notes`, and is no accusation.

Two things no chain can show by itself: that its last link was cut off, and that everything was
rewritten from the start. Against both helps the digest on a printed or mailed report.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from control_center.compliance import compute, document, figures
from control_center.compliance.alike import alike
from control_center.compliance.digests import canonical, chain, digest
from control_center.compliance.limits import Limits
from control_center.compliance.plans import Plans
from core.errors import C5Error
from store import attachment as store_attachment
from store import review as store_review
from store import route as store_route
from store import run as store_run
from store import trace as store_trace
from store.pool import Connection
from store.run import Revision, Run
from store.run_due import Key


class Verification(NamedTuple):
    """What taking the digests again led to; texts are Spanish, then English."""

    ok: bool
    """Nothing was changed, as far as can be proved."""
    problems: list[str]
    """Everything that is not as it was signed."""
    notes: list[str]
    """What could not be proved, and why."""


def verify(conn: Connection, run_id: int) -> Verification:
    """Check a run's revisions, its plan, its fixes and its reviews; NotFound: no such run."""
    run = store_run.get(conn, run_id)
    newest = store_run.revision(conn, run_id)
    problems = [*_revisions(conn, run), *_reviews(conn, run_id)]
    notes: list[str] = []
    if newest is None:
        notes.append("todavía no hay informe · there is no report yet")
    else:
        problems += _row(run, newest)
        problems += _anew(conn, run, newest, notes)
    return Verification(not problems, problems, notes)


def _revisions(conn: Connection, run: Run) -> Iterator[str]:
    """Every document against its digest, and none missing."""
    numbers = []
    for listed in store_run.revisions(conn, run.run_id):
        numbers.append(listed.revision)
        held = store_run.revision(conn, run.run_id, listed.revision)
        if held is not None and digest(held.document) != held.sha256:
            yield (
                f"la revisión {held.revision} fue alterada: no corresponde a su huella · "
                f"revision {held.revision} was changed: it does not match its digest"
            )
    last = 0 if run.revision is None else run.revision
    for number in range(1, last + 1):
        if number not in numbers:
            yield f"falta la revisión {number} · revision {number} was removed"
    if any(number > last for number in numbers):
        yield (
            "hay revisiones que la corrida no menciona · there are revisions that the run does "
            "not name"
        )


def _row(run: Run, newest: Revision) -> Iterator[str]:
    """The list's figures against the document's."""
    for name, said in figures.figures(newest.document)._asdict().items():
        if getattr(run, name) != said:
            yield (
                f"la lista dice {name} {getattr(run, name)}, el informe {said} · "
                f"the list says {name} {getattr(run, name)}, the report {said}"
            )


def _anew(conn: Connection, run: Run, newest: Revision, notes: list[str]) -> Iterator[str]:
    """The newest document against one that is made now."""
    said = newest.document
    if said["engine"] != document.ENGINE:
        notes.append(
            f"hecho con el motor {said['engine']}, este es el {document.ENGINE}: no se recalcula · "
            f"made by engine {said['engine']}, this is {document.ENGINE}: not made anew"
        )
        return
    try:
        held = store_route.version(conn, run.route_id, said["version"])
        ready = Plans().ready(held)
    except C5Error as exc:
        yield f"el plan no se puede leer: {exc} · the plan cannot be read: {exc}"
        return
    if not ready.route.sha256() == held.sha256 == said["plan_sha256"]:
        yield (
            f"la versión {said['version']} del plan fue alterada · "
            f"version {said['version']} of the plan was changed"
        )
        return
    limits = Limits.used_in(said)
    key = Key(run.route_id, run.service_date, run.device_id)
    found = compute.judged(conn, key, ready, limits, provisional=said["provisional"])
    now, then = figures.rows(found.document), figures.rows(said)
    since = _instant(said["window"][0]) - timedelta(seconds=limits.margin_s)
    if now < then and not store_trace.reaches_before(conn, since):
        notes.append(
            f"solo se conservan {now} de {then} posiciones: no se recalcula · "
            f"only {now} of {then} fixes are still kept: not made anew"
        )
    elif now < then:
        yield f"faltan {then - now} posiciones · {then - now} fixes were removed"
    elif now > then:
        notes.append(
            f"llegaron {now - then} posiciones después; falta una revisión · "
            f"{now - then} fixes came later; a revision is due"
        )
    elif not alike(found.document, said):
        names = ", ".join(_differing(said, found.document))
        yield (
            f"recalculado da otro informe; difieren: {names} · "
            f"made anew it is another report; these differ: {names}"
        )


def _differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return sorted(
        name
        for name in one.keys() | other.keys()
        if not alike(one.get(name), other.get(name), name)
    )


def _reviews(conn: Connection, run_id: int) -> Iterator[str]:
    """The chain of reviews, link by link, with the photos that they name."""
    numbers = {listed.revision for listed in store_run.revisions(conn, run_id)}
    before = store_review.FIRST
    for link in store_review.listed(conn, run_id):
        name = f"{link.review_id} ({link.words.segment_id})"
        if link.previous_sha256 != before:
            yield (f"falta una reseña antes de la {name} · a review before {name} was removed")
        if chain(link.previous_sha256, link.words.material()) != link.sha256:
            yield f"la reseña {name} fue alterada · review {name} was changed"
        if link.words.revision not in numbers:
            yield (
                f"la reseña {name} habla de la revisión {link.words.revision}, que falta · "
                f"review {name} speaks of revision {link.words.revision}, which is gone"
            )
        photo = link.words.attachment_sha256
        if photo is not None and _sha256(store_attachment.get(conn, photo).content) != photo:
            yield f"la foto de la reseña {name} fue alterada · the photo of {name} was changed"
        before = link.sha256


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


__all__ = ["Verification", "canonical", "chain", "digest", "verify"]
