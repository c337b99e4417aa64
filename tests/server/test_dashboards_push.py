"""A running Grafana is given what is built: once, again, after hands, and when it refuses."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from control_center.cli.dashboards import app
from core import settings
from dashboards import alerts
from dashboards.boards import BOARDS
from dashboards.build import Options
from dashboards.provisioning import Source
from dashboards.push import Change, GrafanaRefused, Target, push
from tests.servers import grafana
from tests.servers.grafana import TOKEN, Grafana

PASSWORD = "clave-del-lector"


@pytest.fixture
def held() -> Iterator[Grafana]:
    """An empty Grafana."""
    with grafana.running() as found:
        yield found


def _target(url: str, token: str = TOKEN) -> Target:
    return Target(
        url=url,
        token=token,
        source=Source(host="db:5432", password=PASSWORD),
        addresses="ana@c5.invalid;luis@c5.invalid",
    )


def _did(changes: list[Change], kind: str | None = None) -> Counter[str]:
    return Counter(one.did for one in changes if kind in {None, one.kind})


def test_an_empty_grafana_is_filled(held: Grafana) -> None:
    """Folders, permissions, the data source with its secret, dashboards, alerts and policy."""
    changes = push(_target(held.url))
    assert _did(changes, "dashboard") == {"created": 2 * len(BOARDS)}
    assert _did(changes, "alert") == {"created": len(alerts.RULES)}
    assert not _did(changes)["refused"]
    assert {one["title"] for one in held.folders.values()} == {"C5", "C5 (English)"}
    assert {one["permission"] for one in held.permissions["c5"]} == {1}
    assert held.sources["c5-postgres"]["jsonData"]["timescaledb"] is True
    assert held.secrets["c5-postgres"] == {"password": PASSWORD}
    assert held.dashboards["c5-air-en"]["folder"] == "c5-en"
    assert held.intervals["c5", alerts.GROUP] == alerts.EVERY_S
    assert held.policy["receiver"] == alerts.CONTACT


def test_a_second_push_changes_nothing(held: Grafana) -> None:
    """Not one thing is written again."""
    push(_target(held.url))
    held.writes.clear()
    changes = push(_target(held.url))
    assert set(_did(changes)) == {"unchanged"}
    assert held.writes == []


def test_a_dry_run_writes_nothing(held: Grafana) -> None:
    """It says what a push would do, and that push does it."""
    said = push(replace(_target(held.url), dry_run=True))
    assert held.writes == []
    assert held.dashboards == {}
    done = push(_target(held.url))
    assert [one for one in said if one.kind != "group"] == [
        one for one in done if one.kind != "group"
    ]


def test_what_differs_is_written(held: Grafana) -> None:
    """Other options change dashboards and nothing else; they are ours to change."""
    push(_target(held.url))
    moved = replace(_target(held.url), options=Options(control_center_url="https://c5.example.org"))
    changes = push(moved)
    assert _did(changes, "dashboard") == {"updated": 2 * len(BOARDS)}
    assert _did(changes, "datasource") == _did(changes, "folder") - Counter(unchanged=1)
    assert set(_did(push(moved))) == {"unchanged"}


def test_a_dashboard_changed_by_hand_is_left_alone(held: Grafana) -> None:
    """Unless told otherwise; then its history still has the hand's version."""
    push(_target(held.url))
    edited = {**held.dashboards["c5-air"]["dashboard"], "title": "Mi aire"}
    held.save("c5-air", edited, "moví un panel", "c5")
    changes = push(_target(held.url))
    refused = [one for one in changes if one.did == "refused"]
    assert [(one.kind, one.name) for one in refused] == [("dashboard", "Calidad del aire")]
    assert "--overwrite" in refused[0].why
    assert held.dashboards["c5-air"]["dashboard"]["title"] == "Mi aire"
    assert _did(push(replace(_target(held.url), overwrite=True)), "dashboard")["updated"] == 1
    assert held.dashboards["c5-air"]["dashboard"]["title"] == "Calidad del aire"
    assert [one["data"]["title"] for one in held.history["c5-air"]][1] == "Mi aire"


def test_somebody_who_saves_meanwhile_is_not_overwritten(held: Grafana) -> None:
    """412: the version that was read is no longer the newest."""
    push(_target(held.url))
    newer = replace(_target(held.url), options=Options(control_center_url="https://other.example"))

    def quicker() -> None:
        held.save("c5-overview", {"uid": "c5-overview", "title": "Otro"}, "a mano", "c5")

    held.before_save = quicker
    with pytest.raises(GrafanaRefused, match="changed while it was pushed"):
        push(newer)
    assert held.dashboards["c5-overview"]["dashboard"]["title"] == "Otro"


