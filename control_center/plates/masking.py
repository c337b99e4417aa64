"""How a plate is shown to who must know that it was sought, and not which it is."""

from typing import Final

_ENDS: Final = 2


def shown(plate: str) -> str:
    """All but the first and last character hidden; of a very short one all.

    >>> shown("yaa-123-b"), shown("YA?"), shown("A1")
    ('Y*****B', 'Y*?', '**')
    """
    bare = [char for char in plate.upper() if char.isalnum() or char == "?"]
    if len(bare) <= _ENDS:
        return "*" * len(bare)
    return bare[0] + "*" * (len(bare) - _ENDS) + bare[-1]
