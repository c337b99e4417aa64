"""Recorded data as the messages that a device would have sent.

A file's format is told by its header: a tracker's fixes (`seq,ts,lat,lon,…`),
one-minute noise levels (`datetime,LEQ…`), Mexico City's hourly air network
(`FECHA,HORA,` and a column a station), or any table whose columns are `ts` and
names of our vocabulary. A row without its own `seq` takes its row number, so the
same file always yields the same identities, and replaying it stores nothing new.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Final

from core.errors import C5Error
from core.messages import GpsFix, Reading, Uplink
from core.metrics import METRICS
from core.topics import Kind
from core.units import mps_from_kmh
from devices.kinds import KINDS

RAMA_ZONE: Final = timezone(timedelta(hours=-6))
"""The network's hours are local standard time, all year."""
RAMA_MISSING: Final = -99.0
_POLLUTANTS: Final = {
    "PM25": "pm25_ugm3",
    "PM10": "pm10_ugm3",
    "O3": "o3_ppb",
    "NO2": "no2_ppb",
    "SO2": "so2_ppb",
    "CO": "co_ppm",
}
Row = Mapping[str, str]


class UnreadableRecording(C5Error):
    """A file is no recording that we know."""

    reason = "recording"


@dataclass(frozen=True, slots=True)
class Recording:
    """Messages in the order in which they were recorded."""

    messages: list[Uplink]
    rows: int
    empty: int
    """Rows in which nothing was measured."""


def read(
    files: Sequence[Path], *, kind: Kind, device_id: str, zone: tzinfo, station: str | None = None
) -> Recording:
    """Read a recording of one device.

    zone     of timestamps that say none
    station  which column, where a file holds many stations
    """
    tables = [_table(file) for file in files]
    headers = [header for header, _ in tables]
    if all({"FECHA", "HORA"} <= set(header) for header in headers):
        named = [(_pollutant(file), rows) for file, (_, rows) in zip(files, tables, strict=True)]
        _expect(kind, Kind.AIR, files[0])
        return _rama(named, device_id, _station(station, headers))
    if len(files) > 1:
        raise UnreadableRecording(
            "several files make one recording only for the hourly air network; give one file"
        )
    [(file, (header, rows))] = zip(files, tables, strict=True)
    if {"ts", "lat", "lon"} <= set(header):
        if KINDS[kind].max_speed_mps is None:
            raise UnreadableRecording(f"{file} holds positions, but a {kind} does not move")
        return _collected(_each(file, rows, lambda n, row: _fix(device_id, n, row, zone)))
    if "datetime" in header and (level := _level_column(header)) is not None:
        _expect(kind, Kind.NOISE, file)
        return _collected(
            _each(
                file,
                rows,
                lambda n, row: _reading(
                    device_id, n, _instant(row["datetime"], zone), {"laeq_db": row[level]}
                ),
            )
        )
    if "ts" in header and METRICS.keys() & set(header):
        return _collected(_each(file, rows, lambda n, row: _generic(device_id, n, row, zone)))
    raise UnreadableRecording(
        f"{file}: header {','.join(header)[:120]!r} is no known recording; name a column ts and "
        "the others as in docs/payloads.md"
    )


