"""Lists of plates as people keep them: CSV in UTF-8 or cp1252, headed in Spanish or English.

Columns: `plate` (placa, matrícula), and where wanted `note` (nota, observaciones) and `expires_at`
(vence, vencimiento). Between cells a comma, a semicolon or a tab. A line that cannot be taken is
named with its number, and its neighbours are kept.
"""

import csv
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from control_center.plates import words
from control_center.plates.words import NotAPlate
from core.errors import C5Error

MAX_LINES: Final = 20_000
MAX_NOTE_CHARS: Final = 1000
_NAMES: Final = {
    **dict.fromkeys(("plate", "placa", "placas", "matricula", "license_plate"), "plate"),
    **dict.fromkeys(("note", "nota", "notas", "observaciones", "notes"), "note"),
    **dict.fromkeys(
        ("expires_at", "expires", "vence", "vencimiento", "vigencia", "expira"), "expires_at"
    ),
}
_BETWEEN: Final = ",;\t"
_DAYS: Final = ("%Y-%m-%d", "%d/%m/%Y")


class NotAList(C5Error):
    """The file as a whole cannot be read; the message says why."""

    reason = "not_a_list"


class Proposed(NamedTuple):
    """One line that can be taken."""

    line: int
    plate: str
    """Capitals and digits."""
    note: str
    expires_at: datetime | None


class Refused(NamedTuple):
    """One line that cannot."""

    line: int
    why: str


def read(content: bytes, zone: ZoneInfo, now: datetime) -> tuple[list[Proposed], list[Refused]]:
    """Read a file; NotAList when it has no header that names the plates.

    zone  a date without a time ends with that local day
    """
    lines = _text(content).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head, taken = _header(lines)
    proposed: list[Proposed] = []
    refused: list[Refused] = []
    seen: dict[str, int] = {}
    for number, cells in _rows(lines, head.line, head.between):
        if number > MAX_LINES:
            refused.append(Refused(number, f"only {MAX_LINES} lines are read; split the file"))
            break
        if not any(cell.strip() for cell in cells):
            continue
        try:
            one = _proposed(number, _named(cells, taken), zone, now)
            _refuse_twice(one.plate, seen)
        except NotAPlate as exc:
            refused.append(Refused(number, str(exc)))
        else:
            seen[one.plate] = number
            proposed.append(one)
    return proposed, refused


class _Header(NamedTuple):
    line: int
    between: str


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise NotAList("this is no CSV: it has NUL characters; save it as CSV UTF-8 and try again")
    return text


def _header(lines: list[str]) -> tuple[_Header, list[str | None]]:
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise NotAList("the file is empty; its first line names the columns: plate,note,expires_at")
    between = max(_BETWEEN, key=lines[first].count)
    names = [
        _NAMES.get(_plain(cell)) for cell in next(csv.reader([lines[first]], delimiter=between))
    ]
    if names.count("plate") != 1:
        raise NotAList(
            "no column is named plate or placa, or two are; the first line names the columns: "
            "plate,note,expires_at"
        )
    return _Header(first, between), names


def _rows(lines: list[str], head: int, between: str) -> Iterator[tuple[int, list[str]]]:
    """Each line with its number, from 1. A line is a row: a quote that is not closed ends there."""
    for at in range(head + 1, len(lines)):
        try:
            yield at + 1, next(csv.reader([lines[at]], delimiter=between), [])
        except csv.Error:
            yield at + 1, ["\ufffd"]


def _named(cells: list[str], taken: list[str | None]) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(taken) :]):
        raise NotAPlate("more cells than the header names; quote a text with commas")
    return {name: cell.strip() for name, cell in zip(taken, cells, strict=False) if name}


def _refuse_twice(plate: str, seen: dict[str, int]) -> None:
    if plate in seen:
        raise NotAPlate(f"the same plate as line {seen[plate]}")


def _proposed(line: int, said: dict[str, str], zone: ZoneInfo, now: datetime) -> Proposed:
    note = said.get("note", "")
    if len(note) > MAX_NOTE_CHARS:
        raise NotAPlate(f"the note is longer than {MAX_NOTE_CHARS} characters")
    expires_at = _instant(said.get("expires_at", ""), zone)
    if expires_at is not None and expires_at <= now:
        raise NotAPlate("it has expired already")
    return Proposed(line, words.plate(said.get("plate", "")), note, expires_at)


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    for form in _DAYS:
        day = _day(text, form)
        if day is not None:
            return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=zone)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotAPlate(
            f"{text[:40]!r} is no date; write 2026-12-31, 31/12/2026 or RFC 3339"
        ) from None


def _day(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007  a local day, placed by the caller
    except (ValueError, OverflowError):
        return None


def _plain(cell: str) -> str:
    """A column's name without accents, capitals and quotes."""
    bare = unicodedata.normalize("NFKD", cell.strip().strip('"').lower())
    return "".join(char for char in bare if not unicodedata.combining(char)).replace(" ", "_")
