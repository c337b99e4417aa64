"""A town of straight streets, a run through it, and rows of both, written without any engine.

The report's document is written by hand as docs/reports.md describes it, so that
what is read, printed and mailed is tested by itself.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from core.clock import rfc3339
from core.device import Device
from core.topics import Kind
from geo.route import from_document
from store import device as store_device
from store import pool

DAY = date(2026, 3, 2)
BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""06:00 in the city."""
END = BEGIN + timedelta(hours=4)
WEST, SOUTH = -94.4530, 18.1300
BLOCK_M = 100.0
STATES = ("serviced", "too_fast", "missed", "unknown")
_EAST_DEG = BLOCK_M / (111_320.0 * math.cos(math.radians(SOUTH)))
_NORTH_DEG = BLOCK_M / 110_574.0
STREETS = ("Zaragoza", "Hidalgo", "Juárez", "Corregidora", "Revolución", "Quevedo", "Lerdo")


def corner(column: int, row: int) -> list[float]:
    """Longitude and latitude of a corner of the town."""
    return [round(WEST + column * _EAST_DEG, 7), round(SOUTH + row * _NORTH_DEG, 7)]


def plan(
    route_id: str = "R-1", *, columns: int = 6, rows: int = 4, name: str = "Centro"
) -> dict[str, Any]:
    """A plan's document: up and down the streets, as a furrow is ploughed."""
    features = []
    order = 0
    for row in range(rows):
        steps = range(columns) if row % 2 == 0 else range(columns, 0, -1)
        for column in steps:
            order += 1
            to = column + (1 if row % 2 == 0 else -1)
            features.append(
                {
                    "type": "Feature",
                    "properties": {
                        "segment_id": f"B{order:03}",
                        "order": order,
                        "service": True,
                        "street": STREETS[row % len(STREETS)],
                        "colonia": "Centro",
                    },
                    "geometry": {
                        "type": "LineString",
                        "coordinates": [corner(column, row), corner(to, row)],
                    },
                }
            )
    depot = {
        "type": "Feature",
        "properties": {"place": "depot", "name": "Corralón", "radius_m": 80},
        "geometry": {"type": "Point", "coordinates": corner(-1, -1)},
    }
    about = {"route_id": route_id, "name": name, "service_window": ["06:00", "10:00"]}
    drawn = {"type": "FeatureCollection", "properties": about, "features": [*features, depot]}
    return from_document(drawn).document()


def document(
    plan_document: Mapping[str, Any],
    states: Mapping[str, str] | None = None,
    *,
    device_id: str = "T-07",
    day: date = DAY,
    **changed: Any,
) -> dict[str, Any]:
    """A report's document: every block serviced, but those that `states` names."""
    given = states or {}
    later = timedelta(days=(day - DAY).days)
    segments = [
        _segment(feature["properties"], given, BEGIN + later)
        for feature in plan_document["features"]
        if feature["geometry"]["type"] == "LineString"
    ]
    counts = {state: sum(one["state"] == state for one in segments) for state in STATES}
    return {
        "engine": "1",
        "route_id": plan_document["properties"]["route_id"],
        "route_name": plan_document["properties"]["name"],
        "version": 1,
        "plan_sha256": from_document(plan_document).sha256(),
        "device_id": device_id,
        "service_date": day.isoformat(),
        "window": [rfc3339(BEGIN + later), rfc3339(END + later)],
        "provisional": False,
        "judged_with": {
            "timezone": "America/Mexico_City",
            "margin_s": 3600.0,
            "overspeed_kmh": 60.0,
            "overspeed_s": 10.0,
        },
        "coverage_pct": round(100.0 * counts["serviced"] / len(segments), 2),
        "order_kept_pct": 97.5,
        "began": rfc3339(BEGIN + later + timedelta(minutes=7)),
        "ended": rfc3339(BEGIN + later + timedelta(hours=3)),
        "begin_late_s": 420.0,
        "end_late_s": -3600.0,
        "off_route_s": 185.0,
        "off_route": [
            [
                rfc3339(BEGIN + later + timedelta(minutes=40)),
                rfc3339(BEGIN + later + timedelta(minutes=43, seconds=5)),
            ]
        ],
        "service_m": 100.0 * counts["serviced"],
        "deadhead_m": 2300.0,
        "receiver_error_m": 4.2,
        "fixes": 420,
        "dropped": {"unplaced": 1, "repeated": 2, "spikes": 3, "flagged": 4},
        "counts": counts,
        "lengths_m": {state: 100.0 * count for state, count in counts.items()},
        "silences": [],
        "segments": segments,
        "stops": [
            {
                "from": rfc3339(BEGIN + later + timedelta(minutes=50)),
                "to": rfc3339(BEGIN + later + timedelta(minutes=61)),
                "lat": corner(7, 1)[1],
                "lon": corner(7, 1)[0],
                "on_route": False,
                "silent": False,
                "place": None,
            }
        ],
        "events": [
            {
                "type": "overspeed",
                "from": rfc3339(BEGIN + later + timedelta(minutes=90)),
                "to": rfc3339(BEGIN + later + timedelta(minutes=91)),
                "value": 74.2,
                "unit": "km/h",
                "lat": corner(3, 2)[1],
                "lon": corner(3, 2)[0],
            }
        ],
        "landfill_trips": 1,
        "problem": None,
        **changed,
    }


