"""The parts of the engine: what each is made of, and how often it works."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from control_center import connections
from control_center.alarms.part import AlarmPart
from control_center.anomaly.part import AnomalyPart
from control_center.engine.live import LiveWatch
from control_center.engine.loop import Part
from control_center.engine.metrics import Metrics
from control_center.incidents.escalation import EscalationPart
from control_center.plates import keys
from control_center.plates.part import PlatesPart
from core.settings import Settings

LIVE, KEEPER, MAILER = "live", "keeper", "mailer"
ANOMALY = "anomaly"
AIR, QUALITY = "air", "quality"
ALARMS, ESCALATION = "alarms", "escalation"
PLATES = "plates"
NOTIFY = "notify"
PERIOD_S: Final = {
    LIVE: 1.0,
    KEEPER: 5.0,
    MAILER: 60.0,
    ANOMALY: 2.0,
    AIR: 20.0,
    QUALITY: 60.0,
    ALARMS: 0.1,
    ESCALATION: 1.0,
    PLATES: 0.25,
    NOTIFY: 2.0,
}


class _Called:
    """Work that holds nothing between two rounds."""

    def __init__(self, tick: Callable[[datetime], int | None]) -> None:
        self._tick = tick

    def tick(self, now: datetime) -> int:
        """Do what is due."""
        return int(self._tick(now) or 0)

    def close(self) -> None:
        """Nothing is held."""


def live(database_url: str, settings: Settings, metrics: Metrics | None = None) -> Part:
    """The watch over trucks as they drive."""
    return LiveWatch(database_url, settings, metrics)


def anomaly(database_url: str, settings: Settings) -> Part:
    """The engine that watches every number."""
    return AnomalyPart(database_url, settings)


def alarms(database_url: str, settings: Settings) -> Part:
    """Who raises alarms and opens incidents."""
    return AlarmPart(database_url, settings)


def escalation(database_url: str, settings: Settings) -> Part:
    """Who hands on what waited too long."""
    return EscalationPart(database_url, settings)


def plates(database_url: str, settings: Settings) -> Part:
    """Who compares plates with what is sought; between rounds it listens for the next."""
    ring = keys.ring(settings, connections.resolve(settings).plates)
    return PlatesPart(database_url, ring, region=settings.lpr.region, wait_s=PERIOD_S[PLATES])


def keeper(database_url: str, settings: Settings, stopping: Callable[[], bool]) -> Part:
    """The judge of runs."""
    from control_center.compliance.keeper import Keeper  # noqa: PLC0415  heavy; the child's alone

    made = Keeper(database_url, settings)
    return _Called(lambda now: made.tick(now, stopping))


def air(database_url: str, settings: Settings, stopping: Callable[[], bool]) -> Part:
    """Who keeps the air index."""
    from control_center.air.keeper import AirKeeper  # noqa: PLC0415  heavy; the child's alone

    made = AirKeeper(database_url, settings)
    return _Called(lambda now: made.tick(now, stopping))


def quality(database_url: str, settings: Settings, stopping: Callable[[], bool]) -> Part:
    """Who marks readings that cannot be believed."""
    from control_center.quality.keeper import QualityKeeper  # noqa: PLC0415  heavy; as above

    made = QualityKeeper(database_url, settings)
    return _Called(lambda now: made.tick(now, stopping))


def mailer(database_url: str, settings: Settings) -> Part:
    """Who mails what is due."""
    from control_center.audit.daily import DailyHead  # noqa: PLC0415  same
    from control_center.reports.mail import Mailer  # noqa: PLC0415  heavy; the child's alone

    report, head = Mailer(database_url, settings), DailyHead(database_url, settings)
    return _Called(lambda now: report.tick(now) + head.tick(now))


def notify(database_url: str, settings: Settings) -> Part:
    """Who tells others of incidents and public alerts."""
    from control_center.notify.part import NotifyPart  # noqa: PLC0415  slow; the child's alone

    return _Called(NotifyPart(database_url, settings).tick)
