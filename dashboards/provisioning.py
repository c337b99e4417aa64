"""Files by which a Grafana provisions itself at start, and all that is committed under built/.

Secrets stand in none of them: they name a file or a variable of Grafana's own surroundings.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dashboards import alerts, build, views
from dashboards.boards import BOARDS
from dashboards.build import FOLDER_UID, Options
from dashboards.spec import LANGUAGES

BUILT: Final = Path(__file__).parent / "built"
_MOUNT: Final = "/etc/grafana/c5"
"""Where deploy/compose.yaml shows a Grafana the folder of dashboards."""
_HEAD: Final = "# Written by `c5 dashboards build`; change dashboards/, not this.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How Grafana reaches the database."""

    host: str = "database:5432"
    """host:port, as Grafana sees it."""
    database: str = "c5"
    user: str = "c5_reader"
    ssl_mode: str = "disable"
    password: str = field(default="$__file{/run/c5/reader-password}", repr=False)
    """In a provisioning file, where Grafana finds it."""


def data_source(source: Source, *, secret: bool) -> dict[str, Any]:
    """The data source as Grafana's API takes it, its uid fixed; secret: with its password."""
    told: dict[str, Any] = {
        "uid": views.SOURCE_UID,
        "name": "C5",
        "type": views.SOURCE_TYPE,
        "access": "proxy",
        "url": source.host,
        "user": source.user,
        "isDefault": True,
        "jsonData": {
            "database": source.database,
            "sslmode": source.ssl_mode,
            "postgresVersion": 1700,
            "timescaledb": True,
            "maxOpenConns": 10,
            "maxIdleConns": 2,
            "connMaxLifetime": 14_400,
        },
    }
    if secret:
        told["secureJsonData"] = {"password": source.password}
    return told


def files(options: Options | None = None, source: Source | None = None) -> dict[str, str]:
    """Every file under built/, by its path there."""
    options, source = options or Options(), source or Source()
    made: dict[str, str] = {}
    for board in BOARDS:
        for language in LANGUAGES:
            name = f"dashboards/{language}/{board.uid}.json"
            made[name] = build.text(build.document(board, language, options))
    provisioning = {
        "datasources/c5.yaml": {
            "apiVersion": 1,
            "datasources": [{**data_source(source, secret=True), "editable": False}],
        },
        "dashboards/c5.yaml": {"apiVersion": 1, "providers": _providers()},
        "alerting/c5.yaml": _alerting(options),
    }
    for name, said in provisioning.items():
        # JSON is YAML; its quotes keep Grafana's variables whole.
        text = json.dumps(said, ensure_ascii=False, indent=2)
        made[f"provisioning/{name}"] = f"{_HEAD}{text}\n"
    return made


def write(folder: Path, made: dict[str, str]) -> int:
    """Write what differs and remove what is no longer made; answer how many files changed."""
    changed = 0
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file() and str(path.relative_to(folder)) not in made:
            path.unlink()
            changed += 1
    for name, text in made.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed += 1
    return changed


def _providers() -> list[dict[str, Any]]:
    titles = {"es": (FOLDER_UID, "C5"), "en": (f"{FOLDER_UID}-en", "C5 (English)")}
    return [
        {
            "name": f"c5-{language}",
            "folder": titles[language][1],
            "folderUid": titles[language][0],
            "type": "file",
            "allowUiUpdates": False,
            "updateIntervalSeconds": 60,
            "options": {"path": f"{_MOUNT}/dashboards/{language}"},
        }
        for language in LANGUAGES
    ]


def _alerting(options: Options) -> dict[str, Any]:
    contact = alerts.contact_document("${C5_ALERT_EMAIL}")
    receiver = {name: contact[name] for name in ("uid", "type", "settings")}
    rules = [_file_rule(alerts.rule_document(rule, options)) for rule in alerts.RULES]
    return {
        "apiVersion": 1,
        "contactPoints": [{"orgId": 1, "name": contact["name"], "receivers": [receiver]}],
        "policies": [{"orgId": 1, **alerts.policy_document()}],
        "groups": [
            {
                "orgId": 1,
                "name": alerts.GROUP,
                "folder": "C5",
                "interval": f"{alerts.EVERY_S}s",
                "rules": rules,
            }
        ],
    }


def _file_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as files take it: its place is the group's, and a dollar is written twice."""
    kept = {
        name: value
        for name, value in rule.items()
        if name not in {"folderUID", "orgID", "ruleGroup"}
    }
    found: dict[str, Any] = json.loads(json.dumps(kept).replace("$", "$$"))
    return found
