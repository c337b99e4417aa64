"""Stations: air, noise, counters and power, as in a tropical port.

Each quantity is its usual day (traffic in the morning and evening, ozone after
noon, sun, sea breeze), a drift that remembers, and the instrument's own noise
at its own resolution. Sulphur dioxide comes in plumes when the wind turns from
the refineries. Local hours are of the city's time zone.
"""

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.messages import Reading, Uplink
from core.topics import Kind
from devices.agent import Health
from firmware_sim.behaviour import Drift

FIRMWARE: Final = "station-1.8.0"


def rush(hour: float) -> float:
    """How heavy traffic is, 0 to 1: a morning and an evening crest.

    >>> rush(3) < 0.1 < 0.8 < rush(8)
    True
    """
    morning = math.exp(-(((hour - 7.8) / 1.6) ** 2))
    noon = 0.55 * math.exp(-(((hour - 13.8) / 2.4) ** 2))
    evening = 0.9 * math.exp(-(((hour - 18.7) / 2.2) ** 2))
    return min(1.0, 0.04 + morning + noon + evening)


def sun(hour: float) -> float:
    """How high the sun stands, 0 to 1.

    >>> sun(0), sun(12.5)
    (0.0, 1.0)
    """
    return max(0.0, math.sin((hour - 6.25) / 12.5 * math.pi)) if 6.25 < hour < 18.75 else 0.0  # noqa: PLR2004  sunrise, sunset


class _Station(ABC):
    """What every station does."""

    kind: Kind

    def __init__(
        self, device_id: str, rng: random.Random, interval_s: float, zone: ZoneInfo
    ) -> None:
        self.device_id = device_id
        self.interval_s = interval_s
        self.rng = rng
        self._zone = zone
        self._up_s = rng.uniform(3600, 5_000_000)
        self._battery = Drift(rng, sigma=0.08, tau_s=1800)
        self._rssi = Drift(rng, sigma=4.0, tau_s=300)

    def tick(self, at: datetime, elapsed_s: float) -> Sequence[Uplink]:
        """Measure once."""
        local = at.astimezone(self._zone)
        hour = local.hour + local.minute / 60 + local.second / 3600
        self._up_s += elapsed_s
        self._battery.step(elapsed_s)
        self._rssi.step(elapsed_s)
        values = self.measure(hour, elapsed_s)
        return [
            Reading(device_id=self.device_id, seq=0, measured_at=at, received_at=at, values=values)
        ]

    @abstractmethod
    def measure(self, hour: float, elapsed_s: float) -> dict[str, float]:
        """Answer what the instruments show."""

    def health(self) -> Health:
        """What a station says of itself."""
        return Health(
            firmware=FIRMWARE,
            battery_v=round(12.9 + self._battery.value, 2),
            rssi_dbm=round(-74 + self._rssi.value),
            uptime_s=round(self._up_s),
        )


class Air(_Station):
    """An air-quality station."""

    kind = Kind.AIR

    def __init__(
        self, device_id: str, rng: random.Random, interval_s: float, zone: ZoneInfo
    ) -> None:
        super().__init__(device_id, rng, interval_s, zone)
        self._dirt = rng.uniform(0.7, 1.4)
        self._haze, self._traffic, self._gas = (
            Drift(rng, sigma=sigma, tau_s=tau_s)
            for sigma, tau_s in ((0.28, 2400), (0.20, 900), (0.18, 1500))
        )
        self._weather, self._breeze, self._bearing, self._barometer = (
            Drift(rng, sigma=sigma, tau_s=tau_s)
            for sigma, tau_s in ((0.9, 3600), (0.7, 600), (18.0, 900), (1.2, 7200))
        )
        self._plume = Drift(rng, sigma=1.0, tau_s=1200)

    def measure(self, hour: float, elapsed_s: float) -> dict[str, float]:
        """Particles, gases and weather."""
        gauss = self.rng.gauss
        traffic = rush(hour) * math.exp(self._traffic.step(elapsed_s))
        haze = self._dirt * math.exp(self._haze.step(elapsed_s))
        gas = math.exp(self._gas.step(elapsed_s))
        sunshine = sun(hour)
        pm25 = haze * (8 + 11 * traffic) + gauss(0, 0.5)
        pm10 = pm25 * 1.9 + 6 * self._dirt + gauss(0, 1.2)
        no2 = gas * (6 + 22 * traffic - 4 * sunshine) + gauss(0, 0.5)
        o3 = gas * (14 + 32 * sun(hour - 1.2)) - 0.25 * no2 + gauss(0, 0.7)
        plume = max(0.0, self._plume.step(elapsed_s) - 1.1)
        warm_c = 24.2 + 6.2 * sun(hour - 1.5) + self._weather.step(elapsed_s)
        damp_pct = 88 - 24 * sun(hour - 1.5) - 2.5 * self._weather.value
        wind_mps = 1.3 + 3.4 * sun(hour - 2) + self._breeze.step(elapsed_s)
        # sea breeze by day, land breeze by night
        bearing_deg = (45 if sunshine > 0 else 190) + self._bearing.step(elapsed_s)
        return {
            "pm25_ugm3": _at_least(0.3, pm25, 1),
            "pm10_ugm3": _at_least(0.8, pm10, 1),
            "o3_ppb": _at_least(0.5, o3, 1),
            "no2_ppb": _at_least(0.4, no2, 1),
            "so2_ppb": _at_least(0.2, 2.2 + 34 * plume + gauss(0, 0.3), 1),
            "co_ppm": _at_least(0.05, 0.25 + 0.6 * traffic * gas + gauss(0, 0.02), 3),
            "temperature_c": round(warm_c + gauss(0, 0.05), 2),
            "humidity_pct": round(min(99.5, max(35.0, damp_pct + gauss(0, 0.3))), 1),
            "pressure_hpa": round(1013 + self._barometer.step(elapsed_s), 1),
            "wind_mps": _at_least(0.0, wind_mps + gauss(0, 0.3), 1),
            "wind_dir_deg": round(bearing_deg + gauss(0, 3)) % 360,
        }


