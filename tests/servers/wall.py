"""Draw dashboards as a wall would show them: every panel's rows, by the panel's own JSON.

`PYTHONPATH=. .venv/bin/python -m tests.servers.wall DATABASE_URL UNTIL` writes the sheets of
docs/images/dashboards from a database that tests.servers.month has filled.
"""

import math
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("Agg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dashboards import build, check
from dashboards.build import Options
from dashboards.macros import Range
from dashboards.spec import Board
from store import panel as store_panel
from store import pool
from store.panel import Answered
from tests.servers.wall_axes import (
    DIM,
    INK,
    broken,
    calendar,
    day_number,
    frame,
    inset,
    legend,
    legend_rows,
    scale,
    thresholds,
)
from tests.servers.wall_values import Field, colours, field_of, local

FOLDER: Final = Path(__file__).parents[2] / "docs" / "images" / "dashboards"
_UNIT_W: Final = 0.62
_UNIT_H: Final = 0.29
_GROUND: Final = "#111217"
_PANEL: Final = "#181B1F"
_TABLE_ROWS: Final = 40


def sheet(board: Board, run: Callable[[str], Answered], until: datetime, file: Path) -> list[str]:
    """Draw a board over its own range; answer the titles of the panels that had nothing to show."""
    options = Options()
    own = max(check.spans(board, until), key=lambda one: _fits(board, one))
    wide = check.chosen(board, options, own, run)
    probes = iter(check.probes(board, options, wide))
    document = build.document(board, "es", options)
    tall = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in document["panels"])
    figure = Figure(figsize=(24 * _UNIT_W, tall * _UNIT_H + 0.5), facecolor=_GROUND, dpi=80)
    height = tall * _UNIT_H + 0.5
    figure.text(0.008, 1 - 0.25 / height, document["title"], color=INK, size=15, va="center")
    empty: list[str] = []
    for panel in document["panels"]:
        place = _place(panel["gridPos"], height)
        if panel["type"] == "row":
            figure.text(place[0], place[1] + place[3] / 2, panel["title"], color=DIM, size=11)
            continue
        answer = run(next(probes).sql)
        if not _draw(figure, panel, answer, place):
            empty.append(panel["title"])
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, facecolor=_GROUND)
    return empty


def main(url: str, until: datetime) -> None:
    """Write every sheet."""
    from dashboards.boards import BOARDS  # noqa: PLC0415  only here

    with pool.connect(url, autocommit=True) as conn:
        for board in BOARDS:
            file = FOLDER / f"{board.uid}.png"
            empty = sheet(board, lambda text: store_panel.run(conn, text), until, file)
            sys.stdout.write(f"{file} {empty or ''}\n")


def _fits(board: Board, span: Range) -> bool:
    days: int = {"now-24h": 1, "now-2d": 2, "now-7d": 7, "now-30d": 30}[board.since]
    return (span.until - span.since).days == days


def _place(grid: dict[str, int], height: float) -> tuple[float, float, float, float]:
    pad_x, pad_y = 0.004, 0.05 / height
    x, w = grid["x"] / 24, grid["w"] / 24
    y = 1 - (0.5 + (grid["y"] + grid["h"]) * _UNIT_H) / height
    return x + pad_x, y + pad_y, w - 2 * pad_x, grid["h"] * _UNIT_H / height - 2 * pad_y


def _draw(figure: Figure, panel: dict[str, Any], answer: Answered, place: Any) -> bool:
    x, y, w, h = place
    inch = figure.get_figheight()
    figure.patches.append(
        Rectangle(
            (x, y),
            w,
            h,
            transform=figure.transFigure,
            facecolor=_PANEL,
            edgecolor="#2C3235",
            zorder=-1,
        )
    )
    figure.text(x + 0.006, y + h - 0.13 / inch, panel["title"], color=INK, size=9, va="center")
    head, foot = 0.3 / inch, 0.12 / inch
    axes = figure.add_axes((x + 0.006, y + foot, w - 0.012, h - head - foot))
    axes.set_facecolor(_PANEL)
    axes.set_axis_off()
    if not any(value is not None for row in answer.rows for value in row):
        text = panel["fieldConfig"]["defaults"]["noValue"]
        axes.text(0.5, 0.5, text, color=DIM, ha="center", va="center", transform=axes.transAxes)
        return False
    _DRAWERS[panel["type"]](figure, axes, panel, answer)
    return True


