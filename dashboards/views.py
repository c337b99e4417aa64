"""Make Grafana's panels of specs, by the typed builders of grafana-foundation-sdk."""

import json
from collections.abc import Callable
from typing import Any, Final

from grafana_foundation_sdk.builders import (
    barchart,
    bargauge,
    common,
    geomap,
    piechart,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models import geomap as maps
from grafana_foundation_sdk.models import piechart as shares

from dashboards import queries
from dashboards.spec import Column, Language, Look, Panel, View

SOURCE_UID: Final = "c5-postgres"
SOURCE_TYPE: Final = "grafana-postgresql-datasource"
SOURCE: Final = shared.DataSourceRef(type_val=SOURCE_TYPE, uid=SOURCE_UID)
HOME: Final = "${c5}"
"""The control center's address: a constant of every dashboard."""


_FEW: Final = 3
"""So many series may be filled and still be told apart."""


class PostgresQuery(variants.Dataquery):
    """What a PostgreSQL panel asks; the SDK has no class of its own for it."""

    def __init__(self, sql: str, form: str) -> None:
        self.sql = sql
        self.form = form

    def to_json(self) -> dict[str, object]:
        """As the query editor saves it."""
        return {
            "refId": "A",
            "datasource": {"type": SOURCE_TYPE, "uid": SOURCE_UID},
            "format": self.form,
            "rawQuery": True,
            "rawSql": self.sql,
            "editorMode": "code",
        }


def jsonable(made: object) -> Any:
    """What the SDK built, as plain dictionaries and lists."""
    return json.loads(json.dumps(made, cls=JSONEncoder))


def make(panel: Panel, language: Language, timezone: str) -> dashboard.Panel:
    """One panel, without its place."""
    made = _MAKERS[panel.view](panel).build()
    sql = queries.get(panel.query, timezone=timezone, language=language, **panel.values)
    made.title = panel.title.of(language)
    made.description = panel.description.of(language)
    made.datasource = SOURCE
    made.targets = [PostgresQuery(sql, panel.format)]
    made.interval = panel.least_interval
    config = made.field_config or dashboard.FieldConfigSource()
    _dress(config.defaults, panel.look, language)
    config.defaults.no_value = panel.no_data.of(language)
    config.defaults.color = dashboard.FieldColor(mode=_colour_mode(panel))
    config.overrides = [_column(panel, one, language) for one in panel.columns]
    made.field_config = config
    return made


def _dress(field: dashboard.FieldConfig, look: Look, language: Language) -> None:
    field.unit = look.unit
    field.decimals = look.decimals
    field.min_val = look.least
    field.max_val = look.most
    field.thresholds = _thresholds(look)
    field.mappings = list(_mappings(look, language))


def _thresholds(look: Look) -> dashboard.ThresholdsConfig:
    steps = look.steps or ()
    return dashboard.ThresholdsConfig(
        mode=dashboard.ThresholdsMode.ABSOLUTE,
        steps=[dashboard.Threshold(value=one.value, color=one.colour) for one in steps]
        or [dashboard.Threshold(value=None, color="text")],
    )


def _mappings(look: Look, language: Language) -> list[dashboard.ValueMapping]:
    if not look.labels:
        return []
    options = {
        code: dashboard.ValueMappingResult(
            text=label.text.of(language), color=label.colour, index=nth
        )
        for nth, (code, label) in enumerate(look.labels.items())
    }
    return [dashboard.ValueMap(options=options)]


def _colour_mode(panel: Panel) -> dashboard.FieldColorModeId:
    by_value = {View.STAT, View.GAUGES, View.MAP, View.STATES, View.TABLE}
    if panel.view in by_value and (panel.look.steps or panel.look.labels):
        return dashboard.FieldColorModeId.THRESHOLDS
    if panel.view is View.BARS and panel.look.steps:
        return dashboard.FieldColorModeId.THRESHOLDS
    return dashboard.FieldColorModeId.PALETTE_CLASSIC


def _column(
    panel: Panel, column: Column, language: Language
) -> dashboard.DashboardFieldConfigSourceOverrides:
    say = dashboard.DynamicConfigValue
    # Where every row is a value, the row's own name is its title.
    named = panel.view in {View.GAUGES, View.SHARES} or panel.query.endswith(".now")
    properties = [] if named else [say(id_val="displayName", value=column.title.of(language))]
    if (look := column.look) is not None:
        properties.append(say(id_val="unit", value=look.unit))
        if look.decimals is not None:
            properties.append(say(id_val="decimals", value=look.decimals))
        if look.steps:
            properties.append(say(id_val="thresholds", value=_thresholds(look)))
        if look.labels:
            properties.append(say(id_val="mappings", value=_mappings(look, language)))
        if (look.steps or look.labels) and panel.view is View.TABLE:
            cell = {"type": "color-text"}
            properties.append(say(id_val="custom.cellOptions", value=cell))
        if len(look.steps) == 1 and panel.view is not View.TABLE:
            colour = {"mode": "fixed", "fixedColor": look.steps[0].colour}
            properties.append(say(id_val="color", value=colour))
    if column.link is not None:
        link = dashboard.DashboardLink(
            title="C5",
            url=f"{HOME}{column.link}",
            type_val=dashboard.DashboardLinkType.LINK,
            target_blank=True,
        )
        properties.append(say(id_val="links", value=[link]))
    if column.hidden:
        hide = "custom.hidden" if panel.view is View.TABLE else "custom.hideFrom"
        gone = True if panel.view is View.TABLE else {"legend": True, "tooltip": True, "viz": True}
        properties.append(say(id_val=hide, value=gone))
    if column.right:
        properties.append(say(id_val="custom.axisPlacement", value="right"))
    return dashboard.DashboardFieldConfigSourceOverrides(
        matcher=dashboard.MatcherConfig(id_val="byName", options=column.name),
        properties=properties,
    )


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)  # noqa: FBT003  the SDK's
        .display_mode(shared.LegendDisplayMode.LIST)
        .placement(shared.LegendPlacement.BOTTOM)
        .calcs([])
    )


