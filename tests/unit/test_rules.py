"""Rules: what raises, what clears, what is one alarm or one incident; and bad ones by field."""

import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_center.alarms import shipped
from control_center.rules import correlate, rule
from control_center.rules.correlate import Cause, Storm
from control_center.rules.facts import Happened, Level, Place, Reading
from control_center.rules.judge import Cleared, Held, Judge, Raised
from control_center.rules.rule import Rule, RuleRefused
from control_center.rules.severity import Severity
from tests.unit.doc_tables import DOCS, NOTHING, bare, names, table

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CITY = shipped.load("coatzacoalcos")
TOWN = Place(18.13, -94.45)


def made(when: Mapping[str, Any], **about: Any) -> Rule:
    """A rule of few words."""
    return rule.parse(
        {
            "id": "r",
            "kind": "r",
            "severity": "MAJOR",
            "title_es": "R",
            "title_en": "R",
            "when": when,
            **about,
        }
    )


def judge(*rules: Rule, going_on: Mapping[str, datetime] | None = None) -> Judge:
    """A judge of these rules."""
    return Judge([Held(one, 1) for one in rules], going_on or {})


def event(kind: str, after_s: float = 0.0, device_id: str = "D-1", **of: Any) -> Happened:
    """Something that happened so long after noon."""
    about = {"kind": None, "severity": None, "place": TOWN} | of
    return Happened(device_id=device_id, type=kind, at=NOW + timedelta(seconds=after_s), **about)


def level(value: float, after_s: float, device_id: str = "D-1", **of: Any) -> Level:
    """A battery's charge, so long after noon."""
    about = {"metric": "battery_pct", "kind": "panic"} | of
    return Level(
        Reading.METRIC, value, NOW + timedelta(seconds=after_s), device_id=device_id, **about
    )


LOW = made({"fact": "metric", "metric": "battery_pct", "below": 15, "clear": 25})


def signs_of(one: Judge, values: list[float]) -> list[str]:
    """What a series of values, one a minute, raises and clears: "+3" and "-5" name the sample."""
    said = []
    for nth, value in enumerate(values):
        signs = one.levels([level(value, nth * 60)])
        said += [f"{'+' if isinstance(sign, Raised) else '-'}{nth}" for sign in signs]
    return said


def test_a_limit_and_another_to_clear_at() -> None:
    """Between the two nothing changes: it does not flap."""
    assert signs_of(judge(LOW), [20, 14, 16, 24, 14, 24.9, 25, 24, 15, 14.9]) == ["+1", "-6", "+9"]


def test_above_is_below_upside_down() -> None:
    """With the same hysteresis."""
    hot = made({"fact": "metric", "metric": "battery_pct", "above": 90, "clear": 80})
    assert signs_of(judge(hot), [90, 91, 85, 81, 80, 90]) == ["+1", "-4"]


def test_it_must_hold() -> None:
    """So long before it is raised, and so long before it is cleared; a lapse starts anew."""
    held = made(
        {
            "fact": "metric",
            "metric": "battery_pct",
            "below": 15,
            "clear": 25,
            "hold_s": 120,
            "clear_hold_s": 60,
        }
    )
    one = judge(held)
    assert signs_of(one, [14, 14, 20, 14, 14, 14, 14, 30, 14, 30, 30]) == ["+5", "-10"]


@given(st.lists(st.floats(0, 100), max_size=60))
def test_raised_and_cleared_alternate(values: list[float]) -> None:
    """Whatever the values: never twice the same in a row, and each beyond its own limit."""
    said = signs_of(judge(LOW), values)
    assert [sign[0] for sign in said] == ["+-"[nth % 2] for nth in range(len(said))]
    for sign in said:
        value = values[int(sign[1:])]
        assert value < 15 if sign[0] == "+" else value >= 25


def test_old_values_say_nothing() -> None:
    """A battery that was low last week."""
    one = judge(LOW)
    assert one.levels([level(5, 0)], NOW + timedelta(hours=2)) == []
    assert len(one.levels([level(5, 0)], NOW + timedelta(minutes=59))) == 1


