"""The demo's score: reports against the simulator's truth."""

from typing import Any

import msgspec
import pytest

from control_center.demo.compliance import RunKey, score

KEY = RunKey("R-001", "2026-09-14", "T-001")
STOP = {"from": "2026-09-14T12:00:00.000Z", "to": "2026-09-14T12:10:00.000Z"}
ELSEWHEN = {"from": "2026-09-14T13:00:00Z", "to": "2026-09-14T13:10:00Z"}


def truth(segments: dict[str, str], **fields: object) -> bytes:
    """A run's line."""
    return msgspec.json.encode(
        {
            "type": "run",
            **KEY._asdict(),
            "silent": False,
            "segments": segments,
            "missed_or_unknown": [],
            "off_route_stops": [],
        }
        | fields
    )


def report(*states: str, stops: tuple[dict[str, Any], ...] = ()) -> dict[RunKey, dict[str, Any]]:
    """A report that says this of blocks A, B and so on."""
    said = [{"segment_id": chr(65 + at), "state": state} for at, state in enumerate(states)]
    return {KEY: {"segments": said, "stops": list(stops)}}


def test_what_is_right_counts_as_right() -> None:
    """Every state at its best."""
    line = truth({"A": "serviced", "B": "too_fast", "C": "missed", "D": "unknown"})
    figures = score([line], report("serviced", "too_fast", "missed", "unknown"))
    assert figures["runs"] == 1
    assert figures["blocks"] == 4
    assert figures["accuracy"] == figures["macro_f1"] == 1.0
    assert figures["missed"] == {"precision": 1.0, "recall": 1.0}
    assert figures["false_missed"] == 0
    assert figures["confusion"] == {}


def test_blame_is_counted_where_it_is_wrong() -> None:
    """A served block called missed costs precision of one and recall of the other."""
    line = truth({"A": "serviced", "B": "serviced", "C": "missed"})
    figures = score([line], report("serviced", "missed", "missed"))
    assert figures["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["serviced"] == {"precision": 1.0, "recall": 0.5}
    assert figures["missed"] == {"precision": 0.5, "recall": 1.0}
    assert figures["unknown"] == {"precision": None, "recall": None}
    assert figures["false_missed"] == 1
    assert figures["confusion"] == {"serviced->missed": 1}


def test_what_cannot_be_judged_is_not() -> None:
    """Ambiguous blocks are left out; a missed one that a silence covers may be unknown."""
    line = truth(
        {"A": "ambiguous", "B": "missed", "C": "missed"},
        missed_or_unknown=["B"],
    )
    figures = score([line], report("missed", "unknown", "unknown"))
    assert figures["blocks"] == 2
    assert figures["ambiguous"] == 1
    assert figures["confusion"] == {"missed->unknown": 1}


def test_a_run_without_a_report_is_wrong_everywhere() -> None:
    """Silence of ours is not a right answer."""
    figures = score([truth({"A": "serviced"})], {})
    assert figures["accuracy"] == 0.0
    assert figures["confusion"] == {"serviced->absent": 1}


def test_runs_that_never_spoke_are_counted_apart() -> None:
    """They do not flatter the rest; but blame for them shows."""
    line = truth({"A": "unknown", "B": "unknown"}, silent=True)
    figures = score([line], report("unknown", "missed"))
    assert (figures["runs"], figures["blocks"]) == (1, 0)
    assert figures["silent_runs"] == {"runs": 1, "blocks": 2, "unknown": 1}
    assert figures["false_missed"] == 1


def test_stops_are_matched_by_time_and_planned_places_are_none() -> None:
    """Found, spurious, too short, silent, and at the landfill."""
    stop = {"on_route": False, "place": None, **STOP}
    line = truth(
        {"A": "serviced"},
        off_route_stops=[{**STOP, "silent": False}, {**ELSEWHEN, "silent": True}],
    )
    others = (
        {**stop, "from": "2026-09-14T15:00:00Z", "to": "2026-09-14T15:10:00Z"},
        {**stop, "from": "2026-09-14T16:00:00Z", "to": "2026-09-14T16:01:00Z"},
        {**stop, "from": "2026-09-14T17:00:00Z", "to": "2026-09-14T17:20:00Z", "place": "Relleno"},
        {**stop, "from": "2026-09-14T18:00:00Z", "to": "2026-09-14T18:20:00Z", "on_route": True},
    )
    figures = score([line], report("serviced", stops=(stop, *others)))
    assert figures["off_route_stops"] == {"found": 1, "injected": 1, "spurious": 1}


def test_other_lines_are_passed_over() -> None:
    """A truth file holds much else; without runs there is nothing to say."""
    figures = score([b'{"type":"city"}', b'{"type":"device"}'], {})
    assert figures["runs"] == figures["blocks"] == 0
    assert figures["accuracy"] is figures["macro_f1"] is None
