"""Changes of unit, at the edges only; inside everything is SI.

Each function takes a number and returns a number; nothing is rounded.
"""

KMH_PER_MPS = 3.6
PPB_PER_PPM = 1000.0
MOLAR_VOLUME_L = 22.413_96
"""Litres an ideal mole fills at 0 degC and 101.325 kPa (CODATA 2018, 22.413 969 54)."""
_KELVIN_AT_0C = 273.15
_STANDARD_KPA = 101.325


def mps_from_kmh(speed_kmh: float) -> float:
    """Speed in metres a second.

    >>> mps_from_kmh(36.0)
    10.0
    """
    return speed_kmh / KMH_PER_MPS


def kmh_from_mps(speed_mps: float) -> float:
    """Speed in kilometres an hour.

    >>> kmh_from_mps(10.0)
    36.0
    """
    return speed_mps * KMH_PER_MPS


def ppm_from_ppb(value_ppb: float) -> float:
    """Mole fraction in parts per million."""
    return value_ppb / PPB_PER_PPM


def ppb_from_ugm3(
    value_ugm3: float, *, molar_mass_g: float, temperature_c: float, pressure_kpa: float
) -> float:
    """Mole fraction in parts per billion of a gas given as a mass concentration.

    >>> round(ppb_from_ugm3(100, molar_mass_g=48.0, temperature_c=25, pressure_kpa=101.325), 2)
    50.97
    """
    volume_l = (
        MOLAR_VOLUME_L
        * ((temperature_c + _KELVIN_AT_0C) / _KELVIN_AT_0C)
        * (_STANDARD_KPA / pressure_kpa)
    )
    return value_ugm3 * volume_l / molar_mass_g
