"""docs/payloads.md says what the code does: every field, metric, alias, unit and limit."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from core import codec, errors, split, storable, wire
from core.adapters import chirpstack, names, owntracks, senml, things_stack
from core.adapters.lorawan import BATTERY_CELL_MAX_V
from core.adapters.names import Scale
from core.metrics import METRICS
from core.quality import UNBELIEVABLE, Flag
from core.shapes import HEAD
from core.topics import Address, Kind, Stream
from tests.unit import doc_tables
from tests.unit.doc_tables import bare, section, table

PAGE = "payloads.md"
WIRES: dict[str, Any] = {
    "gps": wire.GpsWire,
    "plate": wire.PlateWire,
    "event": wire.EventWire,
    "status": wire.StatusWire,
    "ack": wire.AckWire,
    "cmd": wire.CommandWire,
}
UNIT_OF_SUFFIX = {
    "deg": "°",
    "kmh": "km/h",
    "km": "km",
    "m": "m",
    "v": "V",
    "pct": "%",
    "dbm": "dBm",
    "s": "s",
}
NOW = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)


def number(cell: str) -> float:
    """Read a number of the page."""
    return float(cell.replace(" ", ""))


def pairs(heading: str, which: int) -> dict[str, str]:
    """Read a table of two columns as what leads to what, one alias at a time."""
    return {
        alias: bare(row[0])
        for row in table(PAGE, heading, which)
        for alias in doc_tables.names(row[1])
    }


def test_what_every_element_carries_is_documented() -> None:
    """The time and the counter, in the page and in every struct."""
    head = [bare(row[0]) for row in table(PAGE, "## What every element carries")]
    assert head == list(HEAD)


@pytest.mark.parametrize("stream", sorted(WIRES))
def test_every_field_of_a_stream_is_documented(stream: str) -> None:
    """The page has the struct's fields, in its order, required where they are."""
    fields = [one for one in msgspec.structs.fields(WIRES[stream]) if one.name not in HEAD]
    rows = table(PAGE, f"## {stream}")
    assert [bare(row[0]) for row in rows] == [one.name for one in fields]
    assert [row[2] for row in rows] == ["yes" if one.required else "no" for one in fields]
    assert all(row[3] for row in rows)


@pytest.mark.parametrize("stream", sorted(WIRES))
def test_units_agree_with_names(stream: str) -> None:
    """A name that ends in a unit is documented with that unit."""
    for row in table(PAGE, f"## {stream}"):
        suffix = bare(row[0]).rpartition("_")[2] if "_" in row[0] else ""
        assert row[1] == UNIT_OF_SUFFIX.get(suffix, row[1])


def test_every_stream_has_its_section() -> None:
    """No stream without a section, no section for a stream that is gone."""
    headings = re.findall(r"^## (\w+)$", (doc_tables.DOCS / PAGE).read_text(), re.MULTILINE)
    assert set(headings) & set(Stream) == set(Stream)
    assert set(headings) - set(Stream) == {"Limits", "Reasons", "Flags"}


def test_every_metric_is_documented() -> None:
    """Name, unit, range, meaning in both languages, and when it counts as stuck."""
    want = [
        [
            m.name,
            m.unit,
            m.lo,
            m.hi,
            m.en,
            m.es,
            doc_tables.NOTHING if m.stuck_after is None else str(m.stuck_after),
        ]
        for m in METRICS.values()
    ]
    rows = table(PAGE, "### Metrics")
    got = [[bare(r[0]), r[1], number(r[2]), number(r[3]), *r[4:]] for r in rows]
    assert got == want


def test_every_flag_is_documented() -> None:
    """With its bit, and whether what carries it is believed."""
    want = [
        [str(flag.name).lower(), str(flag.value), "no" if flag & UNBELIEVABLE else "yes"]
        for flag in Flag
    ]
    rows = table(PAGE, "## Flags")
    assert [[bare(row[0]), *row[1:3]] for row in rows] == want
    assert all(row[3] for row in rows)


