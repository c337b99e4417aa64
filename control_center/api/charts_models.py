"""The shapes of the charts' answers: boards, their panels, and a panel's rows."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChartStep(_Answer):
    """From this value on, this colour; null: from below."""

    value: float | None
    colour: str


class ChartLabel(_Answer):
    """What a code means."""

    es: str
    en: str
    colour: str | None


class ChartColumn(_Answer):
    """How a column, or a series of that name, is shown."""

    name: str
    title_es: str
    title_en: str
    unit: str
    decimals: int | None
    steps: list[ChartStep]
    labels: dict[str, ChartLabel]
    page: Annotated[str | None, Field(description="page of the control center, columns in ${…}")]
    hidden: bool
    right: Annotated[bool, Field(description="a series on an axis of its own, at the right")]


class ChartPanel(_Answer):
    """One panel, without its rows."""

    number: int
    row_es: str
    row_en: str
    title_es: str
    title_en: str
    description_es: str
    description_en: str
    no_data_es: str
    no_data_en: str
    view: Literal[
        "stat", "timeseries", "table", "barchart", "bargauge", "piechart", "state-timeline"
    ]
    width: Annotated[int, Field(ge=1, le=24, description="of 24")]
    stacked: bool
    bars: bool
    value: ChartColumn
    columns: list[ChartColumn]


class ChartBoard(_Answer):
    """One board."""

    uid: str
    title_es: str
    title_en: str
    description_es: str
    description_en: str
    days: Annotated[int, Field(description="range that it is usually looked at over")]
    panels: list[ChartPanel]


class ChartBoards(_Answer):
    """Every board; what only a map can show is left out."""

    boards: list[ChartBoard]


class ChartRows(_Answer):
    """A panel's rows: the same that its dashboard in Grafana shows over that range."""

    since: datetime
    until: datetime
    columns: list[str]
    kinds: list[Literal["number", "time", "boolean", "text"]]
    rows: Annotated[list[list[Any]], Field(description="times are epoch ms")]
