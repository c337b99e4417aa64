"""Runs as the page gets them, and what supervisors say about them."""

import hashlib
import threading
from datetime import timedelta
from typing import Any

import httpx
import pytest

from control_center import edge
from control_center.api import run_models as models
from control_center.auth.rights import Role
from control_center.auth.sessions import CSRF_HEADER
from core.quality import Flag
from tests.servers.center import RunningCenter, Visitor
from tests.servers.run_town import BEGIN, DAY, Town, corner, digest, document, drive, plan

pytestmark = pytest.mark.server
DAYS = {"from": DAY.isoformat(), "to": DAY.isoformat()}
STATES = {"B003": "missed", "B004": "too_fast", "B010": "unknown"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
REVIEW = {"segment_id": "B003", "verdict": "disputed", "reason": "calle_cerrada", "note": "obra"}


@pytest.fixture
def town(center: RunningCenter) -> Town:
    """A town with one route and one truck."""
    town = Town(center.db_url)
    town.device()
    town.route(plan())
    return town


@pytest.fixture
def run_id(town: Town) -> int:
    """Yesterday's run, judged and closed, with three gaps."""
    return town.run(document(plan(), STATES))


@pytest.fixture
def viewer(center: RunningCenter) -> Visitor:
    """Someone who may look and no more."""
    return center.operator(Role.OPERADOR)


@pytest.fixture
def supervisor(center: RunningCenter) -> Visitor:
    """Someone who may review."""
    return center.operator(Role.SUPERVISOR)


def send(visitor: Visitor, content: bytes, *, media_type: str = "image/png") -> httpx.Response:
    """Upload a photo, as the page does it."""
    headers = {CSRF_HEADER: visitor.csrf, "Content-Type": media_type}
    return visitor.client.post("/api/attachments", content=content, headers=headers)


def detail(visitor: Visitor, run_id: int, **query: str | int) -> dict[str, Any]:
    """A run's report."""
    answer = visitor.get(f"/api/runs/{run_id}", **query)
    assert answer.status_code == 200, answer.text
    models.RunDetail.model_validate(answer.json())
    return dict(answer.json())


def test_runs_are_listed_with_their_figures(town: Town, run_id: int, viewer: Visitor) -> None:
    """Names, percent and the count of gaps; the newest day first."""
    earlier = town.run(document(plan(), day=DAY - timedelta(days=1)))
    answer = viewer.get("/api/runs", **{**DAYS, "from": "2026-03-01"})
    models.Runs.model_validate(answer.json())
    first, second = answer.json()["runs"]
    assert (first["run_id"], second["run_id"]) == (run_id, earlier)
    assert first["coverage_pct"] == 87.5
    assert (first["gaps"], first["missed"], first["too_fast"], first["unknown"]) == (3, 1, 1, 1)
    lengths = {"serviced": 2100.0, "too_fast": 100.0, "missed": 100.0, "unknown": 100.0}
    assert first["lengths_m"] == lengths
    assert (first["begin_late_s"], first["end_late_s"]) == (420.0, -3600.0)
    assert (first["route_name"], first["device_name"]) == ("Centro", "Camión 7")
    assert (first["reviewed"], first["off_route_s"], first["state"]) == (0, 185.0, "closed")
    assert first["window"] == ["2026-03-02T12:00:00.000Z", "2026-03-02T16:00:00.000Z"]
    assert second["coverage_pct"] == 100


def test_what_was_not_judged_yet_is_null(town: Town, viewer: Visitor) -> None:
    """A run that is there and has no report: no figure is zero."""
    [[run_id]] = town.execute(
        "INSERT INTO run (route_id, service_date, device_id, version, window_from, window_to)"
        " VALUES ('R-1', %s, 'T-07', 1, %s, %s) RETURNING run_id",
        *(DAY, BEGIN, BEGIN + timedelta(hours=4)),
    )
    [run] = viewer.get("/api/runs", **DAYS).json()["runs"]
    models.Run.model_validate(run)
    unknown = ("revision", "computed_at", "coverage_pct", "serviced", "gaps", "off_route_s")
    late = ("lengths_m", "begin_late_s", "end_late_s")
    assert {run[name] for name in (*unknown, *late)} == {None}
    answer = viewer.get(f"/api/runs/{run_id}")
    assert answer.status_code == 404
    assert "no report yet" in answer.json()["detail"]


def test_an_open_run_has_nothing_to_review_yet(
    town: Town, viewer: Visitor, supervisor: Visitor
) -> None:
    """What is to come is unknown, and no gap of anyone's; once it is closed it may be one."""
    run_id = town.run(document(plan(), STATES, provisional=True), state="open")
    supervisor.post(f"/api/runs/{run_id}/reviews", REVIEW)
    [run] = viewer.get("/api/runs", **DAYS).json()["runs"]
    models.Run.model_validate(run)
    assert (run["unknown"], run["gaps"], run["reviewed"]) == (1, None, 0)
    town.revise(run_id, document(plan(), STATES), number=1, why="closed")
    [run] = viewer.get("/api/runs", **DAYS).json()["runs"]
    assert (run["gaps"], run["reviewed"]) == (3, 1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"route_id": "R-1"}, 1),
        ({"route_id": "R-2"}, 0),
        ({"device_id": "T-07"}, 1),
        ({"device_id": "T-08"}, 0),
        ({"supervisor": "ana"}, 0),
        ({"from": "2026-03-03", "to": "2026-03-04"}, 0),
    ],
)
@pytest.mark.usefixtures("run_id")
def test_filters(viewer: Visitor, query: dict[str, str], found: int) -> None:
    """Each narrows the list."""
    assert len(viewer.get("/api/runs", **{**DAYS, **query}).json()["runs"]) == found


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"from": "2026-03-03"}, "swap them"),
        ({"from": "2024-03-03"}, "366 days"),
        ({"from": "yesterday"}, "from"),
        ({"route_id": "a b"}, "route_id"),
    ],
)
def test_a_question_that_makes_no_sense_is_explained(
    viewer: Visitor, query: dict[str, str], says: str
) -> None:
    """422, as a problem that names what to change."""
    answer = viewer.get("/api/runs", **{**DAYS, **query})
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


