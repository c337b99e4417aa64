"""The shapes of alarms, as the OpenAPI document states them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from control_center.rules.rule import Rule, plain
from control_center.rules.severity import Severity

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(plain)
]
Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    AfterValidator(plain),
]
Username = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")]
Number = Annotated[int, Field(ge=1, lt=2**63)]


class Shape(BaseModel):
    """Nothing else than what is named."""

    model_config = ConfigDict(extra="forbid")


class AlarmAnswer(Shape):
    """One alarm; null: not yet, or nobody."""

    alarm_id: int
    kind: str
    severity: Severity
    title_es: str
    title_en: str
    device_id: str | None
    device_name: Annotated[str | None, Field(description="null for a personal button")]
    lat_deg: float | None
    lon_deg: float | None
    raised_at: datetime
    last_at: Annotated[datetime, Field(description="of the newest fact that it counts")]
    count: int
    cleared_at: datetime | None
    cleared_by: Annotated[str | None, Field(description="c5: by its rule")]
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    assignee: str | None
    incident_id: int | None
    rule_id: str
    rule_version: int
    detail: dict[str, Any]
    version: int


class Alarms(Shape):
    """Alarms, the newest first, and how many are open in all."""

    alarms: list[AlarmAnswer]
    open: dict[Severity, int]


class CommentAnswer(Shape):
    """What somebody wrote beside an alarm."""

    comment_id: int
    at: datetime
    by: str
    text: str


class AlarmDetail(AlarmAnswer):
    """An alarm with its newest comments."""

    comments: list[CommentAnswer]


class Comments(Shape):
    """The newest comments, newest first."""

    comments: list[CommentAnswer]


class AlarmOrder(Shape):
    """What somebody does about an alarm that they saw as of `version`."""

    version: Number
    note: Text = ""


class AssignOrder(Shape):
    """Whose it is; null: nobody's."""

    version: Number
    assignee: Username | None


class CommentOrder(Shape):
    """Words beside an alarm."""

    text: Words


class RuleAnswer(Shape):
    """A rule in its newest version."""

    rule_id: str
    version: int
    enabled: bool
    rule: Rule
    note: str
    saved_at: datetime
    saved_by: Annotated[str, Field(description="c5: it came with this build")]


class Rules(Shape):
    """Every rule."""

    rules: list[RuleAnswer]


class RuleOrder(Shape):
    """A rule as it shall be, and the version that it was made from."""

    rule: Rule
    version: Annotated[int, Field(ge=0, lt=2**31, description="0: it is new")]
    enabled: bool = True
    note: Annotated[str, Field(max_length=1000), AfterValidator(plain)] = ""


class TryOrder(Shape):
    """A rule to be tried on the last day."""

    rule: Rule


class WouldRaise(Shape):
    """An alarm that a rule would have raised."""

    raised_at: datetime
    cleared_at: datetime | None
    severity: Severity
    device_id: str | None
    lat_deg: float | None
    lon_deg: float | None
    count: int
    detail: dict[str, Any]


class Tried(Shape):
    """What a rule would have said of the last day."""

    would_raise: Annotated[list[WouldRaise], Field(description="the first 200")]
    count: int
    facts: Annotated[int, Field(description="how many were looked at")]
    since: datetime
    until: datetime
    complete: Annotated[bool, Field(description="false: there were more facts than are read")]


AlarmState = Literal["active", "unacknowledged", "all"]
