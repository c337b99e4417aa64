"""The audit as a file: JSON lines, which can be verified again, or CSV, for a spreadsheet.

Columns and how a digest is taken again from a line: docs/audit.md.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import islice
from typing import Any, Final

from control_center.reports import sheet
from store.audit import canonical
from store.audit_reading import Kept

COLUMNS: Final = Kept._fields
MEDIA_TYPES: Final = {"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}
_CHUNK: Final = 500


def written(rows: Iterable[Kept], form: str) -> Iterator[bytes]:
    """Write entries piece by piece; `form` is a key of MEDIA_TYPES."""
    return _csv(rows) if form == "csv" else _lines(rows)


def values(row: Kept) -> dict[str, Any]:
    """An entry as JSON values, its instant as it was hashed."""
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    return {**row._asdict(), "at": at}


def _lines(rows: Iterable[Kept]) -> Iterator[bytes]:
    for some in _chunks(rows):
        yield "".join(canonical(values(row)) + "\n" for row in some).encode()


def _csv(rows: Iterable[Kept]) -> Iterator[bytes]:
    yield sheet.written(COLUMNS, ())
    for some in _chunks(rows):
        cells = ({**values(row), "detail": canonical(row.detail)} for row in some)
        yield sheet.rows([one[name] for name in COLUMNS] for one in cells)


def _chunks(rows: Iterable[Kept]) -> Iterator[list[Kept]]:
    left = iter(rows)
    while some := list(islice(left, _CHUNK)):
        yield some
