"""How long an incident may wait for each step, by severity, and who is told when it waited."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from control_center.rules.rule import problems
from control_center.rules.severity import Severity
from core.errors import ConfigError

_Limit = Annotated[float, Field(gt=0, le=30 * 86_400)]


class Limits(BaseModel):
    """Seconds from one step to the next; None: nobody waits for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    acknowledge_s: _Limit | None = None
    dispatch_s: _Limit | None = None
    resolve_s: _Limit | None = None

    def of(self, step: str) -> timedelta | None:
        """The limit of a step, as `machine.due_step` names it."""
        seconds: float | None = getattr(self, f"{step}_s")
        return None if seconds is None else timedelta(seconds=seconds)


class Room(BaseModel):
    """What a city's room.toml says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    escalation: Annotated[tuple[str, ...], Field(min_length=1, max_length=8)]
    unit_kinds: Annotated[tuple[str, ...], Field(min_length=1)]
    """Kinds of devices that can be sent."""
    timers: Mapping[Severity, Limits]

    def due(self, step: str | None, severity: str, since: datetime) -> datetime | None:
        """When a step is due that is waited for since then; None: nobody waits."""
        limits = self.timers.get(Severity(severity))
        limit = limits.of(step) if limits is not None and step is not None else None
        return None if limit is None else since + limit


NOBODY_WAITS: Final = Limits()


def parse(document: Any, *, name: str) -> Room:
    """Read a room; ConfigError names what is wrong with it."""
    try:
        return Room.model_validate(document)
    except ValidationError as exc:
        raise ConfigError(f"{name}: {'; '.join(problems(exc))}; see docs/incidents.md") from exc