def test_a_report_is_answered_as_it_was_signed(town: Town, run_id: int, viewer: Visitor) -> None:
    """The document equals what its digest was made of, and old revisions stay readable."""
    found = detail(viewer, run_id)
    assert digest(found["document"]) == found["sha256"]
    late = document(plan(), {"B003": "missed"})
    town.revise(run_id, late, number=2)
    newest, old = detail(viewer, run_id), detail(viewer, run_id, revision=1)
    assert newest["document"] == late
    assert old["document"] == found["document"]
    assert [(one["revision"], one["why"]) for one in newest["revisions"]] == [
        (1, "closed"),
        (2, "late"),
    ]
    assert viewer.get(f"/api/runs/{run_id}", revision=3).status_code == 404


def test_the_map_has_every_block_and_stop(run_id: int, viewer: Visitor) -> None:
    """Geometry from the plan, states from the report; times are epoch ms."""
    answer = viewer.get(f"/api/runs/{run_id}/map.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    blocks = {
        f["properties"]["segment_id"]: f for f in features if f["geometry"]["type"] == "LineString"
    }
    assert len(blocks) == 24
    assert blocks["B003"]["properties"]["state"] == "missed"
    assert blocks["B003"]["properties"]["verdict"] is None
    assert blocks["B003"]["properties"]["from_ms"] is None
    assert blocks["B001"]["geometry"]["coordinates"] == [corner(0, 0), corner(1, 0)]
    assert blocks["B001"]["properties"]["from_ms"] == int(
        (BEGIN + timedelta(minutes=15)).timestamp() * 1000
    )
    [stop] = [f for f in features if f["properties"]["kind"] == "stop"]
    assert stop["geometry"]["coordinates"] == corner(7, 1)


