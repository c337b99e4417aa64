"""Axes of tests.servers.wall's sheets: scales in a panel's unit, legends, calendars, limits."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tests.servers.wall_values import Field

INK: Final = "#D8D9DA"
DIM: Final = "#8E8E8E"


def frame(axes: Axes) -> None:
    """A grid behind, no box around."""
    axes.set_axis_on()
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(colors=DIM, labelsize=7, length=0)
    axes.set_axisbelow(True)
    axes.grid(color="#2C3235", linewidth=0.5)


def scale(axis: Axis, one: Field) -> float:
    """Ticks in the field's unit, a count without halves; answer their words' width, inches."""
    axis.set_major_locator(
        MaxNLocator(5, integer=one.config.get("decimals") == 0, steps=[1, 2, 5, 10])
    )
    axis.set_major_formatter(lambda value, _: one.text(value))
    return 0.14 + 0.055 * max((len(one.text(value)) for value in axis.get_ticklocs()), default=4)


def inset(
    figure: Figure, axes: Axes, *, left: float = 0.45, bottom: float = 0.38, right: float = 0.0
) -> None:
    """Keep room for the words beside and below, in inches."""
    box = axes.get_position()
    w, h = left / figure.get_figwidth(), bottom / figure.get_figheight()
    beside = right / figure.get_figwidth() + 0.004
    axes.set_position((box.x0 + w, box.y0 + h, box.width - w - beside, box.height - h))


def thresholds(axes: Axes, whole: Field) -> None:
    """Dashed lines at the limits that are in sight."""
    low, high = axes.get_ylim()
    for step in whole.steps:
        if step["value"] is not None and low <= step["value"] <= high:
            axes.axhline(step["value"], color=step["color"], linestyle="--", linewidth=0.8)


def day_number(at: datetime) -> float:
    """A moment as axes count it, in days."""
    counted: Any = dates.date2num  # the library has types, but not of this
    return float(counted(at))


def broken(points: Sequence[tuple[datetime, Any]], gap: timedelta) -> list[tuple[datetime, Any]]:
    """Put nothing into every pause that is longer than the panel bears."""
    found: list[tuple[datetime, Any]] = []
    for at, value in points:
        if found and at - found[-1][0] > gap:
            found.append((found[-1][0] + (at - found[-1][0]) / 2, None))
        found.append((at, value))
    return found


def _legend_columns(figure: Figure, axes: Axes, labels: Sequence[str]) -> int:
    inches = axes.get_position().width * figure.get_figwidth()
    wide = 0.35 + 0.066 * max(map(len, labels), default=1)
    return max(1, min(len(labels), int(inches / wide)))


def legend_rows(figure: Figure, axes: Axes, labels: Sequence[str]) -> int:
    """How many lines the legend takes; what is beyond four is left to Grafana's scrolling."""
    return min(4, math.ceil(len(labels) / _legend_columns(figure, axes, labels)))


def legend(
    figure: Figure,
    axes: Axes,
    handles: Sequence[Any],
    labels: Sequence[str],
    *,
    below: float = 0.16,
) -> None:
    """Names under an axis, `below` inches under it."""
    box = axes.get_position()
    columns = _legend_columns(figure, axes, labels)
    figure.legend(
        handles[: columns * 4],
        labels[: columns * 4],
        loc="upper left",
        bbox_to_anchor=(box.x0, box.y0 - below / figure.get_figheight()),
        ncols=columns,
        frameon=False,
        fontsize=7,
        labelcolor=INK,
        handlelength=1,
        borderpad=0,
        columnspacing=0.8,
        labelspacing=0.1,
    )


def calendar(axes: Axes) -> None:
    """A few days or hours below."""
    made: Any = dates  # same
    locator = made.AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(made.ConciseDateFormatter(locator, show_offset=False))
