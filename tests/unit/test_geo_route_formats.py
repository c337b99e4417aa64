"""Plans come as GeoJSON, GPX and KML, drawn by anyone and now and then by an attacker."""

import json
from typing import Any

import gpxpy.gpx
import numpy as np
import pytest

from geo.plan import PlanRefused
from geo.route import Route, length_m
from geo.route_formats.reading import MAX_BYTES, Options, document, format_of, read
from tests.unit.geo_town import Point, degrees, row

NAMED = Options(route_id="R-1")
CORNERS: list[Point] = [(0, 0), (150, 0), (150, 90), (600, 95), (600, 0)]


def gpx(*lines: list[Point], routes: bool = False, places: tuple[str, ...] = ()) -> bytes:
    """A GPX file as another program writes it."""
    file = gpxpy.gpx.GPX()
    file.name = "Centro"
    for at, name in enumerate(places):
        file.waypoints.append(gpxpy.gpx.GPXWaypoint(18.1 + at / 1000, -94.4, name=name))
    track = gpxpy.gpx.GPXTrack(name="Zaragoza")
    for at, line in enumerate(lines, start=1):
        if routes:
            found = gpxpy.gpx.GPXRoute(name=f"Calle {at}")
            found.points += [gpxpy.gpx.GPXRoutePoint(lat, lon) for lon, lat in degrees(line)]
            file.routes.append(found)
        else:
            segment = gpxpy.gpx.GPXTrackSegment()
            segment.points += [gpxpy.gpx.GPXTrackPoint(lat, lon) for lon, lat in degrees(line)]
            track.segments.append(segment)
    file.tracks += [track] if track.segments else []
    return str(file.to_xml()).encode()


def kml(body: str) -> bytes:
    """A KML file around its placemarks."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><name>Ruta 7</name>{body}</Document></kml>"
    ).encode()


def placemark(line: list[Point], name: str = "Hidalgo", data: str = "") -> str:
    """A line of a KML file."""
    coordinates = " ".join(f"{lon},{lat},0" for lon, lat in degrees(line))
    return (
        f"<Placemark><name>{name}</name>{data}<LineString><coordinates>\n{coordinates}\n"
        "</coordinates></LineString></Placemark>"
    )


def point(name: str) -> str:
    """A place of a KML file."""
    return (
        f"<Placemark><name>{name}</name><Point><coordinates>-94.4,18.1</coordinates></Point>"
        "</Placemark>"
    )


def data(**values: str) -> str:
    """ExtendedData."""
    inner = "".join(
        f'<Data name="{name}"><value>{said}</value></Data>' for name, said in values.items()
    )
    return f"<ExtendedData>{inner}</ExtendedData>"


def refused(content: bytes, form: str, options: Options = NAMED) -> str:
    """Why a file is refused."""
    with pytest.raises(PlanRefused) as why:
        read(content, form, options)
    return "\n".join(why.value.problems)


def lengths(found: Route) -> list[int]:
    """Metres of each block."""
    return [round(length_m(block)) for block in found.blocks]


@pytest.mark.parametrize("routes", [True, False])
def test_each_gpx_route_and_track_segment_is_a_block(*, routes: bool) -> None:
    """With its name; waypoints are what their names say, and the file's name is the route's."""
    content = gpx(*row(3), routes=routes, places=("Base norte", "Relleno sanitario", "Gasolinera"))
    found = read(content, "gpx", NAMED)
    assert found.name == "Centro"
    assert [block.segment_id for block in found.blocks] == ["S001", "S002", "S003"]
    names = ["Calle 1", "Calle 2", "Calle 3"] if routes else ["Zaragoza"] * 3
    assert [block.street for block in found.blocks] == names
    assert lengths(found) == [80, 80, 80]
    assert found.depot is not None
    assert found.landfill is not None
    assert [found.depot.name, found.landfill.name] == ["Base norte", "Relleno sanitario"]
    assert [stop.name for stop in found.allowed_stops] == ["Gasolinera"]


def test_kml_lines_are_blocks_in_the_order_of_the_file() -> None:
    """Whatever folders they are in; what they say beside is kept."""
    one, two, three = row(3)
    content = kml(
        data(route_id="R-7", weekdays="lun,mié", service_window="06:00-14:00")
        + f"<Folder><name>Norte</name><Folder>{placemark(two, 'Juárez')}</Folder>"
        + point("Depósito municipal")
        + f"</Folder>{placemark(one, data=data(segment_id='A', colonia='Centro', service='no'))}"
        + placemark(three, data='<ExtendedData><SchemaData schemaUrl="#s"><SimpleData '
        'name="street">5 de Mayo</SimpleData></SchemaData></ExtendedData>')
    )  # fmt: skip
    found = read(content, "kml")
    assert (found.route_id, found.name, sorted(found.weekdays)) == ("R-7", "Ruta 7", [0, 2])
    assert [block.segment_id for block in found.blocks] == ["S001", "A", "S003"]
    assert [block.street for block in found.blocks] == ["Juárez", "Hidalgo", "5 de Mayo"]
    assert [block.service for block in found.blocks] == [True, False, True]
    assert found.blocks[1].colonia == "Centro"
    np.testing.assert_allclose(found.blocks[0].lonlat_deg, degrees(two), atol=1e-7)
    assert found.depot is not None


def test_several_lines_of_one_placemark_are_several_blocks() -> None:
    """They share its name, and none takes its id."""
    inner = placemark(row(2)[0], data=data(segment_id="A"))
    line = inner[inner.index("<LineString>") : inner.index("</Placemark>")]
    inner = inner.replace(line, f"<MultiGeometry>{line}{line}</MultiGeometry>")
    found = read(kml(inner), "kml", NAMED)
    assert [block.segment_id for block in found.blocks] == ["S001", "S002"]


@pytest.mark.parametrize("form", ["gpx", "kml"])
def test_a_whole_route_in_one_line_is_cut_at_its_corners(form: str) -> None:
    """And where a block is longer than 200 m; the line's name is the route's."""
    content = gpx(CORNERS) if form == "gpx" else kml(placemark(CORNERS))
    found = read(content, form, NAMED)
    assert lengths(found) == [150, 90, 150, 150, 150, 95]
    assert [block.segment_id for block in found.blocks] == [f"S{at:03}" for at in range(1, 7)]
    assert {block.street for block in found.blocks} == {""}
    ends = np.array([block.lonlat_deg[[0, -1]] for block in found.blocks])
    np.testing.assert_array_equal(ends[1:, 0], ends[:-1, 1])
    whole = read(content, form, Options(route_id="R-1", split=False))
    assert lengths(whole) == [sum([150, 90, 450, 95])]
    assert whole.blocks[0].street in {"Zaragoza", "Hidalgo"}


def test_several_lines_are_cut_only_when_told() -> None:
    """They are blocks already; if not, each keeps its street."""
    content = kml(placemark(CORNERS) + placemark([(0, 200), (300, 200)], "Juárez"))
    assert len(read(content, "kml", NAMED).blocks) == 2
    found = read(content, "kml", Options(route_id="R-1", split=True))
    assert lengths(found) == [150, 90, 150, 150, 150, 95, 150, 150]
    assert [block.street for block in found.blocks] == ["Hidalgo"] * 6 + ["Juárez"] * 2


def test_a_geojson_s_lines_are_cut_in_their_order() -> None:
    """`order` decides what comes first, and the ids are new."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": degrees(line).tolist()},
            "properties": {"segment_id": "X", "order": order, "street": name},
        }
        for order, name, line in ((2, "late", row(1)[0]), (1, "early", CORNERS))
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    found = read(content, "geojson", Options(route_id="R-1", split=True))
    assert [block.street for block in found.blocks] == ["early"] * 6 + ["late"]
    assert [block.segment_id for block in found.blocks] == [f"S{at:03}" for at in range(1, 8)]


