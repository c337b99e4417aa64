"""Room on a sheet: each label takes a rectangle, and no two overlap."""

import math
from typing import Final

_STEPS: Final = (1.0, -1.0, 1.9, -1.9, 2.8, -2.8)
"""Distances from a line at which a label is tried, in its own size."""
_SLIDES: Final = (0.0, 7.0, -7.0)
"""Points along the line."""


class Labels:
    """Rectangles that are taken."""

    def __init__(self, width: float, height: float) -> None:
        self._width = width
        self._height = height
        self._taken: list[tuple[float, float, float, float]] = []

    def take(self, x: float, y: float, half_width: float, half_height: float) -> None:
        """Mark a rectangle as taken."""
        self._taken.append((x, y, half_width, half_height))

    def is_free(self, x: float, y: float, half_width: float, half_height: float) -> bool:
        """Tell whether a rectangle lies on the sheet and on nobody else's.

        >>> labels = Labels(100, 100)
        >>> labels.take(50, 50, 5, 5)
        >>> labels.is_free(56, 50, 5, 5), labels.is_free(61, 50, 5, 5), labels.is_free(2, 2, 5, 5)
        (False, True, False)
        """
        inside = (
            half_width <= x <= self._width - half_width
            and half_height <= y <= self._height - half_height
        )
        return inside and not any(
            abs(x - other_x) < half_width + other_w and abs(y - other_y) < half_height + other_h
            for other_x, other_y, other_w, other_h in self._taken
        )

    def beside(
        self,
        x: float,
        y: float,
        turn: float,
        half_width: float,
        half_height: float,
        across: float,
    ) -> tuple[float, float] | None:
        """Take the nearest free place beside a line that runs through (x, y); None: no room.

        turn    direction of the line, radians
        across  distance of the label's middle from the line
        """
        along = (math.cos(turn), math.sin(turn))
        for slide in _SLIDES:
            for step in _STEPS:
                at_x = x + along[0] * slide - along[1] * step * across
                at_y = y + along[1] * slide + along[0] * step * across
                if self.is_free(at_x, at_y, half_width, half_height):
                    self.take(at_x, at_y, half_width, half_height)
                    return at_x, at_y
        return None
