"""`./c5` on a clean machine: makes its environment once, heals it, says what is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core.clock import monotonic_s

HOME = Path(__file__).resolve().parents[2]
COMMAND = "import os, sys; print(sys.argv[1:], os.getcwd())\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose path has spaces, whose locks ask for nothing, and whose command echoes."""
    home = tmp_path / "a clone with spaces"
    (home / "requirements").mkdir(parents=True)
    for name in ("runtime", "dev"):
        (home / "requirements" / f"{name}.txt").write_text("# nothing\n")
    (home / "deploy").mkdir()
    shutil.copy(HOME / "deploy" / "bootstrap.py", home / "deploy")
    shutil.copy(HOME / "c5", home)
    (home / "control_center").mkdir()
    (home / "control_center" / "__main__.py").write_text(COMMAND)
    return home


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is no clone, with a module whose name is one of ours."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "control_center.py").write_text("raise SystemExit('the wrong module')\n")
    return folder


def run(
    command: Path, *arguments: str, cwd: Path, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `./c5` as a person would."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path is not None:
        environment["PATH"] = path
    return subprocess.run(
        [str(command), *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timed
def test_first_run_prepares_and_second_is_quick(clone: Path, elsewhere: Path) -> None:
    """From any folder, through a link; only the command's own words are on standard output."""
    link = elsewhere / "c5"
    link.symlink_to(clone / "c5")
    first = run(link, "status", "--json", cwd=elsewhere)
    assert first.returncode == 0, first.stderr
    assert first.stdout == f"['status', '--json'] {elsewhere}\n"
    assert ".venv" in first.stderr
    started_s = monotonic_s()
    second = run(link, "status", cwd=elsewhere)
    assert monotonic_s() - started_s < 1.0
    assert (second.stdout, second.stderr) == (f"['status'] {elsewhere}\n", "")
    link.unlink()


@pytest.mark.slow
def test_interrupted_install_heals(clone: Path) -> None:
    """An environment that was left while being changed is made again; a good one is kept."""
    assert run(clone / "c5", cwd=clone).returncode == 0
    venv = clone / ".venv"
    stray = venv / "stray"
    stray.touch()
    (clone / "requirements" / "runtime.txt").write_text("# nothing else\n")
    assert "instalando" in run(clone / "c5", cwd=clone).stderr
    assert stray.exists()
    (venv / "c5-runtime.stamp").unlink()
    (venv / "c5-changing").touch()
    healed = run(clone / "c5", cwd=clone)
    assert healed.returncode == 0, healed.stderr
    assert not stray.exists()
    assert run(clone / "c5", cwd=clone).stderr == ""


@pytest.mark.slow
def test_two_first_runs_at_once(clone: Path) -> None:
    """Of two, one makes the environment, the other waits; both then do their work."""
    command = [str(clone / "c5"), "status"]
    with (
        subprocess.Popen(command, cwd=clone, stdout=-1, stderr=-1, text=True) as one,
        subprocess.Popen(command, cwd=clone, stdout=-1, stderr=-1, text=True) as two,
    ):
        said = [process.communicate() for process in (one, two)]
        assert (one.returncode, two.returncode) == (0, 0)
    assert [out for out, _ in said] == [f"['status'] {clone}\n"] * 2
    assert sum("creando .venv" in err for _, err in said) == 1


@pytest.mark.slow
def test_tests_need_their_own_lock(clone: Path) -> None:
    """`test` asks for the development lock; afterwards the rest needs nothing more."""
    assert "dev.txt" in run(clone / "c5", "test", cwd=clone).stderr
    assert run(clone / "c5", "status", cwd=clone).stderr == ""


def test_missing_python_is_said_plainly(clone: Path, tmp_path: Path) -> None:
    """Without a Python that is new enough it names the version, in two languages, and fails."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "readlink", "cksum", "cat"):
        (tools / name).symlink_to(shutil.which(name) or name)
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    said = run(clone / "c5", "status", cwd=clone, path=str(tools))
    assert said.returncode == 69
    assert "falta Python 3.11" in said.stderr
    assert "Python 3.11 or newer is missing" in said.stderr
    assert said.stdout == ""


def test_script_is_posix_and_executable() -> None:
    """A strict shell reads it, and a clone can run it."""
    shell = shutil.which("dash") or "sh"
    subprocess.run([shell, "-n", str(HOME / "c5")], check=True)
    for script in (HOME / "c5", HOME / ".ci" / "run"):
        assert os.access(script, os.X_OK)
