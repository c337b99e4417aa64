"""Plans and arrivals, as the OpenAPI document states them. Units are in the names."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from control_center.api.models import DeviceId
from control_center.api.run_models import Sha256

Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Route(_Answer):
    """A route as of today: the version in force, or the first to come."""

    route_id: str
    name: str
    version: int
    valid_from: Annotated[date, Field(description="local day")]
    retired_on: Annotated[date | None, Field(description="from this day on it is not driven")]
    blocks: int
    length_m: Annotated[float, Field(description="of the streets to be served")]
    weekdays: Annotated[list[int], Field(description="0 is Monday; empty: every day")]
    service_window: Annotated[
        tuple[Clock, Clock] | None,
        Field(description="local times; an end that is not after its start is on the next day"),
    ]
    device_ids: Annotated[list[str], Field(description="trucks that drive it today")]
    supervisor: str | None


class Routes(_Answer):
    """Routes, by id."""

    routes: list[Route]


class Version(_Answer):
    """One version of a route's plan."""

    version: int
    valid_from: date
    imported_at: datetime
    imported_by: str
    sha256: Sha256
    blocks: int
    length_m: float


class RouteDetail(Route):
    """A route with all its versions, oldest first."""

    versions: list[Version]


class Imported(_Answer):
    """What became of an import."""

    route_id: str
    version: int
    new: Annotated[bool, Field(description="false: this plan was in force already")]


class Assignment(_Answer):
    """A truck that drives a route, from a local day on."""

    device_id: DeviceId
    valid_from: date
    valid_to: Annotated[
        date | None, Field(description="first day it no longer drives; null: it goes on")
    ] = None


class Eta(_Answer):
    """When a truck comes; null times: nobody knows."""

    route_id: str
    device_id: str | None
    segment_id: str
    street: str
    colonia: str
    low_at: datetime | None
    likely_at: datetime | None
    high_at: datetime | None
    runs: Annotated[int, Field(description="earlier runs behind it; 0: a guess, or not needed")]
    state: Literal["ahead", "passed", "unknown"]
    note_es: str
    note_en: str


class Etas(_Answer):
    """Answers of the routes that fit best, passed ones first, then soonest first."""

    answers: list[Eta]
