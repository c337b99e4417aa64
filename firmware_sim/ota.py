"""Firmware updates, simulated: a manifest, an image that must match it, a restart.

An image is made from its version, so any device can "download" it and check
the manifest's digest for real. A wrong digest or size leaves the old version.
"""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from core.errors import InvalidField

_IMAGE_BYTES: Final = 4096
_VERSION_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an update claims to be."""

    version: str
    sha256: str
    size_bytes: int

    @classmethod
    def of(cls, version: str) -> Self:
        """The true manifest of a version."""
        built = image(version)
        return cls(version, hashlib.sha256(built).hexdigest(), len(built))

    @classmethod
    def parse(cls, args: Mapping[str, object]) -> Self:
        """Read it from a command's args: version, sha256, size_bytes."""
        match args:
            case {
                "version": str(version),
                "sha256": str(sha256),
                "size_bytes": int(size_bytes),
            } if 0 < len(version) <= _VERSION_MAX:
                return cls(version, sha256.lower(), size_bytes)
        raise InvalidField(
            "update needs args version, sha256 and size_bytes; see docs/simulator.md"
        )

    def args(self) -> dict[str, object]:
        """Write it as a command's args."""
        return {"version": self.version, "sha256": self.sha256, "size_bytes": self.size_bytes}


def image(version: str) -> bytes:
    """The bytes of a version."""
    return random.Random(f"image:{version}").randbytes(_IMAGE_BYTES)


def fault(manifest: Manifest, downloaded: bytes) -> str | None:
    """Why an image must not be installed; None when it may."""
    if len(downloaded) != manifest.size_bytes:
        return f"image has {len(downloaded)} bytes, manifest says {manifest.size_bytes}"
    digest = hashlib.sha256(downloaded).hexdigest()
    if digest != manifest.sha256:
        return f"image digest {digest[:12]}… is not the manifest's {manifest.sha256[:12]}…"
    return None
