"""What is judged and who is told: runs, alarms, notices, reports."""

from pydantic import Field, SecretStr

from core.settings.section import Days, Port, Seconds, Section


class Engine(Section):
    """The service that judges and watches."""

    metrics_port: Port = Field(default=0, description="its Prometheus port; 0: none")


class Routes(Section):
    """How runs are judged, and when a truck's doings become events."""

    margin_s: Seconds = Field(
        default=3600.0, description="fixes so long before and after a run's window belong to it, s"
    )
    settle_s: Seconds = Field(
        default=1800.0, description="a run is closed so long after its window ended, s"
    )
    refresh_s: Seconds = Field(default=60.0, description="an open run is judged anew so often, s")
    late_days: Days = Field(
        default=30, description="fixes that come this late still change a closed run, days"
    )
    off_route_s: Seconds = Field(
        default=60.0, description="off its plan for so long, a truck raises an event, s"
    )
    stop_s: Seconds = Field(
        default=300.0, description="an unplanned stop so long raises an event, s"
    )
    overspeed_kmh: float = Field(
        default=60.0, gt=0, description="speed that no truck should pass, km/h"
    )
    overspeed_s: Seconds = Field(
        default=10.0, description="above that speed for so long raises an event, s"
    )


class Alarms(Section):
    """When facts become alarms, and alarms fold into one incident."""

    late_s: Seconds = Field(
        default=21_600.0, description="events measured longer ago raise nothing, s"
    )
    storm_incidents: int = Field(
        default=30, ge=1, description="incidents of one cause opened in storm_s before they fold"
    )
    storm_s: Seconds = Field(
        default=60.0, description="within which so many incidents are a storm, s"
    )


class Notify(Section):
    """Who is told of incidents and public alerts outside of the control room."""

    mail_to: tuple[str, ...] = Field(default=(), description="who gets a mail; none: nobody")
    mail_severity: str = Field(
        default="CRITICAL",
        pattern="^(CRITICAL|MAJOR|MINOR|WARNING|INDETERMINATE)$",
        description="incidents as grave as this are mailed, when opened and when escalated",
    )
    webhook_urls: tuple[str, ...] = Field(
        default=(), description="http(s) addresses that JSON is posted to; none: nowhere"
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="signs what is posted; unset: it is not signed"
    )
    webhook_severity: str = Field(
        default="MINOR",
        pattern="^(CRITICAL|MAJOR|MINOR|WARNING|INDETERMINATE)$",
        description="incidents as grave as this are posted",
    )
    mqtt: bool = Field(default=False, description="whether incidents are published on c5/notice")


class Reports(Section):
    """What is mailed without being asked for."""

    morning_at: str = Field(
        default="06:30",
        pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="local time at which yesterday's report is mailed, HH:MM",
    )
    recipients: tuple[str, ...] = Field(
        default=(), description="who gets the morning report; none: it is not mailed"
    )
