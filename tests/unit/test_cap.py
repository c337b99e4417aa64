"""CAP 1.2 messages: what we write is valid, and whatever the standard refuses is refused."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from control_center.notify import cap, cap_check
from control_center.notify.cap import NAMESPACE, Draft, Head

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "category": "Env",
    "event_es": "Calidad del aire",
    "event_en": "Air quality",
    "urgency": "Immediate",
    "severity": "Severe",
    "certainty": "Observed",
    "headline_es": "Aire muy malo en <el> Centro & Allende",
    "headline_en": "Very bad air",
    "description_es": "PM2.5 > 130 µg/m³",
    "instruction_es": "Quédese en casa.",
    "area": "Centro",
    "polygon": [(18.1, -94.4), (18.2, -94.4), (18.2, -94.5), (18.1, -94.4)],
    "circle": {"lat_deg": 18.13, "lon_deg": -94.45, "radius_km": 2.5},
    "expires_at": NOW + timedelta(hours=3),
}


def written(exercise: bool = False, **about: Any) -> str:  # noqa: FBT001, FBT002  a test's word
    """A message."""
    head = Head(
        identifier="c5-1",
        sender="c5@coatzacoalcos",
        sender_name="C5 Coatzacoalcos",
        sent=NOW,
        exercise=exercise,
        **about,
    )
    return cap.write(head, Draft.model_validate(GOOD))


def values(text: str, name: str) -> list[str]:
    """What every element of a name holds."""
    return [one.text or "" for one in fromstring(text.encode()).iter(f"{{{NAMESPACE}}}{name}")]


def test_what_is_written_is_valid_and_says_it_in_two_languages() -> None:
    """Texts are text, instants have an offset that is not Z."""
    text = written()
    assert cap_check.check(text) == []
    assert values(text, "status") == ["Actual"]
    assert values(text, "language") == ["es-MX", "en-US"]
    assert values(text, "headline")[0] == "Aire muy malo en <el> Centro & Allende"
    assert values(text, "sent") == ["2026-03-01T12:00:00-00:00"]
    assert values(text, "circle")[0] == "18.130000,-94.450000 2.5"
    assert values(text, "polygon")[0].split()[0] == "18.100000,-94.400000"


def test_a_drill_cannot_be_taken_for_real() -> None:
    """Its status, a note, and its headline."""
    text = written(exercise=True)
    assert cap_check.check(text) == []
    assert values(text, "status") == ["Exercise"]
    assert values(text, "headline")[0].startswith("SIMULACRO: ")
    assert values(text, "headline")[1].startswith("EXERCISE: ")


def test_a_cancel_refers_to_what_it_takes_back() -> None:
    """sender,identifier,sent."""
    text = written(msg_type="Cancel", references="c5@x,c5-0,2026-03-01T11:00:00-00:00")
    assert cap_check.check(text) == []
    assert "a b" in cap_check.check(written(references="a b"))[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<status>Actual</status>", "", "status is missing"),
        ("<status>Actual</status>", "<status>Drill</status>", "'Drill'"),
        ("<sent>2026-03-01T12:00:00-00:00</sent>", "<sent>2026-03-01T12:00:00Z</sent>", "sent"),
        ("<identifier>c5-1</identifier>", "<identifier>c5 1</identifier>", "identifier"),
        ("<scope>Public</scope>", "<scope>Public</scope><scope>Public</scope>", "comes 2 times"),
        ("<category>Env</category>", "", "category is missing"),
        ("<category>Env</category>", "<category>Noise</category>", "'Noise'"),
        ("<event>Air quality</event>", "<event></event>", "event: it is empty"),
        ("<urgency>", "<colour>red</colour><urgency>", "does not know it"),
        ("<areaDesc>Centro</areaDesc>", "", "areaDesc is missing"),
        ("18.130000,-94.450000 2.5", "18.13 -94.45", "circle"),
        ("18.200000,-94.500000 18.100000,-94.400000<", "18.2,-94.5 18.3,-94.4<", "polygon"),
        ("<sender>c5@coatzacoalcos</sender>", "", "sender is missing"),
        (f'xmlns="{NAMESPACE}"', 'xmlns="urn:oasis:names:tc:emergency:cap:1.1"', "its root"),
    ],
)
def test_what_the_standard_refuses_is_named(old: str, new: str, said: str) -> None:
    """One change of a valid message each."""
    text = written()
    assert old in text
    problems = cap_check.check(text.replace(old, new))
    assert any(said in problem for problem in problems), problems


def test_elements_have_an_order() -> None:
    """As the schema's sequence has them."""
    text = written()
    moved = re.sub(r"(<urgency>.*?</urgency>)(<severity>.*?</severity>)", r"\2\1", text)
    assert moved != text
    assert any("too late" in problem for problem in cap_check.check(moved))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not xml",
        "<alert/>",
        '<!DOCTYPE a [<!ENTITY b "c">]><alert xmlns="x">&b;</alert>',
    ],
)
def test_what_is_no_message_is_refused(text: str) -> None:
    """With a sentence, and no entity is followed."""
    assert cap_check.check(text)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"category": "Noise"}, "category"),
        ({"headline_es": ""}, "headline_es"),
        ({"headline_es": "a\x00b"}, "headline_es"),
        ({"area": "\ud800"}, "area"),
        ({"polygon": [(18.1, -94.4), (18.2, -94.4), (18.1, -94.4)]}, "polygon"),
        ({"polygon": [(91, 0)] * 4}, "polygon"),
        ({"circle": {"lat_deg": 1, "lon_deg": 1, "radius_km": 0}}, "radius_km"),
        ({"expires_at": "2026-03-01T12:00:00"}, "expires_at"),
    ],
)
def test_a_bad_draft_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    """Before it becomes a message."""
    with pytest.raises(ValidationError, match=field):
        Draft.model_validate(GOOD | change)


@given(st.text(max_size=160), st.text(max_size=400))
def test_whatever_people_write_is_valid_or_refused(headline: str, description: str) -> None:
    """And what is written is what is read."""
    said = GOOD | {"headline_es": headline, "description_es": description}
    try:
        draft = Draft.model_validate(said)
    except ValidationError:
        return
    head = Head(identifier="x", sender="y", sender_name="z", sent=NOW, exercise=False)
    text = cap.write(head, draft)
    problems = cap_check.check(text)
    assert problems == []
    read = values(text, "headline")[0]
    assert read == draft.headline_es.replace("\r\n", "\n").replace("\r", "\n")
