"""Supervised programs: stopped in order, noticed when they end, and nothing else touched."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import ephemeral
from deploy.local.errors import ChildDied
from deploy.local.supervisor import Program, Supervisor
from deploy.local.toolchain import Toolchain
from tests.servers.waiting import wait_until

HOME = Path(__file__).resolve().parents[2]
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
PARENT = """
import sys
from pathlib import Path
from deploy.local.runtime import Runtime
from deploy.local.supervisor import Program, Supervisor

folder = Path(sys.argv[1])
with Supervisor() as supervisor, supervisor.signals():
    with Runtime(folder / "instance", durable=False, ephemeral=True).session():
        for name in ("one", "two"):
            argv = ["sleep", "600"]
            pid = supervisor.start(Program(name=name, argv=argv, log_file=folder / "log"))
            (folder / name).write_text(str(pid))
        (folder / "ready").touch()
        supervisor.run()
        supervisor.stop()
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor whose children end with the test."""
    with Supervisor(tmp_path / "pids") as made:
        yield made


@pytest.fixture
def swept(toolchain: Toolchain) -> Iterator[None]:
    """What a test's own processes leave behind is removed after it."""
    yield
    for place in {toolchain.postgres.place, toolchain.mosquitto.place}:
        ephemeral.sweep(place)


def program(tmp_path: Path, *argv: str, restart: bool = False, stop_s: float = 10.0) -> Program:
    """A program whose log is in the test's folder."""
    return Program(
        name="it", argv=argv, log_file=tmp_path / "it.log", restart=restart, stop_s=stop_s
    )


def test_stop_ends_children_and_their_children(supervisor: Supervisor, tmp_path: Path) -> None:
    """A grandchild that its parent left behind is ended too."""
    pid = supervisor.start(program(tmp_path, "sh", "-c", "sleep 600 & echo $!; exec sleep 600"))
    grandchild = int(wait_until(lambda: (tmp_path / "it.log").read_text().strip()))
    assert (tmp_path / "pids" / "it.pid").read_text() == str(pid)
    supervisor.stop()
    wait_until(lambda: not _lives(pid) and not _lives(grandchild))
    assert not (tmp_path / "pids" / "it.pid").exists()


def test_stubborn_child_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    """A child that ignores SIGTERM is killed after its time."""
    code = f"{STUBBORN}; import time\nwhile True: signal.pause()"
    pid = supervisor.start(program(tmp_path, sys.executable, "-c", code, stop_s=0.3))
    wait_until(lambda: "up" in (tmp_path / "it.log").read_text())
    supervisor.stop("it")
    assert not _lives(pid)


def test_death_is_noticed_with_its_last_words(supervisor: Supervisor, tmp_path: Path) -> None:
    """A child that ends by itself raises, with its code and the end of its log."""
    supervisor.start(program(tmp_path, "sh", "-c", "echo no disk left; exit 7"))
    with pytest.raises(ChildDied, match=r"code 7(?s:.*)no disk left") as caught:
        supervisor.run()
    assert (caught.value.name, caught.value.code) == ("it", 7)


def test_restarting_child_comes_back(supervisor: Supervisor, tmp_path: Path) -> None:
    """A child that asked for it is started again after it ended."""
    pid = supervisor.start(program(tmp_path, "sleep", "600", restart=True))
    os.kill(pid, signal.SIGKILL)
    assert supervisor.run(lambda: supervisor.pid("it") != pid)
    wait_until(lambda: _lives(supervisor.pid("it")))


def test_request_ends_the_watch(supervisor: Supervisor, tmp_path: Path) -> None:
    """SIGTERM ends `run` in order, and the old handlers come back."""
    before = signal.getsignal(signal.SIGTERM)
    supervisor.start(program(tmp_path, "sleep", "600"))
    with supervisor.signals():
        os.kill(os.getpid(), signal.SIGTERM)
        assert supervisor.run() is False
    assert supervisor.asked_to_stop
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.server
@pytest.mark.usefixtures("swept")
def test_interrupt_stops_exactly_its_own(tmp_path: Path) -> None:
    """Ctrl-C on the whole terminal group ends the children and servers, and no one else's."""
    argv = [sys.executable, "-c", PARENT, str(tmp_path)]
    with (
        subprocess.Popen(["sleep", "600"], start_new_session=True) as bystander,
        subprocess.Popen(argv, cwd=HOME, start_new_session=True) as parent,
    ):
        wait_until((tmp_path / "ready").exists, timeout_s=60)
        pids = [int((tmp_path / name).read_text()) for name in ("one", "two")]
        servers = _servers_of(tmp_path / "instance")
        wait_until(lambda: all(map(_lives, [*pids, *servers])))
        assert len(servers) == 2
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.wait(timeout=30) == 0
        wait_until(lambda: not any(map(_lives, [*pids, *servers])))
        assert bystander.poll() is None
        bystander.kill()


@pytest.mark.server
@pytest.mark.usefixtures("swept")
def test_children_end_with_a_killed_parent(tmp_path: Path) -> None:
    """Programs do not go on by themselves when their supervisor is killed."""
    argv = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(argv, cwd=HOME, start_new_session=True) as parent:
        wait_until((tmp_path / "ready").exists, timeout_s=60)
        pids = [int((tmp_path / name).read_text()) for name in ("one", "two")]
        parent.kill()
        parent.wait()
        wait_until(lambda: not any(map(_lives, pids)))


def _servers_of(folder: Path) -> list[int]:
    """The pids of an instance's servers, from what it links to."""
    homes = [link.resolve() for link in folder.glob("*-data")] or [folder / "data" / "x"]
    return [int(file.read_text()) for file in homes[0].parent.glob("*.pid")]


def _lives(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False
