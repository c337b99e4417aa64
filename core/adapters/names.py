"""Names that others give to our quantities, and the units they may come in.

A name without a unit is taken only where its unit is not in doubt: a bare
`ozone` may be ppb, ppm or µg/m³, so it stays in `extra` unless SenML says
which. The tables are those of docs/payloads.md, and a test says so.
"""

import math
import re
from typing import Final, NamedTuple

from core.metrics import METRICS
from core.units import KMH_PER_MPS, PPB_PER_PPM
from core.wire import GpsWire

FIX_FIELDS: Final = frozenset(GpsWire.__struct_fields__) - {"ts", "seq"}
"""What may be told of a position, by our own names."""

METRIC_ALIASES: Final = {
    "temperature": "temperature_c",
    "temp": "temperature_c",
    "temp_c": "temperature_c",
    "air_temperature": "temperature_c",
    "ambient_temperature": "temperature_c",
    "temp_c_sht": "temperature_c",
    "temperature_sensor": "temperature_c",
    "humidity": "humidity_pct",
    "hum": "humidity_pct",
    "rh": "humidity_pct",
    "relative_humidity": "humidity_pct",
    "air_humidity": "humidity_pct",
    "hum_sht": "humidity_pct",
    "humidity_sensor": "humidity_pct",
    "pressure": "pressure_hpa",
    "air_pressure": "pressure_hpa",
    "barometer": "pressure_hpa",
    "barometric_pressure": "pressure_hpa",
    "atmospheric_pressure": "pressure_hpa",
    "pm2_5": "pm25_ugm3",
    "pm25": "pm25_ugm3",
    "pm_2_5": "pm25_ugm3",
    "pm10": "pm10_ugm3",
    "pm_10": "pm10_ugm3",
    "pm1": "pm1_ugm3",
    "pm1_0": "pm1_ugm3",
    "pm_1_0": "pm1_ugm3",
    "wind_direction": "wind_dir_deg",
    "wind_dir": "wind_dir_deg",
    "laeq": "laeq_db",
    "leq": "laeq_db",
    "noise": "laeq_db",
    "noise_level": "laeq_db",
    "sound_level": "laeq_db",
    "lamax": "lamax_db",
    "lmax": "lamax_db",
    "lamin": "lamin_db",
    "lmin": "lamin_db",
    "count_in": "in_count",
    "people_in": "in_count",
    "count_out": "out_count",
    "people_out": "out_count",
    "people": "people_count",
    "vehicles": "vehicle_count",
    "battery_voltage": "battery_v",
    "bat_v": "battery_v",
    "batt_v": "battery_v",
    "vbat": "battery_v",
    "battery_level": "battery_pct",
    "battery_percent": "battery_pct",
    "battery_percentage": "battery_pct",
    "bat_pct": "battery_pct",
    "solar_power": "solar_w",
    "load_power": "load_w",
    "mains_voltage": "mains_v",
    "rssi": "rssi_dbm",
}
"""Names whose usual unit is ours."""

FIX_ALIASES: Final = {
    "lat": "lat_deg",
    "latitude": "lat_deg",
    "lon": "lon_deg",
    "lng": "lon_deg",
    "long": "lon_deg",
    "longitude": "lon_deg",
    "alt": "altitude_m",
    "altitude": "altitude_m",
    "heading": "heading_deg",
    "course": "heading_deg",
    "cog": "heading_deg",
    "accuracy": "accuracy_m",
    "sats": "satellites",
    "battery_voltage": "battery_v",
    "bat_v": "battery_v",
    "batt_v": "battery_v",
    "vbat": "battery_v",
}
"""The same for a position."""

UNIT_NEEDED: Final = {
    "battery": ("battery_v", "battery_pct"),
    "ozone": ("o3_ppb",),
    "o3": ("o3_ppb",),
    "no2": ("no2_ppb",),
    "so2": ("so2_ppb",),
    "co": ("co_ppm",),
    "wind": ("wind_mps",),
    "wind_speed": ("wind_mps",),
    "speed": ("speed_kmh",),
    "velocity": ("speed_kmh",),
    "odometer": ("odometer_km",),
    "solar": ("solar_w",),
    "load": ("load_w",),
    "mains": ("mains_v",),
    "rtt": ("link_rtt_ms",),
    "loss": ("link_loss_pct",),
    "uptime": ("uptime_s",),
    "occupancy": ("occupancy_pct",),
}
"""Names that say enough only together with a unit, which SenML gives."""


