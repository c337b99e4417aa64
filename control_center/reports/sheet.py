"""Tables as CSV that a spreadsheet opens rightly: UTF-8 with its mark, and no live formulas.

A text that begins like a formula gets an apostrophe before it: a street's name
comes from a file that someone imported, and a spreadsheet would run it.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_MARK: Final = "\ufeff"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def written(columns: Sequence[str], body: Iterable[Sequence[object]]) -> bytes:
    """Write a table; None is an empty cell, a truth is 1 or 0, lines end as RFC 4180 says."""
    return _MARK.encode() + rows([columns]) + rows(body)


def rows(body: Iterable[Sequence[object]]) -> bytes:
    """Write more rows of a table that was begun."""
    text = io.StringIO(newline="")
    sheet = csv.writer(text, lineterminator="\r\n")
    sheet.writerows([cell(value) for value in row] for row in body)
    return text.getvalue().encode()


def cell(value: object) -> str:
    """One cell's text.

    >>> cell("=HYPERLINK(1)"), cell(-3.5), cell(None), cell(True)
    ("'=HYPERLINK(1)", '-3.5', '', '1')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        text = value.replace("\x00", "")
        return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
    return str(value)