def test_the_trace_carries_its_doubts(town: Town, run_id: int, viewer: Visitor) -> None:
    """Fixes of the window and a margin, flags and all."""
    town.fixes("T-07", [corner(0, 0), corner(1, 0)])
    town.fixes("T-07", [corner(50, 50)], flags=int(Flag.JUMP), first_seq=9)
    town.fixes("T-07", [corner(9, 9)], begin=BEGIN - timedelta(hours=3), first_seq=20)
    answer = viewer.get(f"/api/runs/{run_id}/trace").json()
    models.RunTrace.model_validate(answer)
    at_ms = int(BEGIN.timestamp() * 1000)
    assert [at_ms, *corner(0, 0), 18.0, []] in answer["points"]
    assert [at_ms, *corner(50, 50), 18.0, ["jump"]] in answer["points"]
    assert len(answer["points"]) == 3


def test_a_long_trace_is_thinned_and_keeps_its_end(
    town: Town, run_id: int, viewer: Visitor
) -> None:
    """No more than 20 000 points go to a page."""
    places = (drive(steps=90) * 11)[:23_000]
    town.fixes("T-07", places, every_s=0.7)
    points = viewer.get(f"/api/runs/{run_id}/trace").json()["points"]
    assert 10_000 < len(points) <= 20_000
    assert points[-1][1:3] == places[-1]


def test_a_supervisor_disputes_a_gap(run_id: int, supervisor: Visitor) -> None:
    """The words stand beside the report, on the map and in the count; the report is unchanged."""
    before = detail(supervisor, run_id)
    photo = send(supervisor, PNG).json()["sha256"]
    answer = supervisor.post(f"/api/runs/{run_id}/reviews", {**REVIEW, "attachment_sha256": photo})
    assert answer.status_code == 201, answer.text
    models.ReviewAnswer.model_validate(answer.json())
    after = detail(supervisor, run_id)
    assert after["reviews"] == [answer.json()]
    assert (after["document"], after["sha256"]) == (before["document"], before["sha256"])
    assert (after["run"]["gaps"], after["run"]["reviewed"]) == (3, 1)
    said = after["reviews"][0]
    assert said["reviewed_by"].startswith("supervisor-")
    assert (said["previous_sha256"], said["revision"]) == ("", 1)
    features = supervisor.get(f"/api/runs/{run_id}/map.geojson").json()["features"]
    assert features[2]["properties"]["verdict"] == "disputed"


def test_a_later_review_supersedes_and_both_stay(run_id: int, supervisor: Visitor) -> None:
    """Each names the digest of the one before it."""
    for verdict in ("disputed", "confirmed"):
        supervisor.post(f"/api/runs/{run_id}/reviews", {**REVIEW, "verdict": verdict})
    first, second = detail(supervisor, run_id)["reviews"]
    assert (first["verdict"], second["verdict"]) == ("disputed", "confirmed")
    assert second["previous_sha256"] == first["sha256"]
    assert detail(supervisor, run_id)["run"]["reviewed"] == 1
    features = supervisor.get(f"/api/runs/{run_id}/map.geojson").json()["features"]
    assert features[2]["properties"]["verdict"] == "confirmed"


def test_a_gap_that_late_fixes_closed_needs_no_review(
    town: Town, run_id: int, supervisor: Visitor
) -> None:
    """`reviewed` counts gaps of the newest report, and the words stay listed."""
    supervisor.post(f"/api/runs/{run_id}/reviews", REVIEW)
    town.revise(run_id, document(plan(), {"B004": "too_fast"}), number=2)
    found = detail(supervisor, run_id)
    assert (found["run"]["gaps"], found["run"]["reviewed"]) == (1, 0)
    assert len(found["reviews"]) == 1


