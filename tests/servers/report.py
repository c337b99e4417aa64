"""The head of every report: what the tests ran on."""

import platform
import shutil
import subprocess

import pytest

from core.errors import C5Error
from deploy.local.toolchain import find

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Versions of everything real, and the seed of the order."""
    try:
        found = find(make=False)
        servers = (
            f"PostgreSQL {found.postgres.version}, TimescaleDB "
            f"{found.postgres.timescaledb_version}, Mosquitto {found.mosquitto.version}"
        )
    except C5Error:
        servers = "no servers yet; the first test that needs them makes them"
    seed = config.getoption("randomly_seed", "none")
    return [
        f"Python {platform.python_version()}, {servers}, {_chromium()}",
        f"random seed {seed}: repeat this order with -p randomly -p 'randomly_seed={seed}'",
    ]


def _chromium() -> str:
    exe = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if exe is None:
        return "no Chromium"
    said = subprocess.run([exe, "--version"], capture_output=True, text=True, check=False).stdout
    return said.strip() or "Chromium of unknown version"
