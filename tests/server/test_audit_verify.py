"""Whatever a superuser does to the audit is found, and said where."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from control_center.audit import export, heads
from control_center.audit.verify import MAX_SHOWN, Verification, verify
from control_center.auth.keys import Keys
from deploy.local.postgres import Postgres
from store import audit, audit_reading, pool
from store.audit_reading import Filter, Head
from store.pool import Connection
from tests.servers.audits import AT, as_superuser, force, written

pytestmark = pytest.mark.server
ENTRIES = 12
KEYS = Keys("k" * 32)


@pytest.fixture(scope="module")
def audited(module_db_url: str) -> str:
    """A database with an audit of twelve entries, which no test changes for good."""
    with pool.connect(module_db_url) as conn:
        written(conn, ENTRIES)
    return module_db_url


@pytest.fixture
def root(postgres_server: Postgres, audited: str) -> Iterator[Connection]:
    """A superuser in a transaction that is undone."""
    with as_superuser(postgres_server, audited) as conn:
        yield conn


def found(said: Verification) -> set[tuple[str, int]]:
    """Kinds of problems, and where."""
    return {(problem.kind, problem.entry_id) for problem in said.problems}


def test_an_untouched_audit_is_intact(root: Connection) -> None:
    """All entries, their head, and no problem; also against heads of any age."""
    head = audit_reading.head(root)
    assert verify(root) == Verification(ok=True, entries=ENTRIES, head=head, problems=[], found=0)
    older = Head(5, str(audit_reading.sha256_of(root, 5)))
    for published in (older, older.sha256, head, Head(0, audit.FIRST), audit.FIRST):
        assert verify(root, published).ok


def test_an_empty_audit_is_intact(db_url: str) -> None:
    """There is nothing to tamper with; a published head says otherwise."""
    with pool.connect(db_url) as conn:
        assert verify(conn) == Verification(True, 0, Head(0, audit.FIRST), [], 0)  # noqa: FBT003  a row
        assert found(verify(conn, Head(3, "ab" * 32))) == {("cut", 1)}


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'otro'",
        "role = NULL",
        "role = 'auditor'",
        "at = at + interval '1 microsecond'",
        "at = 'infinity'",
        "action = 'plate.viewed'",
        "object_kind = 'plate'",
        "object_id = object_id || ' '",
        "reason = NULL",
        "reason = ''",
        "address = '10.0.0.8'",
        "detail = '{}'",
        "detail = replace(detail::text, ',', ', ')::json",
        "detail = ('{\"rows\":1,' || substr(detail::text, 2))::json",
        "detail = '\"\\ud800\"'",
        "sha256 = md5('x') || md5('y')",
    ],
)
def test_an_edited_entry_is_found(root: Connection, change: str) -> None:
    """Any column, however small the change."""
    force(root, f"UPDATE audit SET {change} WHERE entry_id = 7")  # noqa: S608  a table
    said = verify(root)
    assert not said.ok
    assert ("changed", 7) in found(said)
    assert found(said) <= {("changed", 7), ("moved", 8)}
    assert "asiento 7 fue alterado" in said.problems[0].es


def test_a_forged_entry_that_fits_itself_breaks_the_chain(root: Connection) -> None:
    """Whoever takes the digest of one entry anew leaves the next one without its foothold."""
    link = next(link for link in audit_reading.links(root) if link.entry_id == 7)
    forged = audit.digest(link.previous_sha256, {**link.material, "actor": "otro"})
    force(root, f"UPDATE audit SET actor = 'otro', sha256 = '{forged}' WHERE entry_id = 7")  # noqa: S608  same
    assert found(verify(root)) == {("moved", 8)}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("entry_id = 1", {("missing", 1)}),
        ("entry_id = 6", {("missing", 6)}),
        ("entry_id BETWEEN 4 AND 9", {("missing", 4)}),
        ("entry_id IN (3, 8)", {("missing", 3), ("missing", 8)}),
    ],
)
def test_a_gap_is_found(root: Connection, where: str, expected: set[tuple[str, int]]) -> None:
    """Removed entries are named by the first of them."""
    force(root, f"DELETE FROM audit WHERE {where}")  # noqa: S608  a table
    assert found(verify(root)) == expected


def test_a_gap_that_was_closed_by_renumbering_is_found(root: Connection) -> None:
    """The number is part of what was hashed."""
    move = "UPDATE audit SET entry_id = {} WHERE entry_id = {}"
    force(
        root,
        "DELETE FROM audit WHERE entry_id = 6",
        *(move.format(number - 1, number) for number in range(7, ENTRIES + 1)),
    )
    expected = {("moved", 6)} | {("changed", each) for each in range(6, ENTRIES)}
    assert found(verify(root)) == expected


def test_two_swapped_entries_are_found(root: Connection) -> None:
    """Reordering changes what follows what."""
    move = "UPDATE audit SET entry_id = {} WHERE entry_id = {}"
    force(root, *(move.format(new, old) for old, new in ((4, 99), (5, 4), (99, 5))))
    assert found(verify(root)) >= {("changed", 4), ("changed", 5), ("moved", 4), ("moved", 6)}


def test_an_inserted_entry_is_found(root: Connection) -> None:
    """Before the first there is no number, and between two there is no room."""
    force(
        root,
        "ALTER TABLE audit DROP CONSTRAINT audit_entry_id_check",
        "INSERT INTO audit SELECT 0, at, actor, role, action, object_kind, object_id, reason,"
        " detail, address, previous_sha256, md5('a') || md5('b') FROM audit WHERE entry_id = 3",
    )
    assert {("moved", 0), ("changed", 0)} <= found(verify(root))


def test_a_cut_tail_is_found_against_a_published_head(root: Connection) -> None:
    """The chain alone cannot tell; the head that was kept elsewhere can."""
    published = audit_reading.head(root)
    force(root, "DELETE FROM audit WHERE entry_id > 9")
    assert verify(root).ok
    assert found(verify(root, published)) == {("cut", 10)}
    assert found(verify(root, published.sha256)) == {("cut", 10)}


def test_a_tail_that_was_cut_and_grown_again_is_found(root: Connection) -> None:
    """New entries have the old numbers and other digests."""
    published = audit_reading.head(root)
    force(root, "DELETE FROM audit WHERE entry_id > 9")
    written(root, 5)
    assert verify(root).ok
    assert found(verify(root, published)) == {("rewritten", ENTRIES)}
    assert found(verify(root, published.sha256)) == {("cut", 15)}


def test_an_audit_that_was_emptied_is_found(root: Connection) -> None:
    """By the head that was published."""
    published = audit_reading.head(root)
    force(root, "TRUNCATE audit CASCADE")
    assert found(verify(root, published)) == {("cut", 1)}


@pytest.mark.parametrize(
    "change",
    ["ALTER TABLE audit DISABLE TRIGGER audit_is_final", "DROP TRIGGER audit_is_final ON audit"],
)
def test_a_guard_that_is_off_is_found(root: Connection, change: str) -> None:
    """Before anybody used the occasion."""
    root.execute(change.encode())
    assert found(verify(root)) == {("unguarded", ENTRIES)}


def test_problems_are_counted_and_only_the_first_are_listed(root: Connection) -> None:
    """A wholly rewritten audit does not fill a screen."""
    written(root, MAX_SHOWN)
    force(root, "UPDATE audit SET reason = 'x'")
    said = verify(root)
    assert (len(said.problems), said.found) == (MAX_SHOWN, MAX_SHOWN + ENTRIES)


def test_a_published_head_is_signed(tmp_path: Path) -> None:
    """A changed file, another's signature and no file at all are refused."""
    signed = heads.publish(KEYS, Head(4, "ab" * 32), city="coatzacoalcos", at=AT)
    file = tmp_path / "head.json"
    file.write_bytes(heads.encoded(signed))
    assert heads.wanted(str(file)) == signed
    assert heads.wanted("AB" * 32 + "\n") == "ab" * 32
    told = json.loads(file.read_text())
    broken: list[bytes] = [
        json.dumps({**told, "entry_id": 5}).encode(),
        json.dumps({**told, "signature": "00" * 64}).encode(),
        json.dumps({**told, "public_key": "zz"}).encode(),
        b"[]",
        b"\xff",
        b"",
    ]
    for content in broken:
        with pytest.raises(heads.HeadUnreadable):
            heads.decoded(content)
    with pytest.raises(heads.HeadUnreadable, match="neither a digest nor a readable file"):
        heads.wanted(str(tmp_path / "none"))