def test_a_recorded_track_is_cut_like_a_drawn_line() -> None:
    """A receiver's wiggles are no corners, and a corner driven round is one."""
    rng = np.random.default_rng(3)
    way = np.concatenate(
        [
            np.column_stack([np.arange(0, 140, 5), np.zeros(28)]),
            [[145, 1], [149, 5], [150, 10]],
            np.column_stack([np.full(30, 150), np.arange(15, 165, 5)]),
        ]
    )
    noisy = way + rng.normal(0.0, 0.8, way.shape)
    found = read(gpx([tuple(place) for place in noisy.tolist()]), "gpx", NAMED)
    assert lengths(found) == pytest.approx([148, 160], abs=12)


def test_out_and_back_in_one_street_is_two_blocks() -> None:
    """One for each direction."""
    found = read(gpx([(0, 0), (150, 0), (0, 0)]), "gpx", NAMED)
    assert lengths(found) == [150, 150]


def test_a_line_across_the_antimeridian_is_cut_where_it_is() -> None:
    """Metres, not degrees."""
    track = b'<gpx><trk><trkseg><trkpt lat="-16.5" lon="179.998"/><trkpt lat="-16.5" lon="-179.998"'
    found = read(track + b"/></trkseg></trk></gpx>", "gpx", NAMED)
    assert lengths(found) == [142, 142, 142]
    assert np.abs(found.blocks[1].lonlat_deg[:, 0]).min() > 179.9


def test_what_is_said_beside_the_file_wins() -> None:
    """The command's options."""
    found = read(
        kml(data(route_id="R-7", weekdays="lun") + placemark(CORNERS)),
        "kml",
        Options(
            route_id="R-8", name="Sur", service_window="22:00-06:00", weekdays="sat",
            max_mean_kmh=18.0,
        ),
    )  # fmt: skip
    assert (found.route_id, found.name, sorted(found.weekdays)) == ("R-8", "Sur", [5])
    assert (found.max_mean_kmh, found.service_window is not None) == (18.0, True)