def _stat(_figure: Figure, axes: Axes, panel: dict[str, Any], answer: Answered) -> None:
    names = [name for name, _ in answer.columns]
    numbers = [name for name, kind in answer.columns if kind == "number"]
    shown: list[tuple[str, Field, Any]] = []
    if panel["options"]["reduceOptions"]["values"]:
        label = next(name for name, kind in answer.columns if kind == "text")
        for row in answer.rows:
            values = dict(zip(names, row, strict=True))
            shown.append((values[label], field_of(panel, numbers[0]), values[numbers[0]]))
    else:
        values = dict(zip(names, answer.rows[-1], strict=True))
        for name in numbers:
            one = field_of(panel, name)
            shown.append((one.title if len(numbers) > 1 else "", one, values[name]))
    filled = panel["options"]["colorMode"] == "background"
    for nth, (title, one, value) in enumerate(shown):
        left, width = nth / len(shown), 1 / len(shown)
        colour = one.colour(value)
        if filled:
            axes.add_patch(Rectangle((left, 0), width * 0.97, 1, facecolor=colour))
        text = one.text(value)
        inches = axes.get_window_extent().width / 80 * width
        size = max(8.0, min(30.0, 95 * inches / max(4, len(text))))
        ink = "#111217" if filled else colour
        axes.text(left + width / 2, 0.5, text, color=ink, ha="center", va="center", size=size)
        short = title if len(title) < inches * 15 else f"{title[: int(inches * 15)]}…"
        axes.text(left + width / 2, 0.9, short, color=ink if filled else INK, ha="center", size=7.5)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _long(panel: dict[str, Any], answer: Answered) -> dict[str, list[tuple[datetime, Any]]]:
    """Series by their names, as Grafana makes them of rows."""
    names = [name for name, _ in answer.columns]
    at = names.index("time")
    numbers = [name for name, kind in answer.columns if kind == "number"]
    found: dict[str, list[tuple[datetime, Any]]] = defaultdict(list)
    for row in answer.rows:
        for name in numbers:
            series = str(row[names.index("metric")]) if "metric" in names else name
            found[series].append((local(row[at]), row[names.index(name)]))
    del panel
    return found


def _series(figure: Figure, axes: Axes, panel: dict[str, Any], answer: Answered) -> None:
    frame(axes)
    defaults = panel["fieldConfig"]["defaults"]
    palette = colours()
    base: dict[datetime, float] = defaultdict(float)
    series = _long(panel, answer)
    times = sorted({day_number(at) for points in series.values() for at, _ in points})
    bar_days = 0.7 * min((b - a for a, b in pairwise(times)), default=0.7)
    right: tuple[Axes, Field] | None = None
    for name, points in series.items():
        one = field_of(panel, name)
        colour = one.config.get("color", {}).get("fixedColor") or next(palette)
        if one.config.get("custom.axisPlacement") == "right":
            right = right or (axes.twinx(), one)
            _stroke(right[0], points, one.title, colour, {**defaults, "min": None}, base, bar_days)
        else:
            _stroke(axes, points, one.title, colour, defaults, base, bar_days)
    whole = field_of(panel, "")
    if (low := defaults.get("min")) is not None:
        axes.set_ylim(bottom=low)
    if (high := defaults.get("max")) is not None:
        axes.set_ylim(top=high)
    beside = 0.0
    handles, labels = axes.get_legend_handles_labels()
    if right is not None:
        other, one = right
        for side in other.spines.values():
            side.set_visible(False)
        other.tick_params(colors=DIM, labelsize=7, length=0)
        beside = scale(other.yaxis, one)
        more, words = other.get_legend_handles_labels()
        handles, labels = handles + more, [*labels, *words]
    calendar(axes)
    left, rows = scale(axes.yaxis, whole), legend_rows(figure, axes, labels)
    inset(figure, axes, left=left, right=beside, bottom=0.25 + 0.13 * rows)
    if defaults["custom"].get("thresholdsStyle"):
        thresholds(axes, whole)
    legend(figure, axes, handles, labels)


def _stroke(
    into: Axes,
    points: Sequence[tuple[datetime, Any]],
    title: str,
    colour: str,
    defaults: dict[str, Any],
    base: dict[datetime, float],
    bar_days: float,
) -> None:
    """One series as a line or as bars, on top of those before it where they are stacked."""
    custom = defaults["custom"]
    bars = custom["drawStyle"] == "bars"
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    if not bars:
        points = broken(points, timedelta(milliseconds=custom["insertNulls"]))
    times = [at for at, _ in points]
    days: Any = [day_number(at) for at in times]
    values = [math.nan if value is None else float(value) for _, value in points]
    heard = [value for value in values if not math.isnan(value)]
    floor = min(heard, default=0.0) if defaults.get("min") is None else float(defaults["min"])
    below = [base[at] if stacked else 0.0 for at in times]
    tops = [under + value for under, value in zip(below, values, strict=True)]
    if stacked:
        base.update((at, top) for at, top in zip(times, tops, strict=True) if not math.isnan(top))
    if bars:
        into.bar(days, values, width=bar_days, bottom=below, color=colour, label=title)
        return
    into.plot(days, tops, color=colour, linewidth=1, label=title)
    if opacity := custom["fillOpacity"]:
        under = below if stacked else [floor] * len(times)
        into.fill_between(days, under, tops, color=colour, alpha=opacity / 100)