def test_an_export_can_be_verified_by_itself(root: Connection) -> None:
    """As docs/audit.md says: the digest before, a line feed, and the line without its digest."""
    rows = audit_reading.all_of(root, Filter(), until_id=ENTRIES)
    lines = b"".join(export.written(rows, "jsonl")).decode().splitlines()
    before = audit.FIRST
    for line in map(json.loads, lines):
        said = line.pop("sha256")
        assert audit.digest(before, line) == said
        before = said
    assert len(lines) == ENTRIES


def test_an_export_as_a_table_runs_nothing(root: Connection) -> None:
    """A reason that looks like a formula is text."""
    formula = audit.Entry(
        at=AT, actor="a", action="a.b", object_kind="k", object_id="1", reason="=cmd()"
    )
    audit.append(root, formula)
    rows = audit_reading.all_of(root, Filter(actor="a"), until_id=99)
    lines = b"".join(export.written(rows, "csv")).decode("utf-8-sig").splitlines()
    assert lines[0].split(",") == list(export.COLUMNS)
    assert ",'=cmd()," in lines[1]


def test_a_filter_answers_what_was_asked(root: Connection) -> None:
    """Newest first, by person, kind of action, object and time, a page at a time."""

    def numbers(wanted: Filter, before: int = 99, limit: int = 99) -> list[int]:
        rows = audit_reading.listed(root, wanted, before=before, limit=limit)
        return [row.entry_id for row in rows]

    def at(entry_id: int) -> datetime:
        return AT + audit_step * (entry_id - 1)

    rows = audit_reading.listed(root, Filter(), before=99, limit=99)
    audit_step = rows[0].at - rows[1].at
    assert numbers(Filter()) == list(range(ENTRIES, 0, -1))
    assert numbers(Filter(), limit=3) == [12, 11, 10]
    assert numbers(Filter(), before=10, limit=2) == [9, 8]
    assert numbers(Filter(actor="ana")) == [12, 10, 8, 6, 4, 2]
    assert numbers(Filter(action="plate.")) == list(range(ENTRIES, 0, -1))
    assert numbers(Filter(action="plate.view")) == [11, 9, 7, 5, 3, 1]
    assert numbers(Filter(action="_late")) == []
    assert numbers(Filter(object_kind="search", object_id="4")) == [5]
    assert numbers(Filter(since=at(9), until=at(11))) == [10, 9]
