"""Charts for sites without Grafana: the same boards, the same named queries, the same numbers.

A panel's SQL runs as the dashboards' reader does, over views that hold nothing personal.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi import Path as InPath

from control_center.api.charts_models import (
    ChartBoard,
    ChartBoards,
    ChartColumn,
    ChartLabel,
    ChartPanel,
    ChartRows,
    ChartStep,
)
from control_center.auth.guard import needs
from control_center.auth.rights import Right
from control_center.center import Center, CenterDep
from core import clock
from core.errors import NotFound
from dashboards import build, queries
from dashboards.boards import BOARDS
from dashboards.build import Options
from dashboards.macros import Range, expand
from dashboards.spec import Board, Column, Look, Panel, Row, View
from store import panel as store_panel
from store.panel import Answered

router = APIRouter(prefix="/api/charts", tags=["charts"])
DAYS: Final = {"now-24h": 1, "now-2d": 2, "now-7d": 7, "now-30d": 30}
_POINTS: Final = 400
_UNITS_S: Final = {"m": 60, "h": 3600, "d": 86_400}


@router.get("", **needs(Right.VIEW))
async def boards() -> ChartBoards:
    """Answer which boards and panels there are, and how their values are shown."""
    return ChartBoards(boards=[_board(one) for one in BOARDS])


@router.get("/{board}/{number}", **needs(Right.VIEW))
async def rows(
    center: CenterDep,
    board: Annotated[str, InPath(max_length=40)],
    number: Annotated[int, InPath(ge=0, le=100)],
    days: Annotated[int, Query(ge=1, le=90, description="range, ending now")] = 1,
    device: Annotated[
        str, Query(max_length=64, description="of a board about one device; empty: the first")
    ] = "",
) -> ChartRows:
    """Answer a panel's rows over the last days, every device, route and zone included."""
    found = next((one for one in BOARDS if one.uid == board), None)
    panels = {} if found is None else dict(_shown(found))
    if found is None or number not in panels:
        raise NotFound(f"no panel {number} of a board {board[:40]!r}; see /api/charts")
    options = Options(timezone=center.settings.timezone)
    until = clock.utc_now()
    span = Range(since=until - timedelta(days=days), until=until, points=_POINTS)
    chosen = await _chosen(center, found, options, span, device)
    _, panel = panels[number]
    sql = queries.get(panel.query, timezone=options.timezone, language="es", **panel.values)
    wide = Range(
        since=span.since,
        until=until,
        points=_POINTS,
        least_s=_seconds(panel.least_interval),
        variables=chosen,
    )
    answer = await store_panel.run_async(center.pool, expand(sql, wide))
    return ChartRows(
        since=span.since,
        until=until,
        columns=[name for name, _ in answer.columns],
        kinds=[kind for _, kind in answer.columns],
        rows=[[_json(value) for value in row] for row in answer.rows],
    )


async def _chosen(
    center: Center, board: Board, options: Options, span: Range, device: str
) -> dict[str, str | list[str]]:
    """Every value of a board's variables, or one device where it is about one."""
    chosen: dict[str, str | list[str]] = {}
    for name in build.variables(board):
        sql = expand(build.variable_sql(board, name, options), span)
        answer: Answered = await store_panel.run_async(center.pool, sql)
        values = [str(row[-1]) for row in answer.rows]
        if name == "device" and board.one_device:
            chosen[name] = device if device in values else next(iter(values), "")
        else:
            chosen[name] = values or [""]
    return chosen


def _shown(board: Board) -> list[tuple[int, tuple[Row, Panel]]]:
    """Panels by their numbers; maps need Grafana, or the live page."""
    every = [(row, panel) for row in board.rows for panel in row.panels]
    return [(nth, both) for nth, both in enumerate(every) if both[1].view is not View.MAP]


def _board(board: Board) -> ChartBoard:
    return ChartBoard(
        uid=board.uid,
        title_es=board.title.es,
        title_en=board.title.en,
        description_es=board.description.es,
        description_en=board.description.en,
        days=DAYS[board.since],
        panels=[_panel(number, row, panel) for number, (row, panel) in _shown(board)],
    )


def _panel(number: int, row: Row, panel: Panel) -> ChartPanel:
    value = Column(name="", title=panel.title)
    return ChartPanel(
        number=number,
        row_es=row.title.es,
        row_en=row.title.en,
        title_es=panel.title.es,
        title_en=panel.title.en,
        description_es=panel.description.es,
        description_en=panel.description.en,
        no_data_es=panel.no_data.es,
        no_data_en=panel.no_data.en,
        view=panel.view.value,
        width=panel.width,
        stacked=panel.stacked,
        bars=panel.bars,
        value=_column(value, panel.look),
        columns=[_column(one, one.look or panel.look) for one in panel.columns],
    )


def _column(column: Column, look: Look) -> ChartColumn:
    return ChartColumn(
        name=column.name,
        title_es=column.title.es,
        title_en=column.title.en,
        unit=look.unit,
        decimals=look.decimals,
        steps=[ChartStep(value=one.value, colour=one.colour) for one in look.steps],
        labels={
            code: ChartLabel(es=one.text.es, en=one.text.en, colour=one.colour)
            for code, one in look.labels.items()
        },
        page=column.link and column.link.replace("__data.fields.", ""),
        hidden=column.hidden,
        right=column.right,
    )


def _seconds(interval: str | None) -> float:
    return 1.0 if interval is None else float(interval[:-1]) * _UNITS_S[interval[-1]]


def _json(value: Any) -> Any:
    return clock.epoch_us(value) // 1000 if isinstance(value, datetime) else value
