"""The shipped networks: found, checked against their SHA-256, and loaded.

A model decides whom a plate is said to belong to, so one that is not the one described in
docs/lpr-models.md is refused, never tried.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from core.errors import ConfigError

FOLDER: Final = "vision.models"
LIST: Final = "models.toml"


class ModelRefused(ConfigError):
    """A network is missing or is not the one that was published."""

    reason = "model_refused"


@dataclass(frozen=True, slots=True)
class Model:
    """A network ready to run, and which one it is."""

    name: str
    version: str
    """The first 12 digits of its SHA-256."""
    net: Any
    """cv2.dnn.Net; one thread at a time may use it."""


def load(name: str, folder: Path | None = None) -> Model:
    """Load `detector` or `reader`; ModelRefused where the file is absent or another one."""
    place = Path(str(files(FOLDER))) if folder is None else folder
    try:
        listed = tomllib.loads((place / LIST).read_text(encoding="utf-8"))[name]
        packed = (place / listed["file"]).read_bytes()
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as exc:
        raise ModelRefused(
            f"the {name} is not in {place}: {exc!r}; restore vision/models from the release"
        ) from None
    digest = hashlib.sha256(packed).hexdigest()
    if digest != listed["sha256"]:
        raise ModelRefused(
            f"{listed['file']} has SHA-256 {digest[:12]}…, {LIST} says {listed['sha256'][:12]}…; "
            "restore vision/models from the release"
        )
    try:
        net = cv2.dnn.readNetFromONNX(np.frombuffer(packed, np.uint8))
    except cv2.error as exc:
        raise ModelRefused(f"{listed['file']} cannot be loaded: {exc.err}") from None
    return Model(name, digest[:12], net)
