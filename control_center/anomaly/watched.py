"""Which series are watched, in which steps of time, and what people call them.

A step is long enough to hold a sample or two of a device in the field, so that devices of every
rate look alike to the engine, and short enough for an operator to act. What moves in a circle (wind
direction), grows for ever (uptime) or belongs to single moments (LAmax, LAmin) is left out.
"""

from typing import Final, NamedTuple

from core.metrics import METRICS
from store import anomaly_samples as samples
from store.anomaly_samples import Source

STATION_STEP_S: Final = 120.0
READINGS: Final = 0
"""The watch by which a station is heard."""
SPEED, PASSAGES, MESSAGES = "speed_kmh", "passages", "messages"


class Watch(NamedTuple):
    """Series of one source."""

    source: Source
    metrics: tuple[str, ...]
    step_s: float
    apart: tuple[str, ...] = ()
    """Kinds of device that say the same in readings."""


WATCHES: Final = (
    Watch(
        samples.READING,
        (
            *("pm25_ugm3", "pm10_ugm3", "pm1_ugm3", "o3_ppb", "no2_ppb", "so2_ppb", "co_ppm"),
            *("temperature_c", "humidity_pct", "pressure_hpa", "wind_mps", "laeq_db"),
            *("in_count", "out_count", "people_count", "vehicle_count", "occupancy_pct"),
            *("battery_v", "battery_pct", "load_w", "mains_v"),
            *("link_rtt_ms", "link_loss_pct", "rssi_dbm"),
        ),
        STATION_STEP_S,
    ),
    Watch(samples.BATTERY, ("battery_v",), 600.0, ("power",)),
    Watch(samples.SIGNAL, ("rssi_dbm",), 600.0, ("power", "panic")),
    Watch(samples.SPEED, (SPEED,), 300.0),
    Watch(samples.PASSAGES, (PASSAGES,), 600.0),
    Watch(samples.MESSAGES, (MESSAGES,), 3600.0),
)
"""Means of a step, but for passages and messages: how many there were in it."""


class Name(NamedTuple):
    """What people call a metric, and its unit."""

    es: str
    en: str
    unit: str


_OTHERS: Final = {
    SPEED: Name("Velocidad media", "Mean speed", "km/h"),
    PASSAGES: Name("Vehículos leídos en 10 min", "Vehicles read in 10 min", ""),
    MESSAGES: Name("Mensajes por hora", "Messages an hour", ""),
}


def name(metric: str) -> Name:
    """What people call it.

    >>> name("pm25_ugm3")
    Name(es='PM2.5', en='PM2.5', unit='µg/m³')
    """
    if metric in _OTHERS:
        return _OTHERS[metric]
    known = METRICS[metric]
    return Name(known.es, known.en, "" if known.unit == "1" else known.unit)