def test_every_reason_is_documented() -> None:
    """Each refusal that a message can meet, and nothing that is gone."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    refusals = [kind for kind in kinds if issubclass(kind, errors.MessageRefused)]
    reasons = {kind.reason for kind in refusals} - {errors.MessageRefused.reason}
    assert {bare(row[0]) for row in table(PAGE, "## Reasons")} == reasons


def test_the_limits_are_the_codes() -> None:
    """The numbers of the page are those of the code."""
    limits = {row[0]: row[1] for row in table(PAGE, "## Limits")}
    assert number(limits["payload"].removesuffix(" bytes")) == codec.MAX_PAYLOAD_BYTES
    assert number(limits["elements of an array"]) == split.MAX_ITEMS
    assert number(limits["nesting"]) == storable.MAX_DEPTH


def test_every_alias_is_documented() -> None:
    """What may be written for a metric, or for a field of a position."""
    heading = "### Names in decoded payloads"
    assert pairs(heading, 0) == names.METRIC_ALIASES
    assert pairs(heading, 1) == names.FIX_ALIASES


def test_every_owntracks_field_is_documented() -> None:
    """Its short names and ours."""
    rows = table(PAGE, "### OwnTracks")
    assert {bare(row[0]): bare(row[1]) for row in rows} == owntracks.FIELDS


def test_every_senml_name_and_unit_is_documented() -> None:
    """Names that need a unit, units that say enough, and how each becomes ours."""
    needed, alone, metric_units, fix_units = (table(PAGE, "### SenML", at) for at in range(4))
    want = {name: list(ours) for name, ours in names.UNIT_NEEDED.items()}
    assert {bare(row[0]): doc_tables.names(row[1]) for row in needed} == want
    assert {bare(row[0]): bare(row[1]) for row in alone} == names.UNIT_ALONE
    assert {row[0]: scales(row[1]) for row in metric_units} == rounded(names.SENML_UNITS)
    assert {bare(row[0]): scales(row[1]) for row in fix_units} == rounded(names.FIX_UNITS)


def scales(cell: str) -> dict[str, Scale]:
    """Read units with the factor or offset that follows some of them."""
    found = {}
    for unit, change in re.findall(r"`([^`]+)`(?: \(([^)]+)\))?", cell):
        times, _, factor = change.partition("\N{MULTIPLICATION SIGN} ")
        found[unit] = Scale(float(factor)) if factor else Scale(1, float(times or 0))
    return found


def rounded(units: dict[str, dict[str, Scale]]) -> dict[str, dict[str, Scale]]:
    """Round factors as a page does."""
    return {
        ours: {unit: Scale(float(f"{s.factor:g}"), s.offset) for unit, s in table_of.items()}
        for ours, table_of in units.items()
    }


def test_every_foreign_format_is_documented() -> None:
    """How it is told, and under which name its rest is kept."""
    rows = table(PAGE, "## Foreign formats")
    kept = [bare(row[5]) for row in rows]
    assert kept == [senml.NAME, owntracks.NAME, things_stack.NAME, chirpstack.NAME]
    told = [bare(row[1]) for row in rows[1:]]
    assert told == [owntracks.MARK, things_stack.MARK, chirpstack.MARK]


@pytest.mark.parametrize("stream", [*sorted(set(WIRES) - {"cmd"}), "reading"])
def test_examples_are_taken(stream: str) -> None:
    """What the page shows can be sent as it stands, with nothing left over."""
    (example,) = re.findall(r"```json\n(.*?)```", section(PAGE, f"## {stream}"), re.DOTALL)
    got = codec.decode(Address(Kind.CAMERA, "C-1", Stream(stream)), example.encode(), NOW)
    assert got.messages
    assert got.refused == []
    assert [message.extra for message in got.messages] == [None] * len(got.messages)


def test_the_other_examples_are_taken() -> None:
    """The command and the SenML pack too."""
    (command,) = re.findall(r"```json\n(.*?)```", section(PAGE, "## cmd"), re.DOTALL)
    assert codec.decode_command(command.encode()).name == json.loads(command)["name"]
    (pack,) = re.findall(r"```json\n(.*?)```", section(PAGE, "### SenML"), re.DOTALL)
    got = codec.decode(Address(Kind.AIR, "A-1", Stream.READING), pack.encode(), NOW)
    assert [message.values for message in got.messages] == [  # type: ignore[union-attr]
        {"temperature_c": 27.2, "humidity_pct": 80}
    ]


def test_battery_is_told_by_the_size_that_the_page_says() -> None:
    """The one guess is documented with its bound."""
    text = " ".join(section(PAGE, "### Names in decoded payloads").split())
    assert f"volts up to {BATTERY_CELL_MAX_V} and percent" in text
