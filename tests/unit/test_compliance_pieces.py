"""What a report leans on: digests, chains, who is expected when, plans kept, reports alike."""

import doctest
from dataclasses import replace
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any

import pytest

from control_center.compliance import alike as alike_module
from control_center.compliance import astray, digests, values
from control_center.compliance.alike import alike
from control_center.compliance.digests import chain
from control_center.compliance.expected import expected
from control_center.compliance.plans import Plans, Ready
from geo.route import Route
from store.route import RouteVersion
from tests.unit import compliance_made as made
from tests.unit.compliance_made import DAY, ROUTE, ZONE


def test_a_chain_depends_on_all_before() -> None:
    """Another predecessor, another digest."""
    review = {"segment_id": "S001", "note": "ñ"}
    assert chain("", review) != chain("0" * 64, review)
    assert chain("", review) != chain("", review | {"note": "n"})
    assert chain("", review) == chain("", dict(reversed(review.items())))


def _ready(route: Route, version: int) -> Ready:
    held = RouteVersion(
        route.route_id, route.name, version, DAY, route.document(), route.sha256(), None
    )
    return Plans().ready(held)


def test_runs_are_expected_by_calendar_and_assignment() -> None:
    """A route has no run on other weekdays, nor without a plan in force."""
    plans = {
        "R1": _ready(ROUTE, 3),
        "R2": _ready(replace(ROUTE, route_id="R2", weekdays=frozenset({0})), 1),
    }
    pairs = [("R1", "T-1"), ("R1", "T-2"), ("R2", "T-1"), ("R3", "T-3")]
    tuesday = expected(pairs, plans, DAY, ZONE)
    assert [(one.route_id, one.device_id, one.version) for one in tuesday] == [
        ("R1", "T-1", 3),
        ("R1", "T-2", 3),
    ]
    assert tuesday[0].window_from == datetime(2025, 3, 4, 12, tzinfo=UTC)
    monday = expected(pairs, plans, date(2025, 3, 3), ZONE)
    assert [one.route_id for one in monday] == ["R1", "R1", "R2"]


def test_a_version_is_laid_out_once() -> None:
    """As long as it is what it was."""
    plans = Plans()
    held = RouteVersion("R1", "Centro", 1, DAY, ROUTE.document(), ROUTE.sha256(), None)
    first = plans.ready(held)
    assert plans.ready(held._replace(document={})) is first
    other = plans.ready(
        held._replace(document=made.route(name="Norte").document(), sha256="0" * 64)
    )
    assert other.route.name == "Norte"
    assert first.laid.sha256 == ROUTE.sha256()


def test_only_so_many_plans_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backfill of years does not fill the memory."""
    monkeypatch.setattr("control_center.compliance.plans._KEPT", 2)
    plans = Plans()
    held = RouteVersion("R1", "Centro", 1, DAY, ROUTE.document(), ROUTE.sha256(), None)
    first = plans.ready(held)
    for version in (2, 3):
        plans.ready(held._replace(version=version))
    assert len(plans._kept) == len(plans._digests) == 2
    assert plans.ready(held) is not first


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": [1.0, "x"]}, {"a": [1.1, "x"]}, True),
        ({"a": [1.0, "x"]}, {"a": [1.3, "x"]}, False),
        ({"a": [1.0]}, {"a": [1.0, 1.0]}, False),
        ({"a": 1}, {"b": 1}, False),
        ({"fixes": 100}, {"fixes": 101}, False),
        ({"service_m": 100}, {"service_m": 101}, True),
        ({"lat": 18.1234567}, {"lat": 18.1234568}, True),
        ({"lat": 18.1234567}, {"lat": 18.1235567}, False),
        ({"state": "missed"}, {"state": "unknown"}, False),
        ({"from": "2025-03-04T12:00:00.001Z"}, {"from": "2025-03-04T12:00:00.002Z"}, True),
        ({"from": "2025-03-04T12:00:00.001Z"}, {"from": "2025-03-04T12:00:01.001Z"}, False),
        ({"from": None}, {"from": "2025-03-04T12:00:01.001Z"}, False),
        ({"in_window": True}, {"in_window": False}, False),
        ({"in_window": True}, {"in_window": 1}, False),
        ({"name": "Avenida de los Héroes 25"}, {"name": "Avenida de los Héroes 26"}, False),
    ],
)
def test_documents_are_alike_but_for_a_last_digit(one: Any, other: Any, *, same: bool) -> None:
    """A rounding is no other report; a state, a count or a name is."""
    assert alike(one, other) is same
    assert alike(other, one) is same


@pytest.mark.parametrize(
    "module", [alike_module, astray, digests, values], ids=lambda one: one.__name__
)
def test_examples_hold(module: ModuleType) -> None:
    """What a docstring shows is so."""
    failed, tried = doctest.testmod(module)
    assert (failed, tried > 0) == (0, True)
