"""What a dashboard is, in C5's own words: boards of panels, each over one named query.

A spec says what a person reads in both languages and how a value looks; `dashboards.views` makes
Grafana's JSON of it, and the control center's page of charts draws the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, NamedTuple

Language = Literal["es", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("es", "en")


class Text(NamedTuple):
    """What people read."""

    es: str
    en: str

    def of(self, language: Language) -> str:
        """In one language."""
        return self.es if language == "es" else self.en


class Step(NamedTuple):
    """From this value on, this colour; None: from below."""

    value: float | None
    colour: str


class Label(NamedTuple):
    """What a code means, and its colour."""

    text: Text
    colour: str | None = None


class View(StrEnum):
    """How a panel is drawn: Grafana's own names."""

    STAT = "stat"
    SERIES = "timeseries"
    TABLE = "table"
    BARS = "barchart"
    GAUGES = "bargauge"
    SHARES = "piechart"
    STATES = "state-timeline"
    MAP = "geomap"


NOTHING: Final = Text("Sin datos en este periodo", "No data in this period")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a value is shown."""

    unit: str = "short"
    """One of Grafana's units."""
    decimals: int | None = None
    least: float | None = None
    most: float | None = None
    steps: tuple[Step, ...] = ()
    labels: Mapping[str, Label] = field(default_factory=dict)
    """By the code, as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the query, or a series by its name, that has a title of its own."""

    name: str
    title: Text
    look: Look | None = None
    """None: the panel's."""
    link: str | None = None
    """Page of the control center, with Grafana's ${__data.fields...}."""
    hidden: bool = False
    right: bool = False
    """On an axis of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One query, drawn."""

    query: str
    title: Text
    description: Text
    view: View
    look: Look
    columns: tuple[Column, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """What the query's holes are filled with."""
    width: int = 8
    """Of 24."""
    height: int = 8
    stacked: bool = False
    bars: bool = False
    least_interval: str | None = None
    """Narrowest $__interval, such as 1h where rows are hours."""
    no_data: Text = NOTHING

    @property
    def format(self) -> str:
        """What the data source makes of the rows."""
        return "time_series" if self.view in {View.SERIES, View.STATES} else "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under a heading."""

    title: Text
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard."""

    uid: str
    title: Text
    description: Text
    rows: tuple[Row, ...]
    kinds: tuple[str, ...] = ()
    """Kinds of device that its variables offer; none: it has no variable of devices."""
    one_device: bool = False
    by_route: bool = False
    by_zone: bool = False
    since: str = "now-7d"
    refresh: str = "1m"

    @property
    def panels(self) -> list[Panel]:
        """All of them, in order."""
        return [panel for row in self.rows for panel in row.panels]