def _table(file: Path) -> tuple[list[str], list[Row]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            rows: list[Row] = list(reader)
            return list(reader.fieldnames or []), rows
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise UnreadableRecording(f"{file}: {exc}; give a CSV file with a header") from exc


def _each(
    file: Path, rows: list[Row], build: Callable[[int, Row], Uplink | None]
) -> Iterator[Uplink | None]:
    for number, row in enumerate(rows, 1):
        try:
            yield build(number, row)
        except (ValueError, TypeError, KeyError) as exc:
            raise UnreadableRecording(
                f"{file}, row {number}: {exc}; correct the row or remove it"
            ) from exc


def _collected(found: Iterator[Uplink | None]) -> Recording:
    everything = list(found)
    messages = [message for message in everything if message is not None]
    return Recording(messages, len(everything), len(everything) - len(messages))


def _fix(device_id: str, number: int, row: Row, zone: tzinfo) -> GpsFix:
    at = _instant(row["ts"], zone)
    speed_kmh = _optional(row.get("speed_kmh"))
    return GpsFix(
        device_id=device_id,
        seq=int(row.get("seq") or number),
        measured_at=at,
        received_at=at,
        lat_deg=float(row["lat"]),
        lon_deg=float(row["lon"]),
        speed_mps=None if speed_kmh is None else mps_from_kmh(speed_kmh),
        heading_deg=_optional(row.get("heading_deg")),
        hdop=_optional(row.get("hdop")),
    )


def _generic(device_id: str, number: int, row: Row, zone: tzinfo) -> Reading | None:
    seq = int(row.get("seq") or number)
    numbers = {name: text for name, text in row.items() if name in METRICS}
    return _reading(device_id, seq, _instant(row["ts"], zone), numbers)


def _reading(device_id: str, seq: int, at: datetime, said: Mapping[str, str]) -> Reading | None:
    values = {name: value for name, text in said.items() if (value := _optional(text)) is not None}
    if not values:
        return None
    return Reading(device_id=device_id, seq=seq, measured_at=at, received_at=at, values=values)


def _rama(named: list[tuple[str, list[Row]]], device_id: str, station: str) -> Recording:
    """Join pollutants hour by hour: one message an hour, numbered by the hour's row."""
    hours: dict[datetime, tuple[int, dict[str, float]]] = {}
    for metric, rows in named:
        for number, row in enumerate(rows, 1):
            try:
                at = _hour(row["FECHA"], row["HORA"])
                value = float(row[station])
            except (ValueError, TypeError, KeyError) as exc:
                raise UnreadableRecording(
                    f"{metric}, row {number}: {exc!r}; correct the row or remove it"
                ) from exc
            _, values = hours.setdefault(at, (number, {}))
            if value != RAMA_MISSING:
                values[metric] = value
    messages: list[Uplink] = [
        Reading(device_id=device_id, seq=number, measured_at=at, received_at=at, values=values)
        for at, (number, values) in sorted(hours.items())
        if values
    ]
    return Recording(messages, len(hours), len(hours) - len(messages))


def _hour(date: str, hour: str) -> datetime:
    """When an hour began: HORA 1 to 24 names its end, in local standard time.

    >>> _hour("2024-01-01", "1").isoformat(), _hour("2024-01-01", "24").isoformat()
    ('2024-01-01T06:00:00+00:00', '2024-01-02T05:00:00+00:00')
    """
    number = int(hour)
    if not 1 <= number <= 24:  # noqa: PLR2004  hours of a day
        raise ValueError(f"HORA {hour} is not within 1 and 24")
    begins = datetime.fromisoformat(date).replace(tzinfo=RAMA_ZONE) + timedelta(hours=number - 1)
    return begins.astimezone(UTC)


def _pollutant(file: Path) -> str:
    """Which quantity a file of the hourly network holds, by its name."""
    name = file.stem.upper().rpartition("_")[2].replace(".", "")
    if name not in _POLLUTANTS:
        raise UnreadableRecording(
            f"{file}: name it after its pollutant, such as rama2024_PM25.csv "
            f"({', '.join(_POLLUTANTS)})"
        )
    return _POLLUTANTS[name]


def _station(wanted: str | None, headers: Sequence[Sequence[str]]) -> str:
    common = set(headers[0]).intersection(*headers) - {"FECHA", "HORA"}
    if wanted not in common:
        raise UnreadableRecording(
            f"station {wanted or '(none)'} is not in every file; choose --station among "
            f"{', '.join(sorted(common))}"
        )
    return wanted


def _level_column(header: Sequence[str]) -> str | None:
    return next((name for name in header if name.upper().startswith(("LEQ", "LAEQ"))), None)


def _expect(kind: Kind, needed: Kind, file: Path) -> None:
    if kind is not needed:
        raise UnreadableRecording(f"{file} is a recording of --kind {needed}, not {kind}")


def _instant(text: str, zone: tzinfo) -> datetime:
    at = datetime.fromisoformat(text.strip())
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _optional(text: str | None) -> float | None:
    return float(text) if text is not None and text.strip() else None