def test_a_dashboard_of_the_same_name_is_not_replaced(held: Grafana) -> None:
    """412: somebody has one of that title under another uid."""
    held.answer("POST", "/api/folders", {}, {"uid": "c5", "title": "C5"})
    held.save("mine", {"uid": "mine", "title": "Ruido"}, "a mano", "c5")
    with pytest.raises(GrafanaRefused, match="same name"):
        push(_target(held.url))
    assert held.dashboards["mine"]["dashboard"]["title"] == "Ruido"


def test_a_folder_of_the_same_name_is_said(held: Grafana) -> None:
    """409: two folders cannot have one name; the message says which."""
    held.answer("POST", "/api/folders", {}, {"uid": "else", "title": "C5"})
    with pytest.raises(GrafanaRefused, match="folder c5"):
        push(_target(held.url))


def test_a_wrong_token_is_refused_with_its_remedy(held: Grafana) -> None:
    """401: nothing was written."""
    with pytest.raises(GrafanaRefused, match=r"grafana\.token"):
        push(_target(held.url, token="glsa_other"))
    assert held.writes == []


def test_nobody_there_is_refused_with_its_remedy() -> None:
    """A port that nobody listens on."""
    with pytest.raises(GrafanaRefused, match=r"grafana\.url"):
        push(_target("http://127.0.0.1:1"))


def test_what_files_provision_is_left_to_them(held: Grafana) -> None:
    """A dashboard, data source or rule that a file keeps is refused, even with overwrite."""
    push(_target(held.url))
    held.provisioned.add("c5-noise")
    held.sources["c5-postgres"].update(readOnly=True)
    held.rules["c5-silent"].update(provenance="file", title="Otra")
    newer = replace(_target(held.url), overwrite=True,
                    options=Options(timezone="America/Cancun"))  # fmt: skip
    refused = {one.name: one.why for one in push(newer) if one.did == "refused"}
    assert set(refused) == {"Ruido", "C5", "Equipos callados"}
    assert all("file" in why for why in refused.values())


def test_a_rule_made_by_hand_is_left_alone(held: Grafana) -> None:
    """Its provenance says so; so is somebody's own notification policy."""
    push(_target(held.url))
    held.rules["c5-coverage"].update(provenance="", title="Mi regla")
    held.policy = {"receiver": "mios", "routes": [], "provenance": ""}
    changes = push(_target(held.url))
    assert {one.kind for one in changes if one.did == "refused"} == {"alert", "policy"}
    assert held.rules["c5-coverage"]["title"] == "Mi regla"
    assert held.policy["receiver"] == "mios"
    push(replace(_target(held.url), overwrite=True))
    assert held.rules["c5-coverage"]["title"] == "Ruta con poca cobertura"
    assert held.policy["receiver"] == alerts.CONTACT


def test_without_addresses_no_alert_is_pushed(held: Grafana) -> None:
    """Nobody would hear them."""
    changes = push(replace(_target(held.url), addresses=""))
    assert {one.kind for one in changes} == {"folder", "permissions", "datasource", "dashboard"}
    assert held.rules == {}


def test_the_password_is_sent_again_only_when_asked(held: Grafana) -> None:
    """Grafana never tells a secret, so nobody can see whether it differs."""
    push(_target(held.url))
    turned = replace(_target(held.url), source=Source(host="db:5432", password="otra"))
    assert set(_did(push(turned))) == {"unchanged"}
    assert held.secrets["c5-postgres"] == {"password": PASSWORD}
    assert _did(push(replace(turned, send_password=True)), "datasource") == {"updated": 1}
    assert held.secrets["c5-postgres"] == {"password": "otra"}


def test_the_command_pushes(held: Grafana, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the settings; exit code 1 when something was kept from it."""
    file = tmp_path / "c5.toml"
    file.write_text(
        f'[database]\nurl = "postgresql://c5:x@db:5433/c5"\n[mqtt]\nurl = "mqtt://x"\n'
        f'[grafana]\nurl = "{held.url}"\ntoken = "{TOKEN}"\nreader_password = "{PASSWORD}"\n'
    )
    monkeypatch.setenv("C5_CONFIG", str(file))
    settings.load.cache_clear()
    try:
        run = CliRunner()
        first = run.invoke(app, ["push", "--json"])
        assert first.exit_code == 0, first.output
        assert held.sources["c5-postgres"]["url"] == "db:5433"
        again = run.invoke(app, ["push"])
        assert "unchanged" in again.output
        held.save("c5-air", {"uid": "c5-air", "title": "x"}, "a mano", "c5")
        assert run.invoke(app, ["push"]).exit_code == 1
    finally:
        settings.load.cache_clear()


if URL := os.environ.get("GRAFANA_URL"):

    @pytest.mark.grafana
    def test_a_real_grafana_takes_it() -> None:
        """The one at GRAFANA_URL, by the token of GRAFANA_TOKEN: filled, and then left as it is."""
        target = _target(os.environ["GRAFANA_URL"], os.environ["GRAFANA_TOKEN"])
        push(replace(target, overwrite=True))
        assert set(_did(push(target))) == {"unchanged"}
