"""The shape of a past window, as the OpenAPI document states it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from control_center.api.alarm_models import AlarmAnswer, Shape
from control_center.api.incident_models import IncidentAnswer


class ReplayLine(Shape):
    """A line of an incident's log."""

    incident_id: int
    at: datetime
    by: str
    kind: str
    text_es: str
    text_en: str


class ReplayPassages(Shape):
    """Plates of an hour of a camera."""

    device_id: str
    hour: datetime
    direction: str
    n: int


class Replay(Shape):
    """A past window."""

    since: Annotated[datetime, Field(alias="from")]
    until: Annotated[datetime, Field(alias="to")]
    step_s: Annotated[float, Field(description="how far apart positions are")]
    positions: Annotated[
        dict[str, list[tuple[int, float, float]]],
        Field(description="by device: [epoch ms, longitude, latitude]"),
    ]
    alarms: Annotated[list[AlarmAnswer], Field(description="as they are now; the newest 2 000")]
    incidents: Annotated[list[IncidentAnswer], Field(description="as they are now; the newest 500")]
    log: list[ReplayLine]
    readings: Annotated[
        dict[str, dict[str, list[tuple[int, float | None]]]],
        Field(description="by device and metric: [epoch ms of the hour, mean]"),
    ]
    passages: list[ReplayPassages]
    cut: Annotated[list[str], Field(description="lists that hold more than is answered")]
