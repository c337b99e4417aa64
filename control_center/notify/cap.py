"""Write an alert as a CAP 1.2 message (OASIS, 1 July 2010): Spanish and English, one area.

A drill has status Exercise and says SIMULACRO in its headline; nothing turns it into an Actual one.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self
from xml.etree import ElementTree as ET

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
Category = Literal[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
]
_RING: Final = 4
"""Points that the smallest closed polygon has."""


def _of_xml(text: str) -> str:
    """Text that XML can hold, or a refusal."""
    if any(ord(sign) < ord(" ") and sign not in "\t\n\r" for sign in text) or any(
        "\ud800" <= sign <= "\udfff" or sign in "\ufffe\uffff" for sign in text
    ):
        raise ValueError("holds a sign that no XML can carry; take it out")
    return text.strip()


Line = Annotated[str, Field(min_length=1, max_length=160), AfterValidator(_of_xml)]
Text = Annotated[str, Field(max_length=4000), AfterValidator(_of_xml)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Circle(BaseModel):
    """A place and a radius."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lat_deg: Lat
    lon_deg: Lon
    radius_km: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class Draft(BaseModel):
    """What somebody writes; the rest is made from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: Category
    event_es: Line
    event_en: Line
    urgency: Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
    severity: Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
    certainty: Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]
    headline_es: Line
    headline_en: Line
    description_es: Text = ""
    description_en: Text = ""
    instruction_es: Text = ""
    instruction_en: Text = ""
    area: Line
    polygon: Annotated[
        list[tuple[Lat, Lon]],
        Field(max_length=200, description="latitude, longitude; the last point is the first"),
    ] = []
    circle: Circle | None = None
    expires_at: AwareDatetime

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if self.polygon and (len(self.polygon) < _RING or self.polygon[0] != self.polygon[-1]):
            raise ValueError("polygon: at least 4 points, the last of which is the first")
        return self


class Head(BaseModel):
    """What is known of a message besides what was written."""

    model_config = ConfigDict(frozen=True)

    identifier: str
    sender: str
    sender_name: str
    sent: datetime
    exercise: bool
    msg_type: Literal["Alert", "Update", "Cancel"] = "Alert"
    references: str = ""
    """sender,identifier,sent of what it updates or takes back."""


def write(head: Head, draft: Draft) -> str:
    """The message as XML text."""
    ET.register_namespace("", NAMESPACE)
    alert = ET.Element(f"{{{NAMESPACE}}}alert")
    _add(alert, "identifier", head.identifier)
    _add(alert, "sender", head.sender)
    _add(alert, "sent", instant(head.sent))
    _add(alert, "status", "Exercise" if head.exercise else "Actual")
    _add(alert, "msgType", head.msg_type)
    _add(alert, "scope", "Public")
    if head.exercise:
        _add(alert, "note", "Simulacro / Exercise")
    if head.references:
        _add(alert, "references", head.references)
    for language in ("es", "en"):
        _info(alert, head, draft, language)
    text = ET.tostring(alert, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def instant(at: datetime) -> str:
    """As CAP writes instants: whole seconds, an offset, and never Z.

    >>> instant(datetime(2026, 3, 1, 12, 0, 5, 9, tzinfo=UTC))
    '2026-03-01T12:00:05-00:00'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def _info(alert: ET.Element, head: Head, draft: Draft, language: str) -> None:
    said: dict[str, Any] = draft.model_dump()
    drill = {"es": "SIMULACRO: ", "en": "EXERCISE: "}[language] if head.exercise else ""
    info = _add(alert, "info")
    _add(info, "language", {"es": "es-MX", "en": "en-US"}[language])
    _add(info, "category", draft.category)
    _add(info, "event", said[f"event_{language}"])
    _add(info, "urgency", draft.urgency)
    _add(info, "severity", draft.severity)
    _add(info, "certainty", draft.certainty)
    _add(info, "expires", instant(draft.expires_at))
    _add(info, "senderName", head.sender_name)
    _add(info, "headline", f"{drill}{said[f'headline_{language}']}")
    for name in ("description", "instruction"):
        if text := said[f"{name}_{language}"]:
            _add(info, name, text)
    area = _add(info, "area")
    _add(area, "areaDesc", draft.area)
    if draft.polygon:
        _add(area, "polygon", " ".join(f"{lat:.6f},{lon:.6f}" for lat, lon in draft.polygon))
    if (circle := draft.circle) is not None:
        _add(area, "circle", f"{circle.lat_deg:.6f},{circle.lon_deg:.6f} {circle.radius_km:g}")


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    made = ET.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    made.text = text
    return made
