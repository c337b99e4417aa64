"""What plates of each region look like: masks, colours and where they stand.

A mask is written as it is painted: L a letter, D a digit, A either, anything else itself; a small a
is an A that is painted.
`weight` is how often a style is drawn. Mexican masks are those of NOM-001-SCT-2-2016 and the older
ones still on the road.
"""

from dataclasses import dataclass, field
from typing import Final

from vision.train.words import BR_TOP, EU_LOW, MX_SMALL, MX_STATES, US_LOW, US_TOP

Colour = tuple[int, int, int]
"""Blue, green, red."""

BLACK: Final[Colour] = (25, 25, 25)
NAVY: Final[Colour] = (90, 40, 20)
BLUE: Final[Colour] = (150, 70, 20)
GREEN: Final[Colour] = (50, 100, 20)
RED: Final[Colour] = (40, 30, 170)
MAROON: Final[Colour] = (50, 30, 100)
WHITE: Final[Colour] = (235, 238, 238)
SILVER: Final[Colour] = (190, 195, 195)
CREAM: Final[Colour] = (190, 220, 232)
SKY: Final[Colour] = (225, 200, 165)
YELLOW: Final[Colour] = (60, 195, 235)
ORANGE: Final[Colour] = (50, 150, 235)
TAN: Final[Colour] = (150, 180, 200)

MX_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """One family of plates."""

    region: str
    weight: float
    masks: tuple[str, ...]
    aspect: tuple[float, float] = (1.9, 2.1)
    """Width over height of the plate."""
    tall: tuple[float, float] = (0.4, 0.55)
    """Height of the characters over the plate's."""
    wide: tuple[float, float] = (0.82, 0.95)
    """Width of the characters' row over the plate's, at most."""
    middle: tuple[float, float] = (0.48, 0.56)
    """Where the row's middle stands, from the top."""
    inks: tuple[Colour, ...] = (BLACK, NAVY)
    papers: tuple[Colour, ...] = (WHITE,)
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    word_share: float = 0.85
    """How often the words above and below are there."""
    joints: tuple[str, ...] = ("-",)
    """What - in a mask may be painted as."""
    letters: str = LETTERS
    band: str = ""
    """left (a blue strip with stars), top (Mercosur), or none."""
    picture: float = 0.0
    """How often the paper carries a picture."""
    stickers: float = 0.0
    stacked: float = 0.0
    """How often small stacked letters stand beside the row; they do not count as the plate."""
    fonts: tuple[str, ...] = field(default=())
    """Preferred font files; empty: any."""


_NARROW: Final = (
    "OSP-DIN.ttf",
    "texgyreheroscn-regular.otf",
    "texgyreheroscn-bold.otf",
    "LiberationSansNarrow-Bold.ttf",
    "routed-gothic-narrow.ttf",
    "routed-gothic.ttf",
    "RobotoCondensed-Regular.ttf",
    "NimbusSansNarrow-Bold.otf",
    "Dosis-SemiBold.otf",
    "BebasNeue-Regular.otf",
    "LeagueMono-CondensedMedium.otf",
)
_MX_INKS: Final = (BLACK, BLACK, BLACK, NAVY, GREEN, MAROON, RED)
_MX_PAPERS: Final = (WHITE, WHITE, WHITE, SILVER, CREAM, SKY, (215, 225, 205), (205, 205, 230))
_US_INKS: Final = (BLACK, NAVY, NAVY, BLUE, RED, MAROON, GREEN)
_US_PAPERS: Final = (WHITE, WHITE, SILVER, SKY, CREAM, TAN, YELLOW, ORANGE)