def test_of_two_at_once_one_is_told_to_reload(
    center: RunningCenter, run_id: int, supervisor: Visitor
) -> None:
    """The chain never forks: who comes second at the same head gets 409."""
    other = center.operator(Role.SUPERVISOR)
    start = threading.Barrier(2)
    answers: list[int] = []

    def say(who: Visitor) -> None:
        start.wait()
        answers.extend(
            who.post(f"/api/runs/{run_id}/reviews", REVIEW).status_code for _ in range(10)
        )

    threads = [threading.Thread(target=say, args=(who,)) for who in (supervisor, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reviews = detail(supervisor, run_id)["reviews"]
    assert set(answers) <= {201, 409}
    assert answers.count(201) == len(reviews)
    links = [one["previous_sha256"] for one in reviews]
    assert links == ["", *(one["sha256"] for one in reviews[:-1])]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"segment_id": "B999"}, 404),
        ({"segment_id": ""}, 422),
        ({"verdict": "perhaps"}, 422),
        ({"reason": "lluvia"}, 422),
        ({"note": "x" * 4001}, 422),
        ({"note": "a\x00b"}, 422),
        ({"attachment_sha256": "ab"}, 422),
        ({"attachment_sha256": "0" * 64}, 404),
        ({"revision": 7}, 422),
    ],
)
def test_words_that_cannot_stand_are_refused(
    run_id: int, supervisor: Visitor, change: dict[str, object], status: int
) -> None:
    """And leave nothing behind."""
    answer = supervisor.post(f"/api/runs/{run_id}/reviews", {**REVIEW, **change})
    assert answer.status_code == status, answer.text
    assert detail(supervisor, run_id)["reviews"] == []


@pytest.mark.parametrize("role", [Role.OPERADOR, Role.AUDITOR, Role.AUTORIZADO_LPR])
def test_who_may_only_look_cannot_review(center: RunningCenter, run_id: int, role: Role) -> None:
    """Neither words nor photos."""
    someone = center.operator(role)
    assert someone.post(f"/api/runs/{run_id}/reviews", REVIEW).status_code == 403
    assert send(someone, PNG).status_code == 403
    assert detail(someone, run_id)["reviews"] == []


@pytest.mark.parametrize("path", ["", "/map.geojson", "/trace", "/report.pdf", "/report.csv"])
def test_an_unknown_run_is_not_found(viewer: Visitor, path: str) -> None:
    """404, as a problem; and a number no database holds is no run either."""
    answer = viewer.get(f"/api/runs/4711{path}")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:c5:problem:not_found")
    assert viewer.get(f"/api/runs/{2**70}{path}").status_code == 422


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(32), "image/jpeg"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(32), "image/webp"),
    ],
)
def test_a_photo_is_served_as_what_it_is(
    supervisor: Visitor, viewer: Visitor, content: bytes, media_type: str
) -> None:
    """Whatever the sender calls it; under its SHA-256, which may be sent again."""
    for _ in range(2):
        answer = send(supervisor, content, media_type="text/html")
        assert answer.status_code == 201
    sha256 = answer.json()["sha256"]
    assert sha256 == hashlib.sha256(content).hexdigest()
    served = viewer.get(f"/api/attachments/{sha256}")
    assert served.content == content
    assert served.headers["content-type"] == media_type
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in served.headers["cache-control"]
    assert viewer.get(f"/api/attachments/{'0' * 64}").status_code == 404


@pytest.mark.parametrize(
    "content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"%PDF-1.7", b"RIFF"]
)
def test_what_is_no_photo_is_refused(supervisor: Visitor, content: bytes) -> None:
    """415, whatever its header says."""
    answer = send(supervisor, content)
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:c5:problem:not_a_photo")


def test_a_photo_has_a_bound_of_its_own(center: RunningCenter, supervisor: Visitor) -> None:
    """5 MiB go in, a byte more does not; a stranger's are never read; elsewhere 64 KiB stay."""
    largest = PNG + bytes(edge.MAX_PHOTO_BYTES - len(PNG))
    assert send(supervisor, largest).status_code == 201
    assert send(supervisor, largest + b"x").status_code == 413
    assert send(center.visitor(), largest).status_code == 401
    too_long = {**REVIEW, "note": "x" * (edge.MAX_BODY_BYTES + 1)}
    assert supervisor.post("/api/runs/1/reviews", too_long).status_code == 413