class Noise(_Station):
    """A noise monitor: the energy mean, the loudest and the quietest of each interval."""

    kind = Kind.NOISE

    def __init__(
        self, device_id: str, rng: random.Random, interval_s: float, zone: ZoneInfo
    ) -> None:
        super().__init__(device_id, rng, interval_s, zone)
        self._street_db = rng.uniform(56, 66)
        self._drift = Drift(rng, sigma=1.8, tau_s=240)

    def measure(self, hour: float, elapsed_s: float) -> dict[str, float]:
        """Levels in dB(A); now and then something loud passes."""
        gauss = self.rng.gauss
        usual_db = self._street_db - 11 + 13 * math.sqrt(rush(hour))
        level_db = usual_db + self._drift.step(elapsed_s) + gauss(0, 0.9)
        passing_db = abs(gauss(0, 6)) if self.rng.random() < 0.06 else 0.0  # noqa: PLR2004
        level_db += 0.6 * passing_db
        return {
            "laeq_db": round(max(34.0, level_db), 2),
            "lamax_db": round(max(36.0, level_db + 3 + passing_db + abs(gauss(0, 2.2))), 2),
            "lamin_db": round(max(30.0, level_db - 5 - abs(gauss(0, 1.5))), 2),
        }


class Counter(_Station):
    """A counter of people and vehicles over a line."""

    kind = Kind.COUNTER

    def measure(self, hour: float, elapsed_s: float) -> dict[str, float]:
        """How many crossed since the last reading."""
        flow = 0.35 * rush(hour) * elapsed_s
        entered, left = (_poisson(self.rng, flow) for _ in range(2))
        return {
            "in_count": float(entered),
            "out_count": float(left),
            "vehicle_count": float(_poisson(self.rng, 1.4 * flow)),
        }


class Power(_Station):
    """A cabinet's power and link: solar panel, battery, mains and radio."""

    kind = Kind.POWER

    def __init__(
        self, device_id: str, rng: random.Random, interval_s: float, zone: ZoneInfo
    ) -> None:
        super().__init__(device_id, rng, interval_s, zone)
        self._panel_w = rng.uniform(180, 420)
        self._load_w = rng.uniform(35, 90)
        self._charge_pct = rng.uniform(62, 95)
        self._clouds = Drift(rng, sigma=0.25, tau_s=500)
        self._mains = Drift(rng, sigma=2.1, tau_s=900)

    def measure(self, hour: float, elapsed_s: float) -> dict[str, float]:
        """What comes in, what goes out, what is left."""
        gauss = self.rng.gauss
        clouds = min(1.0, math.exp(-abs(self._clouds.step(elapsed_s))))
        solar_w = self._panel_w * sun(hour) * clouds
        load_w = max(5.0, self._load_w + gauss(0, 2))
        balance_wh = (solar_w - load_w) * elapsed_s / 3600
        self._charge_pct = min(100.0, max(15.0, self._charge_pct + balance_wh / 2400 * 100))
        return {
            "battery_v": round(23.4 + 0.034 * self._charge_pct + gauss(0, 0.02), 2),
            "battery_pct": round(self._charge_pct, 1),
            "solar_w": _at_least(0.0, solar_w + (gauss(0, 1.5) if solar_w else 0), 1),
            "load_w": round(load_w, 1),
            "mains_v": round(127 + self._mains.step(elapsed_s) + gauss(0, 0.3), 1),
            "link_rtt_ms": _at_least(4.0, 38 + abs(gauss(0, 9)), 1),
            "link_loss_pct": round(min(100.0, abs(gauss(0, 0.4))), 1),
            "rssi_dbm": round(-71 + self._rssi.value + gauss(0, 1)),
            "temperature_c": round(29 + 9 * sun(hour) + gauss(0, 0.2), 1),
        }


def _at_least(least: float, value: float, digits: int) -> float:
    return round(max(least, value), digits)


def _poisson(rng: random.Random, mean: float) -> int:
    """How many of a rare thing happened (Knuth's product of uniforms).

    mean  at most a few hundred
    """
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
