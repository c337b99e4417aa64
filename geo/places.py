"""Places on the plan that observations may be at, slot by slot."""

from typing import Final

import numpy as np

from geo.arrays import F32, I8, I32, I64

SLOTS: Final = 7
"""With the state `off the plan` there are eight: three bits in a packed cost."""


class Places:
    """Places on the plan of many observations: (SLOTS, columns) each.

    Slots are filled from the first on; what is not used is never touched, so it costs no memory.
    """

    def __init__(self, columns: int) -> None:
        wide = (SLOTS, columns)
        self.block: I32 = np.zeros(wide, np.int32)
        """One more than the block; 0: the slot is empty."""
        self.at_m, self.off_x_m, self.off_y_m, self.stray, self.leap = (
            np.zeros(wide, np.float32) for _ in range(5)
        )
        """Chainage; from the place to the observation; cost of the heading; long links before."""
        self.exits: tuple[F32, F32, F32] = _zeros(wide)
        """What is left of the block, and where it is left, or where the truck is if on a link."""
        self.entries: tuple[F32, F32, F32] = _zeros(wide)
        """What was done of the block, and where it was entered, or where the truck is."""
        self.used: I8 = np.zeros(columns, np.int8)

    def copy(self, slot: int, source: I64, free: I64, target: I64) -> None:
        """Repeat places of one slot in another slot of other columns."""
        for whole in (
            self.block,
            self.at_m,
            self.off_x_m,
            self.off_y_m,
            self.leap,
            *self.exits,
            *self.entries,
        ):
            whole[free, target] = whole[slot, source]


def _zeros(wide: tuple[int, int]) -> tuple[F32, F32, F32]:
    return np.zeros(wide, np.float32), np.zeros(wide, np.float32), np.zeros(wide, np.float32)
