"""`c5 up`, `status`, `logs` and `down` together, as a person uses them."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.runtime import Runtime
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.server, pytest.mark.slow]

HOME = Path(__file__).resolve().parents[2]


class Cli:
    """The `c5` command against one instance folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("C5_")},
            "PYTHONPATH": str(HOME),
            "C5_LOCAL__DIR": str(folder / "instance"),
            "C5_CONTROL_CENTER__PORT": "0",
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self._argv(*arguments),
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command that goes on."""
        return subprocess.Popen(
            self._argv(*arguments),
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def status(self) -> tuple[int, dict[str, Any]]:
        """The exit code and answer of `status --json`."""
        done = self.run("status", "--json")
        return done.returncode, json.loads(done.stdout)

    def _argv(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "control_center", *arguments]


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    """The command on a folder of this test; whatever is left is stopped and deleted."""
    made = Cli(tmp_path)
    yield made
    made.run("down")
    Runtime(tmp_path / "instance").destroy()


@pytest.mark.usefixtures("toolchain")
def test_up_serves_until_it_is_told_to_stop(cli: Cli) -> None:
    """Everything starts, a killed part comes back, `down` ends it all, and status tells so."""
    assert cli.status()[0] == 3
    with cli.start("up") as up:
        assert up.stdout is not None
        url = next(line for line in up.stdout if line.startswith("C5 · ")).split()[-1]
        with urllib.request.urlopen(url, timeout=10) as page:  # noqa: S310  our own address
            assert b"<html" in page.read().lower()
        code, said = cli.status()
        assert (code, said["running"], said["foreground_pid"]) == (0, True, up.pid)
        assert [part["name"] for part in said["parts"]][-3:] == ["ingest", "engine", "serve"]
        ingest = _pid(said, "ingest")
        assert ingest is not None
        os.kill(ingest, signal.SIGKILL)
        wait_until(lambda: _pid(cli.status()[1], "ingest") not in {None, ingest}, timeout_s=30)
        assert "ingest_started" in cli.run("logs", "ingest").stdout
        wait_until(lambda: "engine_started" in cli.run("logs", "engine").stdout, timeout_s=30)
        assert cli.run("up").returncode == 1
        assert cli.run("down").returncode == 0
        assert up.wait(timeout=60) == 0
    code, said = cli.status()
    assert (code, said["foreground_pid"]) == (3, None)
    assert not any(part["running"] for part in said["parts"])


def _pid(said: dict[str, Any], name: str) -> int | None:
    """The pid of a running part, from the answer of `status`."""
    pids: dict[str, int | None] = {part["name"]: part["pid"] for part in said["parts"]}
    return pids[name]