def test_a_rule_looks_at_its_kinds_and_metric_only() -> None:
    """Not at others."""
    own = made({"fact": "metric", "metric": "battery_pct", "below": 15, "kinds": ["camera"]})
    one = judge(own)
    assert one.levels([level(5, 0), level(5, 0, metric="battery_v", kind="camera")]) == []
    assert len(one.levels([level(5, 0, kind="camera")])) == 1


def test_events_are_counted_in_a_window() -> None:
    """The third within a quarter of an hour raises; the fourth repeats."""
    fast = made({"fact": "event", "types": ["overspeed"], "count": 3, "within_s": 900})
    one = judge(fast)
    raised = [bool(one.events([event("overspeed", at)])) for at in (0, 500, 1000, 1300, 1350, 9000)]
    assert raised == [False, False, False, True, True, True]
    other = judge(fast)
    other.warm([event("overspeed", -60), event("overspeed", -30)])
    assert len(other.events([event("overspeed", 0)])) == 1, "what was before a restart counts"


def test_an_end_clears_what_it_belongs_to() -> None:
    """By device and metric, and only what goes on."""
    strange = made(
        {"fact": "event", "types": ["anomaly"], "ended_by": ["anomaly_end"]},
        dedup=["device", "metric"],
    )
    one = judge(strange)
    one.events([event("anomaly", extra={"metric": "pm25_ugm3"})])
    assert one.events([event("anomaly_end", 5, extra={"metric": "o3_ppb"})]) == []
    [over] = one.events([event("anomaly_end", 9, extra={"metric": "pm25_ugm3"})])
    assert isinstance(over, Cleared)
    assert over.key == "r|D-1|pm25_ugm3"
    assert one.events([event("anomaly_end", 10, extra={"metric": "pm25_ugm3"})]) == []


def test_quiet_clears() -> None:
    """So long after the last repeat."""
    hit = made({"fact": "event", "types": ["plate_hit"], "quiet_s": 600})
    one = judge(hit)
    one.events([event("plate_hit", 0), event("plate_hit", 300)])
    assert one.quiet(NOW + timedelta(seconds=899)) == []
    assert [sign.key for sign in one.quiet(NOW + timedelta(seconds=900))] == ["r|D-1"]
    assert one.quiet(NOW + timedelta(hours=3)) == []


def test_what_goes_on_since_before_a_restart_is_cleared_as_well() -> None:
    """The database says what goes on."""
    one = judge(LOW, going_on={"r|D-1": NOW})
    [over] = one.levels([level(60, 0)])
    assert isinstance(over, Cleared)


def test_repeats_in_one_batch_are_one_alarm_that_counts_them() -> None:
    """From the first to the last; the gravest of the events says how grave."""
    one = judge(
        made(
            {"fact": "event", "types": ["plate_hit"]},
            severity_of={"critical": "CRITICAL", "normal": "MINOR"},
        )
    )
    [raised] = one.events(
        [
            event("plate_hit", 1, severity="normal"),
            event("plate_hit", 2, severity="critical"),
            event("plate_hit", 3, severity="normal"),
        ]
    )
    assert isinstance(raised, Raised)
    assert (raised.count, raised.severity) == (3, Severity.CRITICAL)
    assert (raised.at, raised.last_at) == (
        NOW + timedelta(seconds=1),
        NOW + timedelta(seconds=3),
    )


def test_who_pressed_is_not_told_by_the_alarm() -> None:
    """A button's text may bear a name."""
    one = judge(rule.parse(CITY.rules["panic"]))
    [raised] = one.events([event("panic", text="Soy Ana, calle 5", extra={"name": "Ana"})])
    assert isinstance(raised, Raised)
    assert raised.detail == {"event": "panic"}


