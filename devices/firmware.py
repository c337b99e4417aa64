"""What a firmware update claims to be, and whether an image is what it claims.

A manifest travels as the args of an `update` command. A device installs an image
only if its size and digest are the manifest's; so a cut download, or another
image under the same name, leaves the old firmware running.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from core.errors import InvalidField

COMMAND: Final = "update"
MAX_IMAGE_BYTES: Final = 64 * 1024 * 1024
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One image of one version."""

    version: str
    sha256: str
    size_bytes: int

    @classmethod
    def of(cls, version: str, image: bytes) -> Self:
        """Describe an image."""
        digest = hashlib.sha256(image).hexdigest()
        return cls.parse({"version": version, "sha256": digest, "size_bytes": len(image)})

    @classmethod
    def parse(cls, args: Mapping[str, object]) -> Self:
        """Read it from a command's args; InvalidField says what is wrong."""
        version, sha256, size_bytes = (args.get(name) for name in cls.__slots__)
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise InvalidField("update needs version: 1 to 64 letters, digits, '.', '_', '+', '-'")
        if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256.lower()):
            raise InvalidField("update needs sha256: 64 hexadecimal digits of the image's digest")
        if (
            isinstance(size_bytes, bool)
            or not isinstance(size_bytes, int)
            or not 0 < size_bytes <= MAX_IMAGE_BYTES
        ):
            raise InvalidField(f"update needs size_bytes: 1 to {MAX_IMAGE_BYTES}")
        return cls(version=version, sha256=sha256.lower(), size_bytes=size_bytes)

    def args(self) -> dict[str, object]:
        """Write it as a command's args; `parse` undoes it."""
        return {"version": self.version, "sha256": self.sha256, "size_bytes": self.size_bytes}

    def fault(self, image: bytes) -> str | None:
        """Why an image must not be installed; None when it may."""
        if len(image) != self.size_bytes:
            return f"image has {len(image)} bytes, manifest says {self.size_bytes}"
        digest = hashlib.sha256(image).hexdigest()
        if digest != self.sha256:
            return f"image digest {digest[:12]} is not the manifest's {self.sha256[:12]}"
        return None
