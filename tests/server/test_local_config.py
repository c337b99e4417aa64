"""Configuration that is written once and used in several places stays one."""

import base64
import hashlib
import json
import re
import stat
import tomllib
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # one call of it
from cryptography import x509

from core.clock import utc_now
from core.settings import Settings
from deploy.docker.prepare import prepare
from deploy.local import instance, ports, tls
from deploy.local.endpoints import Endpoints
from deploy.mosquitto import security
from deploy.mosquitto.__main__ import FILE
from deploy.mosquitto.config import DOCKER, render

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def test_committed_broker_configuration_is_the_rendered_one() -> None:
    """deploy/mosquitto/mosquitto.conf is what `python -m deploy.mosquitto` writes."""
    assert FILE.read_text() == render(DOCKER)


def test_broker_configuration_never_lets_strangers_in() -> None:
    """No variant allows anonymous clients or an unbounded, or a zero, queue."""
    for variant in (DOCKER, replace(DOCKER, tls=None), replace(DOCKER, pid_file="/run/x.pid")):
        lines = render(variant).splitlines()
        assert "allow_anonymous false" in lines
        assert not any(line.startswith(("password_file", "per_listener")) for line in lines)
        queue = next(line for line in lines if line.startswith("max_queued_messages"))
        assert int(queue.split()[1]) > 0


def test_dangerous_zero_is_refused() -> None:
    """Zero means "no limit" or "never" to Mosquitto; we refuse to say it."""
    with pytest.raises(ValueError, match="1 or more"):
        replace(DOCKER, max_inflight_messages=0)
    with pytest.raises(ValueError, match="1 or more"):
        replace(DOCKER, autosave_interval_s=0)


def test_accounts_hold_hashes_and_no_passwords() -> None:
    """The broker's file verifies each password and contains none."""
    passwords = {user: security.new_password() for user in security.USERS}
    text = security.render(passwords)
    for client in json.loads(text)["clients"]:
        password = passwords[client["username"]]
        assert password not in text
        digest = hashlib.pbkdf2_hmac(
            "sha512", password.encode(), base64.b64decode(client["salt"]), client["iterations"]
        )
        assert base64.b64decode(client["password"]) == digest


def test_every_image_is_pinned() -> None:
    """No image floats: each has an exact version."""
    for name, service in _compose()["services"].items():
        _, _, tag = service["image"].rpartition(":")
        assert re.fullmatch(r"\d+\.\d+\.\d+(-[a-z0-9.-]+)?", tag), f"{name}: {service['image']}"


def test_only_devices_reach_the_host_from_outside() -> None:
    """One port is published to the world, the encrypted one; others only on loopback."""
    published = {
        port for service in _compose()["services"].values() for port in service.get("ports", [])
    }
    assert {port for port in published if not port.startswith("127.0.0.1:")} == {"8883:8883"}


def test_compose_names_only_what_exists() -> None:
    """Mounted files exist, and named volumes are declared."""
    compose = _compose()
    for service in compose["services"].values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).exists()
            else:
                assert source in compose["volumes"]


def test_docker_secrets_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings load, agree with the broker's accounts, and a second run changes nothing."""
    prepare(tmp_path, public_names=["c5.example.org"])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    prepare(tmp_path, public_names=["c5.example.org"])
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    monkeypatch.setenv("C5_CONFIG", str(tmp_path / "settings" / "c5.toml"))
    settings = Settings()
    assert settings.database.url is not None
    password = (tmp_path / "database" / "password").read_text().strip()
    assert password in settings.database.url.get_secret_value()
    assert stat.S_IMODE((tmp_path / "settings" / "c5.toml").stat().st_mode) == 0o600
    certificate = x509.load_pem_x509_certificate((tmp_path / "broker/server.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker", "c5.example.org"]


def test_services_are_hardened() -> None:
    """Each systemd unit runs unprivileged and sees a read-only system."""
    units = sorted((DEPLOY / "systemd").glob("*.service"))
    assert [unit.name.partition(".")[0] for unit in units] == [
        "c5-control-center",
        "c5-engine",
        "c5-ingest@",
        "c5-lpr@",
    ]
    for unit in units:
        text = unit.read_text()
        for line in ("User=c5", "NoNewPrivileges=yes", "ProtectSystem=strict", "Restart=always"):
            assert f"\n{line}\n" in text


def test_certificate_is_renewed_near_its_end_only(tmp_path: Path) -> None:
    """A certificate is kept while good, renewed in its last month, under the same authority."""
    authority, certificate, key = (tmp_path / name for name in ("ca.pem", "own.pem", "own.key"))
    ensure = partial(
        tls.ensure,
        authority=authority,
        authority_key=tmp_path / "ca.key",
        certificate=certificate,
        key=key,
    )
    now = utc_now()
    assert ensure(now=now)
    first = authority.read_bytes()
    assert not ensure(now=now + timedelta(days=360))
    assert ensure(now=now + timedelta(days=370))
    assert authority.read_bytes() == first
    certificate.write_text("half a certif")
    assert ensure(now=now)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_ports_lie_below_the_ephemeral_range() -> None:
    """A chosen port can never be handed to a client that reconnects to it."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(ports.choose() < lowest for _ in range(20))


def test_instance_survives_its_file(tmp_path: Path) -> None:
    """What is saved is what is loaded, from a file that only its owner reads."""
    made = instance.create("Mi carpeta ñ")
    assert re.fullmatch(r"mi-carpeta-[0-9a-f]{12}", made.instance_id)
    file = tmp_path / "instance.json"
    instance.save(file, made)
    assert instance.load(file) == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_children_are_told_by_settings_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable that points a child at private servers is a setting, and is taken."""
    made = instance.create("x")
    endpoints = Endpoints.of(made, ca_file=Path("/tmp/ca.pem"))  # noqa: S108  never opened
    for name, value in endpoints.environment().items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.mqtt.url == endpoints.mqtt_url
    assert settings.mqtt.ca_file == endpoints.ca_file
    secrets = (
        (settings.database.url, endpoints.database_url),
        (settings.mqtt.admin_password, endpoints.admin_password),
        (settings.mqtt.ingest_password, endpoints.ingest_password),
        (settings.mqtt.enroll_password, endpoints.enroll_password),
        (settings.mqtt.control_password, endpoints.control_password),
        (settings.ingest.plate_key, endpoints.plate_key),
        (settings.control_center.session_secret, endpoints.session_secret),
    )
    for setting, value in secrets:
        assert setting is not None
        assert setting.get_secret_value() == value


def test_docker_settings_are_toml(tmp_path: Path) -> None:
    """Passwords of any characters survive the file they are written in."""
    prepare(tmp_path, public_names=["localhost"])
    found = tomllib.loads((tmp_path / "settings" / "c5.toml").read_text())
    assert set(found) == {"database", "mqtt", "ingest", "control_center", "grafana"}
    secret = (tmp_path / "grafana" / "reader-password").read_text().strip()
    assert found["grafana"] == {"reader_password": secret}


def _compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())
