"""Air, noise and instruments, as the OpenAPI document states them. Units are in the names."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from control_center.rules.rule import plain
from core.metrics import METRICS

Metric = Annotated[
    str, Field(pattern="^[a-z0-9_]{1,40}$", description="a metric's name, see /api/config")
]
Note = Annotated[str, Field(max_length=1000), AfterValidator(plain)]
Instant = Annotated[datetime, Field(description="RFC 3339 with an offset")]
KNOWN_METRICS = frozenset(METRICS)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AirCategory(_Answer):
    """One band of the index in force, with the official words."""

    key: str
    es: str
    en: str
    colour: str
    risk_es: str
    risk_en: str
    advice_es: Annotated[dict[str, str], Field(description="sensitive, everyone")]
    advice_en: dict[str, str]


class AirPollutant(_Answer):
    """One pollutant's mean, as its rule asks for it; null: too few data."""

    value: float | None
    unit: str
    category: str
    doubts: Annotated[list[str], Field(description="flags of readings of the hour left out")]


class AirStation(_Answer):
    """One station as it is now."""

    device_id: str
    name: str
    lat_deg: float | None
    lon_deg: float | None
    hour: Annotated[datetime | None, Field(description="beginning; null: none in three hours")]
    category: str
    dominant: str | None
    pollutants: dict[str, AirPollutant]
    doubts: Annotated[list[str], Field(description="flags of its readings of three hours")]


class AirStations(_Answer):
    """The city's stations, the worst first."""

    as_of: datetime
    rule: str
    citation: str
    categories: list[AirCategory]
    stations: list[AirStation]


class Epa(_Answer):
    """The U.S. index beside it."""

    aqi: int
    category: str


class AirHour(_Answer):
    """One hour of one station."""

    hour: datetime
    rule: str
    category: str
    dominant: str | None
    pollutants: dict[str, AirPollutant]
    pm25_dried_ugm3: Annotated[
        float | None, Field(description="the hour's mean, corrected for humidity; not in the index")
    ]
    epa: Epa | None


class AirHours(_Answer):
    """Hours that were judged, oldest first; an hour that is left out had no readings near it."""

    hours: list[AirHour]


class NoiseStation(_Answer):
    """One meter over the last 24 hours; null: not heard enough to say."""

    device_id: str
    name: str
    zone: str
    laeq_24h_db: float | None
    lden_db: float | None
    coverage: Annotated[float, Field(ge=0, le=1)]
    above_day: bool | None
    above_night: bool | None
    label: Literal["indicativo"]


class NoiseStations(_Answer):
    """All meters, the loudest first."""

    as_of: datetime
    stations: list[NoiseStation]


class NoiseLimits(_Answer):
    """What NOM-081 lets be heard in the zone, dB(A); null: no limit then."""

    day_db: float | None
    night_db: float | None
    day_hours: Annotated[tuple[int, int], Field(description="local; the rest is night")]
    citation: str
    label: Literal["indicativo"]


class NoiseDay(_Answer):
    """One local day; null: nothing was heard."""

    date: date
    lday_db: float | None
    levening_db: float | None
    lnight_db: float | None
    lden_db: float | None
    l10_db: float | None
    l50_db: float | None
    l90_db: float | None
    laeq_db: float | None
    lamax_db: float | None
    coverage: Annotated[float, Field(ge=0, le=1)]
    sufficient: Annotated[bool, Field(description="false: do not publish Lden")]
    minutes_above_day: float | None
    minutes_above_night: float | None


class NoiseEvent(_Answer):
    """A stretch that stands out of the hour before it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    since: Annotated[datetime, Field(alias="from")]
    until: Annotated[datetime, Field(alias="to")]
    peak_db: float
    sel_db: float


class NoiseDays(_Answer):
    """Local days of one meter, and what stood out."""

    zone: str
    limits: NoiseLimits
    days: list[NoiseDay]
    events: list[NoiseEvent]


class CalibrationOrder(_Answer):
    """value = gain * raw + offset, from one instant on."""

    metric: Metric
    valid_from: Instant
    valid_to: Annotated[
        datetime | None, Field(description="exclusive; left out: until the next")
    ] = None
    gain: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = 1.0
    offset: Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)] = 0.0
    note: Note = ""


class CalibrationAnswer(_Answer):
    """One calibration, and who made it."""

    calibration_id: int
    device_id: str
    metric: str
    valid_from: datetime
    valid_to: datetime | None
    gain: float
    offset: float
    note: str
    made_by: str
    made_at: datetime


class Calibrations(_Answer):
    """By metric, newest first."""

    calibrations: list[CalibrationAnswer]


class MaintenanceOrder(_Answer):
    """A visit to a station."""

    done_at: Instant
    note: Note = ""


class MaintenanceAnswer(_Answer):
    """A visit, and who noted it."""

    device_id: str
    done_at: datetime
    note: str
    noted_by: str


class MaintenanceList(_Answer):
    """Newest first."""

    maintenance: list[MaintenanceAnswer]