def _segment(
    about: Mapping[str, Any], states: Mapping[str, str], begin: datetime
) -> dict[str, Any]:
    state = states.get(about["segment_id"], "serviced")
    at = begin + timedelta(minutes=10 + 5 * about["order"])
    passed = state in ("serviced", "too_fast")
    return {
        "segment_id": about["segment_id"],
        "order": about["order"],
        "street": about.get("street", ""),
        "colonia": about.get("colonia", ""),
        "service": about["service"],
        "state": state,
        "confidence": 0.97 if passed else 0.8,
        "length_m": BLOCK_M,
        "seen_pct": 100.0 if passed else 0.0,
        "mean_kmh": {"serviced": 9.4, "too_fast": 41.0}.get(state),
        "from": rfc3339(at) if passed else None,
        "to": rfc3339(at + timedelta(minutes=1)) if passed else None,
        "in_window": True if passed else None,
    }


def digest(report: Mapping[str, Any]) -> str:
    """SHA-256 of canonical JSON."""
    text = json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Town:
    """Rows of one database."""

    db_url: str

    def device(self, device_id: str = "T-07", name: str = "Camión 7") -> str:
        """A truck."""
        with pool.connect(self.db_url) as conn:
            store_device.save(conn, [Device(device_id=device_id, kind=Kind.TRUCK, name=name)])
        return device_id

    def route(self, drawn: Mapping[str, Any], *, supervisor: str | None = None) -> str:
        """A route with its only version."""
        route = from_document(drawn)
        self.execute(
            "INSERT INTO route (route_id, name, supervisor) VALUES (%s, %s, %s)",
            route.route_id,
            route.name,
            supervisor,
        )
        self.execute(
            "INSERT INTO route_version (route_id, version, valid_from, document, sha256, blocks,"
            " length_m, imported_by) VALUES (%s, 1, '2026-01-01', %s, %s, %s, %s, 'test')",
            route.route_id,
            json.dumps(route.document()),
            route.sha256(),
            len(route.blocks),
            route.length_m,
        )
        return route.route_id

    def run(self, report: Mapping[str, Any], *, state: str = "closed", why: str = "closed") -> int:
        """A run that was judged once."""
        begin, end = report["window"]
        revision = 0 if state == "open" else 1
        lengths = report["lengths_m"]
        [[run_id]] = self.execute(
            "INSERT INTO run (route_id, service_date, device_id, version, window_from, window_to,"
            " state, computed_at, coverage, begin_late_s, end_late_s, off_route_s, service_m,"
            " deadhead_m) VALUES (%s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " RETURNING run_id",
            *(report["route_id"], report["service_date"], report["device_id"], begin, end),
            *(state, end, lengths["serviced"] / sum(lengths.values())),
            *(report["begin_late_s"], report["end_late_s"]),
            *(report["off_route_s"], report["service_m"], report["deadhead_m"]),
        )
        self.revise(run_id, report, number=revision, why="provisional" if state == "open" else why)
        return int(run_id)

    def revise(
        self, run_id: int, report: Mapping[str, Any], *, number: int, why: str = "late"
    ) -> None:
        """One more revision, which is now the newest."""
        self.execute(
            "INSERT INTO run_revision VALUES (%s, %s, %s, %s, %s, %s)",
            *(run_id, number, report["window"][1], why, json.dumps(report), digest(report)),
        )
        self.execute(
            "UPDATE run SET revision = %s, serviced = %s, too_fast = %s, missed = %s, unknown = %s,"
            " serviced_m = %s, too_fast_m = %s, missed_m = %s, unknown_m = %s WHERE run_id = %s",
            *(number, *(report["counts"][state] for state in STATES)),
            *(*(report["lengths_m"][state] for state in STATES), run_id),
        )

    def fixes(
        self,
        device_id: str,
        places: Sequence[Sequence[float]],
        *,
        begin: datetime = BEGIN,
        every_s: float = 10.0,
        flags: int = 0,
        first_seq: int = 0,
    ) -> None:
        """A truck at these longitudes and latitudes, one after the other."""
        with psycopg.connect(self.db_url) as conn, conn.cursor() as cur:
            cur.executemany(
                "INSERT INTO gps_fix (device_id, measured_at, seq, received_at, lat_deg, lon_deg,"
                " speed_mps, flags) VALUES (%s, %s, %s, now(), %s, %s, 5, %s)",
                [
                    (
                        device_id,
                        begin + timedelta(seconds=n * every_s),
                        first_seq + n,
                        lat,
                        lon,
                        flags,
                    )
                    for n, (lon, lat) in enumerate(places)
                ],
            )

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """One statement; the rows it answers."""
        with psycopg.connect(self.db_url) as conn:
            done = conn.execute(statement.encode(), values)
            return done.fetchall() if done.description else []


def drive(*, columns: int = 6, rows: int = 4, steps: int = 4) -> list[list[float]]:
    """Places along the plan's blocks, a few a block."""
    found = []
    for row in range(rows):
        order = range(columns * steps + 1)
        for step in order if row % 2 == 0 else reversed(order):
            lon, lat = corner(0, row)
            found.append([lon + step / steps * _EAST_DEG, lat])
    return found
