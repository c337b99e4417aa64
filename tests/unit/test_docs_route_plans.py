"""docs/route-plans.md says every property that a plan is read for, and no other."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from geo import plan, route
from geo.route_formats import corners, drafts, reading
from geo.route_formats.reading import MAX_BYTES, Options
from geo.route_place import KINDS, RADIUS_M
from tests.unit.doc_tables import DOCS, bare, names, section, table

PAGE = "route-plans.md"
HEADINGS = {
    "plan": "### Properties of the plan",
    "block": "### Properties of a block",
    "place": "### Properties of a place",
}


class Asked(dict[str, Any]):
    """Properties that remember what was asked of them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """Answer, and remember."""
        self.names.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)


def example() -> dict[str, Any]:
    """The page's."""
    (text,) = re.findall(r"```json\n(.*?)```", section(PAGE, "## GeoJSON"), re.DOTALL)
    return dict(json.loads(text))


def asked() -> dict[str, set[str]]:
    """Which properties are read, of the plan, of a block and of a place."""
    document = example()
    document["properties"] = about = Asked(document["properties"])
    blocks: list[Asked] = []
    places: list[Asked] = []
    for feature in document["features"]:
        feature["properties"] = one = Asked(feature["properties"])
        (places if "place" in one else blocks).append(one)
    route.from_document(document)
    plan.from_geojson(document)
    del blocks[0]["street"]
    reading._name(drafts.Draft({}, document["features"]))
    return {
        "plan": about.names,
        "block": set.union(*(one.names for one in blocks)) - {"place"},
        "place": set.union(*(one.names for one in places)),
    }


@pytest.mark.parametrize("of", HEADINGS)
def test_every_property_is_documented(of: str) -> None:
    """What the code reads, and nothing that it does not."""
    assert {bare(row[0]) for row in table(PAGE, HEADINGS[of])} == asked()[of]


@pytest.mark.parametrize("of", HEADINGS)
def test_what_is_required_is_said(of: str) -> None:
    """Without it the plan is refused."""
    required = {bare(row[0]) for row in table(PAGE, HEADINGS[of]) if row[2] == "yes"}
    assert required == {"plan": {"route_id"}, "block": set(), "place": {"place"}}[of]
    document = example()
    for name in required:
        del (document if of == "plan" else document["features"][-1])["properties"][name]
        with pytest.raises(plan.PlanRefused):
            route.from_document(document)


def test_what_a_route_writes_is_documented() -> None:
    """The canonical form has no property of its own."""
    written = route.from_document(example()).document()
    documented = {of: {bare(row[0]) for row in table(PAGE, HEADINGS[of])} for of in HEADINGS}
    assert set(written["properties"]) <= documented["plan"]
    for feature in written["features"]:
        of = "place" if feature["geometry"]["type"] == "Point" else "block"
        assert set(feature["properties"]) <= documented[of]


def test_the_example_is_taken() -> None:
    """As it stands, with all that it says."""
    read = reading.read(json.dumps(example()).encode(), "geojson")
    assert (read.route_id, len(read.blocks), read.depot is not None) == ("R-12", 2, True)


def test_names_of_places_are_the_code_s() -> None:
    """Each first word."""
    rows = {bare(row[0]): row[1] for row in table(PAGE, "## Names of places")}
    assert tuple(rows) == KINDS
    assert {kind: tuple(names(rows[kind])) for kind in drafts._WORDS} == drafts._WORDS


def test_the_numbers_are_the_code_s() -> None:
    """Limits, sizes, and where a line is cut."""
    text = " ".join((DOCS / PAGE).read_text(encoding="utf-8").split())
    sizes = ", ".join(
        f"{kind.replace('_', ' ')} {radius_m:g}" for kind, radius_m in RADIUS_M.items()
    )
    for said in (
        f"left out: {sizes}",
        f"more than {corners._TURN_DEG:g}°",
        f"longer than {corners._LONGEST_M:g} m",
        f"up to {corners._WIGGLE_M:g} m are no turns",
        f"within {corners._SHORTEST_M:g} m of each other",
        f"more than {route.MAX_BLOCKS:_} blocks or {route.MAX_POINTS:_} points".replace("_", " "),
        f"more than {MAX_BYTES // 2**20} MiB",
    ):
        assert said in text, said


def test_every_option_is_a_property() -> None:
    """What is said beside a file is what a file may say."""
    said = reading._said(
        Options(route_id="R", name="x", service_window="x", weekdays="x", max_mean_kmh=1.0)
    )
    assert set(said) <= {bare(row[0]) for row in table(PAGE, HEADINGS["plan"])}