def test_geojson_streets_may_be_called_by_their_name() -> None:
    """As map programs write it; a byte order mark harms nothing."""
    feature: dict[str, Any] = {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": degrees(row(1)[0]).tolist()},
        "properties": {"name": "Hidalgo"},
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    found = read(text.encode("utf-8-sig"), "geojson", NAMED)
    assert found.blocks[0].street == "Hidalgo"
    feature["properties"] = None
    again = json.dumps({"type": "FeatureCollection", "features": [feature]})
    assert read(again.encode("utf-16"), "geojson", NAMED).blocks[0].segment_id == "S001"


BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("form", ["gpx", "kml"])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"  \n ", "the file is empty"),
        (b"PK\x03\x04abc", "a packed file"),
        (b"<html></html>", "the outermost element is <html>"),
        (b"\x00\x01\x02", "not "),
        (b"<gpx><trk>", "not "),
        (b'{"type": "FeatureCollection"}', "not "),
        ('<?xml version="1.0" encoding="UTF-8"?><gpx a="Ñ"/>'.encode("latin-1"), "not "),
        (b'<?xml version="1.0" encoding="klingon"?><gpx/>', "not "),
        (b'<?xml version="1.0" encoding="utf-16"?><gpx/>', "not "),
        (f"{BOMB}<gpx><name>&c;</name></gpx>".encode(), "declares entities"),
        (f"{OUTSIDE}<gpx><name>&x;</name></gpx>".encode(), "declares entities"),
        (b'<!DOCTYPE gpx SYSTEM "http://example.com/x.dtd"><gpx/>', "declares entities"),
        (b"<gpx>" + b"<a/>" * 1_000_001 + b"</gpx>", "more than 1000000 tags"),
        (b"<gpx>" + b" " * MAX_BYTES, "is larger than"),
    ],
)
def test_what_is_no_plan_is_refused_in_a_sentence(content: bytes, problem: str, form: str) -> None:
    """Entity bombs, foreign files, wrong encodings, absurd sizes."""
    assert problem in refused(content, form)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"nothing", "not JSON"),
        (b"[1, 2]", "not a GeoJSON FeatureCollection"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe\xff", "not JSON"),
        ('{"ñ": 1}'.encode("latin-1"), "not JSON"),
        (b'{"type": "FeatureCollection", "features": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"type": "FeatureCollection", "features": [' + b"1," * 30_000 + b"1]}", "more than"),
    ],
)
def test_what_is_no_geojson_is_refused_in_a_sentence(content: bytes, problem: str) -> None:
    """Other JSON, deep JSON, no JSON."""
    assert problem in refused(content, "geojson")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "no blocks"),
        ("<Placemark><name>x</name></Placemark>", "feature 1: a block is one LineString, this is"),
        (
            "<Placemark><Polygon><outerBoundaryIs/></Polygon></Placemark>",
            "feature 1: a block is one LineString, this is Polygon",
        ),
        ("<Placemark><LineString/></Placemark>", "pairs of longitude"),
        (placemark([(0, 0), (0, 0)]), "feature 1 ('S001'): it has no length"),
        (placemark([(0, 0), (90_000, 0), (600_000, 0)]), "more than a degree apart"),
        (
            "<Placemark><LineString><coordinates>-94, 18, 0</coordinates></LineString></Placemark>",
            "pairs of longitude",
        ),
        (
            placemark(CORNERS) + "<Placemark><name>Base</name><Point/></Placemark>",
            "('Base'): a depot needs coordinates: longitude and latitude",
        ),
        (placemark(row(1)[0]) + point("Base 1") + point("Base 2"), "there already is a depot"),
        (placemark(row(1)[0], name="x" * 300) + placemark(CORNERS), "street is longer than 200"),
        (
            placemark([(x, 60_000 * (x % 4 == 0)) for x in range(0, 40, 2)]),
            "feature 1: it is longer than 500 km",
        ),
    ],
)
def test_wrong_placemarks_are_named(body: str, problem: str) -> None:
    """By number and reason."""
    assert problem in refused(kml(body), "kml")


def test_points_that_are_no_numbers_are_refused() -> None:
    """As the file's feature."""
    wrong = b'<gpx><rte><rtept lat="x" lon="1"/><rtept lat="1" lon="1"/></rte></gpx>'
    assert "feature 1: coordinates must be pairs" in refused(wrong, "gpx")
    without = b'<gpx><rte><rtept lat="1"/><rtept lat="1" lon="1"/></rte></gpx>'
    assert "a coordinate is not a number" in refused(without, "gpx")


def test_the_format_is_told_by_the_file_s_name() -> None:
    """Or it is asked for."""
    assert [format_of(name) for name in ("a.KML", "b.gpx", "c.json", "d.geojson")] == [
        "kml",
        "gpx",
        "geojson",
        "geojson",
    ]
    with pytest.raises(PlanRefused, match="ends in none of"):
        format_of("plan.shp")
    with pytest.raises(PlanRefused, match="format 'shp' is none of"):
        document(b"x", "shp", NAMED)
