"""Why a score is what it is: one code per series and step."""

from enum import IntEnum


class Reason(IntEnum):
    """What the strongest evidence was; NONE where nothing is worth a word."""

    NONE = 0
    LEVEL = 1
    """The short mean has moved and stays."""
    SPIKE = 2
    """One value or a few far from the usual, so far."""
    FLATLINE = 3
    """The same value again and again, where it used to vary."""
    VARIANCE = 4
    """Steps between samples much larger or smaller than they used to be."""
    SEASONAL = 5
    """Values that are usual, but not at this hour."""
    TREND = 6
    """A slow drift away from the usual."""
