"""What was found of known troubles: found, late, false, and by what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from control_center.demo.anomalies import GRACE, IN_TIME, Sighting, score
from core.clock import rfc3339
from firmware_sim.troubles import Trouble

AT = datetime(2026, 5, 20, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def trouble(label: str = "level_shift", *, metrics: tuple[str, ...] = ("pm25_ugm3",)) -> bytes:
    """A truth line: three hours of trouble at A-1."""
    return msgspec.json.encode(
        {
            "type": "trouble",
            "device_id": "A-1",
            "label": label,
            "metrics": metrics,
            "from_ts": rfc3339(AT),
            "to_ts": rfc3339(AT + timedelta(hours=3)),
        }
    )


def seen(begin_min: float, end_min: float | None, **about: Any) -> Sighting:
    """Something said of A-1, in minutes from the trouble's beginning."""
    ends_at = None if end_min is None else AT + end_min * MINUTE
    fields = {"device_id": "A-1", "metric": "pm25_ugm3"} | about
    return Sighting(**fields, begins_at=AT + begin_min * MINUTE, ends_at=ends_at)


def test_what_meets_a_trouble_found_it() -> None:
    """Also from before its beginning, and within the grace after its end."""
    for one in (seen(5, 20), seen(-30, 1), seen(190, None), seen(0, None)):
        figures = score([trouble()], [one], [])
        assert (figures["injected"], figures["found"], figures["false"]) == (1, 1, 0), one
        assert figures["precision"] == 1.0


def test_what_meets_none_is_false() -> None:
    """Another time, another number, another station; a silence where values were wrong."""
    after = 180 + GRACE / MINUTE + 1
    strangers = [
        seen(-60, -1),
        seen(after, None),
        seen(5, 20, metric="o3_ppb"),
        seen(5, 20, device_id="A-2"),
        seen(5, 20, metric="messages", is_silence=True),
    ]
    figures = score([trouble()], strangers, [])
    assert (figures["found"], figures["false"], figures["precision"]) == (0, 5, 0.0)


def test_an_outage_is_found_by_anything_of_the_station() -> None:
    """Nothing came, in any number."""
    line = trouble("outage", metrics=())
    assert score([line], [seen(0, 180, metric="messages", is_silence=True)], [])["found"] == 1
    assert score([line], [seen(0, 180, metric="no2_ppb")], [])["found"] == 1


def test_what_is_found_late_is_found_and_late() -> None:
    """Each kind of trouble has its time; the first sighting counts."""
    for label, in_time in IN_TIME.items():
        just, late = in_time / MINUTE, in_time / MINUTE + 1
        line = trouble(label)
        if just > 180:
            continue
        assert score([line], [seen(just, None)], [])["late"] == 0
        assert score([line], [seen(late, None)], [])["late"] == 1
        assert score([line], [seen(late, None), seen(1, 2)], [])["late"] == 0


def test_doubtful_readings_find_but_are_no_anomalies() -> None:
    """They count neither as true nor as false."""
    figures = score([trouble("stuck")], [], [seen(12, 180), seen(500, 600)])
    assert (figures["found"], figures["false"], figures["anomalies"]) == (1, 0, 0)
    assert figures["precision"] is None
    assert figures["by_kind"] == {"stuck": {"injected": 1, "found": 1, "late": 0}}


def test_other_lines_are_no_troubles() -> None:
    """The truth file says much else."""
    assert score([b'{"type":"outage","device_id":"A-1"}'], [], [])["injected"] == 0


def test_every_trouble_has_its_time() -> None:
    """And nothing else has."""
    assert set(IN_TIME) == {label.value for label in Trouble}
