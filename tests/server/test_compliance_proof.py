"""What was signed can be proved, and whatever was changed or removed since is found and named."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from control_center.compliance import backfill
from control_center.compliance.compute import Outcome
from control_center.compliance.figures import figures as figures_of
from control_center.compliance.keeper import Keeper
from control_center.compliance.signing import chain, digest, verify
from core.errors import NotFound
from store import attachment, pool, review, run
from store.attachment import Attachment
from store.pool import Connection
from store.review import Words
from tests.servers import judged, rows, town
from tests.servers.town import DAY, SETTINGS

pytestmark = pytest.mark.server
BEGIN = datetime(2025, 3, 4, 12, tzinfo=UTC)
SETTLED = datetime(2025, 3, 4, 13, 30, tzinfo=UTC)
PHOTO = b"\xff\xd8 a photo"


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A city with a closed run of two revisions and three reviews."""
    with pool.connect(db_url, autocommit=True) as one:
        town.city(one, town.route())
        keeper = Keeper(db_url, SETTINGS)
        whole = town.drive(blocks=4)
        begun = whole.t_s < whole.t_s[0] + 60
        judged.sent(one, "T-1", whole.take(begun))
        keeper.tick(SETTLED)
        judged.sent(one, "T-1", whole.take(~begun))
        keeper.tick(SETTLED + timedelta(hours=1))
        yield one


def _run_id(conn: Connection) -> int:
    [held] = run.listed(conn, DAY, DAY)
    return held.run_id


def _said(conn: Connection, segment_id: str, *, photo: str | None = None) -> None:
    words = Words(
        run_id=_run_id(conn),
        revision=2,
        segment_id=segment_id,
        verdict="disputed",
        reason="calle_cerrada",
        note="obra de la CFE",
        attachment_sha256=photo,
        reviewed_by="ana",
        reviewed_at=SETTLED,
    )
    before = review.head(conn, words.run_id)
    digest = chain(before, words.material())
    review.insert(conn, words, previous_sha256=before, sha256=digest)


def _reviewed(conn: Connection) -> None:
    for segment_id in ("S005", "S004", "S003"):
        _said(conn, segment_id)


def test_what_nobody_touched_is_proved(conn: Connection) -> None:
    """Document, plan, fixes and reviews."""
    _reviewed(conn)
    found = verify(conn, _run_id(conn))
    assert found == (True, [], [])
    with pytest.raises(NotFound):
        verify(conn, 99)


def _execute(statement: str) -> Callable[[Connection], None]:
    def tamper(conn: Connection) -> None:
        assert conn.execute(statement.encode()).rowcount > 0

    return tamper


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            (
                "UPDATE run_revision SET document = jsonb_set(document, '{counts,missed}', '0') "
                "WHERE revision = 2"
            ),
            "revision 2 was changed",
        ),
        (
            (
                "UPDATE run_revision SET document = jsonb_set(document, '{coverage_pct}', '99.0') "
                "WHERE revision = 1"
            ),
            "revision 1 was changed",
        ),
        ("DELETE FROM run_revision WHERE revision = 1", "revision 1 was removed"),
        ("DELETE FROM run_revision WHERE revision = 2", "revision 2 was removed"),
        ("UPDATE run SET missed = 0, coverage = 1.0", "the list says coverage 1.0"),
        (
            (
                "UPDATE route_version SET document = jsonb_set(document, "
                "'{properties,service_max_mean_kmh}', '90.0')"
            ),
            "version 1 of the plan was changed",
        ),
        ("UPDATE route_version SET document = '{}'", "the plan cannot be read"),
        ("UPDATE gps_fix SET lat_deg = lat_deg + 0.001", "made anew it is another report"),
        (
            "DELETE FROM gps_fix WHERE measured_at > '2025-03-04 12:05Z'",
            "fixes were removed",
        ),
        ("UPDATE run_review SET note = 'nada' WHERE segment_id = 'S004'", "(S004) was changed"),
        (
            "UPDATE run_review SET verdict = 'confirmed' WHERE segment_id = 'S003'",
            "(S003) was changed",
        ),
        ("DELETE FROM run_review WHERE segment_id = 'S005'", "a review before"),
        ("DELETE FROM run_review WHERE segment_id = 'S004'", "a review before"),
    ],
)
def test_what_was_changed_is_found(conn: Connection, statement: str, said: str) -> None:
    """Whoever has the database cannot do it unnoticed."""
    _reviewed(conn)
    rows.commit(conn, [rows.fix("T-9", 1, BEGIN - timedelta(days=2))])  # retention kept it
    _execute(statement)(conn)
    found = verify(conn, _run_id(conn))
    assert not found.ok
    assert any(said in problem for problem in found.problems), found.problems


