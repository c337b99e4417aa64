"""System packages that tests need and pip cannot bring; apt installs them for root on Debian."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from core.errors import ServiceError

NEEDS: Mapping[str, Sequence[str]] = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "debootstrap": ("debootstrap",),
}
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


class SystemLacks(ServiceError):
    """A program is not on this machine, and we may not or cannot install it."""

    reason = "system_lacks"


def program(package: str) -> str | None:
    """Where a package's program is, under any of its names."""
    path = f"{os.environ.get('PATH', os.defpath)}:{_SBIN}"
    names = NEEDS.get(package, (package,))
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)


def ensure(packages: Sequence[str]) -> list[str]:
    """Install what is missing; answer what was installed."""
    missing = [package for package in packages if program(package) is None]
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
    still = [package for package in missing if program(package) is None]
    if still:
        raise SystemLacks(f"apt-get installed {', '.join(still)}, yet no program of it is on PATH")
    return missing
