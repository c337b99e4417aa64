"""Where a server runs: this machine as it is, as another user, or inside a Debian tree."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How to run a program there, and where its data may live.

    PostgreSQL refuses to run as root, so root always hands over to an
    unprivileged user, and then the data must be where that user can reach it.
    """

    root: Path | None = None  # a tree to chroot into; None: this machine
    uid: int | None = None  # None: as whoever we are
    gid: int | None = None
    data_home: Path | None = None  # None: inside the instance's own folder

    def argv(self, command: Sequence[str]) -> list[str]:
        """The command line that runs a program there."""
        wrapped = list(command)
        if self.uid is not None:
            wrapped = [
                "setpriv",
                f"--reuid={self.uid}",
                f"--regid={self.gid}",
                "--clear-groups",
                "--no-new-privs",
                *wrapped,
            ]
        return wrapped if self.root is None else ["chroot", str(self.root), *wrapped]

    def inside(self, path: Path) -> str:
        """How the program there calls a file of this machine."""
        return str(path) if self.root is None else f"/{path.relative_to(self.root)}"

    def give(self, path: Path) -> None:
        """Hand a file or folder to the user that the program runs as."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def folder(self, instance_folder: Path, instance_id: str) -> Path:
        """Where an instance's data live here, on this machine's terms."""
        if self.data_home is None:
            return instance_folder / "data"
        return self.data_home / instance_id


def passable(folder: Path) -> Path:
    """Make a folder that any user may pass through, and none but its owner may list."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # by name: the caller's umask may be stricter
    return folder
