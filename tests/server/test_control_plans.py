"""Plans by the operator's server: imported with the right to, read by all, refused with reasons."""

import json
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from control_center.api import plan_models
from control_center.auth.rights import Role
from control_center.auth.sessions import CSRF_HEADER
from geo import route
from store import pool
from tests.servers.center import RunningCenter, Visitor
from tests.servers.plans import add_supervisor, add_truck, plan_document
from tests.servers.runs import add_run, report
from tests.unit.test_geo_route_formats import CORNERS, kml, placemark

pytestmark = pytest.mark.server
ZONE = ZoneInfo("America/Mexico_City")


def send(who: Visitor, content: bytes, **query: str) -> httpx.Response:
    """Import a plan."""
    return who.client.post(
        "/api/routes", content=content, params=query, headers={CSRF_HEADER: who.csrf}
    )


def plan(**about: Any) -> bytes:
    """A plan's file."""
    return json.dumps(plan_document(**about)).encode()


def today(center: RunningCenter) -> date:
    """The city's day."""
    return center.clock().astimezone(ZONE).date()


def test_a_plan_is_imported_and_read_back(center: RunningCenter) -> None:
    """By a supervisor; everyone else sees it, as it was imported."""
    with pool.connect(center.db_url) as conn:
        add_supervisor(conn, "rosa")
        add_truck(conn, "T-1")
    boss, viewer = center.operator(Role.SUPERVISOR), center.operator(Role.OPERADOR)
    content = plan(weekdays=["mon"], service_window=["06:00", "14:00"])
    sent = send(boss, content, supervisor="rosa", valid_from="2026-07-01")
    assert sent.status_code == 200, sent.text
    assert sent.json() == {"route_id": "R-1", "version": 1, "new": True}
    assert send(boss, content, valid_from="2026-07-02").json()["new"] is False
    body = {"device_id": "T-1", "valid_from": "2026-07-01", "valid_to": None}
    assert boss.post("/api/routes/R-1/assignments", body).json() == body
    answer = viewer.get("/api/routes").json()
    plan_models.Routes.model_validate(answer)
    (one,) = answer["routes"]
    assert (one["device_ids"], one["weekdays"], one["service_window"], one["supervisor"]) == (
        ["T-1"],
        [0],
        ["06:00", "14:00"],
        "rosa",
    )
    detail = viewer.get("/api/routes/R-1").json()
    plan_models.RouteDetail.model_validate(detail)
    assert detail["versions"][0]["imported_by"].startswith("supervisor-")
    document = viewer.get("/api/routes/R-1/plan.geojson", version=1)
    assert document.headers["content-type"] == "application/geo+json"
    assert route.from_document(document.json()).sha256() == detail["versions"][0]["sha256"]


def test_a_drawn_plan_is_cut_and_named_by_the_query(center: RunningCenter) -> None:
    """KML; the page says the id."""
    boss = center.operator(Role.ADMINISTRADOR)
    sent = send(
        boss, kml(placemark(CORNERS)), format="kml", route_id="R-7", weekdays="lun,mié",
        service_window="22:00-06:00",
    )  # fmt: skip
    assert sent.json()["route_id"] == "R-7"
    one = boss.get("/api/routes/R-7").json()
    assert (one["blocks"], one["weekdays"], one["name"]) == (6, [0, 2], "Ruta 7")


@pytest.mark.parametrize("role", [Role.OPERADOR, Role.AUDITOR, Role.AUTORIZADO_LPR])
def test_without_the_right_nothing_is_changed(center: RunningCenter, role: Role) -> None:
    """Nor is the body of a stranger read."""
    who = center.operator(role)
    assert send(who, plan()).status_code == 403
    answer = who.post("/api/routes/R-1/assignments", {"device_id": "T", "valid_from": "2026-01-01"})
    assert answer.status_code == 403
    assert send(center.visitor(), b"x" * 1000).status_code == 401
    assert who.get("/api/routes").json() == {"routes": []}


