"""Check a CAP 1.2 message against the standard's schema: order, number, and values of elements.

The tables below state what section 3.2 and the schema of section 3.4 of the standard require; the
schema file itself is not shipped, and no network is asked. Beyond the schema the standard's own
notes are checked: no blanks in identifiers, closed polygons, one reference form.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from control_center.notify.cap import NAMESPACE
from core.errors import C5Error

_DATETIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
_NAME: Final = re.compile(r"[^\s,<&]+")
_PAIR: Final = r"-?\d+(\.\d+)?,-?\d+(\.\d+)?"
_POLYGON: Final = re.compile(rf"{_PAIR}( {_PAIR}){{3,}}")
_CIRCLE: Final = re.compile(rf"{_PAIR} \d+(\.\d+)?(e[+-]?\d+)?")
_REFERENCES: Final = re.compile(r"[^\s,]+,[^\s,]+,[^\s,]+( [^\s,]+,[^\s,]+,[^\s,]+)*")
_LANGUAGE: Final = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_MANY: Final = 1 << 30
Check = Callable[[str], bool]


class AlertInvalid(C5Error):
    """The message does not fit the CAP 1.2 standard; `problems` names each element."""

    reason = "alert_invalid"

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"the alert is no valid CAP 1.2 message: {'; '.join(problems)}")
        self.problems = tuple(problems)


class _Rule(NamedTuple):
    """An element: how often it may come, and what it may hold."""

    name: str
    least: int
    most: int
    holds: Check | str | None = None
    """A check of its text, the name of a table of its children, or None: any text."""


def _one_of(*words: str) -> Check:
    return lambda text: text in words


def _fits(pattern: re.Pattern[str]) -> Check:
    return lambda text: pattern.fullmatch(text) is not None


def _is_url(text: str) -> bool:
    return bool(text) and not any(sign.isspace() for sign in text)


def _is_closed(text: str) -> bool:
    points = text.split()
    return _POLYGON.fullmatch(text) is not None and points[0] == points[-1]


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d+)?", text) is not None


_TABLES: Final[dict[str, tuple[_Rule, ...]]] = {
    "alert": (
        _Rule("identifier", 1, 1, _fits(_NAME)),
        _Rule("sender", 1, 1, _fits(_NAME)),
        _Rule("sent", 1, 1, _fits(_DATETIME)),
        _Rule("status", 1, 1, _one_of("Actual", "Exercise", "System", "Test", "Draft")),
        _Rule("msgType", 1, 1, _one_of("Alert", "Update", "Cancel", "Ack", "Error")),
        _Rule("source", 0, 1),
        _Rule("scope", 1, 1, _one_of("Public", "Restricted", "Private")),
        _Rule("restriction", 0, 1),
        _Rule("addresses", 0, 1),
        _Rule("code", 0, _MANY),
        _Rule("note", 0, 1),
        _Rule("references", 0, 1, _fits(_REFERENCES)),
        _Rule("incidents", 0, 1),
        _Rule("info", 0, _MANY, "info"),
    ),
    "info": (
        _Rule("language", 0, 1, _fits(_LANGUAGE)),
        _Rule(
            "category",
            1,
            _MANY,
            _one_of(
                *("Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env"),
                *("Transport", "Infra", "CBRNE", "Other"),
            ),
        ),
        _Rule("event", 1, 1),
        _Rule(
            "responseType",
            0,
            _MANY,
            _one_of(
                *("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess"),
                *("AllClear", "None"),
            ),
        ),
        _Rule("urgency", 1, 1, _one_of("Immediate", "Expected", "Future", "Past", "Unknown")),
        _Rule("severity", 1, 1, _one_of("Extreme", "Severe", "Moderate", "Minor", "Unknown")),
        _Rule("certainty", 1, 1, _one_of("Observed", "Likely", "Possible", "Unlikely", "Unknown")),
        _Rule("audience", 0, 1),
        _Rule("eventCode", 0, _MANY, "pair"),
        _Rule("effective", 0, 1, _fits(_DATETIME)),
        _Rule("onset", 0, 1, _fits(_DATETIME)),
        _Rule("expires", 0, 1, _fits(_DATETIME)),
        _Rule("senderName", 0, 1),
        _Rule("headline", 0, 1),
        _Rule("description", 0, 1),
        _Rule("instruction", 0, 1),
        _Rule("web", 0, 1, _is_url),
        _Rule("contact", 0, 1),
        _Rule("parameter", 0, _MANY, "pair"),
        _Rule("resource", 0, _MANY, "resource"),
        _Rule("area", 0, _MANY, "area"),
    ),
    "pair": (_Rule("valueName", 1, 1), _Rule("value", 1, 1)),
    "resource": (
        _Rule("resourceDesc", 1, 1),
        _Rule("mimeType", 1, 1),
        _Rule("size", 0, 1, str.isdecimal),
        _Rule("uri", 0, 1, _is_url),
        _Rule("derefUri", 0, 1),
        _Rule("digest", 0, 1),
    ),
    "area": (
        _Rule("areaDesc", 1, 1),
        _Rule("polygon", 0, _MANY, _is_closed),
        _Rule("circle", 0, _MANY, _fits(_CIRCLE)),
        _Rule("geocode", 0, _MANY, "pair"),
        _Rule("altitude", 0, 1, _is_number),
        _Rule("ceiling", 0, 1, _is_number),
    ),
}


def check(text: str) -> list[str]:
    """What is wrong with a message, an element a line; nothing: it is valid."""
    try:
        root = fromstring(text.encode())
    except (ParseError, DefusedXmlException, ValueError) as exc:
        return [f"it is no XML that can be read: {exc}"]
    if root.tag != f"{{{NAMESPACE}}}alert":
        return [f"its root is {root.tag[:100]}, not alert of {NAMESPACE}"]
    return list(_problems(root, "alert", "alert"))


def _problems(element: Element, table: str, where: str) -> Iterator[str]:
    rules = {rule.name: (at, rule) for at, rule in enumerate(_TABLES[table])}
    counts = dict.fromkeys(rules, 0)
    reached = 0
    if (element.text or "").strip():
        yield f"{where}: text between its elements"
    for child in element:
        space, _, name = str(child.tag).rpartition("}")
        path = f"{where}/{name}"
        if space != f"{{{NAMESPACE}" or name not in rules:
            yield f"{path}: the schema does not know it here"
            continue
        at, rule = rules[name]
        if at < reached:
            yield f"{path}: it comes too late; see the schema's order"
        reached = max(reached, at)
        counts[name] += 1
        yield from _content(child, rule, path)
    for name, (_, rule) in rules.items():
        if counts[name] < rule.least:
            yield f"{where}: {name} is missing"
        if counts[name] > rule.most:
            yield f"{where}: {name} comes {counts[name]} times"


def _content(child: Element, rule: _Rule, path: str) -> Iterator[str]:
    if isinstance(rule.holds, str):
        yield from _problems(child, rule.holds, path)
        return
    if len(child):
        yield f"{path}: elements where text should be"
    text = child.text or ""
    if rule.holds is not None and not rule.holds(text):
        yield f"{path}: {text[:60]!r} is not what the schema takes"
    elif rule.least and not text.strip():
        yield f"{path}: it is empty"