GOOD: dict[str, Any] = {
    "id": "x",
    "kind": "x",
    "severity": "MAJOR",
    "title_es": "X",
    "title_en": "X",
    "when": {"fact": "metric", "metric": "battery_pct", "below": 15, "clear": 25},
}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"severity": "grave"}, "severity"),
        ({"id": "Not An Id"}, "id"),
        ({"title_es": ""}, "title_es"),
        ({"colour": "red"}, "colour"),
        ({"when": {"fact": "weather"}}, "when"),
        ({"when": {"fact": "event", "types": []}}, "when.event.types"),
        ({"when": {"fact": "event", "types": ["a"], "count": 3}}, "within_s"),
        ({"when": {"fact": "event", "types": ["a"], "ended_by": ["a"]}}, "ended_by"),
        ({"when": {"fact": "metric", "metric": "beauty", "above": 1}}, "metric"),
        ({"when": {"fact": "metric", "metric": "battery_pct"}}, "above"),
        ({"when": {"fact": "metric", "metric": "battery_pct", "below": 15, "clear": 5}}, "clear"),
        ({"when": {"fact": "metric", "metric": "battery_pct", "above": float("nan")}}, "above"),
        ({"when": {"fact": "silence", "kinds": ["dog"]}}, "kinds"),
        ({"when": {"fact": "silence", "hold_s": -1}}, "hold_s"),
        ({"when": {"fact": "air", "at_least": "fea"}}, "at_least"),
        ({"when": {"fact": "ingest_lag", "above_s": 3, "clear_s": 5}}, "clear_s"),
        ({"correlate": {"by": ["place"]}}, "metres"),
        ({"correlate": {"by": ["mood"]}}, "correlate.by"),
        ({"dedup": ["colour"]}, "dedup"),
    ],
)
def test_a_bad_rule_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    """And a good one is not."""
    rule.parse(GOOD)
    with pytest.raises(RuleRefused, match=field) as refused:
        rule.parse(GOOD | change)
    assert refused.value.problems


def test_what_is_no_table_is_refused() -> None:
    """Whatever it is."""
    nonsense: Any
    for nonsense in (None, [], "rule", 5, {}):
        with pytest.raises(RuleRefused):
            rule.parse(nonsense)


def raised(place: Place | None, after_s: float = 0.0, **of: Any) -> Raised:
    """An alarm of a rule that joins by what is said."""
    by = {"group": "g", "by": of.pop("by", ["place"]), "metres": 300, "seconds": 600}
    own = made({"fact": "event", "types": ["a"]}, correlate=by, **of.pop("rule", {}))
    at = NOW + timedelta(seconds=after_s)
    about: dict[str, Any] = {"device_id": "D-1", "entry": None} | of
    return Raised(
        held=Held(own, 1),
        key=f"r|{about['device_id']}",
        severity=Severity.MAJOR,
        at=at,
        last_at=at,
        count=1,
        place=place,
        **about,
    )


def opened(alarms: list[Raised], known: list[Cause] | None = None, **of: Any) -> int:
    """How many incidents alarms open."""
    found = correlate.join(alarms, known or [], now=NOW, storm=of.get("storm", Storm()))
    assert len(found.of) == len(alarms)
    return len(found.new)


def test_near_each_other_in_place_and_time_is_one_incident() -> None:
    """Three hundred metres and ten minutes."""
    near, far = Place(18.1320, -94.45), Place(18.1340, -94.45)
    assert opened([raised(TOWN), raised(near)]) == 1
    assert opened([raised(TOWN), raised(far)]) == 2
    assert opened([raised(TOWN), raised(near, 601)]) == 2
    assert opened([raised(None), raised(None)]) == 2, "nobody knows where: not the same place"


def test_a_device_or_an_entry_in_common_is_one_incident() -> None:
    """Wherever they are."""
    away = Place(19.0, -95.0)
    assert opened([raised(TOWN, by=["device"]), raised(away, by=["device"])]) == 1
    one: dict[str, Any] = {"by": ["entry"], "entry": "5", "device_id": "5"}
    other: dict[str, Any] = {"by": ["entry"], "entry": "6", "device_id": "6"}
    same = [raised(TOWN, **one), raised(away, **{**one, "device_id": "X"})]
    assert opened(same) == 1
    assert opened([raised(TOWN, **one), raised(TOWN, **other)]) == 2


def test_what_opens_none_joins_what_is_open() -> None:
    """It waits in the queue otherwise."""
    quiet = {"opens_incident": False}
    assert correlate.join([raised(TOWN, rule=quiet)], [], now=NOW, storm=Storm()).of == [None]
    cause = Cause(4, "g", "D-9", TOWN, NOW, NOW)
    found = correlate.join([raised(TOWN, rule=quiet)], [cause], now=NOW, storm=Storm())
    assert found.of == [cause]
    assert not found.new


