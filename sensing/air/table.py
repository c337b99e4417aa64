"""Long rows into hours: what cannot be believed is named, and makes no index.

Nothing is guessed: a value in the wrong unit is not converted, one of two that disagree is not
chosen. Each cell keeps the reasons that took its value away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

import numpy as np

from core.metrics import METRICS
from core.units import PPB_PER_PPM, ppb_from_ugm3
from sensing.air.rule import Rule
from sensing.arrays import F64, I64, Bools

POLLUTANTS: Final = ("pm10", "pm25", "o3", "no2", "so2", "co")
METRIC_OF: Final = {
    "pm10": "pm10_ugm3",
    "pm25": "pm25_ugm3",
    "o3": "o3_ppb",
    "no2": "no2_ppb",
    "so2": "so2_ppb",
    "co": "co_ppm",
}
"""Where C5 stores each; its unit is the one kept inside."""
UNITS: Final = ("ug/m3", "ppb", "ppm")
_MOLAR_MASS_G: Final = {"o3": 48.00, "no2": 46.01, "so2": 64.07, "co": 28.01}
_SENTINELS: Final = np.array([-99.0, -999.0, -9999.0, -99.9, -999.9, 9999.0, 99999.0])
_LEAST_PPB: Final = {"o3": 1.0, "no2": 1.0, "so2": 0.5, "co": 20.0}
"""A series that never reaches this is not in ppb: no city's air is so clean of it for so long."""
_HOUR_S: Final = 3600


class Doubt(IntFlag):
    """Why a cell's value is not used."""

    SENTINEL = 1
    """A number that means `missing`."""
    NEGATIVE = 2
    RANGE = 4
    """More than an instrument can show."""
    UNIT = 8
    """Not a unit of this pollutant, or surely not the unit that it says."""
    DUPLICATE = 16
    """Two values for one hour that disagree."""
    TIME = 32
    """Not the beginning of an hour."""
    QUALITY = 64
    """Flagged before it came here."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Long form, in columns of one length."""

    time_s: I64
    """Beginning of the hour, Unix time."""
    station: I64
    """Place in the list of stations."""
    pollutant: I64
    """Place in POLLUTANTS."""
    unit: I64
    """Place in UNITS; -1: another."""
    value: F64
    """NaN: missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Hourly means: (pollutants, stations, hours), in ug/m3, ppb and, carbon monoxide, ppm."""

    begin_s: int
    stations: tuple[str, ...]
    value: F64
    doubt: I64
    """Bits of Doubt; a cell with any has no value."""

    @property
    def time_s(self) -> I64:
        """Beginning of every hour, Unix time."""
        return self.begin_s + _HOUR_S * np.arange(self.value.shape[2], dtype=np.int64)

    def in_units_of(self, rule: Rule) -> F64:
        """The values in a rule's units and order of pollutants."""
        parts = []
        for one in rule.pollutants:
            value = self.value[POLLUTANTS.index(one.name)]
            kept_in = "ppm" if one.name == "co" else "ppb"
            if one.unit == "ppm" and kept_in == "ppb":
                value = value / PPB_PER_PPM
            elif one.unit == "ppb" and kept_in == "ppm":
                value = value * PPB_PER_PPM
            parts.append(value)
        return np.stack(parts)


def tabulate(
    rows: Rows,
    stations: Sequence[str],
    *,
    temperature_c: float = 25.0,
    pressure_kpa: float = 101.325,
) -> Hours:
    """Put rows into hours from the first to the last that any of them names.

    Temperature and pressure turn mass into mole fractions where a gas is given in ug/m3.
    """
    aligned = rows.time_s % _HOUR_S == 0
    at_s = rows.time_s - rows.time_s % _HOUR_S
    begin_s = int(at_s.min()) if len(at_s) else 0
    count = int((at_s.max() - begin_s) // _HOUR_S + 1) if len(at_s) else 0
    shape = (len(POLLUTANTS), len(stations), count)
    value, doubt = _converted(rows, temperature_c, pressure_kpa)
    doubt |= np.where(aligned, 0, int(Doubt.TIME))
    cell = np.ravel_multi_index((rows.pollutant, rows.station, (at_s - begin_s) // _HOUR_S), shape)
    table, doubts = np.full(shape, np.nan).reshape(-1), np.zeros(shape, np.int64).reshape(-1)
    np.bitwise_or.at(doubts, cell, doubt)
    good = (doubt == 0) & np.isfinite(value)
    table[cell[good]] = value[good]
    differs = good & (value != table[cell])
    doubts[cell[differs]] |= int(Doubt.DUPLICATE)
    table[doubts & int(Doubt.DUPLICATE) != 0] = np.nan
    # Of a cell that holds a good value beside a bad one, the good one stands.
    doubts[np.isfinite(table)] = 0
    return Hours(begin_s, tuple(stations), table.reshape(shape), doubts.reshape(shape))


def _converted(rows: Rows, temperature_c: float, pressure_kpa: float) -> tuple[F64, I64]:
    """Values in the units kept inside, and what is wrong with each."""
    value = rows.value.astype(np.float64)
    doubt = np.zeros(len(value), np.int64)
    doubt[np.isin(value, _SENTINELS)] |= int(Doubt.SENTINEL)
    doubt[(value < 0) & (doubt == 0)] |= int(Doubt.NEGATIVE)
    for at, name in enumerate(POLLUTANTS):
        mine = rows.pollutant == at
        if not mine.any():
            continue
        kept, good_unit = _in_own_unit(
            name, rows.unit[mine], value[mine], temperature_c, pressure_kpa
        )
        value[mine] = kept
        wrong = ~good_unit
        if name in _LEAST_PPB:
            wrong |= _too_clean(name, rows.station[mine], rows.unit[mine], rows.value[mine])
        high = kept > METRICS[METRIC_OF[name]].hi
        here = np.where(wrong, int(Doubt.UNIT), 0) | np.where(high & ~wrong, int(Doubt.RANGE), 0)
        # A mole fraction a thousand times too large was meant in ppb.
        meant = high & (rows.unit[mine] == UNITS.index("ppm"))
        doubt[mine] |= np.where(meant, int(Doubt.UNIT), here)
    doubt[~np.isfinite(rows.value)] = 0
    return value, doubt


def _in_own_unit(
    name: str, unit: I64, value: F64, temperature_c: float, pressure_kpa: float
) -> tuple[F64, Bools]:
    mass, ppb, ppm = (unit == UNITS.index(one) for one in UNITS)
    if name in {"pm10", "pm25"}:
        return value, mass
    per_ugm3 = ppb_from_ugm3(
        1.0,
        molar_mass_g=_MOLAR_MASS_G[name],
        temperature_c=temperature_c,
        pressure_kpa=pressure_kpa,
    )
    in_ppb = np.select([mass, ppm], [value * per_ugm3, value * PPB_PER_PPM], value)
    if name == "co":
        return np.where(ppm, value, in_ppb / PPB_PER_PPM), mass | ppb | ppm
    return in_ppb, mass | ppb | ppm


def _too_clean(name: str, station: I64, unit: I64, value: F64) -> Bools:
    """Rows said to be in ppb, of a station whose highest value is far too low for that."""
    said = (unit == UNITS.index("ppb")) & np.isfinite(value) & (value > 0)
    highest = np.zeros(int(station.max()) + 1)
    np.maximum.at(highest, station[said], value[said])
    low: Bools = said & (highest[station] < _LEAST_PPB[name])
    return low
