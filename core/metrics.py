"""Every number a device may report, with its unit and the range an instrument can produce.

A value outside [lo, hi] is kept and flagged, never believed: ranges are of what
is physically possible or what the instruments of the field can show, not of
what is usual.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measurable quantity; its name carries its unit."""

    name: str
    unit: str
    lo: float
    hi: float
    es: str
    en: str
    stuck_after: int | None = None
    """Identical values in a row after which a live instrument is flagged; None: never."""


def _table(*metrics: Metric) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


def _m(
    name: str, unit: str, lo: float, hi: float, es: str, en: str, stuck: int | None = None
) -> Metric:
    return Metric(name=name, unit=unit, lo=lo, hi=hi, es=es, en=en, stuck_after=stuck)


METRICS: Final = _table(
    _m("pm25_ugm3", "µg/m³", 0, 1000, "PM2.5", "PM2.5", 12),
    _m("pm10_ugm3", "µg/m³", 0, 2000, "PM10", "PM10", 12),
    _m("pm1_ugm3", "µg/m³", 0, 1000, "PM1", "PM1", 12),
    _m("o3_ppb", "ppb", 0, 1000, "Ozono", "Ozone", 12),
    _m("no2_ppb", "ppb", 0, 2000, "Dióxido de nitrógeno", "Nitrogen dioxide", 12),
    _m("so2_ppb", "ppb", 0, 2000, "Dióxido de azufre", "Sulphur dioxide", 24),
    _m("co_ppm", "ppm", 0, 100, "Monóxido de carbono", "Carbon monoxide", 24),
    _m("temperature_c", "°C", -40, 65, "Temperatura", "Temperature"),
    _m("humidity_pct", "%", 0, 100, "Humedad relativa", "Relative humidity"),
    _m("pressure_hpa", "hPa", 850, 1085, "Presión", "Pressure"),
    _m("wind_mps", "m/s", 0, 90, "Viento", "Wind speed"),
    _m("wind_dir_deg", "°", 0, 360, "Dirección del viento", "Wind direction"),
    _m("laeq_db", "dB(A)", 15, 140, "Nivel equivalente LAeq", "Equivalent level LAeq", 10),
    _m("lamax_db", "dB(A)", 15, 150, "Nivel máximo LAmax", "Maximum level LAmax", 10),
    _m("lamin_db", "dB(A)", 10, 140, "Nivel mínimo LAmin", "Minimum level LAmin"),
    _m("in_count", "1", 0, 100_000, "Entradas", "Entering"),
    _m("out_count", "1", 0, 100_000, "Salidas", "Leaving"),
    _m("people_count", "1", 0, 100_000, "Personas", "People"),
    _m("vehicle_count", "1", 0, 100_000, "Vehículos", "Vehicles"),
    _m("battery_v", "V", 0, 1000, "Batería", "Battery"),
    _m("battery_pct", "%", 0, 100, "Carga de batería", "Battery charge"),
    _m("solar_w", "W", 0, 100_000, "Potencia solar", "Solar power"),
    _m("load_w", "W", 0, 100_000, "Carga", "Load"),
    _m("mains_v", "V", 0, 500, "Red eléctrica", "Mains voltage"),
    _m("link_rtt_ms", "ms", 0, 60_000, "Latencia del enlace", "Link round trip"),
    _m("link_loss_pct", "%", 0, 100, "Pérdida del enlace", "Link loss"),
    _m("rssi_dbm", "dBm", -150, 0, "Señal", "Signal strength"),
    _m("uptime_s", "s", 0, 4_000_000_000, "Tiempo encendido", "Uptime"),
    _m("occupancy_pct", "%", 0, 100, "Ocupación", "Occupancy"),
)
