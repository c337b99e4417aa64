"""Who carries a panic button: sealed at rest, opened by the key alone, and every look on record."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from psycopg import errors

from control_center.auth.rights import Role
from control_center.auth.sessions import CSRF_HEADER
from control_center.incidents import detail, holder
from control_center.plates.people import Actor
from core.clock import utc_now
from core.seal import KeyRing, PlateVault
from core.topics import Kind
from deploy.local.postgres import Postgres
from store import panic, pool
from store.panic import Holder, Sealed
from store.pool import Connection
from tests.servers import plates, room
from tests.servers.center import RunningCenter
from tests.servers.dumps import cells, dumped

pytestmark = pytest.mark.server
ANA = Holder("Ana Ñúñez", "921 000 1234", "clave: girasol")
WHO = Actor(username="olga")


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's, with one button."""
    with pool.connect(db_url) as one:
        room.enrol(one, Kind.PANIC, "P-1")
        yield one


def in_clear(conn: Connection) -> None:
    """A row as a version before 0072 left it."""
    conn.execute("ALTER TABLE panic_holder DROP CONSTRAINT panic_holder_sealed")
    conn.execute(
        "INSERT INTO panic_holder (device_id, name, phone, note, saved_at, saved_by) "
        "VALUES ('P-1', %s, %s, %s, now(), 'marta')",
        ANA,
    )
    conn.commit()


def held(conn: Connection) -> Sealed | Holder:
    """What is stored of the button's holder."""
    found = panic.get(conn, "P-1")
    assert found is not None
    return found


def test_a_dump_without_the_key_names_nobody(
    center: RunningCenter, postgres_server: Postgres
) -> None:
    """Neither the name nor the phone nor the note is in any cell; the key opens all three."""
    with pool.connect(center.db_url) as conn:
        room.enrol(conn, Kind.PANIC, "P-1")
    admin = center.operator(Role.ADMINISTRADOR)
    saved = admin.client.put(
        "/api/panic/P-1/holder", json=ANA._asdict(), headers={CSRF_HEADER: admin.csrf}
    )
    assert saved.status_code == 204, saved.text
    everything = [*cells(center.db_url), dumped(postgres_server, center.db_url)]
    assert [one for one in everything if b"P-1" in one]
    for word in ("Ana", "Ñúñez", "921 000", "girasol"):
        spelled = (word.encode(), word.encode().hex().encode())
        assert not [one for one in everything if any(form in one for form in spelled)], word
    with pool.connect(center.db_url) as conn:
        sealed = held(conn)
    assert isinstance(sealed, Sealed)
    assert holder.opened(KeyRing(PlateVault(center.connections.plate_key)), sealed) == ANA


def test_nothing_is_written_in_clear(conn: Connection) -> None:
    """Not even by a mistake: the table refuses it."""
    with pytest.raises(errors.CheckViolation):
        conn.execute(
            "INSERT INTO panic_holder (device_id, name, phone, note, saved_at, saved_by) "
            "VALUES ('P-1', 'Ana', '', '', now(), 'marta')"
        )


def test_what_was_in_clear_is_sealed_and_follows_the_key(conn: Connection, db_url: str) -> None:
    """By the engine's chores, once and on record; a new key takes over, and the old one can go."""
    in_clear(conn)
    assert holder.opened(None, held(conn)) == ANA, "it is read meanwhile"
    conn.commit()
    new = KeyRing(PlateVault("n" * 32), [plates.RING.current])
    for ring in (plates.RING, plates.RING, new):
        with closing(plates.part(db_url, ring)) as part:
            part.tick(utc_now())
        sealed = held(conn)
        assert isinstance(sealed, Sealed)
        assert sealed.key_id == ring.current.key_id
        assert holder.opened(KeyRing(ring.current), sealed) == ANA
        assert not [one for one in cells(db_url) if b"girasol" in one]
    row = conn.execute("SELECT saved_by FROM panic_holder").fetchone()
    assert row == ("marta",)
    told = conn.execute("SELECT actor, detail FROM audit WHERE action = 'plate.rekey'").fetchall()
    assert told == [("c5", {"entries": 0, "hits": 0, "holders": 1})] * 2


def test_without_the_key_the_incident_is_shown_and_says_so(conn: Connection, db_url: str) -> None:
    """A key that is gone costs the name, not the incident; that somebody looked is on record."""
    panic.save(conn, "P-1", holder.sealed(plates.RING, ANA), at=utc_now(), by="marta")
    room.said(conn, "P-1", "panic", severity="critical", lat_deg=18.15, lon_deg=-94.42)
    room.part(db_url).close()
    row = conn.execute("SELECT incident_id FROM incident").fetchone()
    assert row is not None
    answers = {
        name: detail.build(conn, row[0], ring=ring, who=WHO, sees_person=True, now=utc_now())
        for name, ring in (
            *(("held", plates.RING), ("none", None)),
            ("other", KeyRing(PlateVault("x" * 32))),
        )
    }
    shown = {name: (said["person"], said["person_sealed"]) for name, said in answers.items()}
    assert shown == {"held": (ANA._asdict(), False), "none": (None, True), "other": (None, True)}
    looks = conn.execute(
        "SELECT actor, detail ->> 'known' FROM audit WHERE action = 'panic.person.view'"
    ).fetchall()
    assert looks == [("olga", "true")] * 3
    barred = detail.build(conn, row[0], ring=plates.RING, who=WHO, sees_person=False, now=utc_now())
    assert (barred["person"], barred["person_sealed"]) == (None, False)
