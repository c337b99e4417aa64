"""The watch over plates: what is sought is found once, within half a second, and all is counted."""

import random
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from control_center.plates import lists
from control_center.plates.part import PlatesPart
from core.clock import monotonic_s, utc_now
from core.seal import KeyRing, PlateVault, normalised
from firmware_sim import plates as road
from store import hotlist, pool
from store.pool import Connection
from tests.servers import plates
from tests.servers import rows as stored
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server


@pytest.fixture
def conn(db_url: str) -> Iterator[Connection]:
    """A connection of this test's, with one camera."""
    with pool.connect(db_url) as one:
        plates.camera(one)
        one.commit()
        yield one


def rows(conn: Connection, statement: str) -> list[tuple[Any, ...]]:
    """Ask, and end the transaction."""
    found = conn.execute(statement.encode()).fetchall()
    conn.commit()
    return found


def tick(db_url: str, ring: KeyRing = plates.RING) -> int:
    """One round of a part that was just started."""
    with closing(plates.part(db_url, ring)) as part:
        return part.tick(utc_now())


def test_a_plate_on_a_list_is_a_hit_and_an_event_without_it(conn: Connection, db_url: str) -> None:
    """With its photograph, the list's priority, and nothing that tells the plate."""
    [entry] = plates.seek(conn, plates.a_list(conn), "XYA-123-A")
    plates.commit(conn, plates.read("XYA 123 A", crop=plates.JPEG), plates.read("YAA-999-Z"))
    assert tick(db_url) == 1
    [hit] = rows(
        conn, "SELECT entry_id, exact, differs, state, found_back, direction FROM plate_hit"
    )
    assert hit == (entry, True, [], "open", False, "in")
    [photo] = rows(conn, "SELECT crop_sealed FROM plate_hit")
    assert plates.RING.current.unseal(photo[0]) == plates.JPEG
    [event] = rows(conn, "SELECT type, severity, text, extra, lat_deg, seq < 0 FROM event")
    [hit_id] = rows(conn, "SELECT hit_id FROM plate_hit")
    extra = {"hit_id": hit_id[0], "entry_id": entry}
    assert event == ("plate_hit", "critical", "Robados", extra, 18.1, True)
    [told] = rows(conn, "SELECT actor, object_id FROM audit WHERE action = 'plate.hit'")
    assert told == ("c5", str(hit_id[0]))
    assert rows(conn, "SELECT count(*) FROM plate_due") == [(0,)]


@pytest.mark.parametrize(
    ("read", "candidates", "differs"),
    [
        ("XYA-I23-A", [], 3),
        ("XYA-12B-A", [], None),
        ("XYA-128-A", [("XYA128A", 0.6), ("XYA123A", 0.4)], 5),
        ("XYA-128-A", [("XYA128A", 0.6), ("XYA12BA", 0.4)], None),
        ("XYA-I28-A", [("XYA123A", 0.4)], None),
        ("XYA-123", [], None),
        ("XYA-123-AA", [("XYA-123-A", 0.4)], None),
    ],
)
def test_one_doubtful_character_is_near_and_two_are_nothing(
    conn: Connection,
    db_url: str,
    read: str,
    candidates: list[tuple[str, float]],
    differs: int | None,
) -> None:
    """A known confusion, or one that the reader named; never confirmed by itself."""
    plates.seek(conn, plates.a_list(conn), "XYA-123-A")
    plates.commit(conn, plates.read(read, candidates=candidates))
    assert tick(db_url) == (differs is not None)
    found = rows(conn, "SELECT exact, differs, state FROM plate_hit")
    assert found == ([] if differs is None else [(False, [differs], "open")])
    kinds = rows(conn, "SELECT type, text FROM event")
    assert kinds == ([] if differs is None else [("plate_near", "≈ Robados")])


def test_what_is_no_longer_or_not_yet_sought_is_not_found(conn: Connection, db_url: str) -> None:
    """Pending, withdrawn and expired entries; each with the last state of the lists."""
    list_id = plates.a_list(conn)
    plates.propose(conn, list_id, "AAA-001-A")
    [gone] = plates.seek(conn, list_id, "BBB-002-B")
    lists.withdraw(conn, plates.RING, plates.ANA, gone, reason="recuperado", now=utc_now())
    now = utc_now()
    short = lists.propose(
        conn,
        plates.RING,
        plates.ANA,
        list_id,
        plate="CCC-003-C",
        about="",
        expires_at=now + timedelta(seconds=60),
        now=now,
    )
    conn.commit()
    plates.approve(conn, short.entry_id)
    later = now + timedelta(seconds=90)
    with closing(plates.part(db_url)) as part:
        part.tick(now)
        plates.commit(conn, *(plates.read(one) for one in ("AAA001A", "BBB002B")))
        plates.commit(conn, plates.read("CCC003C", at=later))
        assert part.tick(now) == 0
        part.tick(later)
        assert hotlist.entry(conn, short.entry_id).state == "expired"
        conn.commit()
        plates.seek(conn, list_id, "DDD-004-D")
        plates.commit(conn, plates.read("DDD004D"))
        assert part.tick(later) == 1
    [told] = rows(conn, "SELECT actor FROM audit WHERE action = 'plate.entry.expire'")
    assert told == ("c5",)


