"""Migrations: once each, in order, by whoever comes first, and never silently changed."""

import threading
from collections.abc import Sequence

import psycopg
import pytest

from core.errors import PermanentStoreError, SchemaBehind, StoreError, TransientStoreError
from store import migrate
from store.migrate import Migration, MigrationEdited

pytestmark = pytest.mark.server
NEWEST = max(one.version for one in migrate.available())


def applied(url: str) -> list[int]:
    """The versions that a database says it has."""
    with psycopg.connect(url) as conn:
        return [row[0] for row in conn.execute("SELECT version FROM schema_migration ORDER BY 1")]


def having(monkeypatch: pytest.MonkeyPatch, *more: Migration) -> None:
    """Make this build bring further migrations."""
    known = [*migrate.available(), *more]
    monkeypatch.setattr(migrate, "available", lambda: known)


def test_an_empty_database_gets_everything_once(empty_db_url: str) -> None:
    """The second run finds nothing to do."""
    assert migrate.migrate(empty_db_url) == len(migrate.available())
    assert applied(empty_db_url) == [one.version for one in migrate.available()]
    assert migrate.migrate(empty_db_url) == 0
    migrate.check(empty_db_url)


def test_many_services_may_start_at_once(empty_db_url: str) -> None:
    """One migrates, the others wait and find it done."""
    ran: list[int] = []
    services = [
        threading.Thread(target=lambda: ran.append(migrate.migrate(empty_db_url))) for _ in range(3)
    ]
    for service in services:
        service.start()
    for service in services:
        service.join(timeout=60)
    assert sorted(ran) == [0, 0, len(migrate.available())]


def test_an_edited_migration_is_refused(db_url: str) -> None:
    """With what to do instead; nothing after it runs."""
    with psycopg.connect(db_url) as conn:
        conn.execute("UPDATE schema_migration SET sha256 = 'other' WHERE version = 2")
    with pytest.raises(MigrationEdited, match=r"0002_telemetry was edited .* new migration"):
        migrate.migrate(db_url)


def test_a_failed_migration_leaves_nothing_of_itself(
    db_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its first statements nor its number; mended, it runs."""
    broken = Migration(9001, "broken", "CREATE TABLE half (a int); SELECT 1/0;")
    having(monkeypatch, broken)
    with pytest.raises(PermanentStoreError, match="9001_broken"):
        migrate.migrate(db_url)
    assert applied(db_url)[-1] == NEWEST
    with psycopg.connect(db_url) as conn:
        assert conn.execute("SELECT to_regclass('half')").fetchone() == (None,)
    monkeypatch.undo()
    having(monkeypatch, Migration(9001, "broken", "CREATE TABLE half (a int);"))
    assert migrate.migrate(db_url) == 1


def test_an_older_database_is_refused_with_the_remedy(
    db_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both versions are said."""
    having(monkeypatch, Migration(9001, "later", ""))
    with pytest.raises(
        SchemaBehind, match=rf"is at {NEWEST:04}, this build needs 9001; run `c5 db migrate`"
    ):
        migrate.check(db_url)


def test_a_migration_missing_among_later_ones_is_noticed(db_url: str) -> None:
    """The newest number alone does not say that all ran."""
    with psycopg.connect(db_url) as conn:
        conn.execute("DELETE FROM schema_migration WHERE version = 5")
    with pytest.raises(SchemaBehind, match="is at 0004"):
        migrate.check(db_url)


def test_an_empty_database_is_behind(empty_db_url: str) -> None:
    """No table of migrations is version zero."""
    with pytest.raises(SchemaBehind, match="is at 0000"):
        migrate.check(empty_db_url)
    with psycopg.connect(empty_db_url) as conn:
        assert migrate.version(conn) == 0


def test_a_database_that_is_away_is_temporary() -> None:
    """Whoever starts first may wait for it."""
    with pytest.raises(TransientStoreError):
        migrate.check("postgresql://127.0.0.1:1/none")


@pytest.mark.parametrize("names", [["0001_a.sql", "0001_b.sql"]])
def test_doubled_numbers_are_refused(
    names: Sequence[str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two branches that added the same number meet here, not in production."""
    package = tmp_path_factory.mktemp("package")
    (package / "migrations").mkdir()
    for name in names:
        (package / "migrations" / name).write_text("SELECT 1;")
    monkeypatch.setattr("store.migrate.resources.files", lambda _: package)
    with pytest.raises(StoreError, match="doubled"):
        migrate.available()


def test_lines_of_both_languages_are_parted(db_url: str) -> None:
    """Each column keeps its half; what people wrote after it, and other lines, stay as they are."""
    [words] = [one.sql for one in migrate.available() if one.name == "incident_words"]
    lines = [
        ("step_done", "Hecho: ¿Vive? → Sí/Yes: tocó/yes", "Done: Alive? → Sí/Yes: tocó/yes", "ask"),
        ("step_done", "Hecho: Otro → Sí/Yes", "Done: Other → Sí/Yes", "other"),
        ("take", "Lo toma ana (antes/before: beto)", "Taken by ana (antes/before: beto)", ""),
        ("comment", "a (antes/before: b) → Sí/Yes", "a (antes/before: b) → Sí/Yes", "ask"),
    ]
    with psycopg.connect(db_url) as conn:
        conn.execute(
            """INSERT INTO sop (sop_id, version, document, saved_by) VALUES ('s', 1, '{"steps": [
               {"id": "ask", "branches": [{"answer": "y", "es": "Sí", "en": "Yes"}]},
               {"id": "other", "branches": null}, {"id": "last"}]}', 'ana')"""
        )
        conn.execute(
            "INSERT INTO incident (kind, severity, cause, title_es, title_en, opened_at, opened_by,"
            " last_at, role, sop_id, sop_version)"
            " VALUES ('x', 'MAJOR', 'x', 'x', 'x', now(), 'c5', now(), 'operador', 's', 1)"
        )
        conn.cursor().executemany(
            "INSERT INTO incident_entry (incident_id, at, by, kind, text_es, text_en, detail)"
            " SELECT incident_id, now(), 'ana', %s, %s, %s, jsonb_build_object('step_id', %s::text)"
            " FROM incident",
            lines,
        )
        conn.execute(words.encode())
        found = conn.execute(
            "SELECT text_es, text_en FROM incident_entry ORDER BY entry_id"
        ).fetchall()
    assert found == [
        ("Hecho: ¿Vive? → Sí: tocó/yes", "Done: Alive? → Yes: tocó/yes"),
        lines[1][1:3],
        ("Lo toma ana (antes: beto)", "Taken by ana (before: beto)"),
        lines[3][1:3],
    ]