def _tooltip() -> common.VizTooltipOptions:
    return (
        common.VizTooltipOptions()
        .mode(shared.TooltipDisplayMode.MULTI)
        .sort(shared.SortOrder.DESCENDING)
    )


def _last(*, all_rows: bool = False) -> common.ReduceDataOptions:
    return common.ReduceDataOptions().values(all_rows).calcs(["lastNotNull"]).fields("")


def _stat(panel: Panel) -> Builder[dashboard.Panel]:
    many = panel.query.endswith(".now")
    return (
        stat.Panel()
        .color_mode(
            shared.BigValueColorMode.BACKGROUND
            if panel.look.labels
            else shared.BigValueColorMode.VALUE
        )
        .graph_mode(shared.BigValueGraphMode.NONE)
        .text_mode(shared.BigValueTextMode.AUTO)
        .reduce_options(_last(all_rows=many))
    )


def _gap_ms(panel: Panel) -> float:
    """A pause so long breaks a line: nobody shall take a straight stroke for data."""
    least = panel.least_interval or "20m"
    units = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
    return float(max(3 * int(least[:-1]) * units[least[-1]], 3_600_000))


def _series(panel: Panel) -> Builder[dashboard.Panel]:
    few = 0 < len(panel.columns) <= _FEW
    made = (
        timeseries.Panel()
        .draw_style(shared.GraphDrawStyle.BARS if panel.bars else shared.GraphDrawStyle.LINE)
        .line_width(0 if panel.bars else 1)
        .fill_opacity(70 if panel.bars else 40 if panel.stacked else 8 if few else 0)
        .insert_nulls(_gap_ms(panel))
        .show_points(shared.VisibilityMode.NEVER)
        .legend(_legend())
        .tooltip(_tooltip())
    )
    if panel.stacked:
        made = made.stacking(common.StackingConfig().mode(shared.StackingMode.NORMAL).group("A"))
    if len(panel.look.steps) > 1:
        made = made.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(shared.GraphThresholdsStyleMode.DASHED)
        )
    return made


class _Table(table.Panel):
    """A table as the newest schema has it: no footer, and cells that say what they are."""

    def build(self) -> dashboard.Panel:
        made = super().build()
        made.options = {"cellHeight": "sm", "frameIndex": 0, "showHeader": True}
        cells = {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False}
        config = made.field_config or dashboard.FieldConfigSource()
        config.defaults.custom = {**cells, "filterable": True}
        made.field_config = config
        return made


