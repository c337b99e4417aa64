"""System packages that pip cannot bring; apt installs them for root on Debian.

A package is there when one of its programs is on PATH, or the linker finds its library.
"""

import ctypes.util
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from core.errors import ServiceError

NEEDS: Mapping[str, Sequence[str]] = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "debootstrap": ("debootstrap",),
}
LIBRARIES: Mapping[str, str] = {
    "libpango-1.0-0": "pango-1.0",
    "libpangoft2-1.0-0": "pangoft2-1.0",
    "libharfbuzz-subset0": "harfbuzz-subset",
}
"""What lays out the text of printed reports: package -> library. Pango brings a font along."""
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


class SystemLacks(ServiceError):
    """A program or library is not on this machine, and we may not or cannot install it."""

    reason = "system_lacks"


def program(package: str) -> str | None:
    """Where a package's program is, under any of its names."""
    path = f"{os.environ.get('PATH', os.defpath)}:{_SBIN}"
    names = NEEDS.get(package, (package,))
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)


def is_there(package: str) -> bool:
    """Tell whether a package's program or library can be used."""
    if package in LIBRARIES:
        return ctypes.util.find_library(LIBRARIES[package]) is not None
    return program(package) is not None


def ensure(packages: Sequence[str]) -> list[str]:
    """Install what is missing; answer what was installed."""
    missing = [package for package in packages if not is_there(package)]
    if not missing:
        return []
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SystemLacks(
            f"missing: {', '.join(missing)}; install with `apt-get install {' '.join(missing)}`, "
            "or by this system's own means"
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--no-install-recommends", *missing]):
        done = subprocess.run(
            ["apt-get", "-q", "-y", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemLacks(
                f"apt-get could not install {', '.join(missing)}; do it by hand. It said: "
                f"{done.stderr.strip()[-1500:]}"
            )
    still = [package for package in missing if not is_there(package)]
    if still:
        raise SystemLacks(
            f"apt-get installed {', '.join(still)}, yet no program of it is on PATH, nor does the "
            "linker find a library of it; look at what `ldconfig -p` lists"
        )
    return missing
