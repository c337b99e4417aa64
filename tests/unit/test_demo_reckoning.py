"""The demo's count of what live trucks did besides their routes."""

import msgspec

from control_center.demo.reckoning import strayed


def test_errands_are_counted_once_when_they_begin() -> None:
    """The line about their end is not another errand; other lines are passed over."""
    said = [
        {"type": "deviation", "label": "off_route", "to_ts": None},
        {"type": "deviation", "label": "off_route", "to_ts": "2026-09-14T12:00:00Z"},
        {"type": "deviation", "label": "overspeed", "to_ts": None},
        {"type": "fault", "label": "duplicate"},
    ]
    assert strayed(map(msgspec.json.encode, said)) == {"off_route": 1, "overspeed": 1}
