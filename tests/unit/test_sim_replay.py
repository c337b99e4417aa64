"""Recordings: read with the right times and identities, refused by name when they are not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.messages import GpsFix, Reading
from core.topics import Kind
from firmware_sim import recordings
from firmware_sim.recordings import UnreadableRecording
from firmware_sim.replay import due_s, shifted

ZONE = ZoneInfo("America/Mexico_City")
FIXES = """seq,ts,lat,lon,speed_kmh,heading_deg,hdop
1,2026-09-14T12:01:00.000Z,18.1230841,-94.4684946,36.0,93,0.48
3,2026-09-14T12:01:10.000Z,18.1230582,-94.4683589,,197,
2,2026-09-14T12:01:05.000Z,18.1230690,-94.4683635,0.0,93,1.50
2,2026-09-14T12:01:05.000Z,18.1230690,-94.4683635,0.0,93,1.50
"""
LEVELS = "datetime,LEQ dB -A\n2025-03-21 00:00:30,47.36\n2025-03-21 00:01:30,48.5\n"
PM25 = "FECHA,HORA,AJM,MER\n2024-01-01,1,21,-99\n2024-01-01,2,18,31\n2024-01-01,24,9,8\n"
O3 = "FECHA,HORA,AJM,MER\n2024-01-01,1,4,-99\n2024-01-01,2,-99,12\n2024-01-01,24,9,-99\n"


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_fixes_keep_their_own_numbers_and_order(tmp_path: Path) -> None:
    """Late and doubled rows stay so; speed is SI inside; blanks are not reported."""
    recording = recordings.read(
        [_file(tmp_path, "fixes.csv", FIXES)], kind=Kind.TRUCK, device_id="T-1", zone=ZONE
    )
    fixes = [fix for fix in recording.messages if isinstance(fix, GpsFix)]
    assert [fix.seq for fix in fixes] == [1, 3, 2, 2]
    assert fixes[2] == fixes[3]
    assert (fixes[0].speed_mps, fixes[1].speed_mps, fixes[1].hdop) == (10.0, None, None)
    assert fixes[0].measured_at == datetime(2026, 9, 14, 12, 1, tzinfo=UTC)


def test_naive_noise_times_are_local_and_rows_number_themselves(tmp_path: Path) -> None:
    """One message a row."""
    recording = recordings.read(
        [_file(tmp_path, "n.csv", LEVELS)], kind=Kind.NOISE, device_id="N-1", zone=ZONE
    )
    first, second = recording.messages
    assert isinstance(first, Reading)
    assert (first.seq, second.seq) == (1, 2)
    assert first.measured_at == datetime(2025, 3, 21, 6, 0, 30, tzinfo=UTC)
    assert first.values == {"laeq_db": 47.36}


def test_hours_of_the_air_network_begin_an_hour_before_their_name(tmp_path: Path) -> None:
    """Pollutants of one hour make one message; -99 is nothing; an empty hour is no message."""
    files = [_file(tmp_path, "rama2024_PM25.csv", PM25), _file(tmp_path, "rama2024_O3.csv", O3)]
    recording = recordings.read(files, kind=Kind.AIR, device_id="A-1", zone=ZONE, station="MER")
    readings = [one for one in recording.messages if isinstance(one, Reading)]
    assert (recording.rows, recording.empty) == (3, 1)
    assert [one.seq for one in readings] == [2, 3]
    assert readings[0].measured_at == datetime(2024, 1, 1, 7, 0, tzinfo=UTC)
    assert readings[0].values == {"pm25_ugm3": 31.0, "o3_ppb": 12.0}
    assert readings[1].measured_at == datetime(2024, 1, 2, 5, 0, tzinfo=UTC)
    assert readings[1].values == {"pm25_ugm3": 8.0}


def test_a_table_of_our_own_names_is_a_recording_too(tmp_path: Path) -> None:
    """Two metrics of a row stay one message."""
    text = (
        "ts,battery_v,solar_w,colour\n2026-01-01T00:00:00Z,24.1,12,red\n2026-01-01T00:01:00Z,,,\n"
    )
    recording = recordings.read(
        [_file(tmp_path, "p.csv", text)], kind=Kind.POWER, device_id="E-1", zone=ZONE
    )
    [only] = recording.messages
    assert isinstance(only, Reading)
    assert only.values == {"battery_v": 24.1, "solar_w": 12.0}
    assert recording.empty == 1


@pytest.mark.parametrize(
    ("name", "text", "kind", "station", "words"),
    [
        ("x.csv", "a,b\n1,2\n", Kind.AIR, None, "header"),
        ("x.csv", FIXES, Kind.AIR, None, "does not move"),
        ("x.csv", LEVELS, Kind.AIR, None, "--kind noise"),
        ("x.csv", LEVELS.replace("47.36", "loud"), Kind.NOISE, None, "row 1"),
        ("x.csv", LEVELS.replace("2025-03-21 00:01:30", "soon"), Kind.NOISE, None, "row 2"),
        ("rama_PM25.csv", PM25, Kind.AIR, None, "AJM, MER"),
        ("rama_PM25.csv", PM25, Kind.AIR, "XYZ", "XYZ"),
        ("rama_PM25.csv", PM25.replace(",24,", ",25,"), Kind.AIR, "AJM", "HORA 25"),
        ("rama_dust.csv", PM25, Kind.AIR, "AJM", "pollutant"),
    ],
)
def test_a_recording_that_is_none_is_refused_by_name(
    tmp_path: Path, name: str, text: str, kind: Kind, station: str | None, words: str
) -> None:
    """The message says where and what to do."""
    with pytest.raises(UnreadableRecording, match=words):
        recordings.read(
            [_file(tmp_path, name, text)], kind=kind, device_id="D-1", zone=ZONE, station=station
        )


def test_a_missing_or_binary_file_is_refused_by_name(tmp_path: Path) -> None:
    """Neither is a bug."""
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\x80,\x9d\n")
    for name in ("b.csv", "none.csv"):
        with pytest.raises(UnreadableRecording, match=name):
            recordings.read([tmp_path / name], kind=Kind.AIR, device_id="D", zone=ZONE)


def test_rows_go_out_at_their_time_divided_by_the_speed(tmp_path: Path) -> None:
    """A late row goes where it was recorded, not earlier than its neighbours."""
    messages = recordings.read(
        [_file(tmp_path, "fixes.csv", FIXES)], kind=Kind.TRUCK, device_id="T-1", zone=ZONE
    ).messages
    assert due_s(messages, 1) == [0, 10, 10, 10]
    assert due_s(messages, 5) == [0, 2, 2, 2]
    assert due_s(messages, 0) == [0, 0, 0, 0]
    assert due_s([], 1) == []


def test_shifting_makes_the_newest_row_now_and_keeps_distances(tmp_path: Path) -> None:
    """Nothing else changes."""
    messages = recordings.read(
        [_file(tmp_path, "fixes.csv", FIXES)], kind=Kind.TRUCK, device_id="T-1", zone=ZONE
    ).messages
    now = datetime(2030, 1, 1, tzinfo=UTC)
    moved = shifted(messages, now)
    assert [one.measured_at - now for one in moved] == [
        timedelta(seconds=-10),
        timedelta(0),
        timedelta(seconds=-5),
        timedelta(seconds=-5),
    ]
    assert [one.seq for one in moved] == [1, 3, 2, 2]
    assert shifted([], now) == []
