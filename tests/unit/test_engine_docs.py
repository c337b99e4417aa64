"""What C5 makes events of, and what its engine says of itself, is documented as it is."""

from control_center.engine.metrics import Metrics
from core.happenings import SPECS, Happening, seq_of
from core.settings.engine import Routes
from geo.live import Rules
from geo.live_doors import MARGIN_M
from geo.physics import DEFAULT
from tests.unit import doc_tables
from tests.unit.doc_tables import bare, section, table
from tests.unit.test_docs_runbook import events, of_page, of_registry

HEADING = "### Events made by C5"


def test_every_event_that_c5_makes_is_documented() -> None:
    """With its key, severity and unit, in the order of the code."""
    want = [
        [what.value, str(seq_of(what)), spec.severity, spec.unit or doc_tables.NOTHING]
        for what, spec in SPECS.items()
    ]
    rows = table("payloads.md", HEADING)
    assert [[bare(row[0]), *row[1:4]] for row in rows] == want
    assert all(row[4] for row in rows)


def test_the_limits_that_the_page_names_are_the_codes() -> None:
    """Distances, durations and settings."""
    meaning = {bare(row[0]): row[4] for row in table("payloads.md", HEADING)}
    assert f"{DEFAULT.off_route_m:g} m" in meaning["off_route"]
    assert f"for {Rules().dwell_s:g} s" in meaning["landfill_enter"]
    assert f"{MARGIN_M:g} m beyond" in meaning["landfill_exit"]
    assert f"{Rules().hysteresis_mps * 3.6:.0f} km/h below" in meaning["overspeed_end"]
    for name in ("off_route_s", "stop_s", "overspeed_kmh", "overspeed_s"):
        assert name in Routes.model_fields
        assert f"`routes.{name}`" in section("payloads.md", HEADING)


def test_every_beginning_has_its_end() -> None:
    """Of another type, ended by nothing itself; a plate that passes is over at once."""
    ends = [spec.ended_by for spec in SPECS.values() if spec.ended_by is not None]
    moments = {Happening.PLATE_HIT, Happening.PLATE_NEAR}
    assert len(set(ends)) == len(ends) == (len(SPECS) - len(moments)) / 2
    assert all(SPECS[moment].ended_by is None for moment in moments)
    assert all(SPECS[end].ended_by is None for end in ends)


def test_every_metric_of_the_engine_is_documented() -> None:
    """With its type."""
    assert of_page("## Figures of the engine") == of_registry(Metrics().registry)


def test_every_event_of_the_engines_log_is_documented() -> None:
    """With its level; what to do is said beside it."""
    rows = table("runbook.md", "### What the engine's log says")
    found = {bare(event): level for event, level, *_ in rows}
    assert found == dict(events("control_center/engine"))