STYLES: Final = (
    Style(  # Mexico, 2016: cars first, every other class beside them
        region="mx",
        weight=24,
        masks=(
            *("LLL-DDD-L",) * 12,
            *("LDD-LLL",) * 4,
            *("L-DDD-LLL",) * 3,
            *("LL-DDDD-L",) * 3,
            "L-DDD-LL",
            "DD-LL-DL",
            "DD-LL-D",
            "L-DL-DD",
            "DDD-L",
            "DDL-DDD",
            "D-LL-DDL",
            "LL-D-L",
            "LL-DDDL-D",
            "DD-PC-DDD",
            "aM-DDD-LL",
            "BM-DDD-LL",
        ),
        tall=(0.36, 0.5),
        wide=(0.82, 0.97),
        middle=(0.46, 0.6),
        inks=_MX_INKS,
        papers=_MX_PAPERS,
        above=(*MX_STATES, *MX_SMALL),
        below=(*MX_STATES, *MX_SMALL),
        letters=MX_LETTERS,
        joints=("-", "-", "-", "·", " "),
        picture=0.4,
        stickers=0.15,
    ),
    Style(  # Mexico, older, still on the road
        region="mx",
        weight=10,
        masks=(
            *("LLL-DD-DD",) * 6,
            *("LLL-DDD",) * 2,
            *("DDD-LLL",) * 3,
            *("LL-DD-DDD",) * 3,
            "L-DD-DDD",
            "L-DDDDD",
            "DD-DD-LLL",
            "DDD-LLL-D",
        ),
        tall=(0.36, 0.52),
        inks=_MX_INKS,
        papers=_MX_PAPERS,
        above=(*MX_STATES, *MX_SMALL),
        below=(*MX_STATES, *MX_SMALL),
        joints=("-", "-", "·", " "),
        picture=0.4,
        stickers=0.15,
    ),
    Style(  # United States: serial plates
        region="us",
        weight=20,
        masks=(
            *("LLD-LDL",) * 4,
            *("DLLLDDD",) * 4,
            *("LLL-DDDD",) * 4,
            *("LLL-DDD",) * 4,
            *("DDD-LLL",) * 4,
            *("LDD-DDDD", "DDD-DDDD", "DDDDDD", "LL-DDDD", "DDDD-LL", "DDLL-DD", "LLL-DDL"),
            *("DDDD", "DDDDD", "LL-DDD", "LDD-LDL", "LLD-LDDD", "DLL-DDD", "DDDDDDD", "LL-DDDL"),
            *("LDDDDDD", "DLDDDD", "DDL-LLD", "DLL-DLDD", "DD-LLDDD", "DLDDDDD", "DDLDDLD"),
        ),
        tall=(0.42, 0.6),
        wide=(0.82, 0.97),
        middle=(0.48, 0.57),
        inks=_US_INKS,
        papers=_US_PAPERS,
        above=US_TOP,
        below=(*US_TOP, *US_LOW),
        joints=("-", " ", " ", "·", "#", "#"),
        picture=0.35,
        stickers=0.6,
        stacked=0.12,
    ),
    Style(  # United States: chosen texts
        region="us",
        weight=6,
        masks=(
            *("LLLLLLL", "LLLLLL", "LLLLLL", "LLLLLDD", "LLLLDD", "LLLLL", "LLLL", "LLLDDL"),
            *("LLL LLLL", "LL LLLL", "LLLL LL", "DLLLLLL", "LLLDL", "LLLLLLLL", "L LLLL", "LLL"),
            *("AAAAAAA", "AAAAAA", "AAA AAA", "AAA-AAAA", "AAAAA"),
        ),
        tall=(0.42, 0.6),
        inks=_US_INKS,
        papers=_US_PAPERS,
        above=US_TOP,
        below=US_LOW,
        joints=("-", "·", "#"),
        picture=0.3,
        stickers=0.5,
    ),
    Style(  # United States: light on dark
        region="us",
        weight=4,
        masks=("DDDDDD", "DDD-LLL", "LLL DDD", "LLDDDD", "LLL-DDDD", "LLLLLL", "DDLLL"),
        tall=(0.42, 0.58),
        inks=(WHITE, CREAM, YELLOW),
        papers=(NAVY, BLUE, GREEN, MAROON, (60, 50, 40)),
        above=US_TOP,
        below=US_LOW,
        joints=("-", " ", "·", "#"),
        stickers=0.5,
    ),
    Style(  # Brazil, until 2018
        region="br",
        weight=12,
        masks=("LLL-DDDD",),
        aspect=(2.95, 3.2),
        tall=(0.5, 0.62),
        wide=(0.86, 0.95),
        middle=(0.58, 0.66),
        inks=(BLACK,),
        papers=(SILVER, SILVER, WHITE, (150, 155, 155)),
        above=BR_TOP,
        joints=("·", "·", "-"),
        fonts=_NARROW,
    ),
    Style(  # Mercosur
        region="br",
        weight=5,
        masks=("LLLDLDD", "LLLDLDD", "LLL DDDD", "LL DDD LL"),
        aspect=(2.95, 3.2),
        tall=(0.5, 0.6),
        wide=(0.84, 0.94),
        middle=(0.6, 0.64),
        inks=(BLACK, BLACK, BLUE, RED),
        papers=(WHITE,),
        band="top",
    ),
    Style(  # Europe: long plates
        region="eu",
        weight=14,
        masks=(
            *("LL-DDDLL",) * 6,
            *(
                "LLDD LLL",
                "LL-LL-DDDD",
                "L-LL-DDDD",
                "DDDD LLL",
                "LL-DDD-LL",
                "LLL DDDD",
                "LL DDDDD",
            ),
            *("DLD DDDD", "DLL DDDD", "LL DDLL", "LLL-LL-DDD", "LLL-DDLL", "LL-DDDD", "DD-LL-LL"),
            *("LLL DD-DD", "DD-LLL-D", "L-DDD-LL", "LL DDDLL", "D-LLL-DDD", "LLLLLLL", "LL DD LLL"),
        ),
        aspect=(4.0, 4.8),
        tall=(0.6, 0.76),
        wide=(0.72, 0.86),
        middle=(0.48, 0.53),
        inks=(BLACK,),
        papers=(WHITE, WHITE, WHITE, WHITE, YELLOW, SILVER),
        below=EU_LOW,
        word_share=0.3,
        joints=("-", " ", "#", "#-"),
        band="left",
        fonts=_NARROW,
    ),
    Style(  # anything, so that the reader learns characters and not habits
        region="generic",
        weight=7,
        masks=(
            "AAAAAA",
            "AAAAAAA",
            "AAA-AAA",
            "AA-AAAA",
            "AAAA",
            "AAAAA",
            "AAA-AAA-A",
            "AA-AA-AAA",
        ),
        aspect=(1.8, 4.4),
        tall=(0.4, 0.65),
        inks=(*_US_INKS, WHITE),
        papers=(*_US_PAPERS, NAVY),
        above=(*US_TOP, *MX_STATES),
        below=(*US_LOW, *MX_SMALL),
        word_share=0.6,
        joints=("-", " ", "·", "#"),
        picture=0.4,
        stickers=0.3,
    ),
)
TWO_ROWS: Final = (
    Style(
        region="mx",
        weight=4,
        masks=("LDD/LLL", "DLL/LD", "LLL/DDD"),
        aspect=(1.5, 1.65),
        letters=MX_LETTERS,
    ),
    Style(region="br", weight=3, masks=("LLL/DDDD", "LLL/DLDD"), aspect=(1.15, 1.3)),
    Style(region="eu", weight=2, masks=("LL/DDDD", "LLDD/LLL"), aspect=(1.2, 1.5)),
)
"""Plates whose row is broken (motorcycles, lorries); a slash parts the rows."""
