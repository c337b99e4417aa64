"""How long to wait before trying again: doubling, capped, and spread by chance.

The chance keeps a thousand devices from knocking together when their broker
comes back.
"""

import random
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Backoff:
    """Delays that grow with every failure until `reset`."""

    first_s: float = 0.5
    most_s: float = 30.0
    rng: random.Random = field(default_factory=random.Random)
    failures: int = 0

    def next_s(self) -> float:
        """The next delay: between half and all of first * 2^failures, at most `most_s`."""
        ceiling_s = min(self.most_s, self.first_s * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return self.rng.uniform(ceiling_s / 2, ceiling_s)

    def reset(self) -> None:
        """Start again from the first delay."""
        self.failures = 0
