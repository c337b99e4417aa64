"""Labelled photographs on disk, and the fold that is never trained on.

A set is NAME.tsv beside its pictures: file, x, y, w, h, plate for photographs, or file, state,
plate for plates that are cut out. The fold follows the plate's text, so that two photographs of
one vehicle always lie on the same side.
"""

import csv
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError

Bgr = NDArray[np.uint8]
F32 = NDArray[np.float32]

SETS: Final = ("us", "br", "eu", "us_crops")
_FOLDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One photograph and the plate that people saw in it."""

    path: Path
    group: str
    """Name of its set."""
    plate: str
    box: tuple[int, int, int, int] | None
    """x, y, width, height; None: the picture is the plate."""

    @property
    def says(self) -> str:
        """What its plate says: the label, or what relabelled.toml has in its place."""
        return _relabelled().get(self.path.name, self.plate)

    @property
    def held_out(self) -> bool:
        """Whether it is kept back from training."""
        return hashlib.sha256(self.plate.encode()).digest()[0] % _FOLDS == 0

    def read(self) -> Bgr:
        """Its pixels."""
        image = cv2.imread(str(self.path), cv2.IMREAD_COLOR)
        if image is None:
            raise ConfigError(f"{self.path} is no picture; correct the list it stands in")
        return np.asarray(image, np.uint8)


@cache
def _relabelled() -> Mapping[str, str]:
    """Photograph's file name -> what people see on its plate."""
    return tomllib.loads(
        files("vision.train").joinpath("relabelled.toml").read_text(encoding="utf-8")
    )


def photos(folder: Path, sets: tuple[str, ...] = SETS) -> Iterator[Photo]:
    """Every labelled photograph of the sets; ConfigError where one is absent."""
    for group in sets:
        try:
            with (folder / f"{group}.tsv").open(encoding="utf-8") as lines:
                rows = list(csv.DictReader(lines, delimiter="\t"))
        except OSError as exc:
            raise ConfigError(f"the photographs are not there: {exc}; name their folder") from None
        for row in rows:
            box = (
                (int(row["x"]), int(row["y"]), int(row["w"]), int(row["h"])) if "x" in row else None
            )
            yield Photo(path=folder / row["file"], group=group, plate=row["plate"], box=box)


def cut(photo: Photo, margin: float = 0.3) -> tuple[Bgr, F32]:
    """The plate with some of its surroundings, and its (4, 2) corners therein."""
    image = photo.read()
    if photo.box is None:
        high, wide = image.shape[:2]
        edge = round(high * 0.15)
        framed = cv2.copyMakeBorder(image, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
        return np.asarray(framed, np.uint8), _corners(edge, edge, wide, high)
    x, y, wide, high = photo.box
    edge = round(high * margin) + 2
    framed = cv2.copyMakeBorder(image, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    part = framed[y : y + high + 2 * edge, x : x + wide + 2 * edge]
    return np.array(part, np.uint8), _corners(edge, edge, wide, high)


def _corners(x: int, y: int, wide: int, high: int) -> F32:
    return np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]], np.float32)
