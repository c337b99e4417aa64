"""`c5 test`: bring what a machine lacks, then every check and every test.

pytest comes last, so the last lines are its own summary; a check that failed
before it makes the exit code 1 all the same. Tests that hold a limit of time
run before the others and by themselves: beside others they would measure those.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from core.clock import monotonic_s
from core.errors import C5Error
from deploy import system, web_build
from deploy.local import toolchain, tree

HOME = Path(__file__).resolve().parents[2]
_ALWAYS_LEFT_OUT = ("soak", "benchmark")
_TIMED = "timed"
_NONE_CHOSEN = 5
"""pytest's exit code where a choice leaves no test."""
_MOST_PROCESSES = 4
_IMPORTS = "from importlinter.cli import lint_imports_command as check; check()"


class _CheckFailed(Exception):
    """A check's own words."""


def test(
    pytest_arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- PYTEST...]", help="Handed to pytest as they are."),
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Leave out the tests that drive a browser.")
    ] = False,
    only_tests: Annotated[
        bool, typer.Option("--only-tests", help="Leave out linters, types and web checks.")
    ] = False,
) -> None:
    """Install what is missing, then run all checks and tests."""
    _prepare(fast=fast)
    failed = [] if only_tests else [name for name, check in _checks() if not _passes(name, check)]
    if failed:
        _say(f"c5: fallaron · failed: {', '.join(failed)}")
    code = _pytest(pytest_arguments or [], fast=fast)
    raise typer.Exit(code or int(bool(failed)))


def _prepare(*, fast: bool) -> None:
    """What the tests stand on; without it there is nothing to run, so an error here ends us."""
    system.ensure([*([] if fast else ["chromium"]), "debootstrap", *system.LIBRARIES])
    found = toolchain.find()
    for place in {found.postgres.place, found.mosquitto.place}:
        if place.root is not None:
            tree.add_clients(place.root)
    web_build.ensure()


def _checks() -> list[tuple[str, Callable[[], None]]]:
    return [
        ("ruff check", partial(_python, "-m", "ruff", "check", ".")),
        ("ruff format", partial(_python, "-m", "ruff", "format", "--check", ".")),
        ("mypy", partial(_python, "-m", "mypy", ".")),
        ("import-linter", partial(_python, "-c", _IMPORTS)),
        ("web check", partial(web_build.npm, web_build.WEB, "run", "check")),
        ("web test", partial(web_build.npm, web_build.WEB, "test")),
    ]


def _passes(name: str, check: Callable[[], None]) -> bool:
    started_s = monotonic_s()
    try:
        check()
    except (_CheckFailed, C5Error) as exc:
        _say(f"✗ {name} ({monotonic_s() - started_s:.1f} s)\n{exc}")
        return False
    _say(f"✓ {name} ({monotonic_s() - started_s:.1f} s)")
    return True


def _python(*arguments: str) -> None:
    """Run one of our own Python tools; its words are shown only when it fails."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=HOME,
        env={**os.environ, "PYTHONPATH": str(HOME)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise _CheckFailed(done.stdout[-8000:].rstrip())


def _pytest(arguments: Sequence[str], *, fast: bool) -> int:
    left_out = [f"not {mark}" for mark in (*_ALWAYS_LEFT_OUT, *(["browser"] if fast else []))]
    shared_out = _shared_out(arguments)
    if not shared_out:
        return _run(left_out, arguments)
    alone = _run([*left_out, _TIMED], arguments)
    others = _run([*left_out, f"not {_TIMED}"], [*shared_out, *arguments])
    return others or (0 if alone == _NONE_CHOSEN else alone)


def _run(marks: Sequence[str], arguments: Sequence[str]) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-m", " and ".join(marks), *arguments],
        cwd=HOME,
        env={**os.environ, "PYTHONPATH": str(HOME)},
        check=False,
    ).returncode


def _shared_out(arguments: Sequence[str]) -> list[str]:
    """One process a core, each with servers of its own and whole files; pytest's -n says otherwise.

    A few named files are not worth the servers that more processes would start.
    """
    own = any(one.startswith(("-n", "--numprocesses", "--pdb")) for one in arguments)
    named = any(not one.startswith("-") and Path(one.split("::")[0]).exists() for one in arguments)
    processes = min(os.cpu_count() or 1, _MOST_PROCESSES)
    return [] if own or named or processes == 1 else ["-n", str(processes), "--dist", "loadfile"]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
