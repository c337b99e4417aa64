"""Every dashboard and alert is what Grafana's published schema says, by a strict compiler."""

import shutil
import subprocess
from pathlib import Path

import pytest

from dashboards import schema_check
from deploy import web_build

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def _compiled(folder: Path, sources: dict[str, str]) -> str:
    """What tsc says of these files; nothing: they hold."""
    web_build.packages()
    folder.joinpath("node_modules").symlink_to(web_build.WEB / "node_modules")
    shutil.copy(schema_check.HERE / "tsconfig.json", folder)
    for name, text in sources.items():
        folder.joinpath(name).write_text(text, encoding="utf-8")
    tsc = web_build.WEB / "node_modules" / ".bin" / "tsc"
    done = subprocess.run(
        [str(tsc), "-p", "tsconfig.json"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_documents_are_of_the_schemas_types(tmp_path: Path) -> None:
    """Dashboards, each panel's options and fields, rules, contact point and policy."""
    assert _compiled(tmp_path, schema_check.sources()) == ""


def test_the_compiler_finds_what_is_wrong(tmp_path: Path) -> None:
    """A field that nobody knows, and a value that is not allowed, are errors."""
    sources = schema_check.sources()
    air = sources["c5-air.ts"]
    kept = {name: sources[name] for name in ("json.ts", "alerting.ts")}
    kept["unknown.ts"] = air.replace('"gridPos":', '"gridPosition":', 1)
    kept["value.ts"] = air.replace('"placement": "bottom"', '"placement": "below"')
    rules = sources["alerts.ts"]
    kept["alert.ts"] = rules.replace('"noDataState": "OK"', '"noDataState": "Fine"', 1)
    said = _compiled(tmp_path, kept)
    assert "gridPosition" in said
    assert '"below"' in said
    assert '"Fine"' in said