def test_a_storm_folds_and_ends() -> None:
    """Thirty incidents, then one for all the rest; after a lull they are told apart again."""
    places = [Place(10 + nth / 100, -94.0) for nth in range(5000)]
    alarms = [raised(place, device_id=f"D-{nth}") for nth, place in enumerate(places)]
    found = correlate.join(alarms, [], now=NOW, storm=Storm(incidents=30))
    assert len(found.new) == 31
    storm = found.new[-1][0]
    assert storm.cause == "g|storm"
    assert sum(one is storm for one in found.of) == 5000 - 30
    known = [cause for cause, _ in found.new]
    for soon_s, new in ((5, 0), (90, 1)):
        now = NOW + timedelta(seconds=soon_s)
        later = raised(Place(50.0, 8.0), soon_s, device_id="Z")
        assert len(correlate.join([later], known, now=now, storm=Storm()).new) == new


def test_the_rules_of_the_city_are_sound() -> None:
    """Each file is named after its rule; each end and each kind is known; both languages."""
    folder = DOCS.parent / "deploy" / "cities" / "coatzacoalcos" / "rules"
    for file in folder.glob("*.toml"):
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        assert document["id"] == file.stem
    assert {"panic", "plate_hit", "plate_near", "unplanned_stop", "stream_down"} <= set(CITY.rules)
    assert CITY.rules["panic"]["severity"] == "CRITICAL"
    for one in CITY.rules.values():
        assert one["title_es"] != one["title_en"]


def test_a_new_rule_begins_with_what_the_server_would_say() -> None:
    """The page's start wants only what a person has to say: names, and what it is about."""
    file = DOCS.parent / "control_center" / "web" / "src" / "lib" / "rules" / "start.json"
    start = json.loads(file.read_text(encoding="utf-8"))
    said = {"id": "r", "kind": "r", "title_es": "R", "title_en": "R"}
    asked: dict[str, dict[str, Any]] = {
        "event": {"types": ["overspeed"]},
        "metric": {"metric": "battery_pct", "below": 15},
        "silence": {},
        "air": {},
        "ingest_lag": {},
    }
    assert set(start["when"]) == set(asked)
    for fact, more in asked.items():
        when = start["when"][fact]
        full = rule.parse(start["rule"] | said | {"when": when | more}).model_dump(mode="json")
        assert set(full["when"]) == set(when), "each field is there to be edited"
        chosen = {name: when[name] for name in ("hold_s", "clear_hold_s") if name in when}
        chosen |= {name: when[name] for name in ("fact", "at_least", "above_s") if name in when}
        short = {"severity": "WARNING", "when": chosen | more} | said
        assert full == rule.parse(short).model_dump(mode="json"), fact


def test_a_rule_about_a_press_is_of_the_kind_that_keeps_it_private() -> None:
    """No other may be saved, whatever it is called."""
    for press in ("panic", "panic_driver"):
        about = {"fact": "event", "types": ["overspeed", press]}
        assert rule.unfit(made(about)) == (f"kind: must be panic where {press} is in when.types",)
        assert rule.unfit(made(about, kind="panic")) == ()
    assert rule.unfit(LOW) == ()


def test_every_kind_of_alarm_is_documented() -> None:
    """With its severity, what raises it, and whether it opens an incident; and no other."""
    rows = {bare(row[0]): row for row in table("alarms.md", "## Kinds")}
    assert set(rows) == {one["kind"] for one in CITY.rules.values()}
    for one in CITY.rules.values():
        row = rows[one["kind"]]
        assert row[1] == one["severity"], one["kind"]
        assert row[2] == ("yes" if one["opens_incident"] else "no"), one["kind"]
        assert row[3] == (f"`{one['sop']}`" if one["sop"] else NOTHING), one["kind"]


def test_every_field_of_a_rule_is_documented() -> None:
    """Of each sort of condition as well."""
    rows = table("alarms.md", "## Fields of a rule")
    written = {name for row in rows for name in names(row[0])}
    parts = (rule.EventWhen, rule.MetricWhen, rule.SilenceWhen, rule.AirWhen, rule.IngestLagWhen)
    known = set(Rule.model_fields)
    known |= {f"when.{name}" for part in parts for name in part.model_fields}
    known |= {f"correlate.{name}" for name in rule.Correlate.model_fields}
    assert written == known - {"correlate", "when"}
