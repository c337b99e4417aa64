"""What a live watch is told, remembers and answers: columns with one entry a truck or a row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.units import KMH_PER_MPS
from geo.arrays import F64, I64, Bools
from geo.live_doors import Doors
from geo.live_latch import Latch, Rows

PLACES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long and how much before something is told."""

    sigmas: float = 3.0
    """So many times its receiver's error a truck may be farther off: alarms must be true."""
    off_route_s: float = 60.0
    back_s: float = 20.0
    """On the plan for so long, a truck is back; a planned street that it crosses is none."""
    stop_s: float = 300.0
    long_stop_s: float = 900.0
    """On the plan a truck stops to work; this is far longer than any pick-up."""
    moving_s: float = 15.0
    overspeed_mps: float = 60.0 / KMH_PER_MPS
    overspeed_s: float = 10.0
    hysteresis_mps: float = 1.4
    dwell_s: float = 20.0
    """A shorter visit to a depot or landfill is none."""
    worked_s: float = 60.0
    """Slow beside the plan for so long, a truck has begun to serve, wherever it began."""
    same_place_m: float = 25.0
    nearer_m: float = 20.0
    """Progress towards a landfill or depot counts in such steps."""
    heading_m: float = 300.0
    """Come so much nearer to one, a truck is heading there, and may wait on its way."""
    patience_s: float = 180.0


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """New fixes in the order in which they are to be taken; SI, Unix time, NaN: not reported."""

    truck: I64
    t_s: F64
    lat_deg: F64
    lon_deg: F64
    speed_mps: F64
    hdop: F64

    def __len__(self) -> int:
        return len(self.t_s)

    def take(self, rows: I64) -> "Recent":
        """These fixes, in this order."""
        return Recent(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Happenings:
    """What began or ended; of one truck in the order in which it became known."""

    truck: I64
    code: I64
    """core.happenings: which type."""
    at_s: F64
    """When it began, or ended."""
    known_s: F64
    """Time of the fix that decided it."""
    lat_deg: F64
    lon_deg: F64
    value: F64
    """In the unit of its type; NaN: there is none."""

    def __len__(self) -> int:
        return len(self.truck)

    @classmethod
    def joined(cls, parts: Sequence["Happenings"]) -> "Happenings":
        """One after the other; none where there are none."""
        if not parts:
            nobody, nothing = np.empty(0, np.int64), np.empty(0)
            return cls(nobody, nobody, nothing, nothing, nothing, nothing, nothing)
        return cls(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__)
        )


@dataclass(slots=True, eq=False)
class State(Rows):
    """All that is remembered; one entry a truck on the last axis."""

    mark: F64
    """(3, trucks) the newest fix: Unix time, latitude, longitude; NaN: none yet."""
    off: Latch
    stop: Latch
    fast: Latch
    doors: Doors
    peak_mps: F64
    stay: F64
    """(3, trucks) of a stay: mean latitude, longitude and metres from the plan."""
    stay_fixes: F64
    """How many fixes that is the mean of."""
    near_s: F64
    """Without a break beside its plan; NaN: it is not."""
    worked_s: F64
    """Slow beside its plan, in all."""
    begun: Bools
    driven: Bools
    """It has moved since its service should begin: who never left the yard has not stopped."""
    returning: Bools
    """It was at its depot or landfill and has not come back to its plan since."""
    left_m: F64
    """(2, trucks) how far from depot and landfill it left the plan."""
    best_m: F64
    """(2, trucks) how near it has come to them since."""
    nearer_s: F64
    """When it last came nearer to one."""

    @classmethod
    def new(cls, trucks: int) -> "State":
        """Nobody seen yet."""
        return cls(
            mark=np.full((3, trucks), np.nan),
            off=Latch.new(trucks),
            stop=Latch.new(trucks),
            fast=Latch.new(trucks),
            doors=Doors.new(PLACES, trucks),
            peak_mps=np.zeros(trucks),
            stay=np.full((3, trucks), np.nan),
            stay_fixes=np.zeros(trucks),
            near_s=np.full(trucks, np.nan),
            worked_s=np.zeros(trucks),
            begun=np.zeros(trucks, bool),
            driven=np.zeros(trucks, bool),
            returning=np.zeros(trucks, bool),
            left_m=np.full((PLACES, trucks), np.nan),
            best_m=np.full((PLACES, trucks), np.nan),
            nearer_s=np.full(trucks, np.nan),
        )

    def __len__(self) -> int:
        return len(self.worked_s)

    def start_over(self, rows: I64) -> None:
        """These trucks have another duty: what is going on goes on, what they did is forgotten."""
        self.worked_s[rows] = 0.0
        for flags in (self.begun, self.driven, self.returning):
            flags[rows] = False
