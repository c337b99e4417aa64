"""What may be written as a plate that is sought, and why something may not."""

from typing import Final

from core.errors import C5Error
from core.seal import normalised

ANY: Final = "?"
MIN_CHARS: Final = 3
MAX_CHARS: Final = 12
MAX_ANY: Final = 2
"""Characters that a search may leave open: more would be a trawl."""
_BETWEEN: Final = frozenset(" -.·_/")
_CLEAR: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class NotAPlate(C5Error):
    """What was written cannot be sought; the message says why."""

    reason = "not_a_plate"


def plate(text: str) -> str:
    """A plate's capitals and digits; NotAPlate for anything else."""
    bare = _bare(text)
    if ANY in bare:
        raise NotAPlate("a plate on a list has no ?; write every character")
    return bare


def pattern(text: str) -> str:
    """The same, with ? for any one character here and there."""
    bare = _bare(text)
    if bare.count(ANY) > MAX_ANY:
        raise NotAPlate(f"at most {MAX_ANY} characters may be ?; write the others")
    return bare


def spelled(bare: str) -> list[str]:
    """Every plate that a pattern stands for.

    >>> spelled("A1"), len(spelled("A?")), len(spelled("??1"))
    (['A1'], 36, 1296)
    """
    head, any_one, rest = bare.partition(ANY)
    if not any_one:
        return [bare]
    ends = spelled(rest)
    return [head + char + end for char in _CLEAR for end in ends]


def _bare(text: str) -> str:
    marks = [char for char in text.strip() if char not in _BETWEEN]
    odd = sorted({char for char in marks if not char.isalnum() and char != ANY})
    if odd:
        raise NotAPlate(f"{odd[0]!r} is on no plate; write letters and digits")
    bare = "".join(char if char == ANY else normalised(char) for char in marks)
    if not MIN_CHARS <= len(bare) <= MAX_CHARS:
        raise NotAPlate(
            f"a plate has {MIN_CHARS} to {MAX_CHARS} characters, and this has {len(bare)}"
        )
    return bare
