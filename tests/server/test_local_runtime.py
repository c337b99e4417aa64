"""Local servers: start, stop, heal, and touch nothing that is not theirs."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local import ephemeral, instance, ports
from deploy.local.errors import DataUnusable, InstanceBusy
from deploy.local.mosquitto import answers_mqtt
from deploy.local.runtime import Runtime
from deploy.local.toolchain import Toolchain
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server

HOME = Path(__file__).resolve().parents[2]
Make = Callable[..., Runtime]


@pytest.fixture
def make(toolchain: Toolchain, tmp_path: Path) -> Iterator[Make]:
    """Make a runtime on a folder of this test; the same folder each time."""
    made: list[Runtime] = []

    def runtime(**options: object) -> Runtime:
        known = {"durable": False, "ephemeral": not made, "toolchain": toolchain, **options}
        made.append(Runtime(tmp_path / "instance", **known))  # type: ignore[arg-type]
        return made[-1]

    yield runtime
    for one in made:
        one.destroy()


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A live process that has nothing to do with us."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def test_data_ports_and_secrets_survive_a_restart(make: Make) -> None:
    """What was committed is there after down and up, at the same addresses."""
    first = make().up()
    with psycopg.connect(first.database_url) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert sorted(make().down()) == ["mosquitto", "postgres"]
    assert [status.running for status in make().status()] == [False, False]
    second = make().up()
    assert second == first
    with psycopg.connect(second.database_url) as conn:
        assert conn.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_second_up_finds_what_runs(make: Make) -> None:
    """Starting what runs already changes neither pid nor address."""
    first = make().up()
    pids = [status.pid for status in make().status()]
    assert make().up() == first
    assert [status.pid for status in make().status()] == pids
    assert make().endpoints() == first


def test_nothing_runs_before_the_first_up(make: Make) -> None:
    """A folder that was never used has no status, no addresses, and stops nothing."""
    runtime = make()
    assert (runtime.status(), runtime.endpoints(), runtime.down()) == ([], None, [])


def test_taken_port_is_replaced(make: Make) -> None:
    """A port that someone else took while the servers were down is replaced by a free one."""
    before = make().up()
    make().down()
    taken = make().mosquitto.port
    with socket.create_server((ports.LOOPBACK, taken)):
        after = make().up()
        assert after.mqtt_url != before.mqtt_url
        assert after.database_url == before.database_url
        assert answers_mqtt(make().mosquitto.port)


def test_stale_pid_of_someone_else_heals(make: Make, bystander: subprocess.Popen[bytes]) -> None:
    """After a crash whose pids were given to a stranger, servers start and the stranger lives."""
    runtime = make()
    runtime.up()
    postgres, mosquitto = runtime.postgres, runtime.mosquitto
    for pid in (postgres.pid(), mosquitto.pid()):
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: postgres.pid() is None and mosquitto.pid() is None)
    lock = postgres.data / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
    for file in (postgres.pid_file, mosquitto.pid_file):
        file.write_text(str(bystander.pid))

    assert make().down() == []
    make().up()
    assert all(status.running for status in make().status())
    make().down()
    assert bystander.poll() is None


def test_interrupted_init_heals(make: Make) -> None:
    """A data folder whose making was cut short is made again."""
    runtime = make(servers=["postgres"])
    runtime.up()
    runtime.down()
    postgres = runtime.postgres
    shutil.rmtree(postgres.data)
    half_made = postgres.folder / "data.new" / "base"
    half_made.mkdir(parents=True)
    url = make(servers=["postgres"]).up().database_url
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)
    assert not half_made.exists()


def test_foreign_data_is_named_not_touched(make: Make) -> None:
    """A data folder that cannot be ours is refused with its path, and nothing in it changes."""
    runtime = make(servers=["postgres"])
    runtime.up()
    runtime.down()
    version = runtime.postgres.data / "PG_VERSION"
    version.write_text("9\n")
    with pytest.raises(DataUnusable, match=str(runtime.postgres.folder)):
        make(servers=["postgres"]).up()
    assert version.read_text() == "9\n"


def test_damaged_instance_file_says_what_to_delete(make: Make) -> None:
    """An instance file that does not read names the folder to delete."""
    runtime = make()
    runtime.folder.mkdir(parents=True)
    file = runtime.folder / "instance.json"
    file.write_text('{"half":')
    with pytest.raises(DataUnusable, match=f"delete {runtime.folder}"):
        runtime.up()
    file.unlink()


def test_secrets_are_private(make: Make) -> None:
    """Only the owner reads the instance's file, and its folder."""
    runtime = make(servers=["mosquitto"])
    runtime.up()
    file = runtime.folder / "instance.json"
    assert (file.stat().st_mode & 0o777, runtime.folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert instance.load(file) is not None


def test_database_crash_loses_no_commit(make: Make) -> None:
    """A commit answered before an immediate stop is there after recovery."""
    runtime = make(servers=["postgres"], durable=True)
    url = runtime.up().database_url
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    runtime.postgres.restart("immediate")
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT answer FROM kept").fetchone() == (42,)
        settings = ("fsync", "synchronous_commit", "full_page_writes")
        assert {conn.execute(f"SHOW {name}").fetchone() for name in settings} == {("on",)}


def test_no_password_no_database(make: Make) -> None:
    """Neither the role nor the superuser enters without its password."""
    runtime = make(servers=["postgres"])
    url = runtime.up().database_url
    for user in ("c5", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url, user=user, password="wrong")
    with psycopg.connect(url) as conn:
        query = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert conn.execute(query).fetchone() == (False, True)
        conn.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")


def test_only_loopback_is_served(make: Make) -> None:
    """Every port of the instance listens on 127.0.0.1 and nowhere else."""
    runtime = make()
    runtime.up()
    known = instance.load(runtime.folder / "instance.json")
    assert known is not None
    for port in (known.postgres_port, known.mqtt_port, known.mqtt_tls_port):
        assert listeners(port) == {"0100007F"}


def test_one_foreground_session_at_a_time(make: Make) -> None:
    """A second session on the same folder is refused and the first keeps running."""
    with make().session() as endpoints:
        with pytest.raises(InstanceBusy, match=str(os.getpid())), make().session():
            pass
        assert make().endpoints() == endpoints
    assert [status.running for status in make().status()] == [False, False]
    assert make().owner() is None


def test_abandoned_instances_are_swept(toolchain: Toolchain, tmp_path: Path) -> None:
    """Servers whose maker was killed are stopped and their data deleted; others are left alone."""
    program = (
        "import os, pathlib, signal, sys\n"
        "from deploy.local.runtime import Runtime\n"
        f"r = Runtime(pathlib.Path({str(tmp_path / 'lost')!r}), durable=False, ephemeral=True)\n"
        "r.up()\n"
        "print(r.postgres.pid(), r.mosquitto.pid(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ours = Runtime(tmp_path / "ours", durable=False, ephemeral=True, toolchain=toolchain)
    ours.up()
    try:
        argv = [sys.executable, "-c", program]
        done = subprocess.run(argv, stdout=subprocess.PIPE, cwd=HOME, check=False)
        pids = [int(word) for word in done.stdout.splitlines()[-1].split()]
        known = json.loads((tmp_path / "lost" / "instance.json").read_text())
        name = known["instance_id"]
        swept: list[str] = []
        for place in {toolchain.postgres.place, toolchain.mosquitto.place}:
            swept += ephemeral.sweep(place)
        assert name in swept
        assert len(pids) == 2
        assert not any(map(lives, pids))
        assert all(status.running for status in ours.status())
    finally:
        ours.destroy()


def lives(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped has no command line."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def listeners(port: int) -> set[str]:
    """The local addresses, in the kernel's hexadecimal, that listen on a port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            address, _, hex_port = fields[1].rpartition(":")
            if fields[3] == "0A" and int(hex_port, 16) == port:
                found.add(address)
    return found