def _table(figure: Figure, axes: Axes, panel: dict[str, Any], answer: Answered) -> None:
    fields = [field_of(panel, name) for name, _ in answer.columns]
    shown = [nth for nth, one in enumerate(fields) if not one.is_hidden]
    inches = axes.get_position().height * figure.get_figheight()
    rows = answer.rows[: min(_TABLE_ROWS, int(inches / 0.19) - 1)]
    cells = [[fields[nth].title for nth in shown]] + [
        [fields[nth].text(row[nth]) for nth in shown] for row in rows
    ]
    widths = [max(4, *(min(24, len(line[nth])) for line in cells)) for nth in range(len(shown))]
    total = sum(widths)
    step = 0.19 / inches
    room = axes.get_position().width * figure.get_figwidth()
    for row_nth, line in enumerate(cells):
        left = 0.0
        for nth, text in enumerate(line):
            value = None if row_nth == 0 else rows[row_nth - 1][shown[nth]]
            one = fields[shown[nth]]
            styled = row_nth > 0 and "custom.cellOptions" in one.config
            colour = DIM if row_nth == 0 else one.colour(value) if styled else INK
            if row_nth > 0 and one.config.get("links"):
                colour = "#6E9FFF"
            most = max(2, int(widths[nth] / total * room / 0.068))
            cut = text if len(text) <= most else f"{text[: most - 1]}…"
            axes.text(left, 1 - (row_nth + 0.7) * step, cut, color=colour, size=7.5)
            left += widths[nth] / total
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _labels(answer: Answered) -> tuple[int, list[int]]:
    """Which column names the rows, and which are numbers."""
    label = next(nth for nth, (_, kind) in enumerate(answer.columns) if kind == "text")
    return label, [nth for nth, (_, kind) in enumerate(answer.columns) if kind == "number"]


def _bars(figure: Figure, axes: Axes, panel: dict[str, Any], answer: Answered) -> None:
    label, numbers = _labels(answer)
    fields = [field_of(panel, answer.columns[nth][0]) for nth in numbers]
    words = [field_of(panel, answer.columns[label][0]).text(row[label]) for row in answer.rows]
    lying = panel["options"]["orientation"] == "horizontal"
    stacked = panel["options"]["stacking"] == "normal"
    frame(axes)
    palette = colours()
    base = [0.0] * len(words)
    for nth, (number, one) in enumerate(zip(numbers, fields, strict=True)):
        values = [float(row[number] or 0) for row in answer.rows]
        fixed = one.config.get("color", {}).get("fixedColor")
        by_value = panel["fieldConfig"]["defaults"]["color"]["mode"] == "thresholds"
        shade = fixed or next(palette)
        tint = [one.colour(value) for value in values] if by_value and not fixed else shade
        share = 0.8 if stacked else 0.8 / len(numbers)
        places = [spot + (0 if stacked else (nth - (len(numbers) - 1) / 2) * share)
                  for spot in range(len(words))]  # fmt: skip
        if lying:
            axes.barh(places, values, share, left=base, color=tint, label=one.title)
        else:
            axes.bar(places, values, share, bottom=base, color=tint, label=one.title)
        if stacked:
            base = [low + value for low, value in zip(base, values, strict=True)]
    ticks = axes.yaxis if lying else axes.xaxis
    numbers_axis = axes.xaxis if lying else axes.yaxis
    ticks.set_ticks(range(len(words)), [word[:16] for word in words])
    low = fields[0].config.get("min")
    if low is not None:
        axes.set_xlim(left=low) if lying else axes.set_ylim(bottom=low)
    room = scale(numbers_axis, fields[0])
    handles, labels = axes.get_legend_handles_labels()
    rows = legend_rows(figure, axes, labels) if len(fields) > 1 else 0
    few = not lying and len(words) <= 8
    if lying:
        axes.invert_yaxis()
        inset(figure, axes, left=1.0, bottom=0.2)
    else:
        inset(figure, axes, left=room, bottom=(0.36 if few else 0.22) + 0.13 * rows)
    if few:
        axes.tick_params(axis="x", labelrotation=12)
    if rows:
        legend(figure, axes, handles, labels, below=0.3 if few else 0.16)


