"""Make `.venv` equal to a lock file: called by `./c5`, before any dependency exists.

Only the standard library is used. A kernel lock keeps two first runs apart. A
mark stands in the environment while it is being changed, so one that an
interrupted run left half-made is recognised and made again from nothing.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

EXIT_UNAVAILABLE = 69
_OLDEST = (3, 11)
_BUSY = "c5-changing"
_LOCKS = ("runtime", "dev", "bench")
"""Each holds all of the one before it."""


def main(arguments: list[str]) -> int:
    """Make the environment; answer the exit code.

    arguments  the repository's folder, and which lock: runtime, dev or bench
    """
    home, need = Path(arguments[0]), arguments[1]
    with (home / ".venv.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("otra instalación está en curso; esperando", "another installation runs; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_current(home, need):
            return 0
        try:
            _install(home, need)
        except subprocess.CalledProcessError as exc:
            _say(
                f"la instalación falló (código {exc.returncode}); revise la red y repita: se "
                "reanuda sola",
                f"the installation failed (code {exc.returncode}); check the network and run it "
                "again: it heals itself",
            )
            return EXIT_UNAVAILABLE
    return 0


def _install(home: Path, need: str) -> None:
    venv = home / ".venv"
    python = venv / "bin" / "python"
    if (venv / _BUSY).exists() or not _works(python):
        if venv.exists():
            shutil.rmtree(venv)
        _say("creando .venv (una sola vez)", "making .venv (once)")
        _need_venv_module()
        venv.mkdir()
        (venv / _BUSY).touch()
        subprocess.run([sys.executable, "-I", "-m", "venv", str(venv)], check=True)
    (venv / _BUSY).touch()
    _say(
        f"instalando dependencias de requirements/{need}.txt (cerca de un minuto)",
        f"installing the dependencies of requirements/{need}.txt (about a minute)",
    )
    lock = home / "requirements" / f"{need}.txt"
    pip = [str(python), "-I", "-m", "pip", "install", "-qq", "--no-input"]
    pip += ["--disable-pip-version-check", "--require-hashes", "--requirement", str(lock)]
    subprocess.run(pip, check=True)
    for stamp in _LOCKS[: _LOCKS.index(need) + 1]:
        (venv / f"c5-{stamp}.stamp").write_text(f"{_checksum(home, stamp)}\n")
    (venv / _BUSY).unlink()


def _is_current(home: Path, need: str) -> bool:
    stamp = home / ".venv" / f"c5-{need}.stamp"
    return stamp.exists() and stamp.read_text().strip() == _checksum(home, need)


def _checksum(home: Path, need: str) -> str:
    """What the shell's `cksum <lock` says; `./c5` compares with the same program."""
    with (home / "requirements" / f"{need}.txt").open("rb") as lock:
        done = subprocess.run(["cksum"], stdin=lock, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _works(python: Path) -> bool:
    """Whether an environment's Python is new enough and has pip."""
    if not os.access(python, os.X_OK):
        return False
    program = f"import pip, sys; sys.exit(sys.version_info < {_OLDEST})"
    done = subprocess.run([str(python), "-I", "-c", program], capture_output=True, check=False)
    return done.returncode == 0


def _need_venv_module() -> None:
    """Debian ships `venv` apart; root gets it installed, anyone else is told."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _say(f"instalando {package}", f"installing {package}")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        apt = ["apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0"]
        subprocess.run([*apt, "update"], env=environment, check=True)
        subprocess.run([*apt, "install", package], env=environment, check=True)
        return
    _say(
        f"falta el módulo venv de Python; instálelo: apt-get install {package}",
        f"Python's venv module is missing; install it: apt-get install {package}",
    )
    sys.exit(EXIT_UNAVAILABLE)


def _say(spanish: str, english: str) -> None:
    sys.stderr.write(f"c5: {spanish} · {english}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
