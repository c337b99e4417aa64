"""Refuse what JSON can say and the store cannot keep.

`extra` becomes jsonb and texts become database text: neither holds NUL, our
own encoder writes integers of at most 64 bits, and nothing here recurses, so no
nesting can exhaust the stack.
"""

from collections.abc import Iterator
from typing import Final

from core.errors import InvalidField, TooLarge

MAX_DEPTH: Final = 32
_INT_MIN: Final = -(2**63)
_INT_MAX: Final = 2**64 - 1


def check_extra(extra: object) -> None:
    """Refuse a tree that could not be written back as JSON."""
    for leaf in _leaves(extra):
        if isinstance(leaf, str):
            _refuse_nul(leaf)
        elif isinstance(leaf, int) and not _INT_MIN <= leaf <= _INT_MAX:
            raise InvalidField("an integer needs more than 64 bits; send it as a text")


def check_texts(fields: object) -> None:
    """Refuse NUL in any text of known fields, whose numbers are checked by their types."""
    for leaf in _leaves(fields):
        if isinstance(leaf, str):
            _refuse_nul(leaf)


def _refuse_nul(text: str) -> None:
    if "\x00" in text:
        raise InvalidField("a text holds the character NUL, which no database text can; remove it")


def _leaves(tree: object) -> Iterator[object]:
    """Every key and every value that is no container, in no order."""
    pending = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise TooLarge(f"nested more than {MAX_DEPTH} deep; send flat objects")
        match node:
            case dict():
                yield from node
                pending.extend((value, depth + 1) for value in node.values())
            case list() | tuple():
                pending.extend((value, depth + 1) for value in node)
            case _:
                yield node
