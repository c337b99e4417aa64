"""Make the secrets, accounts and certificates of a Docker deployment, once.

The compose file runs this before anything else. What exists is kept, so it can
run at every start: only the broker's certificate is renewed when near its end.
Each volume holds what one service may read, and belongs to that service's user.
"""

import json
import os
import secrets
import sys
from pathlib import Path

from deploy.local import tls
from deploy.mosquitto import security

SETTINGS_USER = 1000  # the user of deploy/docker/Dockerfile
BROKER_USER = 1883  # the user of the eclipse-mosquitto image
DATABASE_HOST = "database"
BROKER_HOST = "broker"


def main(arguments: list[str]) -> int:
    """Fill one volume for each of settings, broker, database and grafana."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m deploy.docker.prepare FOLDER\n")
        return 2
    names = os.environ.get("C5_PUBLIC_NAMES", "localhost").split(",")
    prepare(Path(arguments[0]), public_names=[name.strip() for name in names])
    return 0


def prepare(folder: Path, *, public_names: list[str]) -> None:
    """Make what is missing in four folders of a folder, each of which is a volume.

    public_names  host names or addresses that devices use to reach the broker
    """
    volumes = [folder / name for name in ("settings", "broker", "database", "grafana")]
    for volume in volumes:
        volume.mkdir(parents=True, exist_ok=True)
    settings, broker, database, grafana = volumes
    file = settings / "c5.toml"
    if not file.exists():
        database_password, passwords = security.new_password(), _passwords()
        _write(database / "password", f"{database_password}\n", mode=0o444)
        _write(grafana / "password", f"{security.new_password()}\n", mode=0o444)
        _write(broker / "security.json", security.render(passwords), mode=0o600)
        _write(file, _settings(database_password, passwords), mode=0o600)
    _admit_grafana(file, grafana / "reader-password")
    tls.ensure(
        authority=settings / "ca.pem",
        authority_key=settings / "ca.key",
        certificate=broker / "server.pem",
        key=broker / "server.key",
        names=(BROKER_HOST, *(name for name in public_names if name != BROKER_HOST)),
    )
    for volume, user in ((settings, SETTINGS_USER), (broker, BROKER_USER)):
        for path in (volume, *volume.iterdir()):
            _give(path, user)


def _admit_grafana(settings: Path, secret: Path) -> None:
    """Make the password that Grafana reads with, also where C5 was set up before there was one.

    C5's settings say it too: `c5 dashboards reader` lets the role in by it.
    """
    if secret.exists():
        return
    password, text = security.new_password(), settings.read_text()
    if "\n[grafana]\n" not in text:
        section = f"\n[grafana]\nreader_password = {json.dumps(password)}\n"
        _write(settings, f"{text}{section}", mode=0o600)
        _write(secret, f"{password}\n", mode=0o444)


def _passwords() -> dict[str, str]:
    return {user: security.new_password() for user in security.USERS}


def _settings(database_password: str, passwords: dict[str, str]) -> str:
    url = f"postgresql://c5:{database_password}@{DATABASE_HOST}:5432/c5"
    values: dict[str, dict[str, object]] = {
        "database": {"url": url},
        "mqtt": {
            "url": f"mqtt://{BROKER_HOST}:1883",
            "admin_password": passwords[security.ADMIN],
            "ingest_password": passwords[security.INGEST],
            "enroll_password": passwords[security.ENROLL],
            "control_password": passwords[security.CONTROL],
        },
        "ingest": {"plate_key": secrets.token_hex(32)},
        "control_center": {
            "host": "0.0.0.0",  # noqa: S104  inside its container; compose publishes it on loopback
            "port": 8080,
            "session_secret": secrets.token_hex(32),
        },
    }
    lines = ["# Made by deploy/docker/prepare.py; yours from here on."]
    for section, entries in values.items():
        lines += ["", f"[{section}]"]
        lines += [f"{name} = {json.dumps(value)}" for name, value in entries.items()]
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str, *, mode: int) -> None:
    """Write it whole: a start that is cut short leaves nothing half-made."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    new.chmod(mode)
    new.rename(path)


def _give(path: Path, user: int) -> None:
    if os.geteuid() == 0:
        os.chown(path, user, user)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
