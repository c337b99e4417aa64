"""Trucks and buses: a vehicle on its track, seen through its GPS receiver."""

import random
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec

from core.messages import GpsFix, Reading, Uplink
from core.topics import Kind
from devices.agent import Health
from firmware_sim.behaviour import Drift
from firmware_sim.gps import Receiver
from firmware_sim.motion import Vehicle
from firmware_sim.plane import Plane

TRUCK_FIRMWARE: Final = "tracker-2.3.1"
BUS_FIRMWARE: Final = "tracker-2.3.1"
_OCCUPANCY_EVERY: Final = 4
_SEATS: Final = 42


class _OnBoard:
    """What every tracker on board does."""

    def __init__(
        self, device_id: str, plane: Plane, vehicle: Vehicle, rng: random.Random, interval_s: float
    ) -> None:
        self.device_id = device_id
        self.interval_s = interval_s
        self.vehicle = vehicle
        self.rng = rng
        self._plane = plane
        self._receiver = Receiver(rng)
        self._battery = Drift(rng, sigma=0.15, tau_s=600)
        self._odometer_m = rng.uniform(20_000_000, 180_000_000)
        self._rssi = Drift(rng, sigma=6.0, tau_s=60)
        self._up_s = 0.0

    def fix(self, at: datetime, elapsed_s: float, *, pto: bool | None) -> GpsFix:
        """Drive on, then say where."""
        before_m = self.vehicle.travelled_m
        self.vehicle.advance(elapsed_s)
        self._odometer_m += self.vehicle.travelled_m - before_m
        self._up_s += elapsed_s
        self._rssi.step(elapsed_s)
        seen = self._receiver.fix(
            self.vehicle.xy_m, self.vehicle.speed_mps, self.vehicle.heading_deg, elapsed_s
        )
        lat_deg, lon_deg = self._plane.lat_lon(seen.x_m, seen.y_m)
        return GpsFix(
            device_id=self.device_id,
            seq=0,
            measured_at=at,
            received_at=at,
            lat_deg=round(lat_deg, 7),
            lon_deg=round(lon_deg, 7),
            speed_mps=seen.speed_mps,
            heading_deg=seen.heading_deg,
            altitude_m=round(11 + self.rng.gauss(0, 2.5), 1),
            hdop=seen.hdop,
            accuracy_m=seen.accuracy_m,
            satellites=seen.satellites,
            odometer_m=round(self._odometer_m),
            battery_v=round(27.4 + self._battery.step(elapsed_s), 2),
            ignition=True,
            pto=pto,
        )

    def health(self) -> Health:
        """What a tracker says of itself."""
        return Health(
            firmware=TRUCK_FIRMWARE,
            battery_v=round(27.4 + self._battery.value, 2),
            rssi_dbm=round(-82 + self._rssi.value),
            uptime_s=round(self._up_s),
        )


class Errand(Protocol):
    """Something that a truck does besides its route."""

    def go_on(self, truck: "Truck", at: datetime) -> bool:
        """Called before every fix; False when it is over."""


class Truck(_OnBoard):
    """A garbage truck: its press works while it stands at a pick-up."""

    kind = Kind.TRUCK

    def __init__(
        self, device_id: str, plane: Plane, vehicle: Vehicle, rng: random.Random, interval_s: float
    ) -> None:
        super().__init__(device_id, plane, vehicle, rng, interval_s)
        self.errands: deque[Errand] = deque()

    def tick(self, at: datetime, elapsed_s: float) -> Sequence[Uplink]:
        """Drive on; one fix."""
        if self.errands and not self.errands[0].go_on(self, at):
            self.errands.popleft()
        fix = self.fix(at, elapsed_s, pto=None)
        working = self.vehicle.is_serving and self.vehicle.dwell_s > 0
        return [_with_pto(fix, pto=working)]


class Bus(_OnBoard):
    """A city bus: a fix each tick, and how full it is every few."""

    kind = Kind.BUS

    def __init__(
        self, device_id: str, plane: Plane, vehicle: Vehicle, rng: random.Random, interval_s: float
    ) -> None:
        super().__init__(device_id, plane, vehicle, rng, interval_s)
        self._aboard = rng.randint(5, 30)
        self._ticks = 0

    def tick(self, at: datetime, elapsed_s: float) -> Sequence[Uplink]:
        """Drive on; people get on and off where it stands."""
        fix = self.fix(at, elapsed_s, pto=None)
        self._ticks += 1
        if self.vehicle.speed_mps == 0:
            self._aboard = min(_SEATS + 15, max(0, self._aboard + self.rng.randint(-4, 4)))
        if self._ticks % _OCCUPANCY_EVERY:
            return [fix]
        occupancy = Reading(
            device_id=self.device_id,
            seq=0,
            measured_at=at,
            received_at=at,
            values={
                "people_count": float(self._aboard),
                "occupancy_pct": round(min(100.0, 100 * self._aboard / _SEATS), 1),
            },
        )
        return [fix, occupancy]


def _with_pto(fix: GpsFix, *, pto: bool) -> GpsFix:
    return msgspec.structs.replace(fix, pto=pto)
