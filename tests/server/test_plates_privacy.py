"""What is not kept cannot be read, what is kept opens with the key alone, and all looking shows."""

import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any, Final

import pytest
from psycopg import sql

from control_center.auth.rights import Role
from core.clock import utc_now
from core.seal import KeyRing, PlateVault
from core.settings.telemetry import Plates
from core.topics import Kind, Stream
from deploy.local.postgres import Postgres
from store import pool, rejects, retention
from store.pool import Connection
from tests.servers import plates
from tests.servers.center import RunningCenter, Visitor
from tests.servers.dumps import cells, dumped
from tests.servers.ingest import City

pytestmark = pytest.mark.server
PLATE: Final = "XYA-123-A"
WHY: Final = {"purpose": "robo en curso", "case_number": "FGE/2026/0451"}


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's, with one camera."""
    with pool.connect(db_url) as one:
        plates.camera(one)
        one.commit()
        yield one


def guesses(mask: str) -> Iterator[str]:
    """Every plate of a mask: D any digit, anything else itself."""
    return map("".join, itertools.product(*("0123456789" if m == "D" else m for m in mask)))


def test_a_plate_that_hit_nothing_cannot_be_had_from_a_dump_without_the_key(
    conn: Connection, db_url: str, postgres_server: Postgres
) -> None:
    """Neither in clear, nor by trying every plate of its series; with the key it can."""
    plates.seek(conn, plates.a_list(conn), "YAA-999-Z")
    plates.commit(
        conn, plates.read(PLATE, candidates=[("XYA-128-A", 0.4)], crop=plates.JPEG, note=PLATE)
    )
    with closing(plates.part(db_url)) as part:
        assert part.tick(utc_now()) == 0
    everything = cells(db_url)
    with_dump = [*everything, dumped(postgres_server, db_url)]
    for word in (PLATE, "XYA123A", "XYA128A", "YAA-999-Z", "YAA999Z"):
        spelled = (word.encode(), word.lower().encode(), word.encode().hex().encode())
        assert not [one for one in with_dump if any(form in one for form in spelled)], word
    assert not [one for one in everything if plates.JPEG in one]
    held = {one for one in everything if len(one) == hashlib.sha256().digest_size}
    assert held
    for guess in guesses("XYADDDA"):
        for text in (guess, f"{guess[:3]}-{guess[3:6]}-{guess[6:]}"):
            plain = text.encode()
            tried = {
                hashlib.sha256(plain).digest(),
                hmac.digest(b"", plain, "sha256"),
                hmac.digest(b"c5 plate hash", plain, "sha256"),
                PlateVault("x" * 32).hashed(text),
            }
            assert not tried & held
    with_key = {PlateVault(plates.KEY).hashed(guess): guess for guess in guesses("XYADDDA")}
    assert {with_key[one] for one in held if one in with_key} == {"XYA123A"}
    [(sealed,)] = conn.execute("SELECT sealed FROM plate_read").fetchall()
    assert json.loads(PlateVault(plates.KEY).unseal(sealed))["plate"] == PLATE