@pytest.mark.parametrize(
    ("content", "query", "problem"),
    [
        (b"", {}, "the file is empty"),
        (b"{}", {}, "not a GeoJSON"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><gpx/>", {"format": "gpx"}, "declares entities"),
        (b"<gpx/>", {"format": "gpx", "route_id": "R"}, "no blocks"),
        (plan(weekdays=["someday"]), {}, "is no weekday"),
        (plan(), {"supervisor": "nobody"}, "no user 'nobody'"),
        (plan(), {"format": "shp"}, "format"),
        (plan(), {"valid_from": "tomorrow"}, "valid_from"),
        (plan(), {"route_id": "a b"}, "route_id"),
    ],
)
def test_a_wrong_plan_is_refused_with_every_reason(
    center: RunningCenter, content: bytes, query: dict[str, str], problem: str
) -> None:
    """As a problem that a page can show."""
    refused = send(center.operator(Role.SUPERVISOR), content, **query)
    assert refused.status_code in {404, 422}
    assert refused.headers["content-type"] == "application/problem+json"
    assert problem in refused.json()["detail"]


def test_each_problem_of_a_plan_is_an_entry(center: RunningCenter) -> None:
    """So a planner corrects them all at once."""
    document = plan_document(weekdays=["someday"])
    for feature in document["features"][:2]:
        feature["geometry"]["coordinates"][1] = feature["geometry"]["coordinates"][0]
    refused = send(center.operator(Role.SUPERVISOR), json.dumps(document).encode())
    assert refused.status_code == 422
    assert len(refused.json()["errors"]) == 3


def test_a_body_of_eight_mebibytes_is_the_most(center: RunningCenter) -> None:
    """A plan may be larger than a form, and not without end."""
    boss = center.operator(Role.SUPERVISOR)
    large = b" " * 1_000_000 + plan()
    assert send(boss, large).status_code == 200
    refused = send(boss, b" " * (8 * 1024 * 1024 + 1))
    assert refused.status_code == 413


def test_what_does_not_exist_is_not_found(center: RunningCenter) -> None:
    """Routes, versions, trucks."""
    boss = center.operator(Role.SUPERVISOR)
    send(boss, plan())
    for path in ("/api/routes/R-9", "/api/routes/R-9/plan.geojson"):
        assert boss.get(path).status_code == 404
    assert boss.get("/api/routes/R-9/eta", q="x").status_code == 404
    assert boss.get("/api/routes/R-1/plan.geojson", version=7).status_code == 404
    body = {"device_id": "T-9", "valid_from": "2026-07-01"}
    assert boss.post("/api/routes/R-1/assignments", body).status_code == 404
    wrong = {"device_id": "T-9", "valid_from": "2026-07-02", "valid_to": "2026-07-01"}
    assert boss.post("/api/routes/R-1/assignments", wrong).status_code == 422


def test_an_arrival_is_answered_in_both_languages(center: RunningCenter) -> None:
    """For one route, and for whichever fits; a question that is none is refused."""
    day = today(center)
    boss = center.operator(Role.SUPERVISOR)
    send(boss, plan(), valid_from=str(day))
    with pool.connect(center.db_url) as conn:
        add_truck(conn, "T-1")
        read = route.from_document(plan_document())
        window = read.window(day, ZONE)
        entered = [center.clock() - timedelta(minutes=5), *[None] * 3]
        add_run(conn, read, 1, "T-1", day, window, report(read, entered), closed=False)
    one = boss.get("/api/routes/R-1/eta", q="5 de mayo 3, centro").json()
    plan_models.Eta.model_validate(one)
    assert (one["route_id"], one["state"], one["device_id"]) == ("R-1", "unknown", "T-1")
    assert one["note_es"] == "El camión no ha transmitido."
    every = boss.get("/api/eta", lat="18.14", lon="-94.45").json()
    plan_models.Etas.model_validate(every)
    assert [found["state"] for found in every["answers"]] == ["passed"]
    assert boss.get("/api/eta", q="Reforma").json() == {"answers": []}
    assert boss.get("/api/routes/R-1/eta", q="Reforma").status_code == 404
    for query in ({}, {"q": " "}, {"lat": "1"}, {"lat": "95", "lon": "1"}):
        assert boss.get("/api/eta", **query).status_code == 422
