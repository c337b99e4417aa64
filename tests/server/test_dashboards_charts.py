"""The page of charts answers what dashboards show: the same queries, as the same role."""

from datetime import timedelta

import httpx
import pytest

from control_center.auth.rights import Role
from core.clock import utc_now
from dashboards.boards import BOARDS
from dashboards.spec import View
from store import pool
from tests.servers import stations
from tests.servers.center import RunningCenter

pytestmark = pytest.mark.server


def _number(board: str, query: str) -> int:
    found = next(one for one in BOARDS if one.uid == board)
    return next(nth for nth, panel in enumerate(found.panels) if panel.query == query)


def test_boards_are_listed_without_maps(center: RunningCenter) -> None:
    """In both languages; what only a map can show stays with Grafana."""
    answer = center.operator(Role.OPERADOR).get("/api/charts")
    assert answer.status_code == httpx.codes.OK
    boards = answer.json()["boards"]
    assert [one["uid"] for one in boards] == [board.uid for board in BOARDS]
    listed = sum(len(one["panels"]) for one in boards)
    assert listed == sum(panel.view is not View.MAP for board in BOARDS for panel in board.panels)
    air = next(one for one in boards if one["uid"] == "c5-air")
    assert (air["title_es"], air["title_en"]) == ("Calidad del aire", "Air quality")
    assert air["panels"][3]["value"]["steps"][0]["value"] is None


def test_a_panel_answers_rows(center: RunningCenter) -> None:
    """Readings of a station, in order, believed ones alone; times are epoch ms."""
    now = utc_now()
    with pool.connect(center.db_url, autocommit=True) as conn:
        stations.enrolled(conn, "A-01")
        since = now - timedelta(hours=3)
        stations.said(conn, "A-01", since, timedelta(minutes=5), {"pm25_ugm3": [10.0] * 30})
        stations.said(
            conn, "A-01", now - timedelta(minutes=20), timedelta(minutes=1),
            {"pm25_ugm3": [999.0]}, flags=1,
        )  # fmt: skip
    number = _number("c5-air", "air.pollutant")
    answer = center.operator(Role.OPERADOR).get(f"/api/charts/c5-air/{number}", days=1)
    assert answer.status_code == httpx.codes.OK
    said = answer.json()
    assert said["columns"] == ["time", "metric", "value"]
    assert said["kinds"] == ["time", "text", "number"]
    values = [row[2] for row in said["rows"] if row[2] is not None]
    assert set(values) == {10.0}
    times = [row[0] for row in said["rows"]]
    assert times == sorted(times)
    assert all(isinstance(at, int) for at in times)


def test_an_empty_city_has_empty_charts(center: RunningCenter) -> None:
    """Every panel answers, though there is no device, no route and no zone."""
    visitor = center.operator(Role.AUDITOR)
    for board in BOARDS:
        for number, panel in enumerate(board.panels):
            if panel.view is not View.MAP:
                answer = visitor.get(f"/api/charts/{board.uid}/{number}", days=7)
                assert answer.status_code == httpx.codes.OK, (panel.query, answer.text)


@pytest.mark.parametrize(
    ("path", "days", "status"),
    [
        ("/api/charts/c5-nothing/0", 1, 404),
        ("/api/charts/c5-air/99", 1, 404),
        ("/api/charts/c5-air/3", 0, 422),
        ("/api/charts/c5-air/3", 91, 422),
        ("/api/charts/c5-air/-1", 1, 422),
    ],
)
def test_what_is_not_there_is_said(
    center: RunningCenter, path: str, days: int, status: int
) -> None:
    """A board or panel that nobody has, and a range that nobody may ask for."""
    assert center.operator().get(path, days=days).status_code == status


def test_a_device_cannot_smuggle_sql(center: RunningCenter) -> None:
    """What is not a device of the board is not even tried."""
    number = _number("c5-truck", "truck.summary")
    visitor = center.operator()
    answer = visitor.get(f"/api/charts/c5-truck/{number}", device="x'); DROP TABLE device; --")
    assert answer.status_code == httpx.codes.OK
    assert visitor.get("/api/devices").status_code == httpx.codes.OK


def test_nobody_reads_charts_without_a_session(center: RunningCenter) -> None:
    """As everything else."""
    assert center.visitor().get("/api/charts").status_code == httpx.codes.UNAUTHORIZED
