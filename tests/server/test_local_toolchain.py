"""Which programs are taken: the machine's own when they will do, each by itself."""

import os
from pathlib import Path

import pytest

from deploy.local import toolchain
from deploy.local.errors import ServersMissing
from deploy.local.toolchain import find


def program(path: Path, says: str) -> None:
    """A program that says one thing, whatever it is asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with PostgreSQL 99 and Mosquitto 2.0.21, no other, and no tree."""
    share = tmp_path / "share"
    (share / "extension").mkdir(parents=True)
    (share / "extension" / "timescaledb.control").write_text("default_version = '2.19.3'\n")
    program(tmp_path / "99" / "bin" / "postgres", "postgres (PostgreSQL) 99.2 (Debian 99.2-1)")
    program(tmp_path / "99" / "bin" / "pg_config", str(share))
    program(tmp_path / "sbin" / "mosquitto", "mosquitto version 2.0.21")
    (tmp_path / "lib" / "any").mkdir(parents=True)
    (tmp_path / "lib" / "any" / "mosquitto_dynamic_security.so").touch()
    others = [
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if not Path(folder, "postgres").exists()
    ]
    folders = [str(tmp_path / "99" / "bin"), str(tmp_path / "sbin"), *others]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    monkeypatch.setattr(toolchain, "_POSTGRES_DIRS", ())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_machine_programs_come_first(machine: Path) -> None:
    """Good programs of the machine are taken as they are, outside any tree."""
    found = find(make=False)
    assert (found.postgres.version, found.postgres.major) == ("99.2", 99)
    assert found.postgres.timescaledb_version == "2.19.3"
    assert found.postgres.bin_dir == str(machine / "99" / "bin")
    assert found.mosquitto.version == "2.0.21"
    assert found.mosquitto.plugin == str(machine / "lib/any/mosquitto_dynamic_security.so")
    assert found.postgres.place.root is None


def test_root_hands_over_to_an_unprivileged_user(machine: Path) -> None:
    """Root runs the machine's servers as someone else, with data where that user can go."""
    place = find(make=False).postgres.place
    assert (place.uid not in {None, 0}, place.data_home) == (
        (True, Path("/var/lib/c5")) if os.geteuid() == 0 else (False, None)
    )
    assert place.folder(machine, "id").is_relative_to(place.data_home or machine)


def test_one_server_is_looked_for_by_itself(machine: Path) -> None:
    """Who needs only the database does not need a broker to be there."""
    (machine / "sbin" / "mosquitto").write_text("#!/bin/sh\necho mosquitto version 1.6.9\n")
    assert find(["postgres"], make=False).postgres.version == "99.2"
    with pytest.raises(ServersMissing, match=r"Mosquitto 1\.6\.9 is older than 2\.0\.18"):
        find(make=False)


def test_each_reason_is_given(machine: Path) -> None:
    """What was found and would not do is named, with its reason and the way out."""
    (machine / "share" / "extension" / "timescaledb.control").unlink()
    with pytest.raises(ServersMissing) as caught:
        find(make=False)
    assert "PostgreSQL 99.2 in" in str(caught.value)
    assert "has no TimescaleDB" in str(caught.value)
    assert "deploy/compose.yaml" in str(caught.value)
