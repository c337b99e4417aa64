"""A run's report as CSV, GeoJSON and GPX: what comes out can be read back, and harms nobody."""

import csv
import io
import json
from typing import Any

import gpxpy
import pytest

from control_center.reports import csv as report_csv
from control_center.reports import geojson, gpx, sheet, trail
from control_center.reports.trail import Point
from core.quality import Flag
from tests.servers import run_town as runs
from tests.unit.doc_tables import bare, table
from tests.unit.reports_run import BEGIN_MS, driven, report, review

STATES = {"B003": "missed", "B004": "too_fast", "B010": "unknown"}


def rows(body: bytes) -> list[dict[str, str]]:
    """A CSV file as a spreadsheet reads it."""
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def named(**words: str) -> dict[str, Any]:
    """A plan whose first block has other words."""
    drawn: dict[str, Any] = runs.plan()
    drawn["features"][0]["properties"].update(words)
    return drawn


def test_csv_has_a_row_a_block() -> None:
    """In the plan's order; what is not known is empty, never 0."""
    found = rows(report_csv.file(report(STATES, reviews=[review("B003")])))
    assert [row["segment_id"] for row in found] == [f"B{n:03}" for n in range(1, 25)]
    missed, fast = found[2], found[3]
    assert (missed["state"], missed["mean_kmh"], missed["from"]) == ("missed", "", "")
    assert (fast["state"], fast["mean_kmh"], fast["in_window"]) == ("too_fast", "41.0", "1")
    assert (missed["verdict"], missed["reason"]) == ("disputed", "calle_cerrada")
    assert (missed["reviewed_by"], fast["verdict"]) == ("ana.lopez", "")
    assert {row["sha256"] for row in found} == {report(STATES).revision.sha256}


def test_the_last_review_stands_in_the_csv() -> None:
    """Of several about one block."""
    said = [review("B003"), review("B003", verdict="confirmed", number=2)]
    assert rows(report_csv.file(report(STATES, reviews=said)))[2]["verdict"] == "confirmed"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =1+1", '=a","b'])
def test_no_text_is_a_formula(text: str) -> None:
    """Whatever a plan calls its streets, or a supervisor writes; and nothing is lost."""
    note = review("B001", note=text)
    [first, *_] = rows(report_csv.file(report(reviews=[note])))
    assert first["note"] == f"'{text}"
    assert sheet.cell(text).startswith("'")


def test_a_number_below_zero_stays_a_number() -> None:
    """Only texts are quoted."""
    assert [sheet.cell(value) for value in (-1.5, -2, None, False)] == ["-1.5", "-2", "", "0"]


def test_accents_and_commas_come_back() -> None:
    """Quoted as RFC 4180 says."""
    drawn = named(street='Peñón, "La Ñ"', colonia="Centro; Norte")
    [first, *_] = rows(report_csv.file(report(plan=drawn)))
    assert (first["street"], first["colonia"]) == ('Peñón, "La Ñ"', "Centro; Norte")


def test_every_column_is_documented() -> None:
    """Docs and file agree, in order."""
    assert [bare(row[0]) for row in table("reports.md", "## CSV")] == list(report_csv.COLUMNS)


def test_geojson_holds_blocks_stops_and_trace() -> None:
    """And says which document it was made from."""
    made = report(STATES, reviews=[review("B003")])
    found = json.loads(geojson.file(made))
    kinds = [feature["properties"]["kind"] for feature in found["features"]]
    assert (kinds.count("block"), kinds.count("stop"), kinds.count("trace")) == (24, 1, 1)
    assert found["properties"]["sha256"] == made.revision.sha256
    assert found["properties"]["reviews"][0]["reason"] == "calle_cerrada"
    assert found["features"][2]["properties"]["verdict"] == "disputed"
    trace = found["features"][-1]
    assert len(trace["geometry"]["coordinates"]) == len(trace["properties"]["times_ms"]) == 100


def test_gpx_parses_back() -> None:
    """The trace is a track with its times, each block a route, each stop a waypoint."""
    made = report(STATES)
    found = gpxpy.parse(gpx.file(made).decode())
    [track] = found.tracks
    [segment] = track.segments
    assert len(segment.points) == 100
    assert segment.points[0].time == runs.BEGIN
    assert [route.name for route in found.routes] == [f"B{n:03}" for n in range(1, 25)]
    assert "no servida" in (found.routes[2].description or "")
    assert len(found.waypoints) == 1
    assert (found.routes[0].points[0].longitude, found.routes[0].points[0].latitude) == tuple(
        runs.corner(0, 0)
    )


def test_gpx_escapes_names() -> None:
    """A name is text, not markup; a control character is none at all."""
    drawn = named(street='<script>alert(1)</script> & "x"')
    body = gpx.file(report(plan=drawn, truck="T <7>\x0b")).decode()
    assert "<script>" not in body
    assert "\x0b" not in body
    found = gpxpy.parse(body)
    assert "<script>alert(1)</script>" in (found.routes[0].description or "")
    assert found.tracks[0].name == "T <7>"


def test_a_run_without_fixes_has_an_empty_track() -> None:
    """And blocks all the same."""
    made = report({f"B{n:03}": "unknown" for n in range(1, 25)}, trace=[], stops=[])
    found = gpxpy.parse(gpx.file(made).decode())
    assert [len(track.segments) for track in found.tracks] == [0]
    assert len(found.routes) == 24
    assert len(json.loads(geojson.file(made))["features"]) == 24


def test_a_trace_breaks_where_the_tracker_was_silent() -> None:
    """No line is drawn over a silence, nor from what nobody believes."""
    fixes = driven()
    gap = [*fixes[:10], *fixes[30:40], fixes[60], *fixes[90:]]
    assert [len(part) for part in trail.trails(gap)] == [10, 10, 10]
    wild = Point(BEGIN_MS + 5000, 0.0, 0.0, None, int(Flag.JUMP))
    late = fixes[1]._replace(flags=int(Flag.LATE))
    [line] = trail.trails([fixes[0], wild, late])
    assert line == [fixes[0], late]
