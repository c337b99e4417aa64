"""What came of one round of a part."""

from typing import NamedTuple


class Outcome(NamedTuple):
    """Sent between processes, so plain."""

    part: str
    made: int
    """Events told, runs and hours judged, readings marked, reports mailed."""
    took_s: float
    ended_s: float
    """Unix time."""
    cause: str | None = None
    """Why it failed; None: it did not."""
