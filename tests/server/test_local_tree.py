"""The Debian tree: whole or absent, healed when half-made, and its data kept."""

import multiprocessing
import stat
from functools import partial
from pathlib import Path

import pytest

from deploy.local import tree
from deploy.local.errors import ServersMissing, TreeFailed
from deploy.local.place import Place
from deploy.local.toolchain import find

NEEDED = (
    "usr/lib/postgresql/17/bin/postgres",
    "usr/lib/postgresql/17/bin/initdb",
    "usr/lib/postgresql/17/bin/psql",
    "usr/share/postgresql/17/extension/timescaledb.control",
    "usr/sbin/mosquitto",
    "usr/bin/setpriv",
    "usr/lib/any/mosquitto_dynamic_security.so",
)


def build(folder: Path, report: Path) -> None:
    """Make a tree that has every file, in no time; say so in the report."""
    for name in NEEDED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "etc").mkdir()
    for name in ("passwd", "group"):
        (folder / "etc" / name).write_text("root:x:0:\n")
    with report.open("a") as said:
        said.write("built\n")


def build_half(folder: Path, report: Path) -> None:
    """Make a tree that lacks its broker."""
    build(folder, report)
    (folder / "usr/sbin/mosquitto").unlink()


def test_tree_is_made_once(tmp_path: Path) -> None:
    """The second time nothing is built, and the tree has its user and data folder."""
    place = tmp_path / "debian-13"
    assert tree.ensure(place, build=build) == place
    assert tree.ensure(place, build=build) == place
    assert (tmp_path / "debian-13.log").read_text() == "built\n"
    assert (place / "etc/passwd").read_text().count(f"{tree.USER}:x:{tree.UID}:") == 1
    assert stat.S_IMODE((place / tree.DATA).stat().st_mode) == 0o711


@pytest.mark.parametrize("damage", ["debootstrap", "usr/sbin/mosquitto"])
def test_half_made_tree_heals_and_keeps_its_data(tmp_path: Path, damage: str) -> None:
    """An interrupted or damaged tree is built again; databases inside it stay."""
    place = tree.ensure(tmp_path / "debian-13", build=build)
    kept = place / tree.DATA / "an-instance" / "row"
    kept.parent.mkdir()
    kept.write_text("42")
    if (place / damage).exists():
        (place / damage).unlink()
    else:
        (place / damage).mkdir()
    assert tree.fault(place) is not None
    assert tree.ensure(place, build=build) == place
    assert tree.fault(place) is None
    assert kept.read_text() == "42"


def test_leftovers_of_a_killed_build_are_replaced(tmp_path: Path) -> None:
    """What a killed build left aside does not end up in the tree."""
    left = tmp_path / "debian-13.new" / "left"
    left.mkdir(parents=True)
    place = tree.ensure(tmp_path / "debian-13", build=build)
    assert not (place / "left").exists()
    assert not left.exists()


def test_incomplete_build_is_never_put_in_place(tmp_path: Path) -> None:
    """A build that lacks a server is an error, and there is still no tree."""
    with pytest.raises(TreeFailed, match="lacks usr/sbin/mosquitto"):
        tree.ensure(tmp_path / "debian-13", build=build_half)
    assert not (tmp_path / "debian-13").exists()


def test_two_clones_build_one_tree(tmp_path: Path) -> None:
    """Of several processes that need the tree at once, one builds it."""
    place = tmp_path / "debian-13"
    work = partial(tree.ensure, build=build)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.map(work, [place] * 3) == [place] * 3
    assert (tmp_path / "debian-13.log").read_text() == "built\n"


def test_missing_servers_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be provided, the error names the compose file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ServersMissing, match=r"deploy/compose\.yaml"):
        find(machine=False, make=False)


def test_place_wraps_a_command(tmp_path: Path) -> None:
    """A program in the tree is run by chroot and setpriv, and calls files by its own names."""
    place = Place(root=tmp_path, uid=5, gid=6, data_home=tmp_path / "srv")
    assert place.argv(["server", "-x"]) == [
        *("chroot", str(tmp_path), "setpriv", "--reuid=5", "--regid=6"),
        *("--clear-groups", "--no-new-privs", "server", "-x"),
    ]
    assert place.inside(tmp_path / "srv" / "a") == "/srv/a"
    assert Place().argv(["server"]) == ["server"]
