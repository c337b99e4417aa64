"""How far a truck gets between two fixes, from what it says of its speed at each.

With fixes 5 s apart the reported speeds say it well. At 15 s and more a truck that stops and goes
has stopped and gone in between, and its usual pace says it better; unless it is simply driving,
which the wide upper side allows for.
"""

from geo.arrays import F64
from geo.physics import Physics

_TRUST_FULL_S = 5.0
_TRUST_NONE_S = 17.5
_TRUST_LEAST = 0.1


def expected(step_s: F64, from_mps: F64, to_mps: F64, physics: Physics) -> tuple[F64, F64, F64]:
    """Metres expected on the road, and by how much less and more is still usual."""
    reported_m = step_s * (from_mps + to_mps) * 0.5
    trust = (_TRUST_NONE_S - step_s) / (_TRUST_NONE_S - _TRUST_FULL_S)
    trust = trust.clip(_TRUST_LEAST, 1.0)
    travel_m = trust * reported_m + (1.0 - trust) * (physics.pace_mps * step_s)
    less_m = physics.slower_m + physics.slower_mps * step_s
    more_m = (
        physics.faster_m
        + physics.faster_mps * step_s
        + (physics.faster_share + physics.faster_sparse * (1.0 - trust)) * reported_m
    )
    return travel_m, less_m, more_m