def _gauges(figure: Figure, axes: Axes, panel: dict[str, Any], answer: Answered) -> None:
    label, numbers = _labels(answer)
    one = field_of(panel, answer.columns[numbers[0]][0])
    words = field_of(panel, answer.columns[label][0])
    values = [float(row[numbers[0]] or 0) for row in answer.rows]
    low = float(one.config.get("min", 0) or 0)
    high = float(one.config.get("max") or max([*values, 1e-9]))
    inches = axes.get_position().width * figure.get_figwidth()
    left = min(0.4, 2.2 / inches)
    for nth, (row, value) in enumerate(zip(answer.rows, values, strict=True)):
        y = 1 - (nth + 1) / len(values)
        tall = 0.7 / len(values)
        axes.add_patch(Rectangle((left, y), 0.82 - left, tall, facecolor="#22252B"))
        part = max(0.0, min(1.0, (value - low) / (high - low or 1)))
        axes.add_patch(Rectangle((left, y), (0.82 - left) * part, tall,
                                 facecolor=one.colour(value, "#73BF69")))  # fmt: skip
        axes.text(left - 0.01, y + tall / 2, words.text(row[label])[: int(left * inches / 0.068)],
                  color=INK, ha="right", va="center", size=7.5)  # fmt: skip
        axes.text(0.83, y + tall / 2, one.text(value), color=one.colour(value, "#73BF69"),
                  va="center", size=8.5)  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _shares(_figure: Figure, axes: Axes, panel: dict[str, Any], answer: Answered) -> None:
    label, numbers = _labels(answer)
    one = field_of(panel, answer.columns[numbers[0]][0])
    palette = colours()
    values = [float(row[numbers[0]] or 0) for row in answer.rows]
    wedges, _ = axes.pie(
        values,
        colors=[next(palette) for _ in values],
        wedgeprops={"width": 0.35, "edgecolor": _PANEL},
        center=(-0.6, 0),
    )
    named = field_of(panel, answer.columns[label][0])
    words = [
        f"{named.text(row[label])}  {one.text(value)}"
        for row, value in zip(answer.rows, values, strict=True)
    ]
    axes.legend(wedges, words, loc="center left", bbox_to_anchor=(0.55, 0.5), frameon=False,
                fontsize=7.5, labelcolor=INK)  # fmt: skip
    axes.set_xlim(-1.7, 1.9)


def _states(figure: Figure, axes: Axes, panel: dict[str, Any], answer: Answered) -> None:
    series = _long(panel, answer)
    inset(figure, axes, left=1.5 if len(series) > 1 else 0.1)
    frame(axes)
    axes.grid(visible=False)
    for nth, (name, points) in enumerate(series.items()):
        one = field_of(panel, name)
        times = [at for at, _ in points]
        steps = [b - a for a, b in pairwise(times)]
        width = min(steps, default=None)
        for at, value in points:
            if value is not None and width is not None:
                long = width.total_seconds() / 86_400
                axes.barh(nth, long, 0.8, left=day_number(at), color=one.colour(value))
    axes.set_yticks(range(len(series)), [name[:24] for name in series] if len(series) > 1 else [""])
    axes.xaxis_date()
    calendar(axes)
    one = field_of(panel, "")
    handles, words = [], []
    for mapping in one.config.get("mappings", []):
        for said in mapping["options"].values():
            handles.append(Rectangle((0, 0), 1, 1, color=said["color"]))
            words.append(said["text"])
    legend(figure, axes, handles, words)


def _map(figure: Figure, axes: Axes, panel: dict[str, Any], answer: Answered) -> None:
    names = [name for name, _ in answer.columns]
    xs = [row[names.index("longitude")] for row in answer.rows]
    ys = [row[names.index("latitude")] for row in answer.rows]
    shown = panel["options"]["layers"][0]["config"]["style"]["color"]
    tint = [shown["fixed"]] * len(xs)
    if "field" in shown:
        one = field_of(panel, shown["field"])
        tint = [one.colour(row[names.index(shown["field"])]) for row in answer.rows]
    inset(figure, axes, left=0.1, bottom=0.05)
    axes.set_axis_on()
    axes.set_facecolor("#20303A")
    axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    axes.scatter(xs, ys, c=tint, s=34, edgecolors="#111217", linewidths=0.5, alpha=0.85)
    axes.set_aspect(1.05, adjustable="datalim")
    axes.margins(0.1)


_DRAWERS: Final[dict[str, Callable[[Figure, Axes, dict[str, Any], Answered], None]]] = {
    "stat": _stat,
    "timeseries": _series,
    "table": _table,
    "barchart": _bars,
    "bargauge": _gauges,
    "piechart": _shares,
    "state-timeline": _states,
    "geomap": _map,
}


if __name__ == "__main__":
    main(sys.argv[1], datetime.fromisoformat(sys.argv[2]))
