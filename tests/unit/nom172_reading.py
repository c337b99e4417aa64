"""A second reading of NOM-172-SEMARNAT-2023, in plain Python and decimals, hour by hour.

Written from the text of the rules alone and sharing no line with sensing/air, so that the two can
disagree. Slow on purpose.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

CATEGORIES = ("buena", "aceptable", "mala", "muy_mala", "extremadamente_mala")
_GAS = {
    "o3": ("0.058", "0.090", "0.135", "0.175"),
    "no2": ("0.053", "0.106", "0.160", "0.213"),
    "so2": ("0.035", "0.075", "0.185", "0.304"),
    "co": ("5.00", "9.00", "12.00", "16.00"),
}
_PM = {
    ("pm10", False): ("45", "60", "132", "213"),
    ("pm10", True): ("45", "50", "132", "213"),
    ("pm25", False): ("15", "33", "79", "130"),
    ("pm25", True): ("15", "25", "79", "130"),
}
_FACTOR = {"pm10": Decimal("0.714"), "pm25": Decimal("0.694")}


def rounded(value: Decimal, places: int) -> Decimal:
    """Half up."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def concentration(pollutant: str, past: Sequence[Decimal | None]) -> Decimal | None:
    """The value that is judged; `past` ends with this hour, a number a past hour or None.

    PM in ug/m3, O3, NO2 and SO2 in ppb, CO in ppm.
    """
    if pollutant in {"pm10", "pm25"}:
        return _weighted(pollutant, past)
    if pollutant == "co":
        eight = [one for one in past[-8:] if one is not None]
        return None if len(eight) < 6 else rounded(sum(eight, Decimal()) / len(eight), 2)
    now = past[-1]
    return None if now is None else rounded(now / 1000, 3)


def _weighted(pollutant: str, past: Sequence[Decimal | None]) -> Decimal | None:
    newest_first = list(reversed(past[-12:]))
    if sum(one is not None for one in newest_first[:3]) < 2:
        return None
    there = [one for one in newest_first if one is not None]
    largest, smallest = max(there), min(there)
    w = Decimal(1) if largest == 0 else 1 - (largest - smallest) / largest
    w = max(Decimal("0.5"), rounded(w, 2))
    above = below = Decimal()
    for i, one in enumerate(newest_first, start=1):
        if one is not None:
            above += one * w ** (i - 1)
            below += w ** (i - 1)
    return rounded(_FACTOR[pollutant] * above / below, 0)


def category(pollutant: str, value: Decimal | None, *, from_2026: bool) -> str:
    """The band that a value falls into."""
    if value is None:
        return "insuficiente"
    bounds = _GAS.get(pollutant) or _PM[pollutant, from_2026]
    for name, bound in zip(CATEGORIES, bounds, strict=False):
        if value <= Decimal(bound):
            return name
    return CATEGORIES[-1]


def station(categories: Mapping[str, str]) -> str:
    """The worst of the pollutants' bands."""
    known = [CATEGORIES.index(one) for one in categories.values() if one in CATEGORIES]
    return CATEGORIES[max(known)] if known else "insuficiente"
