"""Make Grafana's JSON of boards: panels in their places, variables, annotations, links.

The same boards and options give the same bytes, so that what is committed under dashboards/built
can be compared with what this builds.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard as models

from dashboards import queries, views
from dashboards.spec import LANGUAGES, Board, Language, Panel, Text

TAG: Final = "c5"
FOLDER_UID: Final = "c5"
_WIDTH: Final = 24
_ALL: Final = {"es": "Todos", "en": "All"}
_CENTER: Final = Text("Centro de control", "Control center")
_INCIDENTS: Final = Text("Incidentes", "Incidents")
_VARIABLES: Final = {
    "device": Text("Equipo", "Device"),
    "route": Text("Ruta", "Route"),
    "zone": Text("Zona", "Zone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What differs from city to city."""

    timezone: str = queries.TIMEZONE
    control_center_url: str = "http://127.0.0.1:8080"
    """Where links into the control center lead."""


def uid(board: Board, language: Language) -> str:
    """A dashboard's uid; Spanish is the first language."""
    return board.uid if language == "es" else f"{board.uid}-{language}"


def document(board: Board, language: Language, options: Options) -> dict[str, Any]:
    """One dashboard, as Grafana stores it."""
    made = (
        builders.Dashboard(board.title.of(language))
        .uid(uid(board, language))
        .description(board.description.of(language))
        .tags([TAG, language])
        .editable()
        .timezone(options.timezone)
        .time(board.since, "now")
        .refresh(board.refresh)
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(_others(language))
        .link(_center(language))
    )
    made = made.with_variable(_home(options))
    for name in variables(board):
        made = made.with_variable(_variable(board, name, language, options))
    answer = made.build()
    answer.annotations = _marks(language, options)
    answer.panels = list(_placed(board, language, options))
    found: dict[str, Any] = views.jsonable(answer)
    for one in found["templating"]["list"]:
        for name in ("auto", "auto_min", "auto_count"):  # of variables of intervals only
            one.pop(name, None)
    return found


def variables(board: Board) -> list[str]:
    """Which variables of devices, routes and zones a board has."""
    asked = {"device": bool(board.kinds) and not board.by_route, "route": board.by_route}
    return [name for name in (*asked, "zone") if asked.get(name, board.by_zone)]


def variable_sql(board: Board, name: str, options: Options, language: Language = "es") -> str:
    """The query of one of a board's variables; what it offers is said in the language."""
    kinds = ", ".join(f"'{kind}'" for kind in board.kinds)
    return queries.get(f"var.{name}", timezone=options.timezone, language=language, kinds=kinds)


def annotation_sql(options: Options, language: Language = "es") -> str:
    """The query of the marks that incidents leave on graphs, in words of the language."""
    return queries.get("note.incidents", timezone=options.timezone, language=language)


def text(answer: Any) -> str:
    """JSON as it is committed."""
    return json.dumps(answer, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def panels_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    """A document's panels, those of rows too, without the rows themselves."""
    listed: list[dict[str, Any]] = []
    for one in found["panels"]:
        listed += one.get("panels", []) if one["type"] == "row" else [one]
    return listed


def all_languages(board: Board, options: Options) -> dict[Language, dict[str, Any]]:
    """A board in every language."""
    return {language: document(board, language, options) for language in LANGUAGES}


def _placed(
    board: Board, language: Language, options: Options
) -> list[models.Panel | models.RowPanel]:
    placed: list[models.Panel | models.RowPanel] = []
    top = 0
    for row in board.rows:
        heading = models.RowPanel(title=row.title.of(language), id_val=len(placed) + 1)
        heading.grid_pos = models.GridPos(h=1, w=_WIDTH, x=0, y=top)
        placed.append(heading)
        top += 1
        left = height = 0
        for panel in row.panels:
            if left + panel.width > _WIDTH:
                top, left, height = top + height, 0, 0
            made = _panel(panel, language, options, len(placed) + 1)
            made.grid_pos = models.GridPos(h=panel.height, w=panel.width, x=left, y=top)
            placed.append(made)
            left, height = left + panel.width, max(height, panel.height)
        top += height
    return placed


def _panel(panel: Panel, language: Language, options: Options, number: int) -> models.Panel:
    made = views.make(panel, language, options.timezone)
    made.id_val = number
    return made


def _others(language: Language) -> builders.DashboardLink:
    return (
        builders.DashboardLink("C5")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG, language])
        .as_dropdown(True)  # noqa: FBT003  the SDK's
        .include_vars(False)  # noqa: FBT003  same
        .keep_time(True)  # noqa: FBT003  same
    )


def _center(language: Language) -> builders.DashboardLink:
    return (
        builders.DashboardLink(_CENTER.of(language))
        .type(models.DashboardLinkType.LINK)
        .url(f"{views.HOME}/")
        .icon("external link")
        .target_blank(True)  # noqa: FBT003  the SDK's
    )


def _marks(language: Language, options: Options) -> models.AnnotationContainer:
    """Grave incidents on every graph of time."""
    return models.AnnotationContainer(
        list_val=[
            models.AnnotationQuery(
                name=_INCIDENTS.of(language),
                datasource=views.SOURCE,
                enable=True,
                icon_color="#D6383B",
                target=views.PostgresQuery(annotation_sql(options, language), "table"),
            )
        ]
    )


def _home(options: Options) -> builders.ConstantVariable:
    address = options.control_center_url.rstrip("/")
    return builders.ConstantVariable("c5").label(_CENTER.es).value(address)


def _variable(
    board: Board, name: str, language: Language, options: Options
) -> builders.QueryVariable:
    made = (
        builders.QueryVariable(name)
        .label(_VARIABLES[name].of(language))
        .datasource(views.SOURCE)
        .query(variable_sql(board, name, options, language))
        .refresh(models.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(models.VariableSort.DISABLED)
    )
    if name == "device" and board.one_device:
        return made.multi(False).include_all(False)  # noqa: FBT003  the SDK's
    everything = models.VariableOption(text=[_ALL[language]], value=["$__all"], selected=True)
    return made.multi(True).include_all(True).current(everything)  # noqa: FBT003  same
