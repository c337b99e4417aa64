"""One event a vehicle: from a camera's frames to passages of plates.

A passage is a plate that was followed from where it appeared to where it went, read on the way as
often as it paid, and voted on. It is told once: when it crosses the camera's line and is surely
read, or when it has gone, or after a while where the vehicle stands. See ADR 0014.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vision.pipeline import Pipeline

U8 = NDArray[np.uint8]

Point = tuple[float, float]
Direction = Literal["in", "out"]

CROP_BYTES: Final = 24_000
"""A passage's crop is a JPEG of at most this size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """What a camera looks at, and how its passages are judged.

    Points are shares of the frame's width and height, 0-1, from the top left.
    """

    device_id: str
    region: str = "mx"
    line: tuple[Point, Point] | None = None
    """A vehicle passes where its plate crosses this line; None: growth of the plate tells."""
    entering_side: Literal["left", "right"] = "right"
    """The side of the line, looking from its first point to its second, that is the city's."""
    approaching: Direction = "in"
    """Without a line: where a vehicle goes whose plate grows."""
    ignore: tuple[tuple[Point, ...], ...] = ()
    """Polygons in which no plate is looked for: a time stamp, a parking lot behind."""
    min_weakest: float = 0.3
    """A plate whose least certain character is below this is not told, only counted as unread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A vehicle passed. Personal data."""

    plate: str
    score: float
    """How sure the text is: 0-1."""
    dscore: float
    """How sure it is that this is a plate at all."""
    weakest: float
    """The least certain character's probability after the vote."""
    candidates: tuple[tuple[str, float], ...]
    """Other texts that it may be, best first, the told one in front."""
    region: str
    mask: str | None
    """The mask it fits; None: none of the region's."""
    state: str | None
    kind: str | None
    direction: Direction | None
    """Of the city; None: not to be told."""
    orientation_deg: float | None
    """How far the plate's upper edge falls to the right in the best frame."""
    first_at: datetime
    last_at: datetime
    best_at: datetime
    box: tuple[int, int, int, int]
    """xmin, ymin, xmax, ymax in the best frame's pixels."""
    crop_jpeg: bytes
    """The plate and a little about it in the best frame, at most CROP_BYTES."""
    crop_sha256: str
    model: str
    """Which networks read it."""
    frames: int
    """Frames in which it was found."""
    vehicle: str | None
    """Class of vehicle as far as the mask tells: car, truck, motorcycle."""


class Watcher:
    """One camera's frames in, passages out; pure given frames, one thread at a time.

    What it keeps is bounded, however long a queue stands.
    """

    def __init__(self, view: CameraView, pipeline: Pipeline) -> None:
        """Watch a view; the pipeline's region must be the view's."""
        self.view = view
        self.unread = 0
        """Vehicles whose plates were followed, but not read surely enough to be told."""
        self._pipeline = pipeline

    def see(self, frame: U8, at: datetime) -> list[Passage]:
        """Look at the next frame; return the passages that it completes, most often none.

        frame  (h, w, 3) blue, green, red; grey and 16-bit ones are turned into it, others refused
               with vision.frames.PhotoRefused
        at     when it was taken, UTC
        """
        raise NotImplementedError

    def flush(self) -> list[Passage]:
        """Passages that were under way when the stream ended."""
        raise NotImplementedError
