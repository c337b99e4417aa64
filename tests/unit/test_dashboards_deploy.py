"""A Docker deployment's Grafana comes up filled: its mounts, its secret, its reader."""

import tomllib
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # no stubs are installed

from dashboards import provisioning
from deploy.docker.prepare import prepare

ROOT = Path(__file__).parents[2]


def _grafana() -> Any:
    said = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    return said["services"]["grafana"]


def test_grafana_sees_what_is_built() -> None:
    """Each mount exists, and the provisioning files point where they are mounted."""
    mounts = dict(one.split(":")[:2] for one in _grafana()["volumes"])
    built = mounts["../dashboards/built/provisioning"]
    assert built == "/etc/grafana/provisioning"
    place = mounts["../dashboards/built"]
    said = yaml.safe_load(provisioning.files()["provisioning/dashboards/c5.yaml"])
    for provider in said["providers"]:
        path = provider["options"]["path"]
        assert path.startswith(f"{place}/")
        assert (ROOT / "dashboards" / "built" / path.removeprefix(f"{place}/")).is_dir()
    assert _grafana()["depends_on"]["reader"] == {"condition": "service_completed_successfully"}


def test_grafana_bounds_its_rows() -> None:
    """PostgreSQL bounds a role's time, not its rows: Grafana does."""
    environment = _grafana()["environment"]
    assert int(environment["GF_DATAPROXY_ROW_LIMIT"]) <= 20_000
    assert "C5_ALERT_EMAIL" in environment


def test_the_readers_password_is_made_once(tmp_path: Path) -> None:
    """Also beside settings of before; C5 and Grafana are told the same."""
    prepare(tmp_path, public_names=["localhost"])
    file, secret = tmp_path / "settings" / "c5.toml", tmp_path / "grafana" / "reader-password"
    text = file.read_text()
    file.write_text(text[: text.index("\n[grafana]")] + "\n")
    secret.unlink()
    prepare(tmp_path, public_names=["localhost"])
    told = tomllib.loads(file.read_text())["grafana"]["reader_password"]
    assert told == secret.read_text().strip()
    before = file.read_bytes()
    prepare(tmp_path, public_names=["localhost"])
    assert file.read_bytes() == before