def test_redelivery_and_restarts_double_nothing(conn: Connection, db_url: str) -> None:
    """The same read again, another part, and a crash before the commit."""
    plates.seek(conn, plates.a_list(conn), "XYA-123-A")
    read = plates.read("XYA123A")
    plates.commit(conn, read)
    plates.commit(conn, read)
    with closing(plates.part(db_url)) as part, pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlatesPart, "_cell", _crash)
        with pytest.raises(RuntimeError):
            part.tick(utc_now())
    assert rows(conn, "SELECT count(*) FROM plate_due") == [(1,)]
    assert tick(db_url) == 1
    assert tick(db_url) == 0
    assert len(rows(conn, "SELECT FROM event")) == len(rows(conn, "SELECT FROM plate_hit")) == 1
    assert rows(conn, "SELECT sum(n)::int FROM passage_count") == [(1,)]


def _crash(*_: object) -> None:
    raise RuntimeError("power cut")


def test_a_commit_that_is_late_is_not_passed_over(conn: Connection, db_url: str) -> None:
    """Its rows are older than what was compared meanwhile."""
    plates.seek(conn, plates.a_list(conn), "XYA-123-A")
    plates.commit(conn, plates.read("YAA999Z"))  # whose chunk of time is there from now on
    late = [plates.RING.current.sealed_read(plates.read("XYA123A", device_id="C-2"))]
    with pool.connect(db_url) as other:
        other.execute("SELECT 1")  # the transaction began long ago
        stored.commit(other, late)
        plates.commit(conn, plates.read("YAA999Z"))
        assert tick(db_url) == 0
        other.commit()
    assert tick(db_url) == 1


def test_an_approval_and_the_watch_leave_no_gap(conn: Connection, db_url: str) -> None:
    """A read compared while its plate is being approved is found by one of them, once."""
    list_id = plates.a_list(conn)
    with closing(plates.part(db_url)) as part:
        for nth in range(3):
            entry = plates.propose(conn, list_id, f"XYA-{nth:03}-A")
            now = utc_now()
            lists.approve(
                conn, plates.RING, plates.BETO, entry, now=now, since=now - timedelta(hours=1)
            )
            with pool.connect(db_url) as other:
                plates.commit(other, plates.read(f"XYA{nth:03}A"))
            watching = threading.Thread(target=part.tick, args=(now,), daemon=True)
            watching.start()
            conn.commit()
            watching.join(10)
            assert not watching.is_alive()
    assert len(rows(conn, "SELECT FROM plate_hit")) == 3


def test_what_passed_before_is_found_when_its_plate_is_approved(
    conn: Connection, db_url: str
) -> None:
    """Inside the time that is asked for, exact and confused; only a fresh one raises an event."""
    now = utc_now()
    minutes = {"XYA123A": 2, "XYA-123-A": 90, "XYA1Z3A": 120, "XYA129A": 5, "XYA 123A": 80 * 60}
    for text, ago in minutes.items():
        plates.commit(conn, plates.read(text, at=now - timedelta(minutes=ago)))
    tick(db_url)
    entry = plates.propose(conn, plates.a_list(conn), "XYA-123-A")
    assert plates.approve(conn, entry) == 3
    found = rows(conn, "SELECT exact, differs, found_back FROM plate_hit ORDER BY measured_at")
    assert found == [(False, [4], True), (True, [], True), (True, [], True)]
    assert rows(conn, "SELECT type FROM event") == [("plate_hit",)]
    assert tick(db_url) == 0
    [detail] = rows(conn, "SELECT detail FROM audit WHERE action = 'plate.entry.approve'")
    assert detail[0]["found_back"] == 3


def test_passages_are_counted_by_class_and_state_without_plates(
    conn: Connection, db_url: str
) -> None:
    """By what the camera saw, else by the plate's series; nothing a camera invents is a label."""
    at = utc_now().replace(minute=30, second=0, microsecond=0) - timedelta(hours=1)
    plates.commit(
        conn,
        plates.read("XYA-123-A", at=at),
        plates.read("XYB-123-A", at=at, vehicle="car"),
        plates.read("WLA-123-A", at=at, direction="out", kind="car, private", state="Tabasco"),
        plates.read("??", at=at, direction="sideways", vehicle="XYA123A", state="XYA123A"),
        plates.read("A-123-BCD", at=at, direction="out"),
    )
    tick(db_url)
    found = rows(
        conn, "SELECT direction, class, state, n FROM passage_count ORDER BY direction, class"
    )
    assert found == [
        ("", "", "", 1),
        ("in", "car", "Veracruz", 2),
        ("out", "car", "Tabasco", 1),
        ("out", "taxi", "", 1),
    ]
    assert rows(conn, "SELECT DISTINCT hour FROM passage_count") == [
        (at.replace(minute=0, second=0, microsecond=0),)
    ]


