"""Which plates that are sought a read is, or may be. Pure; a read costs a few look-ups.

Exact is decided by the keyed hash, so a read whose box cannot be opened is found too. Near is one
character that differs, where the reader itself held the sought one possible, or where the two
characters are often taken for each other. A read that is a plate exactly is near to no other.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from core.seal import KeyRing, normalised

_ALIKE: Final = ("0ODQ", "1IL", "2Z", "4A", "5S", "6G", "8B")
"""Characters that readers and people take for each other."""
CONFUSED: Final = {char: frozenset(group) - {char} for group in _ALIKE for char in group}


class Sought(NamedTuple):
    """One plate that cameras look for."""

    entry_id: int
    plate: str
    """Capitals and digits."""
    priority: str
    list_name: str
    expires_at: datetime | None = None

    def holds_at(self, instant: datetime) -> bool:
        """Whether it was sought still when something passed."""
        return self.expires_at is None or instant < self.expires_at


class Match(NamedTuple):
    """A plate that a read is, or may be."""

    sought: Sought
    differs: tuple[int, ...]
    """Characters that are not the same, from 0; none: it is exact."""


class Watchlist:
    """All plates that are sought, ready to be looked up."""

    def __init__(self, ring: KeyRing, sought: Iterable[Sought]) -> None:
        self._by_hash: dict[bytes, list[Sought]] = {}
        self._by_rest: dict[tuple[int, str], list[Sought]] = {}
        for one in sought:
            for hashed in ring.hashes(one.plate):
                self._by_hash.setdefault(hashed, []).append(one)
            for at in range(len(one.plate)):
                self._by_rest.setdefault((at, _without(one.plate, at)), []).append(one)

    def matches(
        self, plate_hmac: bytes, plate: str | None, candidates: Sequence[str], at: datetime
    ) -> list[Match]:
        """What a read of that moment is, or else may be.

        plate, candidates  capitals and digits; None: the box could not be opened
        """
        exact = [Match(one, ()) for one in self._by_hash.get(plate_hmac, ()) if one.holds_at(at)]
        if exact or plate is None:
            return exact
        return [one for one in self._near(plate, candidates) if one.sought.holds_at(at)]

    def _near(self, plate: str, candidates: Sequence[str]) -> Iterator[Match]:
        for at, read in enumerate(plate):
            found = self._by_rest.get((at, _without(plate, at)))
            if not found:
                continue
            held = {one[at] for one in candidates if len(one) == len(plate)}
            held |= CONFUSED.get(read, frozenset())
            for one in found:
                if one.plate[at] != read and one.plate[at] in held:
                    yield Match(one, (at,))


def variants(plate: str) -> dict[str, int]:
    """Plates that a sought one may have been read as, and where each differs.

    >>> variants("B1A")["81A"], len(variants("B1A"))
    (0, 4)
    """
    bare = normalised(plate)
    return {
        bare[:at] + other + bare[at + 1 :]: at
        for at, char in enumerate(bare)
        for other in CONFUSED.get(char, ())
    }


def _without(plate: str, at: int) -> str:
    """The plate but for one character; its length stays."""
    return f"{plate[:at]}?{plate[at + 1 :]}"
