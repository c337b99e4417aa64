"""Letter shapes for drawn plates, from fonts that Debian packages carry.

Plate dies are no fonts, but their shapes lie between these once width and weight vary.
`apt-get install` the packages in PACKAGES; a font that is absent is left out, and too few of
them are an error, because a reader trained on a handful of shapes reads only those.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.errors import ConfigError
from vision.train import letters

PACKAGES: Final = (
    "fonts-adf-universalis",
    "fonts-b612",
    "fonts-bebas-neue",
    "fonts-beteckna",
    "fonts-cabin",
    "fonts-clear-sans",
    "fonts-comfortaa",
    "fonts-dejavu",
    "fonts-dosis",
    "fonts-freefont-ttf",
    "fonts-hack",
    "fonts-inconsolata",
    "fonts-jetbrains-mono",
    "fonts-jura",
    "fonts-karla",
    "fonts-lato",
    "fonts-league-mono",
    "fonts-league-spartan",
    "fonts-liberation",
    "fonts-liberation2",
    "fonts-lobster",
    "fonts-manrope",
    "fonts-mplus",
    "fonts-open-sans",
    "fonts-opendin",
    "fonts-play",
    "fonts-quicksand",
    "fonts-roboto-unhinted",
    "fonts-routed-gothic",
    "fonts-texgyre",
    "fonts-urw-base35",
)
"""Debian packages that hold the fonts below."""

PLATE: Final = (
    ("OSP-DIN.ttf", 6),
    ("texgyreheroscn-bold.otf", 4),
    ("texgyreheroscn-regular.otf", 4),
    ("NimbusSansNarrow-Bold.otf", 2),
    ("LiberationSansNarrow-Bold.ttf", 2),
    ("LiberationSansNarrow-Regular.ttf", 2),
    ("BebasNeue-Regular.otf", 3),
    ("BebasNeue-Bold.otf", 3),
    ("RobotoCondensed-Regular.ttf", 3),
    ("RobotoCondensed-Bold.ttf", 3),
    ("Roboto-Medium.ttf", 2),
    ("routed-gothic-narrow.ttf", 8),
    ("routed-gothic.ttf", 6),
    ("routed-gothic-wide.ttf", 1),
    ("DejaVuSansCondensed-Bold.ttf", 2),
    ("DejaVuSansCondensed.ttf", 2),
    ("DejaVuSansMono-Bold.ttf", 2),
    ("LeagueMono-CondensedBold.otf", 3),
    ("LeagueMono-NarrowSemiBold.otf", 2),
    ("LeagueMono-CondensedMedium.otf", 2),
    ("Dosis-SemiBold.otf", 4),
    ("Dosis-Bold.otf", 4),
    ("Mplus1Code-Bold.otf", 2),
    ("Mplus1Code-Medium.otf", 2),
    ("Mplus1-Medium.otf", 1),
    ("Play-Bold.ttf", 2),
    ("Play-Regular.ttf", 2),
    ("BetecknaGSCondensed-Bold.ttf", 1),
    ("UniversalisADFStd-Bold.otf", 1),
    ("UniversalisADFStd-BoldCond.otf", 2),
    ("UniversalisADFStd-Cond.otf", 2),
    ("FreeSansBold.ttf", 2),
    ("FreeSans.ttf", 2),
    ("B612-Bold.otf", 2),
    ("B612Mono-Bold.otf", 2),
    ("Hack-Bold.ttf", 1),
    ("Inconsolata.otf", 2),
    ("JetBrainsMono-Bold.ttf", 1),
    ("Jura-SemiBold.otf", 2),
    ("Jura-Medium.otf", 2),
    ("ClearSans-Medium.ttf", 1),
    ("OpenSans-CondBold.ttf", 2),
    ("Cabin-SemiBold.otf", 2),
    ("Comfortaa-Bold.ttf", 1),
    ("Quicksand-Bold.ttf", 1),
)
"""File name and how often it is drawn, relative to the others."""

WORDS: Final = (
    "Lato-Black.ttf",
    "Lato-Regular.ttf",
    "LeagueSpartan-Bold.otf",
    "lobster.otf",
    "texgyreadventor-bold.otf",
    "texgyrepagella-bold.otf",
    "texgyrechorus-mediumitalic.otf",
    "texgyretermes-bold.otf",
    "LiberationSans-Bold.ttf",
    "LiberationSerif-BoldItalic.ttf",
    "RobotoCondensed-Bold.ttf",
    "Karla-Bold.otf",
    "Manrope-Bold.ttf",
    "BebasNeue-Regular.otf",
    "Z003-MediumItalic.otf",
)
"""For state names, slogans, dealers' frames: anything on a plate that is not the plate."""

