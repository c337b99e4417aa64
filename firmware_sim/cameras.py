"""Smart cameras: a plate read every few seconds, with what a reader is unsure of."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.messages import PlateRead, Reading, Uplink
from core.topics import Kind
from devices.agent import Health
from firmware_sim import plates

FIRMWARE: Final = "lpr-0.9.4"
_LOOKALIKES: Final = {"8": "B", "B": "8", "0": "D", "D": "0", "5": "S", "S": "5", "2": "Z"}
_COUNT_EVERY: Final = 10
_WANTED_EVERY: Final = 20
"""Of so many vehicles one is somebody that a hot list may look for."""
_WANTED_BLURRED: Final = 0.3
"""Share of those that the camera misreads in one character."""


class Camera:
    """A plate camera over one lane each way.

    wanted  plates that pass again and again
    """

    kind = Kind.CAMERA

    def __init__(
        self, device_id: str, rng: random.Random, interval_s: float, wanted: Sequence[str] = ()
    ) -> None:
        self.device_id = device_id
        self.interval_s = interval_s
        self.rng = rng
        self._ticks = 0
        self._passed = 0
        self._wanted = wanted
        self._up_s = rng.uniform(3600, 900_000)

    def tick(self, at: datetime, elapsed_s: float) -> Sequence[Uplink]:
        """Read a plate, most of the time; count the vehicles now and then."""
        self._up_s += elapsed_s
        self._ticks += 1
        said: list[Uplink] = []
        if self.rng.random() < 0.8:  # noqa: PLR2004  the rest of the time nobody passes
            self._passed += 1
            said.append(self._read(at))
        if self._ticks % _COUNT_EVERY == 0:
            said.append(
                Reading(
                    device_id=self.device_id,
                    seq=0,
                    measured_at=at,
                    received_at=at,
                    values={"vehicle_count": float(self._passed)},
                )
            )
            self._passed = 0
        return said

    def health(self) -> Health:
        """What a camera says of itself."""
        return Health(firmware=FIRMWARE, uptime_s=round(self._up_s))

    def _read(self, at: datetime) -> PlateRead:
        rng = self.rng
        plate, series = plates.draw(rng)
        score = round(min(0.999, rng.betavariate(14, 1.4)), 3)
        left, top = round(rng.uniform(200, 1300), 1), round(rng.uniform(400, 800), 1)
        width = rng.uniform(110, 220)
        if self._wanted and rng.randrange(_WANTED_EVERY) == 0:
            plate, series = rng.choice(self._wanted), plates.SERIES[0]
        other = _misread(plate, rng)
        if plate in self._wanted and rng.random() < _WANTED_BLURRED:
            plate, other = other, plate
        return PlateRead(
            device_id=self.device_id,
            seq=0,
            measured_at=at,
            received_at=at,
            plate=plate,
            score=score,
            dscore=round(min(0.999, rng.betavariate(18, 1.2)), 3),
            box=(left, top, round(left + width, 1), round(top + width / 2, 1)),
            region=series.region,
            candidates=((plate, score), (other, round(score * rng.uniform(0.2, 0.7), 3))),
            direction=rng.choice(("in", "out")),
            orientation=round(rng.gauss(0, 4), 1),
            vehicle=series.vehicle,
        )


def _misread(plate: str, rng: random.Random) -> str:
    """The plate with one character mistaken for one that looks like it."""
    places = [index for index, char in enumerate(plate) if char in _LOOKALIKES]
    if not places:
        return plate[:-1] + rng.choice(plates.LETTERS.replace(plate[-1], ""))
    index = rng.choice(places)
    return plate[:index] + _LOOKALIKES[plate[index]] + plate[index + 1 :]
