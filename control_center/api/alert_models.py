"""The shapes of public alerts and notifications, as the OpenAPI document states them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from control_center.api.alarm_models import Number, Shape, Words
from control_center.notify.cap import Draft


class AlertOrder(Shape):
    """An alert to be drafted."""

    alert: Draft
    incident_id: Number | None = None
    exercise: Annotated[bool, Field(description="a drill: status Exercise")]


class ReasonOrder(Shape):
    """Why."""

    reason: Words


class AlertAnswer(Shape):
    """An alert to the public; null: not yet."""

    alert_id: int
    identifier: str
    incident_id: int | None
    exercise: bool
    msg_type: Literal["Alert", "Update", "Cancel"]
    refers_to: int | None
    state: Literal["draft", "approved", "rejected"]
    document: Draft
    drafted_at: datetime
    drafted_by: str
    decided_at: datetime | None
    decided_by: str | None
    reason: str


class Alerts(Shape):
    """Alerts, the newest first."""

    alerts: list[AlertAnswer]


class NotificationAnswer(Shape):
    """Something that was told outside of the room, or will be."""

    notification_id: int
    at: datetime
    channel: Literal["mail", "webhook", "mqtt"]
    address: Annotated[str, Field(description="of a webhook without what follows its host")]
    about: str
    incident_id: int | None
    state: Literal["pending", "sent", "failed"]
    tries: int
    next_at: datetime
    sent_at: datetime | None
    error: str | None


class Notifications(Shape):
    """Notifications, the newest first."""

    notifications: list[NotificationAnswer]
