"""Passages just told, so that a plate lost and found again is not told twice."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.boxes import iou
from vision.vehicle import Vehicle
from vision.vote import changes

F32 = NDArray[np.float32]

_AGAIN_S: Final = 8.0
"""The same plate within this is the same passage."""
_PARKED_S: Final = 1800.0
"""And within this where it stands in the same place: something stood before it."""
_SAME_PLACE: Final = 0.4
_NEAR_S: Final = 3.0
_NEAR_WIDTHS: Final = 2.5
"""A plate that reads nearly alike is the same within this time and this many of its widths."""
_ALIKE: Final = 2
_PART: Final = 4
"""A plate behind a pillar or a pedestrian is read in part: at least so many characters of it."""
_FRAGMENT: Final = 3
"""Seen no oftener than this, while the whole is seen before and after, it is a part of it."""
_MOST: Final = 64


@dataclass(slots=True)
class _Told:
    plate: str
    box: F32
    first_s: float
    last_s: float


class Recent:
    """The last passages of one camera."""

    def __init__(self) -> None:
        """Begin with none."""
        self._told: deque[_Told] = deque(maxlen=_MOST)

    def note(self, vehicle: Vehicle) -> None:
        """Remember a vehicle that was told, or is seen again."""
        if not vehicle.said:
            return
        plate = vehicle.said[0].plate
        for one in self._told:
            if one.plate == plate:
                one.box, one.last_s = vehicle.last_box, vehicle.track.found_s
                return
        last_s = vehicle.track.found_s
        self._told.append(_Told(plate, vehicle.last_box, last_s - vehicle.age_s, last_s))

    def holds(self, vehicle: Vehicle) -> bool:
        """Whether this vehicle's passage was told already."""
        plate = vehicle.said[0].plate
        began_s = vehicle.track.found_s - vehicle.age_s
        for one in self._told:
            gap_s = began_s - one.last_s
            place = float(iou(vehicle.first_box, one.box[None])[0])
            if one.plate == plate:
                if gap_s < _AGAIN_S or (gap_s < _PARKED_S and place > _SAME_PLACE):
                    return True
            elif 0 <= gap_s < _NEAR_S and _alike(one.plate, plate):
                wide = float(vehicle.first_box[2] - vehicle.first_box[0])
                way = (vehicle.first_box[:2] - one.box[:2]) / max(wide, 1.0)
                if float(np.hypot(*way)) < _NEAR_WIDTHS:
                    return True
            elif (
                one.first_s < began_s
                and vehicle.track.found_s < one.last_s
                and vehicle.frames <= _FRAGMENT
                and _is_part(one.plate, plate)
            ):
                return True
        return False


def _alike(told: str, plate: str) -> bool:
    """Whether a plate reads nearly as one that was told, or as a part of it."""
    return changes(told, plate) <= _ALIKE or _is_part(told, plate)


def _is_part(told: str, plate: str) -> bool:
    """Whether a plate reads nearly as a part of one that was told.

    >>> _is_part("UKB272", "UK8Z"), _is_part("UKB272", "ZM8Z")
    (True, False)
    """
    size = len(plate)
    if not _PART <= size < len(told):
        return False
    parts = (told[at : at + size] for at in range(len(told) - size + 1))
    return min(changes(part, plate) for part in parts) <= _ALIKE
