"""Panic buttons: quiet, with a sign of life; once in a long while someone presses."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.messages import Event, Reading, Uplink
from core.topics import Kind
from devices.agent import Health

FIRMWARE: Final = "panic-1.1.0"


class PanicButton:
    """A button on a post.

    press_every_s  mean seconds between two presses
    first_press_s  seconds until the first; None: as it comes
    """

    kind = Kind.PANIC

    def __init__(
        self,
        device_id: str,
        rng: random.Random,
        interval_s: float,
        *,
        at_deg: tuple[float, float],
        press_every_s: float = 600.0,
        first_press_s: float | None = None,
    ) -> None:
        self.device_id = device_id
        self.interval_s = interval_s
        self.rng = rng
        self._lat_deg, self._lon_deg = at_deg
        self._press_every_s = press_every_s
        self._next_press_s = rng.expovariate(1 / press_every_s)
        if first_press_s is not None:
            self._next_press_s = first_press_s
        self._battery_pct = rng.uniform(55, 99)
        self._up_s = 0.0

    def tick(self, at: datetime, elapsed_s: float) -> Sequence[Uplink]:
        """A sign of life; an event when pressed."""
        self._up_s += elapsed_s
        self._battery_pct = max(5.0, self._battery_pct - elapsed_s / 86_400)
        said: list[Uplink] = [
            Reading(
                device_id=self.device_id,
                seq=0,
                measured_at=at,
                received_at=at,
                values={
                    "battery_pct": round(self._battery_pct, 1),
                    "rssi_dbm": float(round(self.rng.gauss(-85, 3))),
                },
            )
        ]
        if self._up_s >= self._next_press_s:
            self._next_press_s = self._up_s + self.rng.expovariate(1 / self._press_every_s)
            said.append(
                Event(
                    device_id=self.device_id,
                    seq=0,
                    measured_at=at,
                    received_at=at,
                    type="panic",
                    severity="critical",
                    lat_deg=self._lat_deg,
                    lon_deg=self._lon_deg,
                    text="Botón de pánico presionado / Panic button pressed (simulated)",
                )
            )
        return said

    def health(self) -> Health:
        """What a button says of itself."""
        return Health(
            firmware=FIRMWARE,
            battery_pct=round(self._battery_pct, 1),
            uptime_s=round(self._up_s),
        )