class Scale(NamedTuple):
    """How a unit becomes ours: value * factor + offset."""

    factor: float = 1
    offset: float = 0


_SAME: Final = Scale()
_PCT: Final = {"%": _SAME, "%RH": _SAME, "%EL": _SAME, "/100": _SAME, "/": Scale(100)}
_COUNT: Final = {"count": _SAME, "/": _SAME}
_DEGREES: Final = {"deg": _SAME, "rad": Scale(math.degrees(1))}
_KMH: Final = {"km/h": _SAME, "m/s": Scale(KMH_PER_MPS)}

SENML_UNITS: Final = {
    "°C": {"Cel": _SAME, "K": Scale(1, -273.15)},
    "%": _PCT,
    "hPa": {"hPa": _SAME, "Pa": Scale(0.01)},
    "µg/m³": {"ug/m3": _SAME, "kg/m3": Scale(1e9)},
    "ppb": {"ppb": _SAME, "ppm": Scale(PPB_PER_PPM)},
    "ppm": {"ppm": _SAME, "ppb": Scale(1 / PPB_PER_PPM)},
    "m/s": {"m/s": _SAME, "km/h": Scale(1 / KMH_PER_MPS)},
    "°": _DEGREES,
    "dB(A)": {"dBspl": _SAME, "dB": _SAME, "Bspl": Scale(10)},
    "1": _COUNT,
    "V": {"V": _SAME, "mV": Scale(0.001)},
    "W": {"W": _SAME, "kW": Scale(1000)},
    "ms": {"ms": _SAME, "s": Scale(1000)},
    "s": {"s": _SAME, "ms": Scale(0.001), "min": Scale(60), "h": Scale(3600)},
    "dBm": {"dBm": _SAME, "dBW": Scale(1, 30)},
}
"""Units of RFC 8428 and RFC 8798 (and the two everyone writes, ppb and dBspl) by unit of ours."""

FIX_UNITS: Final = {
    "lat_deg": {"lat": _SAME, "deg": _SAME},
    "lon_deg": {"lon": _SAME, "deg": _SAME},
    "speed_kmh": _KMH,
    "heading_deg": _DEGREES,
    "altitude_m": {"m": _SAME},
    "accuracy_m": {"m": _SAME},
    "hdop": {"/": _SAME},
    "satellites": _COUNT,
    "odometer_km": {"km": _SAME, "m": Scale(0.001)},
    "battery_v": SENML_UNITS["V"],
    "ignition": {},
    "pto": {},
}

UNIT_ALONE: Final = {
    "Cel": "temperature_c",
    "%RH": "humidity_pct",
    "%EL": "battery_pct",
    "dBspl": "laeq_db",
    "Bspl": "laeq_db",
    "lat": "lat_deg",
    "lon": "lon_deg",
}
"""What a unit says of a record whose name is only its device's."""

_WORD_EDGE: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")
_CHANNEL: Final = re.compile(r"_\d+\Z")


def canonical(name: str) -> str:
    """Spell a name in lower case with underscores.

    >>> canonical("TempC_SHT"), canonical("PM2.5")
    ('temp_c_sht', 'pm2_5')
    """
    return _NO_WORD.sub("_", _WORD_EDGE.sub("_", name).lower()).strip("_")


def metric_of(name: str) -> str | None:
    """Name the metric that a bare name surely means.

    >>> metric_of("relative_humidity_3"), metric_of("ozone")
    ('humidity_pct', None)
    """
    return name if name in METRICS else _alias(name, METRIC_ALIASES)


def fix_field_of(name: str) -> str | None:
    """Name the field of a position that a bare name surely means.

    >>> fix_field_of("Latitude"), fix_field_of("speed")
    ('lat_deg', None)
    """
    return name if name in FIX_FIELDS else _alias(name, FIX_ALIASES)


def _alias(name: str, table: dict[str, str]) -> str | None:
    plain = canonical(name)
    return table.get(plain) or table.get(_CHANNEL.sub("", plain))
