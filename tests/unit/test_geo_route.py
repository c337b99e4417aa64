"""A route is read from one document, written as one, and right on every day of the calendar."""

import json
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from geo import route
from geo.plan import PlanRefused
from geo.route import Place

MEXICO = ZoneInfo("America/Mexico_City")
JUAREZ = ZoneInfo("America/Ciudad_Juarez")
LINE = [[-94.45, 18.14], [-94.449, 18.14]]


def street(**about: Any) -> dict[str, Any]:
    """A feature that is a block."""
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": about.pop("line", LINE)},
        "properties": about,
    }


def place(kind: str, coordinates: Any = (-94.46, 18.13), **about: Any) -> dict[str, Any]:
    """A feature that is a place."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": coordinates},
        "properties": {"place": kind, **about},
    }


def document(*features: dict[str, Any], **about: Any) -> dict[str, Any]:
    """A plan document; one block if none is given."""
    return {
        "type": "FeatureCollection",
        "properties": {"route_id": "R-1", **about},
        "features": list(features) or [street(segment_id="A")],
    }


def refused(*features: dict[str, Any], **about: Any) -> str:
    """Why a document is refused."""
    with pytest.raises(PlanRefused) as why:
        route.from_document(json.loads(json.dumps(document(*features, **about))))
    return "\n".join(why.value.problems)


def utc(*at: int) -> datetime:
    """An instant."""
    return datetime(*at, tzinfo=UTC)  # type: ignore[misc, arg-type]  # numbers, as few as it takes


def test_everything_that_a_document_says_is_read() -> None:
    """Names, hours, days and places."""
    read = route.from_document(
        document(
            street(segment_id="B", order=2, service="no"),
            street(
                segment_id="A",
                order=1,
                street="5 de Mayo",
                colonia="Centro",
                window=["07:00", "09:00"],
            ),
            place("depot", name="Base norte", radius_m=80),
            place("landfill"),
            place("allowed_stop", name="Gasolinera"),
            name="Centro",
            service_max_mean_kmh=20,
            service_window="06:00-14:00",
            weekdays=["lun", "wed", "Sábado"],
        )
    )
    assert (read.route_id, read.name, read.max_mean_kmh) == ("R-1", "Centro", 20.0)
    assert [block.segment_id for block in read.blocks] == ["A", "B"]
    assert [block.service for block in read.blocks] == [True, False]
    assert (read.blocks[0].street, read.blocks[0].colonia) == ("5 de Mayo", "Centro")
    assert read.blocks[0].window == (time(7), time(9))
    assert read.service_window == (time(6), time(14))
    assert read.weekdays == {0, 2, 5}
    assert read.depot == Place("Base norte", 18.13, -94.46, 80.0)
    assert read.landfill == Place("landfill", 18.13, -94.46, 300.0)
    assert [stop.name for stop in read.allowed_stops] == ["Gasolinera"]
    assert read.length_m == pytest.approx(105.8, abs=0.5)


def test_a_digest_names_the_content_and_not_its_spelling() -> None:
    """Numbers, days and the order of features may be written differently; a metre may not."""
    one = route.from_document(
        document(street(segment_id="A", order=1), street(segment_id="B", order=2), weekdays="lun")
    )
    same = route.from_document(
        document(
            street(segment_id="B", order=7.0, service=1),
            street(segment_id="A", order="3", line=[[-94.45000000001, 18.14, 9.0], LINE[1]]),
            weekdays=["monday"],
        )
    )
    other = route.from_document(
        document(
            street(segment_id="A", line=[[-94.45001, 18.14], LINE[1]]),
            street(segment_id="B"),
            weekdays="mon",
        )
    )
    assert one.sha256() == same.sha256() != other.sha256()


@pytest.mark.parametrize(
    ("features", "about", "problem"),
    [
        ([street(line=[LINE[0], LINE[0]])], {}, "feature 1 ('S001'): it has no length"),
        (
            [street(line=[LINE[0], [-94.45 + 1e-9, 18.14]])],
            {},
            "block 'S001': it is shorter than a centimetre",
        ),
        ([street(line=[[-94.45, 18.14], [-94.45, 19.9]])], {}, "more than a degree apart"),
        (
            [street(segment_id="A"), street(segment_id="A")],
            {},
            "feature 2 ('A'): feature 1 has the same segment_id",
        ),
        ([street(order=1), street(order=1)], {}, "order 1 is given twice"),
        (
            [street(segment_id="A", window=["10:00", "08:00"])],
            {},
            "block 'A': window 10:00-08:00 ends before it starts",
        ),
        (
            [street(segment_id="A", window=["10:00", "08:00"])],
            {"service_window": ["06:00", "14:00"]},
            "block 'A': window 10:00-08:00 ends before it starts",
        ),
        (
            [street(segment_id="A", window="15:00-16:00")],
            {"service_window": ["06:00", "14:00"]},
            "window 15:00-16:00 is outside the service window 06:00-14:00",
        ),
        ([street(window="25:00-26:00")], {}, "feature 1: window '25:00-26:00' must be two local"),
        ([street(window=7)], {}, "feature 1: window 7 must be two local times"),
        ([street(service="perhaps")], {}, "feature 1: service 'perhaps' is neither"),
        ([street(service=False)], {}, "no block is to be served"),
        ([street(street="x" * 201)], {}, "street is longer than 200"),
        ([street(street="a\x00b")], {}, "street has a control character"),
        ([street(street=["x"])], {}, "street must be text"),
        ([street(segment_id="")], {}, "segment_id must have 1 to 64"),
        ([street(order=float("1e400"))], {}, "order inf is no number"),
        ([place("depot", None), street()], {}, "feature 1: a depot needs coordinates"),
        ([place("depot", []), street()], {}, "feature 1: a depot needs coordinates"),
        ([place("depot", [200, 3]), street()], {}, "outside longitude"),
        ([place("pub"), street()], {}, "place 'pub' is none of depot, landfill, allowed_stop"),
        ([place("depot", radius_m=0), street()], {}, "radius_m must be above 0"),
        ([place("depot", radius_m="wide"), street()], {}, "radius_m 'wide' is no number"),
        ([street(place="depot")], {}, "a depot is a Point"),
        (
            [street(), place("depot", name="one"), place("depot")],
            {},
            "feature 3: there already is a depot, 'one'",
        ),
        ([place("depot")], {}, "it has no blocks"),
        ([street()], {"route_id": "R 1"}, "route_id 'R 1' must be 1 to 64"),
        ([street()], {"route_id": None}, "route_id '' must be 1 to 64"),
        ([street()], {"weekdays": ["mon", "fryday"]}, "weekdays: 'fryday' is no weekday"),
        ([street()], {"weekdays": 3}, "weekdays 3 must be a list of days"),
        ([street()], {"service_window": ["06:00"]}, "service_window ['06:00'] must be two"),
        ([street()], {"service_window": "6-14"}, "service_window '6-14' must be two"),
        ([street()], {"service_max_mean_kmh": "fast"}, "service_max_mean_kmh 'fast' is no number"),
        ([street()], {"service_max_mean_kmh": 0}, "must be a speed above 0"),
        ([street()], {"name": 7 * "long " * 40}, "name is longer than 200"),
    ],
)
def test_a_wrong_document_is_refused_with_the_reason(
    features: list[dict[str, Any]], about: dict[str, Any], problem: str
) -> None:
    """Each mistake has its own words, and names where it is."""
    assert problem in refused(*features, **about)


def test_every_problem_is_named_at_once() -> None:
    """A planner corrects them all in one go."""
    why = refused(
        street(line=[LINE[0], LINE[0]]),
        street(window="noon"),
        place("depot", None),
        route_id="not this",
        weekdays="someday",
    )
    for part in ("feature 1", "feature 2", "feature 3", "route_id", "weekdays"):
        assert part in why


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"type": "FeatureCollection"},
        {"type": "FeatureCollection", "features": [], "properties": [1]},
        {"type": "FeatureCollection", "features": [3, None, {"properties": [2]}]},
        {"type": "FeatureCollection", "features": [{"geometry": {"type": ["x"]}}]},
        {"type": "FeatureCollection", "features": [street(line=[[10**400, 0], [0, 0]])]},
        {"type": "FeatureCollection", "features": [street(line="abc")]},
        {"type": "FeatureCollection", "features": [street(line={"a": 1})]},
    ],
)
def test_what_is_no_plan_at_all_is_refused(wrong: dict[str, Any]) -> None:
    """Never a crash."""
    with pytest.raises(PlanRefused):
        route.from_document(wrong)


def test_a_street_that_crosses_itself_is_a_street() -> None:
    """A loop is allowed."""
    loop = [[-94.45, 18.14], [-94.44, 18.14], [-94.44, 18.15], [-94.445, 18.15], [-94.445, 18.13]]
    assert len(route.from_document(document(street(line=loop))).blocks[0].lonlat_deg) == 5


def test_a_route_across_the_antimeridian_is_as_long_as_it_is() -> None:
    """A hundred metres, and not once around the world."""
    read = route.from_document(document(street(line=[[179.9995, -16.5], [-179.9995, -16.5]])))
    assert read.length_m == pytest.approx(106.7, abs=0.5)


def test_a_line_in_one_part_is_a_line() -> None:
    """As map programs export it; of several parts the planner says how they follow."""
    one, several = street(line=[LINE]), street(line=[LINE, LINE])
    for feature in (one, several):
        feature["geometry"]["type"] = "MultiLineString"
    assert np.allclose(route.from_document(document(one)).blocks[0].lonlat_deg, LINE)
    assert "several parts; split it" in refused(several)


@pytest.mark.parametrize(
    ("window", "day", "zone", "begin", "end"),
    [
        (("06:00", "14:00"), date(2026, 9, 14), MEXICO, "09-14T12", "09-14T20"),
        # An end that is not after its start is on the next day.
        (("22:00", "04:00"), date(2026, 9, 14), MEXICO, "09-15T04", "09-15T10"),
        (("06:00", "06:00"), date(2026, 9, 14), MEXICO, "09-14T12", "09-15T12"),
        (("16:00", "24:00"), date(2026, 9, 14), MEXICO, "09-14T22", "09-15T06"),
        # Until 2022 Mexico changed its clocks: an hour less in April, one more in October.
        (("22:00", "04:00"), date(2022, 4, 2), MEXICO, "04-03T04", "04-03T09"),
        (("22:00", "04:00"), date(2022, 10, 29), MEXICO, "10-30T03", "10-30T10"),
        # 02:30 was skipped: the moment of the skip.
        (("02:30", "05:00"), date(2022, 4, 3), MEXICO, "04-03T08", "04-03T10"),
        # All of it was skipped: as long as it says, from then on.
        (("02:15", "02:45"), date(2022, 4, 3), MEXICO, "04-03T08", "04-03T08:30"),
        # 01:30 occurs twice: from the first, and to the last.
        (("01:30", "05:00"), date(2022, 10, 30), MEXICO, "10-30T06:30", "10-30T11"),
        (("22:00", "01:30"), date(2022, 10, 29), MEXICO, "10-30T03", "10-30T07:30"),
        # The border still changes its clocks.
        (None, date(2026, 3, 8), JUAREZ, "03-08T07", "03-09T06"),
        (None, date(2026, 11, 1), JUAREZ, "11-01T06", "11-02T07"),
    ],
)  # fmt: skip
def test_a_window_is_right_at_midnight_and_when_clocks_change(
    window: tuple[str, str] | None, day: date, zone: ZoneInfo, begin: str, end: str
) -> None:
    """Local times of a day as the instants they are."""
    read = route.from_document(document(service_window=window))
    assert read.window(day, zone) == tuple(
        datetime.fromisoformat(f"{day.year}-{at}").replace(tzinfo=UTC) for at in (begin, end)
    )


def test_the_plan_of_a_day_is_judged_by_its_window() -> None:
    """And without hours nobody is late."""
    read = route.from_document(document(service_window="06:00-14:00", service_max_mean_kmh=18))
    plan = read.plan(date(2026, 9, 14), MEXICO)
    assert plan.window_s == (utc(2026, 9, 14, 12).timestamp(), utc(2026, 9, 14, 20).timestamp())
    assert plan.max_mean_mps == pytest.approx(5.0)
    whenever = route.from_document(document()).plan(date(2026, 9, 14), MEXICO)
    assert np.isnan(whenever.window_s).all()
    assert whenever.max_mean_mps == np.inf


@pytest.mark.parametrize(
    ("service_window", "window", "begin"),
    [
        ("22:00-06:00", "23:00-23:30", utc(2026, 9, 15, 5)),
        ("22:00-06:00", "23:30-00:30", utc(2026, 9, 15, 5, 30)),
        ("22:00-06:00", "01:00-03:00", utc(2026, 9, 15, 7)),
        ("22:00-06:00", "21:30-22:30", utc(2026, 9, 15, 3, 30)),
        ("06:00-14:00", "07:00-08:00", utc(2026, 9, 14, 13)),
        (None, "07:00-08:00", utc(2026, 9, 14, 13)),
    ],
)
def test_a_block_s_window_lies_in_its_run(
    service_window: str | None, window: str, begin: datetime
) -> None:
    """After midnight it is on the next day, if the run is."""
    read = route.from_document(document(street(window=window), service_window=service_window))
    found = read.block_window(read.blocks[0], date(2026, 9, 14), MEXICO)
    assert found is not None
    assert found[0] == begin


def test_it_is_driven_on_its_days() -> None:
    """And every day if it names none."""
    week = [date(2026, 9, day) for day in range(14, 21)]
    some = route.from_document(document(weekdays="mon,vie"))
    assert [some.serves_on(day) for day in week] == [True, *[False] * 3, True, False, False]
    assert all(route.from_document(document()).serves_on(day) for day in week)