def _table(_panel: Panel) -> Builder[dashboard.Panel]:
    return _Table()


def _bars(panel: Panel) -> Builder[dashboard.Panel]:
    many = len([one for one in panel.columns if not one.hidden]) > 1 + (panel.columns != ())
    return (
        barchart.Panel()
        .orientation(
            shared.VizOrientation.AUTO if panel.width > 8 else shared.VizOrientation.HORIZONTAL  # noqa: PLR2004  a third of the wall
        )
        .show_value(shared.VisibilityMode.NEVER)
        .stacking(shared.StackingMode.NORMAL if panel.stacked else shared.StackingMode.NONE)
        .fill_opacity(80)
        .legend(_legend().show_legend(many))
        .tooltip(_tooltip())
    )


def _gauges(_panel: Panel) -> Builder[dashboard.Panel]:
    return (
        bargauge.Panel()
        .display_mode(shared.BarGaugeDisplayMode.BASIC)
        .orientation(shared.VizOrientation.HORIZONTAL)
        .reduce_options(_last(all_rows=True))
    )


class _Shares(piechart.Panel):
    """A ring with what the newest schema asks for beside: no labels on it, largest first."""

    def build(self) -> dashboard.Panel:
        made = super().build()
        made.options = {**jsonable(made.options), "displayLabels": [], "sort": "desc"}
        return made


def _shares(_panel: Panel) -> Builder[dashboard.Panel]:
    return (
        _Shares()
        .pie_type(shares.PieChartType.DONUT)
        .reduce_options(_last(all_rows=True))
        .tooltip(common.VizTooltipOptions().mode(shared.TooltipDisplayMode.SINGLE))
        .legend(
            piechart.PieChartLegendOptions()
            .show_legend(True)  # noqa: FBT003  the SDK's
            .display_mode(shared.LegendDisplayMode.LIST)
            .placement(shared.LegendPlacement.RIGHT)
            .values([shares.PieChartLegendValues.VALUE])
            .calcs([])
        )
    )


def _states(_panel: Panel) -> Builder[dashboard.Panel]:
    return (
        statetimeline.Panel()
        .show_value(shared.VisibilityMode.NEVER)
        .merge_values(True)  # noqa: FBT003  the SDK's
        .row_height(0.85)
        .fill_opacity(85)
        .legend(_legend())
        .tooltip(_tooltip())
    )


def _map(panel: Panel) -> Builder[dashboard.Panel]:
    value = next((one.name for one in panel.columns if one.look is panel.look), None)
    shown = {"field": value, "fixed": "#3274D9"} if value else {"fixed": "#3274D9"}
    layer = (
        common.MapLayerOptions()
        .type("markers")
        .name("C5")
        .location(
            common.FrameGeometrySource()
            .mode(shared.FrameGeometrySourceMode.COORDS)
            .latitude("latitude")
            .longitude("longitude")
        )
        .tooltip(True)  # noqa: FBT003  the SDK's
        .config(
            {
                "showLegend": True,
                "style": {
                    "color": shown,
                    "opacity": 0.8,
                    "size": {"fixed": 6, "min": 4, "max": 14},
                    "symbol": {"fixed": "img/icons/marker/circle.svg", "mode": "fixed"},
                },
            }
        )
    )
    return (
        geomap.Panel()
        .view(geomap.MapViewConfig().id(maps.MapCenterID.FIT).zoom(13))
        .basemap(common.MapLayerOptions().type("default").name("Mapa"))
        .layers([layer])
        .controls(
            geomap.ControlsOptions().show_zoom(True).show_attribution(True).mouse_wheel_zoom(False)  # noqa: FBT003  the SDK's
        )
        .tooltip(geomap.TooltipOptions().mode(maps.TooltipMode.DETAILS))
    )


_MAKERS: Final[dict[View, Callable[[Panel], Builder[dashboard.Panel]]]] = {
    View.STAT: _stat,
    View.SERIES: _series,
    View.TABLE: _table,
    View.BARS: _bars,
    View.GAUGES: _gauges,
    View.SHARES: _shares,
    View.STATES: _states,
    View.MAP: _map,
}
