"""Letter shapes that C5 ships, so that a seed draws the same plates on every machine.

Training wants many installed fonts; tests and simulated cameras want the same picture everywhere,
also where no font is installed. `letters.png` holds 36 characters of a few faces, one face a row.
`python -m vision.train.letters` writes it again.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]

MARK: Final = "shipped:"
"""A face's path begins with this where its letters are these."""
FACES: Final[Mapping[str, float]] = {
    "OSP-DIN.ttf": 6,
    "texgyreheroscn-bold.otf": 5,
    "texgyreheroscn-regular.otf": 3,
    "BebasNeue-Regular.otf": 3,
    "RobotoCondensed-Bold.ttf": 3,
    "routed-gothic-narrow.ttf": 6,
    "LeagueMono-CondensedBold.otf": 3,
    "Dosis-SemiBold.otf": 4,
    "DejaVuSansCondensed-Bold.ttf": 2,
    "Mplus1Code-Bold.otf": 2,
    "Play-Bold.ttf": 2,
    "UniversalisADFStd-Cond.otf": 2,
}
"""Faces in the order of the rows, and how often each is drawn."""
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HIGH: Final = 64
_SHEET: Final = "letters.png"
_GAP: Final = 6


@cache
def _sheet() -> Mapping[str, Mapping[str, Mask]]:
    """Face name -> character -> ink, trimmed to its width."""
    packed = np.frombuffer(files("vision.train").joinpath(_SHEET).read_bytes(), np.uint8)
    sheet = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    wide = sheet.shape[1] // len(_ALPHABET)
    faces = {}
    for row, name in enumerate(FACES):
        line = sheet[row * _HIGH : (row + 1) * _HIGH]
        faces[name] = {
            mark: _trimmed(line[:, at * wide : (at + 1) * wide])
            for at, mark in enumerate(_ALPHABET)
        }
    return faces


def _trimmed(cell: Mask) -> Mask:
    inked = np.flatnonzero(cell.max(axis=0) > 0)
    return np.ascontiguousarray(cell[:, inked[0] : inked[-1] + 1])


def glyph(path: str, character: str) -> Mask:
    """One character as ink (0-255), 64 px high."""
    return _sheet()[path.removeprefix(MARK)][character]


@cache
def word(path: str, text: str) -> Mask:
    """Words as ink, half as high, in capitals without accents; other signs are left out."""
    plain = unicodedata.normalize("NFKD", text).upper()
    parts: list[Mask] = []
    for mark in plain:
        if mark in _ALPHABET:
            parts += [glyph(path, mark), np.zeros((_HIGH, _GAP), np.uint8)]
        elif mark in " -./:":
            parts.append(np.zeros((_HIGH, 4 * _GAP), np.uint8))
    whole = np.concatenate(parts or [np.zeros((_HIGH, 4), np.uint8)], axis=1)
    size = (max(2, whole.shape[1] // 2), _HIGH // 2)
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)


def _write(target: Path) -> None:
    from vision.train import fonts  # noqa: PLC0415 - which itself looks here for shipped ones

    found = {Path(face.path).name: face.path for face in fonts.plate_faces()}
    rows = [[fonts.glyph(found[name], mark) for mark in _ALPHABET] for name in FACES]
    wide = max(one.shape[1] for row in rows for one in row) + 2
    sheet = np.zeros((_HIGH * len(rows), wide * len(_ALPHABET)), np.uint8)
    for row, glyphs in enumerate(rows):
        for at, one in enumerate(glyphs):
            part = sheet[row * _HIGH : (row + 1) * _HIGH, at * wide : at * wide + one.shape[1]]
            part[:] = one & 0xF0  # sixteen levels draw as well and pack twice as small
    cv2.imwrite(str(target), sheet, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    _write(Path(__file__).with_name(_SHEET))
