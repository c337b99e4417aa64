"""Dashboards and alerts as TypeScript, so that a compiler holds them against Grafana's schema.

Every document becomes a constant of the schema's own type, every panel one of its view's options:
a field that the schema does not know, or a value that it does not allow, is a compiler's error.
"""

import json
from pathlib import Path
from typing import Any, Final

from dashboards import alerts, build
from dashboards.boards import BOARDS
from dashboards.build import Options
from dashboards.spec import LANGUAGES, View

HERE: Final = Path(__file__).parent
_PANELS: Final = {
    View.STAT: ("StatPanelCfg", "stat", False),
    View.SERIES: ("TimeSeriesPanelCfg", "timeseries", True),
    View.TABLE: ("TablePanelCfg", "table", True),
    View.BARS: ("BarChartPanelCfg", "barchart", True),
    View.GAUGES: ("BarGaugePanelCfg", "bargauge", False),
    View.SHARES: ("PieChartPanelCfg", "piechart", True),
    View.STATES: ("StateTimelinePanelCfg", "statetimeline", True),
    View.MAP: ("GeomapPanelCfg", "geomap", False),
}
"""Grafana's file of each view's types, its folder, and whether it has field options."""


def sources(options: Options | None = None) -> dict[str, str]:
    """TypeScript files by name, to be compiled beside json.ts and alerting.ts."""
    options = options or Options()
    made = {name: (HERE / name).read_text(encoding="utf-8") for name in ("json.ts", "alerting.ts")}
    for board in BOARDS:
        for language in LANGUAGES:
            document = build.document(board, language, options)
            made[f"{build.uid(board, language)}.ts"] = _dashboard(document)
    made["alerts.ts"] = _alerts(options)
    return made


def _dashboard(document: dict[str, Any]) -> str:
    lines = ['import type { AnnotationQuery, Dashboard, Panel } from "@grafana/schema";']
    lines.append('import type { PostgresQuery } from "./alerting";')
    lines.append('import type { Json } from "./json";')
    lines.append("type Marks = { annotations: { list: AnnotationQuery<PostgresQuery>[] } };")
    lines.append('type Board = Omit<Dashboard, "annotations"> & Marks;')
    for view, (file, folder, _) in _PANELS.items():
        module = f"@grafana/schema/dist/esm/raw/composable/{folder}/panelcfg/x/{file}_types.gen"
        lines.append(f'import type * as {_name(view)} from "{module}";')
    lines.append(f"export const dashboard: Json<Board> = {_text(document)};")
    for panel in build.panels_of(document):
        view = View(panel["type"])
        fields = f"{_name(view)}.FieldConfig" if _PANELS[view][2] else "Record<string, never>"
        kind = f"Json<Panel<{_name(view)}.Options, {fields}>>"
        name = f"panel{panel['id']}"
        lines.append(f"export const {name}: {kind} = {_text(panel)};")
        lines.append(
            f"export const {name}Options: Json<{_name(view)}.Options> = {_text(panel['options'])};"
        )
    return "\n".join(lines) + "\n"


def _alerts(options: Options) -> str:
    lines = ['import type { ContactPoint, Policy, Rule } from "./alerting";']
    lines.append('import type { Json } from "./json";')
    rules = [alerts.rule_document(rule, options) for rule in alerts.RULES]
    lines.append(f"export const rules: Json<Rule>[] = {_text(rules)};")
    contact = alerts.contact_document("ana@c5.invalid")
    lines.append(f"export const contact: Json<ContactPoint> = {_text(contact)};")
    lines.append(f"export const policy: Json<Policy> = {_text(alerts.policy_document())};")
    return "\n".join(lines) + "\n"


def _name(view: View) -> str:
    return f"view_{view.replace('-', '_')}"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