def test_a_changed_photo_is_found(conn: Connection) -> None:
    """Its name is its digest."""
    name = hashlib.sha256(PHOTO).hexdigest()
    attachment.save(
        conn, Attachment("image/jpeg", PHOTO), sha256=name, created_at=SETTLED, created_by="ana"
    )
    _said(conn, "S005", photo=name)
    assert verify(conn, _run_id(conn)).ok
    conn.execute("UPDATE attachment SET content = 'other'")
    [problem] = verify(conn, _run_id(conn)).problems
    assert "photo of 1 (S005) was changed" in problem


def test_what_cannot_be_proved_any_more_is_no_accusation(conn: Connection) -> None:
    """Fixes forgotten, fixes that came since, another engine: said, and not held against it."""
    run_id = _run_id(conn)
    rows.commit(conn, [rows.fix("T-1", 99_999, BEGIN - timedelta(minutes=1))])
    found = verify(conn, run_id)
    assert found.ok
    assert "1 fixes came later" in found.notes[0]
    conn.execute("DELETE FROM gps_fix")
    found = verify(conn, run_id)
    assert found.ok
    assert "fixes are still kept" in found.notes[0]
    conn.execute(
        "UPDATE run_revision SET document = jsonb_set(document, '{engine}', '\"0\"') "
        "WHERE revision = 2"
    )
    found = verify(conn, run_id)
    assert "made by engine 0" in found.notes[0]


def test_a_run_that_was_not_judged_has_nothing_to_prove(conn: Connection) -> None:
    """It is said, and it is no problem."""
    run_id = judged.one_run(conn, town.route(), "T-1", DAY + timedelta(days=9))
    found = verify(conn, run_id)
    assert found.ok
    assert "no report yet" in found.notes[0]


def test_a_provisional_report_is_proved_too(conn: Connection, db_url: str) -> None:
    """As long as no fixes came since."""
    tomorrow = DAY + timedelta(days=1)
    judged.sent(conn, "T-1", town.drive(tomorrow, blocks=2))
    Keeper(db_url, SETTINGS).tick(BEGIN + timedelta(days=1, minutes=50))
    [held] = run.listed(conn, tomorrow, tomorrow)
    assert (held.state, held.revision) == ("open", 0)
    assert verify(conn, held.run_id) == (True, [], [])


def test_another_machines_last_digit_is_no_forgery(conn: Connection, db_url: str) -> None:
    """Nor a new report."""
    run_id = _run_id(conn)
    newest = run.revision(conn, run_id)
    assert newest is not None
    document = newest.document | {"service_m": newest.document["service_m"] + 1}
    document["segments"][0]["mean_kmh"] += 0.1
    figures = figures_of(document)
    run.save_revision(conn, run_id, document, digest(document), "late", 0, figures, now=SETTLED)
    assert verify(conn, run_id) == (True, [], [])
    job = replace(backfill.planned(conn, SETTINGS, DAY, DAY)[0], database_url=db_url)
    assert backfill.judge(job).outcome == Outcome.UNCHANGED
    document["segments"][0]["mean_kmh"] += 0.2
    run.save_revision(conn, run_id, document, digest(document), "late", 0, figures, now=SETTLED)
    [problem] = verify(conn, run_id).problems
    assert problem.endswith("these differ: segments")
    assert backfill.judge(job).outcome == Outcome.REVISED
    assert verify(conn, run_id).ok
