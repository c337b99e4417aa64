"""`c5 engine` as a service manager runs it: it starts, survives, and ends when told to."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from core.clock import monotonic_s, utc_now
from deploy.local import ports
from store import pool
from tests.servers import engine
from tests.servers.engine import LEFT_S
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
HOME = Path(__file__).resolve().parents[2]
_STOP_S = 15.0


class Running:
    """The engine's process, its figures and its log."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process = process
        self._port = port
        self._log = log

    def figure(self, name: str, part: str = "live") -> float:
        """One of its figures; 0 while there is none."""
        wanted = f'{name}{{part="{part}"}} '
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._port}/metrics", timeout=5
            ) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return 0.0
        return sum(float(line.split()[-1]) for line in lines if line.startswith(wanted))

    def logged(self, event: str) -> list[dict[str, Any]]:
        """What it logged under this name."""
        entries = [
            json.loads(line)
            for line in self._log.read_text().splitlines()
            if line.startswith("{") and line.endswith("}")
        ]
        return [entry for entry in entries if entry["event"] == event]

    def terminate(self) -> int:
        """Tell it to end; its exit code."""
        began_s = monotonic_s()
        self.process.terminate()
        code = self.process.wait(_STOP_S)
        assert monotonic_s() - began_s < _STOP_S
        return code

    def children(self) -> list[int]:
        """Processes that it started and that are at work."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
                at_work = b"spawn_main" in (process / "cmdline").read_bytes()
                if at_work and int(parent) == self.process.pid:
                    found.append(int(process.name))
        return found


def environment(url: str, folder: Path) -> dict[str, str]:
    """Settings of a process of a test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("C5_")}
    return kept | {
        "PYTHONPATH": str(HOME),
        "C5_DATABASE__URL": url,
        "C5_LOCAL__DIR": str(folder / "none"),
    }


@contextmanager
def running(url: str, folder: Path) -> Iterator[Running]:
    """`c5 engine` on this database; whatever is left is killed."""
    port, log = ports.choose(), folder / "engine.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "control_center", "engine", f"--metrics-port={port}"],
            cwd=folder,
            env=environment(url, folder),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield Running(process, port, log)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_it_starts_tells_and_ends_when_told(db_url: str, tmp_path: Path) -> None:
    """A truck astray becomes an event; a killed child is followed; SIGTERM ends all with 0."""
    began_s = utc_now().timestamp() - LEFT_S - 200
    trace = engine.strayed().sends(start_s=began_s)
    with pool.connect(db_url) as conn, running(db_url, tmp_path) as one:
        engine.on_duty(conn, "T-1")
        conn.commit()
        wait_until(lambda: one.figure("c5_engine_ticks_total") > 0, timeout_s=30)
        engine.commit(conn, engine.fixes(trace.take(trace.t_s < began_s + LEFT_S + 200), "T-1"))
        wait_until(lambda: one.figure("c5_engine_made_total") == 1, timeout_s=15)
        wait_until(lambda: one.figure("c5_engine_ticks_total", "keeper") > 0, timeout_s=60)
        [desk] = one.children()
        worked = one.figure("c5_engine_ticks_total", "keeper")
        os.kill(desk, signal.SIGKILL)
        wait_until(lambda: one.children() not in ([], [desk]), timeout_s=30)
        wait_until(lambda: one.figure("c5_engine_ticks_total", "keeper") > worked, timeout_s=60)
        assert one.logged("desk_ended")
        assert one.terminate() == 0
        assert one.logged("engine_stopped")
        assert not one.logged("desk_killed")
        assert not one.children()
        assert conn.execute("SELECT type FROM event").fetchall() == [("off_route",)]


def test_a_database_that_is_away_is_waited_for(
    db_url: str, postgres_proxy: Proxy, tmp_path: Path
) -> None:
    """From the first moment; and SIGTERM does not wait for it."""
    url = db_url.replace(f":{postgres_proxy.target_port}/", f":{postgres_proxy.port}/")
    postgres_proxy.cut()
    with running(url, tmp_path) as one:
        wait_until(lambda: one.logged("database_away"), timeout_s=30)
        postgres_proxy.restore()
        wait_until(lambda: one.figure("c5_engine_ticks_total") > 0, timeout_s=30)
        postgres_proxy.stall()
        assert one.terminate() == 0


def test_a_schema_that_is_behind_is_an_error(empty_db_url: str, tmp_path: Path) -> None:
    """Waiting would not help."""
    with running(empty_db_url, tmp_path) as one:
        assert one.process.wait(60) == 1
        assert b"c5 db migrate" in (tmp_path / "engine.log").read_bytes()


def test_once_does_what_is_due_and_says_so(db_url: str, tmp_path: Path) -> None:
    """For a timer, or by hand."""
    began_s = utc_now().timestamp() - LEFT_S - 200
    trace = engine.strayed().sends(start_s=began_s)
    with pool.connect(db_url) as conn:
        engine.on_duty(conn, "T-1")
        engine.commit(conn, engine.fixes(trace.take(trace.t_s < began_s + LEFT_S + 200), "T-1"))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "control_center", "engine", "--once", "--json"],
        cwd=tmp_path,
        env=environment(db_url, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    parts = {"live", "anomaly", "alarms", "escalation", "plates"}
    assert set(said) == parts | {"notify", "keeper", "mailer", "air", "quality"}
    assert (said["live"], said["mailer"]) == (1, 0)