_ROOTS: Final = ("/usr/share/fonts", "/usr/share/texmf/fonts")
_FEWEST: Final = 12
_GLYPH_PX: Final = 64

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Face:
    """A font that was found, and how often it is drawn."""

    path: str
    weight: float


@cache
def _found() -> dict[str, str]:
    """Every font file of this machine by its name."""
    return {
        path.name: str(path)
        for root in _ROOTS
        for path in sorted(Path(root).rglob("*"))
        if path.suffix.lower() in {".ttf", ".otf"}
    }


_shipped: ContextVar[bool] = ContextVar("shipped", default=False)


@contextmanager
def shipped() -> Iterator[None]:
    """Within it plates are drawn with the letters of `vision.train.letters` alone."""
    token = _shipped.set(True)
    try:
        yield
    finally:
        _shipped.reset(token)


def plate_faces() -> tuple[Face, ...]:
    """Fonts for the plate's own characters; ConfigError where too few are installed."""
    return _own() if _shipped.get() else _installed()


def word_faces() -> tuple[str, ...]:
    """Fonts for the words around a plate."""
    return tuple(face.path for face in _own()) if _shipped.get() else _installed_words()


@cache
def _own() -> tuple[Face, ...]:
    return tuple(Face(letters.MARK + name, weight) for name, weight in letters.FACES.items())


@cache
def _installed() -> tuple[Face, ...]:
    faces = tuple(Face(_found()[name], weight) for name, weight in PLATE if name in _found())
    if len(faces) < _FEWEST:
        raise ConfigError(
            f"{len(faces)} plate fonts are installed, {_FEWEST} are needed; "
            f"run `apt-get install {' '.join(PACKAGES)}`"
        )
    return faces


@cache
def _installed_words() -> tuple[str, ...]:
    return tuple(_found()[name] for name in WORDS if name in _found()) or tuple(
        face.path for face in _installed()
    )


@cache
def _type(path: str, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size_px)


@lru_cache(maxsize=6000)
def glyph(path: str, character: str) -> Mask:
    """One character as ink (0-255), trimmed to its width; all capitals are 64 px high."""
    if path.startswith(letters.MARK):
        return letters.glyph(path, character)
    type_ = _type(path, 88)
    left, _, right, _ = type_.getbbox(character)
    _, high, _, low = type_.getbbox("H")
    image = Image.new("L", (max(4, int(right - left) + 4), int(low - high) + 8))
    ImageDraw.Draw(image).text((2 - left, 4 - high), character, fill=255, font=type_)
    ink = np.asarray(image)[4 : 4 + int(low - high)]
    scale = _GLYPH_PX / max(1, ink.shape[0])
    wide = max(3, round(ink.shape[1] * scale))
    return np.asarray(cv2.resize(ink, (wide, _GLYPH_PX), interpolation=cv2.INTER_AREA), np.uint8)


@lru_cache(maxsize=4000)
def word(path: str, text: str) -> Mask:
    """Words as ink (0-255), trimmed."""
    if path.startswith(letters.MARK):
        return letters.word(path, text)
    type_ = _type(path, 32)
    left, top, right, bottom = type_.getbbox(text)
    image = Image.new("L", (max(2, int(right - left)), max(2, int(bottom - top))))
    ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=type_)
    return np.asarray(image, np.uint8)
