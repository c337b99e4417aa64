"""What a route says survives writing and reading, and windows hold on any day of any zone."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from geo import route, service_day
from geo.plan import Block, PlanRefused
from geo.route import Place, Route
from geo.route_formats import reading

EXAMPLES = {
    "gpx": b"""<?xml version="1.0"?><gpx version="1.1"><metadata><name>R</name></metadata>
<wpt lat="18.1" lon="-94.4"><name>Base</name></wpt><rte><name>Calle</name>
<rtept lat="18.14" lon="-94.45"/><rtept lat="18.14" lon="-94.449"/></rte>
<trk><name>T</name><trkseg><trkpt lat="18.14" lon="-94.45"><ele>3</ele></trkpt>
<trkpt lat="18.143" lon="-94.449"/><trkpt lat="18.14" lon="-94.447"/></trkseg></trk></gpx>""",
    "kml": b"""<?xml version="1.0"?><kml><Document><name>R</name><Folder><Placemark><name>x</name>
<ExtendedData><Data name="service"><value>no</value></Data></ExtendedData><LineString>
<coordinates>-94.45,18.14,0 -94.449,18.14,0 -94.449,18.143,0</coordinates></LineString></Placemark>
<Placemark><Point><coordinates>-94.4,18.1</coordinates></Point></Placemark></Folder></Document>
</kml>""",
    "geojson": b"""{"type": "FeatureCollection", "properties": {"route_id": "R",
"weekdays": ["mon"], "service_window": ["06:00", "14:00"]}, "features": [{"type": "Feature",
"geometry": {"type": "LineString", "coordinates": [[-94.45, 18.14], [-94.449, 18.14]]},
"properties": {"order": 1,
"window": ["07:00", "09:00"]}}]}""",
}
ZONES = st.sampled_from(
    [
        "America/Mexico_City",
        "America/Ciudad_Juarez",
        "America/Tijuana",
        "America/Sao_Paulo",  # its clocks changed at midnight
        "Australia/Lord_Howe",  # by half an hour
        "America/Havana",
    ]
).map(ZoneInfo)
DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 31))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
WINDOWS = st.tuples(TIMES, TIMES)
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=30).map(str.strip)
IDS = st.text("ABCabc019_-", min_size=1, max_size=12)


@st.composite
def lines(draw: st.DrawFn) -> Any:
    """A line somewhere in the world, with some length."""
    start = np.array([draw(st.floats(-179.0, 179.0)), draw(st.floats(-80.0, 80.0))])
    steps = draw(
        st.lists(st.tuples(*[st.floats(-0.01, 0.01)] * 2), min_size=1, max_size=5).filter(
            lambda found: abs(found[0][0]) > 1e-5
        )
    )
    return np.vstack([start, start + np.cumsum(steps, axis=0)])


@st.composite
def places(draw: st.DrawFn) -> Place:
    """A place."""
    return Place(
        draw(TEXTS) or "x",
        draw(st.floats(-90, 90)),
        draw(st.floats(-180, 180)),
        draw(st.floats(1.0, 5000.0)),
    )


@st.composite
def routes(draw: st.DrawFn) -> Route:
    """A route; its blocks have windows only where the route has none."""
    blocks = tuple(
        Block(
            name,
            draw(lines()),
            service=at == 0 or draw(st.booleans()),
            street=draw(TEXTS),
            colonia=draw(TEXTS),
            window=draw(st.none() | WINDOWS.filter(lambda found: found[0] < found[1])),
        )
        for at, name in enumerate(draw(st.lists(IDS, min_size=1, max_size=4, unique=True)))
    )
    return Route(
        route_id=draw(IDS),
        name=draw(TEXTS) or "x",
        blocks=blocks,
        max_mean_kmh=draw(st.none() | st.floats(0.1, 200.0)),
        weekdays=draw(st.frozensets(st.integers(0, 6))),
        depot=draw(st.none() | places()),
        landfill=draw(st.none() | places()),
        allowed_stops=tuple(draw(st.lists(places(), max_size=2))),
    )


@given(routes())
def test_a_route_survives_its_document(one: Route) -> None:
    """Through JSON too: the same document, and so the same digest."""
    sent = json.loads(json.dumps(one.document()))
    again = route.from_document(sent)
    assert again.document() == one.document() == sent
    assert again.sha256() == one.sha256()
    assert abs(again.length_m - one.length_m) < 0.1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
PROPERTIES = st.dictionaries(
    st.sampled_from(
        ["segment_id", "order", "service", "street", "window", "place", "name", "radius_m"]
    ),
    JSON,
)


@given(
    st.dictionaries(
        st.sampled_from(["route_id", "name", "service_window", "weekdays", "service_max_mean_kmh"]),
        JSON,
    ),
    st.lists(
        st.fixed_dictionaries(
            {
                "geometry": JSON
                | st.fixed_dictionaries(
                    {
                        "type": st.sampled_from(["LineString", "Point", "MultiLineString"]),
                        "coordinates": JSON | st.just([[0, 0], [0, 0.001]]) | st.just([1, 1]),
                    }
                ),
                "properties": PROPERTIES | JSON,
            }
        )
        | JSON,
        max_size=3,
    ),
)
def test_whatever_a_document_says_it_is_read_or_refused(
    about: dict[str, Any], features: list[Any]
) -> None:
    """Nothing else ever comes out, and what is read can be written."""
    try:
        read = route.from_document(
            {"type": "FeatureCollection", "properties": about, "features": features}
        )
    except PlanRefused:
        return
    assert route.from_document(read.document()).sha256() == read.sha256()


@given(DAYS, WINDOWS, ZONES, st.integers(0, 48 * 12))
def test_a_window_holds_what_its_clock_reads(
    day: date, window: tuple[time, time], zone: ZoneInfo, fives: int
) -> None:
    """An instant is in the window exactly if the local clock then reads a time within it."""
    begin, end = service_day.instants(day, window, zone)
    assert begin < end
    ends_on = day if window[1] > window[0] else day + timedelta(days=1)
    at = datetime.combine(day, time(), UTC) + timedelta(minutes=5 * fives)
    local = at.astimezone(zone).replace(tzinfo=None)
    first, last = datetime.combine(day, window[0]), datetime.combine(ends_on, window[1])
    skipped = service_day._instant(first, zone, last=False) >= service_day._instant(
        last, zone, last=True
    )
    assume(not skipped)
    if first <= local < last:
        assert begin <= at < end
    # The last reading of a repeated end is the end: what reads less before it still is within.
    if at < begin or at > end:
        assert not first <= local < last


@given(DAYS, ZONES)
def test_days_follow_each_other(day: date, zone: ZoneInfo) -> None:
    """Every instant belongs to one local day."""
    begin, end = service_day.whole(day, zone)
    assert timedelta(hours=22) < end - begin < timedelta(hours=26)
    assert service_day.whole(day + timedelta(days=1), zone)[0] == end
    assert (begin - timedelta(seconds=1)).astimezone(zone).date() < day
    assert begin.astimezone(zone).date() == day


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, str]:
    """A plan's file with something cut out, changed or put in."""
    form, content = draw(st.sampled_from(sorted(EXAMPLES.items())))
    at = draw(st.integers(0, len(content)))
    gone = draw(st.integers(0, 40))
    put = draw(st.binary(max_size=12) | st.sampled_from([b"<", b">", b'"', b"NaN", b"1e999", b","]))
    return content[:at] + put + content[at + gone :], form


@given(files(), st.none() | st.booleans())
def test_a_damaged_file_is_read_or_refused(file: tuple[bytes, str], split: bool | None) -> None:  # noqa: FBT001  drawn
    """And never crashes a reader."""
    content, form = file
    try:
        found = reading.read(content, form, reading.Options(route_id="R", split=split))
    except PlanRefused:
        return
    assert found.blocks
    assert np.isfinite(found.length_m)