def test_without_a_key_nothing_is_compared_and_nothing_is_lost(
    conn: Connection, db_url: str
) -> None:
    """The engine goes on; when the key is there, what waited is compared."""
    plates.seek(conn, plates.a_list(conn), "XYA-123-A")
    plates.commit(conn, plates.read("XYA123A"))
    with closing(PlatesPart(db_url, None, region="mx")) as part:
        assert part.tick(utc_now()) == 0
    assert tick(db_url) == 1


def test_a_new_key_finds_what_the_old_one_sought_and_hashed(conn: Connection, db_url: str) -> None:
    """Entries and hits are written again by themselves; old reads are found under their own key."""
    old = plates.RING
    new = KeyRing(PlateVault("n" * 32), [old.current])
    list_id = plates.a_list(conn)
    plates.seek(conn, list_id, "XYA-123-A")
    plates.commit(conn, plates.read("XYA123A", crop=plates.JPEG))
    tick(db_url, old)
    plates.commit(conn, plates.read("XYA123A"))
    plates.commit(conn, plates.read("XYA123A"), vault=new.current)
    assert tick(db_url, new) == 2
    keys = rows(conn, "SELECT DISTINCT key_id FROM hot_entry")
    assert keys == [(new.current.key_id,)]
    [first, *_] = rows(conn, "SELECT key_id, crop_sealed FROM plate_hit ORDER BY hit_id")
    assert (first[0], new.current.unseal(first[1])) == (new.current.key_id, plates.JPEG)
    entry = plates.propose(conn, list_id, "XYA-129-A", ring=new)
    plates.commit(conn, plates.read("XYA129A"))
    assert plates.approve(conn, entry, ring=new) == 1
    [told] = rows(conn, "SELECT actor FROM audit WHERE action = 'plate.rekey' LIMIT 1")
    assert told == ("c5",)
    with closing(plates.part(db_url, KeyRing(PlateVault("x" * 32)))) as part:
        plates.commit(conn, plates.read("XYA123A"))
        assert part.tick(utc_now()) == 0


@pytest.mark.timed
def test_a_hit_is_told_within_half_a_second(conn: Connection, db_url: str) -> None:
    """From the commit of the read to the commit of its event, of ten that come one by one."""
    plates.seek(conn, plates.a_list(conn), *(f"XYA-{nth:03}-A" for nth in range(10)))
    stopping = threading.Event()
    part = plates.part(db_url, wait_s=0.25)

    def watch() -> None:
        while not stopping.is_set():
            part.tick(utc_now())
        part.close()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    lags_s = []
    for nth in range(10):
        plates.commit(conn, plates.read(f"XYA{nth:03}A"))
        began_s = monotonic_s()
        wait_until(lambda: rows(conn, "SELECT count(*) FROM event") == [(nth + 1,)])  # noqa: B023  asked at once
        lags_s.append(monotonic_s() - began_s)
    stopping.set()
    watching.join(10)
    assert sorted(lags_s)[5] < 0.25
    assert max(lags_s) < 2


@pytest.mark.timed
def test_a_thousand_entries_keep_up_with_a_hundred_reads_a_second(
    conn: Connection, db_url: str
) -> None:
    """A backlog of three thousand is worked off several times as fast; every hit is there."""
    rng = random.Random(5)
    list_id = plates.a_list(conn)
    sought = sorted({normalised(road.draw(rng)[0]) for _ in range(1100)})[:1000]
    lines = "\n".join(["plate", *sought]).encode()
    now = utc_now()
    lists.import_csv(conn, plates.RING, plates.ANA, list_id, lines, zone=ZoneInfo("UTC"), now=now)
    conn.execute("UPDATE hot_entry SET state = 'active', approved_by = 'b', approved_at = now()")
    others = [road.draw(rng)[0] for _ in range(2900)]
    passing = [*others, *rng.sample(sought, 100)]
    rng.shuffle(passing)
    plates.commit(
        conn, *(plates.read(one, candidates=[(one, 0.9), (f"{one[:-1]}X", 0.3)]) for one in passing)
    )
    began_s = monotonic_s()
    with closing(plates.part(db_url)) as part:
        part.tick(now)
    took_s = monotonic_s() - began_s
    exact = {normalised(one) for one in passing} & set(sought)
    [(hits,)] = rows(conn, "SELECT count(*) FROM plate_hit WHERE exact")
    assert hits >= len(exact) >= 100
    assert rows(conn, "SELECT sum(n)::int FROM passage_count") == [(3000,)]
    assert took_s < 3000 / 100 / 2, f"{3000 / took_s:.0f} reads/s"
