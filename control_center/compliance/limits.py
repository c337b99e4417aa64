"""What a document depends on besides the plan and the fixes: kept in it, so anyone can redo it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from core.settings import Settings
from core.settings.engine import Routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The settings that a judgement uses; part of the document as `judged_with`."""

    timezone: str = "America/Mexico_City"
    margin_s: float = 3600.0
    """Fixes so long before and after the window belong to the run."""
    overspeed_kmh: float = 60.0
    overspeed_s: float = 10.0

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Those that are set now."""
        routes: Routes = settings.routes
        return cls(
            timezone=settings.timezone,
            margin_s=float(routes.margin_s),
            overspeed_kmh=float(routes.overspeed_kmh),
            overspeed_s=float(routes.overspeed_s),
        )

    @classmethod
    def used_in(cls, document: Mapping[str, Any]) -> "Limits":
        """Those that a document was made with."""
        return cls(**document["judged_with"])

    @property
    def zone(self) -> ZoneInfo:
        """The city's local time."""
        return ZoneInfo(self.timezone)

    def document(self) -> dict[str, Any]:
        """As the document holds them."""
        return asdict(self)
