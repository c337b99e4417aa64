"""A rule as readable data: when it raises, when it clears, how grave, what to do, what it joins.

The same shape is a TOML file of a city, a version in the database, and what the page edits; what
does not fit is refused with the field's name. docs/alarms.md explains each field.
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from control_center.auth import pressed
from control_center.rules.severity import Severity
from core.errors import C5Error
from core.metrics import METRICS
from core.topics import Kind


def plain(text: str) -> str:
    """Text that a database can keep: without NUL."""
    if "\x00" in text:
        raise ValueError("holds the character NUL; take it out")
    return text


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Title = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(plain)]
Word = Annotated[str, Field(min_length=1, max_length=32), AfterValidator(plain)]
Seconds = Annotated[float, Field(ge=0, le=7 * 86_400, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
PANIC: Final = "panic"
"""The kind of what a press raises."""
AIR_CATEGORIES: Final = ("buena", "aceptable", "mala", "muy_mala", "extremadamente_mala")


class RuleRefused(C5Error):
    """A rule does not say what a rule must say; `problems` names each wrong field."""

    reason = "rule_refused"

    def __init__(self, name: str, problems: tuple[str, ...]) -> None:
        super().__init__(f"rule {name}: {'; '.join(problems)}; see docs/alarms.md")
        self.problems = problems


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EventWhen(_Part):
    """So many events of some types within a window."""

    fact: Literal["event"]
    types: Annotated[tuple[Name, ...], Field(min_length=1, max_length=32)]
    kinds: tuple[Kind, ...] = ()
    severities: tuple[Word, ...] = ()
    """The device's own words; none: whatever it says."""
    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    within_s: Seconds = 0.0
    ended_by: tuple[Name, ...] = ()
    quiet_s: Seconds | None = None
    """Over when nothing was repeated for so long; None: an end, or a person, clears it."""

    @model_validator(mode="after")
    def _windowed(self) -> Self:
        if self.count > 1 and self.within_s == 0:
            raise ValueError("within_s: must be above 0 where count is above 1")
        if both := set(self.types) & set(self.ended_by):
            raise ValueError(f"ended_by: {', '.join(sorted(both))} cannot begin it as well")
        return self


class _Held(_Part):
    hold_s: Seconds = 0.0
    """True for so long before it is raised."""
    clear_hold_s: Seconds = 0.0
    """Over for so long before it is cleared."""


class MetricWhen(_Held):
    """The newest value of a metric beyond a limit; it clears at another, so that it does not flap.

    `above` and `clear` lower, or `below` and `clear` higher.
    """

    fact: Literal["metric"]
    metric: str
    kinds: tuple[Kind, ...] = ()
    above: Number | None = None
    below: Number | None = None
    clear: Number | None = None
    """None: at the limit itself."""
    fresh_s: Annotated[float, Field(gt=0, le=7 * 86_400)] = 3600.0
    """Values older than this say nothing."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.metric not in METRICS:
            raise ValueError(f"metric: {self.metric[:64]!r} is no metric; see docs/payloads.md")
        if (self.above is None) == (self.below is None):
            raise ValueError("above: give either above or below")
        if self.clear is not None:
            if self.above is not None and self.clear > self.above:
                raise ValueError("clear: must not be higher than above")
            if self.below is not None and self.clear < self.below:
                raise ValueError("clear: must not be lower than below")
        return self


class SilenceWhen(_Held):
    """A device that should be there and is not."""

    fact: Literal["silence"]
    kinds: tuple[Kind, ...] = ()


class AirWhen(_Held):
    """A station's air is as bad as this, or worse."""

    fact: Literal["air"]
    at_least: Literal["aceptable", "mala", "muy_mala", "extremadamente_mala"]


class IngestLagWhen(_Held):
    """Messages wait too long before they are stored."""

    fact: Literal["ingest_lag"]
    above_s: Annotated[float, Field(gt=0, le=86_400)]
    clear_s: Annotated[float, Field(ge=0, le=86_400)] | None = None

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.clear_s is not None and self.clear_s > self.above_s:
            raise ValueError("clear_s: must not be higher than above_s")
        return self


When = Annotated[
    EventWhen | MetricWhen | SilenceWhen | AirWhen | IngestLagWhen, Field(discriminator="fact")
]


class Correlate(_Part):
    """Which alarms have one cause, and so one incident."""

    group: Name | None = None
    """Rules of one group share incidents; None: only the rule's own."""
    by: tuple[Literal["device", "place", "entry"], ...] = ("device",)
    """Any of these in common; `entry` is that of the hot list."""
    metres: Annotated[float, Field(ge=0, le=100_000)] = 0.0
    seconds: Seconds = 1800.0
    """So long after the incident's newest alarm."""

    @model_validator(mode="after")
    def _near(self) -> Self:
        if "place" in self.by and self.metres == 0:
            raise ValueError("metres: must be above 0 where place is in by")
        return self


class Rule(_Part):
    """One rule."""

    id: Name
    kind: Name
    """Of the alarms and incidents that it makes."""
    severity: Severity
    severity_of: dict[Word, Severity] = {}
    """By the event's own severity; what is not named has `severity`."""
    title_es: Title
    title_en: Title
    when: When
    dedup: tuple[Literal["device", "type", "metric", "entry"], ...] = ("device",)
    """What two facts have in common that are one alarm."""
    opens_incident: bool = True
    """False: its alarms wait in the queue, and join what others have opened."""
    correlate: Correlate = Correlate()
    sop: Name | None = None

    @property
    def group(self) -> str:
        """Whose incidents its alarms may join."""
        return self.correlate.group or self.id


def parse(document: Any, *, name: str = "") -> Rule:
    """Read a rule; RuleRefused names every wrong field."""
    try:
        return Rule.model_validate(document)
    except ValidationError as exc:
        raise RuleRefused(name or _name(document), problems(exc)) from exc


def unfit(one: Rule) -> tuple[str, ...]:
    """Why nobody may save a rule though it is well formed; a stored one is not judged by it.

    Who pressed a panic button, and where, is kept from people by the kind of what it made.
    """
    when = one.when
    types = when.types if isinstance(when, EventWhen) else ()
    presses = [name for name in types if pressed.is_press(name)]
    if presses and one.kind != PANIC:
        return (f"kind: must be {PANIC} where {presses[0]} is in when.types",)
    return ()


def problems(exc: ValidationError) -> tuple[str, ...]:
    """One line a wrong field."""
    return tuple(
        f"{'.'.join(map(str, fault['loc'])) or 'rule'}: {fault['msg']}" for fault in exc.errors()
    )


def _name(document: Any) -> str:
    return str(document.get("id", "?"))[:64] if isinstance(document, dict) else "?"
