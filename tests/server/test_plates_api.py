"""Hot lists, hits, searches and counts over HTTP, as two people work on them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from psycopg import errors

from control_center.auth.rights import Role
from control_center.auth.sessions import CSRF_HEADER
from control_center.connections import Connections
from control_center.plates import lists
from core.clock import utc_now
from core.seal import KeyRing, PlateVault
from core.settings import Settings
from core.settings.telemetry import Plates
from store import pool
from tests.servers import center as centers
from tests.servers import plates
from tests.servers.center import RunningCenter, Visitor
from tests.servers.fixtures import Broker

pytestmark = pytest.mark.server
LIST: Final = {
    "name": "Robados",
    "reason": "robo de vehículo",
    "issuer": "Fiscalía General del Estado",
    "priority": "critical",
    "legal_basis": "CNPP art. 251",
    "expires_at": None,
}
WHY: Final = {"purpose": "robo en curso", "case_number": "FGE/2026/0451"}


def ring(center: RunningCenter) -> KeyRing:
    """The keys of a center."""
    return KeyRing(PlateVault(center.connections.plate_key))


def see(center: RunningCenter, *reads: Any) -> int:
    """Cameras see something, and the engine works; answer how many hits it made."""
    keys = ring(center)
    with pool.connect(center.db_url) as conn:
        plates.camera(conn)
        plates.commit(conn, *reads, vault=keys.current)
    with closing(plates.part(center.db_url, keys)) as part:
        return part.tick(utc_now())


def entry_of(who: Visitor, list_id: int, plate: str = "XYA-123-A") -> dict[str, Any]:
    """Somebody proposes a plate."""
    body = {"plate": plate, "note": "Tsuru blanco", "expires_at": None}
    answer = who.post(f"/api/plates/lists/{list_id}/entries", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_from_a_list_to_a_decision(center: RunningCenter) -> None:
    """Two people, a camera, a hit with its photograph, and one decision."""
    ana, beto = (center.operator(Role.AUTORIZADO_LPR) for _ in range(2))
    made = ana.post("/api/plates/lists", LIST).json()
    list_id = made["list_id"]
    assert {name: made[name] for name in LIST} == LIST
    assert ana.post("/api/plates/lists", LIST).status_code == 409
    entry = entry_of(ana, list_id)
    assert (entry["state"], entry["plate"], entry["note"]) == (
        "pending",
        "XYA-123-A",
        "Tsuru blanco",
    )
    again = ana.post(f"/api/plates/lists/{list_id}/entries", {"plate": "xya 123a"})
    assert again.status_code == 409
    approve = f"/api/plates/entries/{entry['entry_id']}/approve"
    own = ana.post(approve)
    assert (own.status_code, own.json()["type"]) == (403, "urn:c5:problem:same_person")
    assert see(center, plates.read("XYA123A")) == 0
    done = beto.post(approve).json()
    assert (done["state"], done["found_back"]) == ("active", 1)
    assert done["approved_by"] != done["proposed_by"]
    assert beto.post(approve).status_code == 409
    assert see(center, plates.read("XYA-I23-A", crop=plates.JPEG)) == 1
    [near, back] = beto.get("/api/plates/hits").json()["hits"]
    assert (near["exact"], near["differs"], near["plate"]) == (False, [3], "XYAI23A")
    assert (back["exact"], back["found_back"], back["has_crop"]) == (True, True, False)
    for hit in (near, back):
        assert hit["entry_plate"] == "XYA123A"
        assert (hit["list_name"], hit["priority"]) == ("Robados", "critical")
        assert (hit["device_name"], hit["state"]) == ("Acceso sur", "open")
    photo = beto.get(f"/api/plates/hits/{near['hit_id']}/crop.jpg")
    assert (photo.content, photo.headers["content-type"]) == (plates.JPEG, "image/jpeg")
    assert beto.get(f"/api/plates/hits/{back['hit_id']}/crop.jpg").status_code == 404
    decide = f"/api/plates/hits/{near['hit_id']}/decision"
    assert beto.post(decide, {"accept": False, "reason": " "}).status_code == 422
    decided = beto.post(decide, {"accept": False, "reason": "es una I"}).json()
    assert (decided["state"], decided["decision_reason"]) == ("rejected", "es una I")
    assert ana.post(decide, {"accept": True, "reason": "no"}).status_code == 409
    older = beto.get("/api/plates/hits", state="all", before=near["hit_id"]).json()["hits"]
    assert [hit["hit_id"] for hit in older] == [back["hit_id"]]
    assert beto.get("/api/plates/hits", state="rejected").json()["hits"] == [decided]
    [shown] = beto.get("/api/plates/lists").json()["lists"]
    assert (shown["entries"], shown["pending"]) == (1, 0)
    out = ana.post(f"/api/plates/entries/{entry['entry_id']}/withdraw", {"reason": "recuperado"})
    assert out.json()["state"] == "withdrawn"
    assert see(center, plates.read("XYA123A")) == 0
    entry_of(ana, list_id)


def test_the_database_itself_wants_two_people(db_url: str) -> None:
    """Whatever program writes: no entry is born active, nor changed."""
    with pool.connect(db_url, autocommit=True) as conn:
        list_id = plates.a_list(conn)
        entry = plates.propose(conn, list_id, "XYA-123-A")
        done = plates.seek(conn, list_id, "XYB-123-A")[0]
        at = {"entry": entry, "done": done, "list": list_id, "key": plates.RING.current.key_id}
        approved = "UPDATE hot_entry SET state = 'active', approved_at = now(), approved_by ="
        for statement in (
            "UPDATE hot_entry SET state = 'active' WHERE entry_id = %(entry)s",
            f"{approved} 'ana' WHERE entry_id = %(entry)s",
            f"{approved} 'ANA' WHERE entry_id = %(entry)s",
            f"{approved} 'carla' WHERE entry_id = %(done)s",
            "UPDATE hot_entry SET proposed_by = 'beto' WHERE entry_id = %(entry)s",
            "UPDATE hot_entry SET plate_hmac = sha256('') WHERE entry_id = %(done)s",
            "UPDATE hot_entry SET expires_at = now() WHERE entry_id = %(done)s",
            """UPDATE hot_entry SET state = 'pending', approved_by = NULL, approved_at = NULL
                WHERE entry_id = %(done)s""",
            """INSERT INTO hot_entry (list_id, key_id, plate_hmac, sealed, state, proposed_by,
                                      proposed_at, approved_by, approved_at)
               VALUES (%(list)s, %(key)s, sha256(''), '', 'active', 'ana', now(), 'beto', now())""",
        ):
            with pytest.raises(errors.CheckViolation):
                conn.execute(statement.encode(), at)
        now = utc_now()
        with pytest.raises(lists.SamePerson):
            lists.approve(conn, plates.RING, plates.ANA, entry, now=now, since=now)


def test_a_file_is_imported_and_its_bad_lines_are_named(center: RunningCenter) -> None:
    """Raw in the body, up to a mebibyte; twice the same adds nothing."""
    ana = center.operator(Role.AUTORIZADO_LPR)
    list_id = ana.post("/api/plates/lists", LIST).json()["list_id"]
    path = f"/api/plates/lists/{list_id}/import"

    def send(content: bytes) -> httpx.Response:
        headers = {CSRF_HEADER: ana.csrf, "content-type": "text/csv"}
        return ana.client.post(path, content=content, headers=headers)

    content = "placa;nota\nXYA-123-A;robó\n?;\nWLA-001-B;\n".encode("cp1252")
    first = send(content).json()
    assert first["proposed"] == 2
    assert [one["line"] for one in first["refused"]] == [3]
    again = send(content).json()
    assert (again["proposed"], [one["line"] for one in again["refused"]]) == (0, [2, 3, 4])
    found = ana.get(f"/api/plates/lists/{list_id}/entries").json()["entries"]
    assert {one["plate"]: one["note"] for one in found} == {"XYA123A": "robó", "WLA001B": ""}
    assert {one["state"] for one in found} == {"pending"}
    assert send(b"a,b\n1,2\n").status_code == 422
    long = b"plate\n" + b"\n".join(b"XY%06d" % n for n in range(20_000))
    assert len(long) > 65_536
    assert send(long).json()["proposed"] > 19_000
    assert send(b"plate\n" + b"x" * (1 << 20)).status_code == 413
    assert ana.client.post("/api/plates/lists/99/import", content=b"plate\nXYA123\n",
                           headers={CSRF_HEADER: ana.csrf}).status_code == 404  # fmt: skip


def test_a_search_needs_a_purpose_and_finds_by_pattern(center: RunningCenter) -> None:
    """Inside what is kept and what is asked for; masked in the list of searches."""
    now = utc_now()
    ana = center.operator(Role.AUTORIZADO_LPR)
    see(
        center,
        plates.read("XYA-123-A", at=now - timedelta(hours=2), crop=plates.JPEG, direction="odd"),
        plates.read("XYA-128-A", at=now - timedelta(hours=1)),
        plates.read("XYB-123-A", at=now - timedelta(hours=1)),
        plates.read("XYA-123-A", at=now - timedelta(hours=100)),
    )
    path = "/api/plates/searches"
    for lacking in (WHY, {"plate": "XYA123A"} | WHY | {"purpose": " "}, {"plate": "XYA123A"}):
        assert ana.post(path, lacking).status_code == 422
    for odd in ("XYA????", "A1", "XYA;DROP", "?" * 7):
        assert ana.post(path, WHY | {"plate": odd}).status_code == 422, odd
    answer = ana.post(path, WHY | {"plate": "xya-12?-a"}).json()
    assert [read["plate"] for read in answer["reads"]] == ["XYA128A", "XYA123A"]
    assert [read["has_crop"] for read in answer["reads"]] == [False, True]
    assert [read["direction"] for read in answer["reads"]] == ["in", None]
    assert answer["searched"]["rows"] == 3
    hour = {"from": (now - timedelta(minutes=90)).isoformat(), "to": now.isoformat()}
    later = ana.post(path, WHY | {"plate": "XYA123A"} | hour).json()
    assert later["reads"] == []
    swapped = {"from": hour["to"], "to": hour["from"]}
    assert ana.post(path, WHY | {"plate": "XYA123A"} | swapped).status_code == 422
    said = ana.get(path).json()["searches"]
    assert [(one["plate_shown"], one["found"]) for one in said] == [("X*****A", 0), ("X*****A", 2)]
    assert {one["case_number"] for one in said} == {WHY["case_number"]}
    assert center.operator(Role.AUDITOR).get(path).json()["searches"] == said
    for role in (Role.OPERADOR, Role.SUPERVISOR, Role.ADMINISTRADOR):
        someone = center.operator(role)
        assert someone.get(path).status_code == 403
        assert someone.post(path, WHY | {"plate": "XYA123A"}).status_code == 403


@pytest.fixture
def sparing(connections: Connections) -> Iterator[RunningCenter]:
    """A center where a person may search twice an hour."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            centers, "Settings",
            lambda **given: Settings(plates=Plates(searches_per_hour=2), **given),
        )  # fmt: skip
        with centers.serving(connections) as running:
            yield running


