"""Take every digest of the audit again: edits, gaps, swaps and a cut tail are found and named.

What a chain cannot show by itself is that its tail was cut off, or that all of it was
rewritten from some entry on by someone with the whole machine. Against both helps a head that
was published before (heads.py): the chain has to hold that very entry.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from store import audit_reading
from store.audit import FIRST, canonical, digest
from store.audit_reading import Head, Link
from store.pool import Connection

MAX_SHOWN: Final = 200


class Problem(NamedTuple):
    """One thing that is not as it was written."""

    kind: str
    """changed, missing, moved, cut, rewritten or unguarded."""
    entry_id: int
    es: str
    en: str


class Verification(NamedTuple):
    """What taking the digests again led to."""

    ok: bool
    entries: int
    head: Head
    problems: list[Problem]
    """The first `MAX_SHOWN` of them."""
    found: int
    """How many there are."""


def verify(conn: Connection, published: Head | str | None = None) -> Verification:
    """Check the whole chain, and that it holds a head published before (or only its digest)."""
    walk = _Walk(published)
    for problem in walk.over(audit_reading.links(conn)):
        walk.note(problem)
    if not audit_reading.is_guarded(conn):
        walk.note(
            Problem(
                "unguarded",
                walk.last,
                "falta o está apagado el disparador que protege la auditoría",
                "the trigger that guards the audit is gone or switched off",
            )
        )
    return Verification(
        not walk.found, walk.entries, Head(walk.last, walk.sha256), walk.problems, walk.found
    )


class _Walk:
    """Along the chain, remembering the link before."""

    def __init__(self, published: Head | str | None) -> None:
        self._published = published
        self._seen = published in (None, FIRST, Head(0, FIRST))
        self.entries = 0
        self.last = 0
        self.sha256 = FIRST
        self.problems: list[Problem] = []
        self.found = 0

    def note(self, problem: Problem) -> None:
        """Count a problem, and keep it while there is room."""
        self.found += 1
        if len(self.problems) < MAX_SHOWN:
            self.problems.append(problem)

    def over(self, links: Iterable[Link]) -> Iterator[Problem]:
        """Everything that is wrong with the chain, then with its end."""
        for link in links:
            yield from self._numbered(link)
            yield from _unchanged(link)
            if link.previous_sha256 != self.sha256 and link.entry_id == self.last + 1:
                yield Problem(
                    "moved",
                    link.entry_id,
                    f"el asiento {link.entry_id} no sigue al {self.last}",
                    f"entry {link.entry_id} does not follow {self.last}",
                )
            yield from self._against_published(link)
            self.entries += 1
            self.last, self.sha256 = link.entry_id, link.sha256
        if not self._seen:
            yield self._cut()

    def _numbered(self, link: Link) -> Iterator[Problem]:
        gap = link.entry_id - self.last - 1
        if gap > 0:
            first, last = self.last + 1, link.entry_id - 1
            yield Problem(
                "missing",
                first,
                f"faltan los asientos {first} a {last}",
                f"entries {first} to {last} are missing",
            )
        elif gap < 0:
            yield Problem(
                "moved",
                link.entry_id,
                f"el asiento {link.entry_id} no es un número que C5 dé",
                f"{link.entry_id} is no number that C5 gives",
            )

    def _against_published(self, link: Link) -> Iterator[Problem]:
        if isinstance(self._published, str):
            self._seen |= link.sha256 == self._published
        elif self._published is not None and link.entry_id == self._published.entry_id:
            self._seen = True
            if link.sha256 != self._published.sha256:
                yield Problem(
                    "rewritten",
                    link.entry_id,
                    f"el asiento {link.entry_id} no es el que se publicó: la cadena se reescribió",
                    f"entry {link.entry_id} is not the published one: the chain was rewritten",
                )

    def _cut(self) -> Problem:
        if isinstance(self._published, Head):
            number = self._published.entry_id
            return Problem(
                "cut",
                self.last + 1,
                f"se publicó hasta el asiento {number} y la cadena termina en el {self.last}",
                f"published up to entry {number}, and the chain ends at {self.last}",
            )
        return Problem(
            "cut",
            self.last + 1,
            "ningún asiento tiene la huella publicada: se cortó o se reescribió",
            "no entry has the published digest: the chain was cut or rewritten",
        )


def _unchanged(link: Link) -> Iterator[Problem]:
    try:
        same = (
            digest(link.previous_sha256, link.material) == link.sha256
            and canonical(link.material["detail"]) == link.detail
        )
    except (ValueError, RecursionError):
        same = False
    if not same:
        yield Problem(
            "changed",
            link.entry_id,
            f"el asiento {link.entry_id} fue alterado: no corresponde a su huella",
            f"entry {link.entry_id} was changed: it does not match its digest",
        )