def test_retention_deletes_reads_and_crops_and_leaves_nothing(
    conn: Connection, db_url: str
) -> None:
    """Crops go first, then reads, and refused messages of cameras; a hit keeps its own, longer."""
    limits = Plates(retention_hours=48, crop_hours=12, hits_days=30)
    now = utc_now()
    plates.seek(conn, plates.a_list(conn), "YAA-999-Z")
    for hours in (1, 20, 60):
        at = now - timedelta(hours=hours)
        plates.commit(conn, plates.read(PLATE, at=at, crop=plates.JPEG))
        plates.commit(conn, plates.read("YAA999Z", at=at, crop=plates.JPEG))
        sealed = rejects.Reject(
            *(at, "t", "C-1", "invalid_field", "a plate message", plates.RING.current.seal(b"{}")),
            sealed=True,
            digest=plates.RING.current.fingerprint(str(hours).encode()),
            size_bytes=2,
        )
        rejects.insert(conn, [sealed])
        conn.commit()
    with closing(plates.part(db_url)) as part:
        assert part.tick(now) == 3
    gone = retention.plates(conn, limits)
    conn.commit()
    assert gone["plate_crop"] >= 2
    assert gone["reject"] == 1
    ages = {"plate_crop": [1, 1], "plate_read": [1, 1, 20, 20], "plate_due": []}
    for table, left in ages.items():
        found = conn.execute(
            sql.SQL("SELECT measured_at FROM {} ORDER BY measured_at DESC").format(
                sql.Identifier(table)
            )
        ).fetchall()
        assert [(now - at) // timedelta(hours=1) for (at,) in found] == left, table
    photos = conn.execute("SELECT count(crop_sealed), count(*) FROM plate_hit").fetchone()
    assert photos == (3, 3)
    forget = Plates(retention_hours=1, crop_hours=1, hits_days=2)
    conn.execute("UPDATE reject SET last_at = last_at - INTERVAL '1 day'")
    retention.plates(conn, forget)
    conn.commit()
    old = hashlib.sha256(plates.JPEG).hexdigest().encode()
    hashed = plates.RING.current.hashed(PLATE)
    assert not [one for one in cells(db_url) if one == hashed]
    assert len([one for one in cells(db_url) if one == old]) == 2
    assert conn.execute("SELECT count(*) FROM plate_hit").fetchone() == (2,)


def test_ended_entries_are_forgotten_with_their_hits(conn: Connection) -> None:
    """And no sooner; a list that is still sought stays."""
    list_id = plates.a_list(conn)
    ended, _kept = plates.seek(conn, list_id, "AAA-001-A", "BBB-002-B")
    conn.execute(
        "UPDATE hot_entry SET state = 'withdrawn', ended_by = 'ana', end_reason = '-',"
        " ended_at = now() - INTERVAL '40 days' WHERE entry_id = %s",
        (ended,),
    )
    assert retention.plates(conn, Plates(hits_days=50)) == {}
    assert retention.plates(conn, Plates(hits_days=30)) == {"hot_entry": 1}


@pytest.fixture
def looker(center: RunningCenter) -> Visitor:
    """Somebody who may see plates, and a camera that saw one that is sought."""
    ring = KeyRing(PlateVault(center.connections.plate_key))
    with pool.connect(center.db_url) as conn:
        plates.camera(conn)
        plates.seek(conn, plates.a_list(conn), PLATE, ring=ring)
        plates.commit(conn, plates.read(PLATE, crop=plates.JPEG), vault=ring.current)
        plates.commit(conn, plates.read("YAA-999-Z"), vault=ring.current)
    with closing(plates.part(center.db_url, ring)) as part:
        part.tick(utc_now())
    return center.operator(Role.AUTORIZADO_LPR)


def audited(center: RunningCenter, action: str) -> list[dict[str, Any]]:
    """Entries of one action."""
    with pool.connect(center.db_url) as conn:
        found = conn.execute(
            "SELECT actor, role, object_kind, object_id, reason, detail, address FROM audit "
            "WHERE action = %s ORDER BY entry_id",
            (action,),
        ).fetchall()
    names = ("actor", "role", "object_kind", "object_id", "reason", "detail", "address")
    return [dict(zip(names, row, strict=True)) for row in found]


def looks(looker: Visitor) -> dict[str, Any]:
    """Every way to see a plate or its photograph, and the action it is on record as."""
    return {
        "plate.search": lambda: looker.post("/api/plates/searches", WHY | {"plate": "YAA999Z"}),
        "plate.hits.view": lambda: looker.get("/api/plates/hits"),
        "plate.crop.view": lambda: looker.get("/api/plates/hits/1/crop.jpg"),
        "plate.list.view": lambda: looker.get("/api/plates/lists/1/entries"),
        "plate.hit.accept": lambda: looker.post(
            "/api/plates/hits/1/decision", {"accept": True, "reason": "es el coche"}
        ),
    }


def test_every_look_at_a_plate_is_on_record(center: RunningCenter, looker: Visitor) -> None:
    """Who, in what role, from where, of what, and for a search why; never the plate."""
    for action, look in looks(looker).items():
        assert look().status_code == 200, action
        [entry] = audited(center, action)
        assert entry["role"] == Role.AUTORIZADO_LPR
        assert entry["actor"].startswith("autorizado-lpr-")
        assert entry["address"] == "127.0.0.1"
        said = json.dumps(entry).upper()
        assert not [word for word in ("YAA999Z", "XYA123A", PLATE) if word in said], action
    [search] = audited(center, "plate.search")
    assert (search["reason"], search["object_id"]) == (WHY["purpose"], "Y*****Z")
    assert search["detail"]["case_number"] == WHY["case_number"]
    assert search["detail"]["found"] == 1
    with pool.connect(center.db_url) as conn:
        linked = conn.execute(
            "SELECT action FROM plate_search JOIN audit ON entry_id = audit_id"
        ).fetchall()
    assert linked == [("plate.search",)]


def test_what_cannot_be_put_on_record_is_not_answered(
    center: RunningCenter, looker: Visitor
) -> None:
    """The audit fails: no answer, and nothing is changed."""
    with pool.connect(center.db_url) as conn:
        conn.execute(
            "ALTER TABLE audit ADD CONSTRAINT no_paper CHECK (action NOT LIKE 'plate.%') NOT VALID"
        )
    for action, look in looks(looker).items():
        answer = look()
        assert answer.status_code >= 500, action
        assert "YAA" not in answer.text.upper(), action
        assert plates.JPEG not in answer.content, action
    with pool.connect(center.db_url) as conn:
        assert conn.execute("SELECT count(*) FROM plate_search").fetchone() == (0,)
        assert conn.execute("SELECT state FROM plate_hit").fetchall() == [("open",)]


def test_a_crop_comes_by_mqtt_is_sealed_apart_and_a_bad_one_costs_no_read(city: City) -> None:
    """Too large, no JPEG, cut short, another's digest: the read stands, and the doubt is named."""
    camera = city.enrol(Kind.CAMERA)
    city.start()
    good = plates.read(PLATE, crop=plates.JPEG).extra or {}
    large = plates.read(PLATE, crop=plates.JPEG[:-2] + b"\0" * 70_000 + b"\xff\xd9").extra or {}
    cut = plates.read(PLATE, crop=plates.JPEG[:-9]).extra or {}
    bad: list[dict[str, object]] = [
        {"crop": "no base64 ñ"},
        {"crop": 7},
        {"crop": large["crop"]},
        {"crop": cut["crop"]},
        {"crop": good["crop"], "crop_sha256": "0" * 64},
    ]
    camera.say(Stream.PLATE, camera.head() | {"plate": PLATE} | good)
    camera.say(Stream.PLATE, *(camera.head() | {"plate": PLATE} | one for one in bad))
    city.holds("plate_read", 6)
    assert city.rejects() == []
    [(sha256, sealed)] = city.sql("SELECT sha256, sealed FROM plate_crop")
    assert sha256 == hashlib.sha256(plates.JPEG).hexdigest()
    assert PlateVault(city.connections.plate_key).unseal(sealed) == plates.JPEG
    doubts = [doubt for (doubt,) in city.sql("SELECT crop_doubt FROM plate_read ORDER BY seq")]
    assert doubts == [None, "not_base64", "not_base64", "too_large", "not_jpeg", "wrong_sha256"]
    boxes = [
        json.loads(PlateVault(city.connections.plate_key).unseal(box))["extra"]
        for (box,) in city.sql("SELECT sealed FROM plate_read")
    ]
    assert boxes == [None] * 6
    assert city.count("plate_due") == 6