def test_a_person_searches_so_often_and_no_more(sparing: RunningCenter) -> None:
    """Somebody else still may; and after an hour so may they."""
    ana, beto = (sparing.operator(Role.AUTORIZADO_LPR) for _ in range(2))
    ask = WHY | {"plate": "XYA123A"}
    statuses = [ana.post("/api/plates/searches", ask).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = ana.post("/api/plates/searches", ask)
    assert 3500 < int(refused.headers["retry-after"]) <= 3600
    assert beto.post("/api/plates/searches", ask).status_code == 200
    with pool.connect(sparing.db_url) as conn:
        conn.execute("UPDATE plate_search SET at = at - INTERVAL '1 hour'")
    assert ana.post("/api/plates/searches", ask).status_code == 200


def test_passages_are_counted_without_plates(center: RunningCenter) -> None:
    """For everybody who may see the map; small cells together, totals right, also as a table."""
    at = utc_now() - timedelta(hours=2)
    see(
        center,
        *(plates.read(f"XYA-{n:03}-A", at=at, vehicle="car") for n in range(5)),
        *(plates.read(f"WLA-{n:03}-A", at=at, vehicle="car") for n in range(2)),
        plates.read("?", at=at, vehicle="bus", direction="out"),
    )
    viewer = center.operator(Role.OPERADOR)
    rows = viewer.get("/api/plates/counts").json()["rows"]
    got = {(one["direction"], one["class"], one["state"]): one["n"] for one in rows}
    assert got == {("in", "otros", "otros"): 7, ("out", "otros", "otros"): 1}
    see(center, plates.read("WLA-100-A", at=at, vehicle="car"))
    rows = viewer.get("/api/plates/counts", by="day", device_id="C-1").json()["rows"]
    got = {(one["direction"], one["class"], one["state"]): one["n"] for one in rows}
    assert got["in", "car", "Veracruz"] == 5
    assert got["in", "car", "Tabasco"] == 3
    table = viewer.get("/api/plates/counts.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.text.splitlines()[0].lstrip("\ufeff") == "device_id,at,direction,class,state,n"
    assert "XYA" not in table.text
    assert len(table.text.splitlines()) == 1 + len(viewer.get("/api/plates/counts").json()["rows"])
    assert viewer.get("/api/plates/counts", **{"from": "2020-01-01T00:00:00Z"}).status_code == 422
    assert viewer.get("/api/plates/counts", **{"from": "2026-01-01T00:00:00"}).status_code == 422


def test_without_a_key_the_center_starts_and_says_so(db_url: str, broker: Broker) -> None:
    """Plates are shut, all else works."""
    known = centers.connections_to(db_url, broker)
    shut = Connections(
        database=known.database,
        mqtt=known.mqtt,
        ca_file=known.ca_file,
        passwords=known.passwords,
        session_secret=known.session_secret,
    )
    with centers.serving(shut) as center:
        ana = center.operator(Role.AUTORIZADO_LPR)
        for answer in (
            ana.get("/api/plates/hits"),
            ana.post("/api/plates/searches", WHY | {"plate": "XYA123A"}),
            ana.get("/api/plates/lists/1/entries"),
        ):
            assert (answer.status_code, answer.json()["type"]) == (
                503,
                "urn:c5:problem:plates_shut",
            )
            assert "ingest.plate_key" in answer.json()["detail"]
        assert ana.get("/api/plates/counts").status_code == 200
        assert ana.get("/api/plates/lists").json() == {"lists": []}
