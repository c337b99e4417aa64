"""The air index as people ask for it: the city ranked, or one station's hours."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from control_center.air.judging import METRICS
from core import quality
from sensing.air.rule import EPA, INSUFFICIENT, Rule, in_force, load
from store import air
from store.air import Judged, Station
from store.pool import Connection

FRESH: Final = timedelta(hours=3)
"""An index older than that is not the air of now."""


def city(conn: Connection, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Every active station as of now, the worst first (sensing_models.AirStations)."""
    stations = air.stations(conn)
    ids = [one.device_id for one in stations]
    newest = air.newest(conn, ids, now - FRESH, now)
    doubts = air.doubts(conn, ids, METRICS, now - FRESH)
    rule = in_force(now.astimezone(zone).date())
    ranked = sorted(stations, key=lambda one: _rank(one, newest.get(one.device_id)))
    return {
        "as_of": now,
        "rule": rule.id,
        "citation": rule.citation,
        "categories": [
            {
                "key": one.key,
                "es": one.es,
                "en": one.en,
                "colour": one.colour,
                "risk_es": one.risk_es,
                "risk_en": one.risk_en,
                "advice_es": dict(one.advice_es),
                "advice_en": dict(one.advice_en),
            }
            for one in rule.categories
        ],
        "stations": [
            {
                "device_id": one.device_id,
                "name": one.name,
                "lat_deg": one.lat_deg,
                "lon_deg": one.lon_deg,
                **_now(newest.get(one.device_id)),
                "doubts": quality.names(doubts.get(one.device_id, 0)),
            }
            for one in ranked
        ],
    }


def hours(conn: Connection, device_id: str, since: datetime, until: datetime) -> dict[str, Any]:
    """A station's hours in a window (sensing_models.AirHours)."""
    return {"hours": [_hour(one) for one in air.window(conn, device_id, since, until)]}


def _now(held: Judged | None) -> dict[str, Any]:
    if held is None:
        return {"hour": None, "category": INSUFFICIENT, "dominant": None, "pollutants": {}}
    return {
        "hour": held.hour,
        "category": _category(held),
        "dominant": held.dominant,
        "pollutants": _pollutants(held.detail),
    }


def _hour(held: Judged) -> dict[str, Any]:
    return {
        "hour": held.hour,
        "rule": held.rule_id,
        "category": _category(held),
        "dominant": held.dominant,
        "pollutants": _pollutants(held.detail),
        "pm25_dried_ugm3": held.detail["pm25"].get("dried"),
        "epa": None if held.epa_aqi is None else _epa(held.epa_aqi),
    }


def _pollutants(detail: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("value", "unit", "category", "doubts")
    return {name: {key: said[key] for key in kept} for name, said in detail.items()}


def _epa(aqi: int) -> dict[str, Any]:
    rule = load(EPA)
    band = next((at for at, top in enumerate(rule.number) if aqi <= top), len(rule.number) - 1)
    return {"aqi": aqi, "category": rule.categories[band].key}


def _category(held: Judged) -> str:
    return load(held.rule_id).categories[held.category].key if held.category >= 0 else INSUFFICIENT


def _rank(station: Station, held: Judged | None) -> tuple[float, str]:
    """Worst first; of one category, the one that reaches farther into it."""
    if held is None or held.dominant is None:
        return 1.0, station.device_id
    value = held.detail[held.dominant]["value"]
    depth = _depth(load(held.rule_id), held.dominant, value)
    return -(held.category + depth), station.device_id


def _depth(rule: Rule, pollutant: str, value: float) -> float:
    """How far a value is into its band, 0 to 1; as sensing.air.index compares pollutants."""
    bounds = rule.pollutant(pollutant).bounds
    edges = (0.0, *bounds, 2 * bounds[-1])
    band = sum(value > bound for bound in bounds)
    return min(0.999, (value - edges[band]) / (edges[band + 1] - edges[band]))
