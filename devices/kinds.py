"""What each kind of device says, how often, and when its silence means something.

One table, read by enrolment (which topics), ingest (horizon, jump speed),
presence (silence limit), the simulator (rates) and the pages (names). Numbers
are the field's usual ones; a device may carry its own interval in the registry.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.topics import Kind, Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSpec:
    """One kind of device."""

    kind: Kind
    es: str
    en: str
    streams: tuple[Stream, ...]
    metrics: tuple[str, ...] = ()
    interval_s: float
    """Expected seconds between two messages of its main stream."""
    silence_s: float
    """Seconds without a message after which it is silent."""
    horizon: timedelta = timedelta(days=30)
    """Oldest measurement taken; older needs a device enrolled with --backfill."""
    max_speed_mps: float | None = None
    """Faster than this between two fixes is an impossible jump; None: it does not move."""


_AIR = (
    *("pm25_ugm3", "pm10_ugm3", "pm1_ugm3", "o3_ppb", "no2_ppb", "so2_ppb", "co_ppm"),
    *("temperature_c", "humidity_pct", "pressure_hpa", "wind_mps", "wind_dir_deg", "battery_v"),
)
_POWER = (
    *("battery_v", "battery_pct", "solar_w", "load_w", "mains_v"),
    *("link_rtt_ms", "link_loss_pct", "rssi_dbm", "temperature_c"),
)
_COMMON = (Stream.EVENT, Stream.STATUS, Stream.ACK)
_MAX_ROAD_SPEED_MPS: Final = 55.0
"""About 200 km/h: no municipal truck or bus reaches it."""

KINDS: Final = {
    spec.kind: spec
    for spec in (
        KindSpec(
            kind=Kind.TRUCK,
            es="Camión recolector",
            en="Garbage truck",
            streams=(Stream.GPS, Stream.READING, *_COMMON),
            metrics=("battery_v",),
            interval_s=5,
            silence_s=120,
            max_speed_mps=_MAX_ROAD_SPEED_MPS,
        ),
        KindSpec(
            kind=Kind.BUS,
            es="Autobús",
            en="Bus",
            streams=(Stream.GPS, Stream.READING, *_COMMON),
            metrics=("people_count", "occupancy_pct", "battery_v"),
            interval_s=5,
            silence_s=120,
            max_speed_mps=_MAX_ROAD_SPEED_MPS,
        ),
        KindSpec(
            kind=Kind.AIR,
            es="Estación de calidad del aire",
            en="Air-quality station",
            streams=(Stream.READING, *_COMMON),
            metrics=_AIR,
            interval_s=60,
            silence_s=600,
        ),
        KindSpec(
            kind=Kind.NOISE,
            es="Sonómetro",
            en="Noise monitor",
            streams=(Stream.READING, *_COMMON),
            metrics=("laeq_db", "lamax_db", "lamin_db", "battery_v"),
            interval_s=60,
            silence_s=300,
        ),
        KindSpec(
            kind=Kind.CAMERA,
            es="Cámara lectora de placas",
            en="Licence-plate camera",
            streams=(Stream.PLATE, Stream.READING, *_COMMON),
            metrics=("vehicle_count",),
            interval_s=60,
            silence_s=600,
        ),
        KindSpec(
            kind=Kind.COUNTER,
            es="Contador de personas y vehículos",
            en="People and vehicle counter",
            streams=(Stream.READING, *_COMMON),
            metrics=("in_count", "out_count", "people_count", "vehicle_count"),
            interval_s=60,
            silence_s=600,
        ),
        KindSpec(
            kind=Kind.PANIC,
            es="Botón de pánico",
            en="Panic button",
            streams=(Stream.GPS, Stream.READING, *_COMMON),
            metrics=("battery_pct", "rssi_dbm"),
            interval_s=300,
            silence_s=1800,
            max_speed_mps=_MAX_ROAD_SPEED_MPS,
        ),
        KindSpec(
            kind=Kind.POWER,
            es="Nodo de energía y enlace",
            en="Power and link node",
            streams=(Stream.READING, *_COMMON),
            metrics=_POWER,
            interval_s=60,
            silence_s=300,
        ),
    )
}
