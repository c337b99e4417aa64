"""The service about itself: is it well, and what a page needs before it draws."""

import json
from functools import cache
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Response

from control_center import VERSION
from control_center.api.models import City, Config, Health, KindAnswer, MetricAnswer
from control_center.auth.guard import needs, public
from control_center.auth.rights import Right
from control_center.center import CenterDep
from core.errors import StoreError
from core.metrics import METRICS
from deploy import cities
from devices.kinds import KINDS
from store import pool

router = APIRouter(prefix="/api", tags=["service"])
_A_DAY = "private, max-age=86400"


@router.get("/health", **public())
async def health(center: CenterDep, response: Response) -> Health:
    """Say whether the database answers and the live feed runs; 503 when not."""
    try:
        await pool.ping(center.pool)
        database = "ok"
    except StoreError:
        database = "down"
    live = "ok" if center.feed.is_live else "down"
    ok = database == live == "ok"
    response.status_code = 200 if ok else 503
    return Health(ok=ok, database=database, live=live, version=VERSION)


@router.get("/config", **needs(Right.VIEW))
async def config(center: CenterDep) -> Config:
    """Say which city, which kinds of device and which metrics there are."""
    city = cities.load(center.settings.city)
    return Config(
        city=City(
            id=city.id,
            name=city.name,
            center=(city.centre_lon_deg, city.centre_lat_deg),
            bounds=city.bounds_deg,
            attribution=city.attribution,
        ),
        timezone=center.settings.timezone,
        tile_url=center.settings.control_center.tile_url,
        version=VERSION,
        kinds=[
            KindAnswer(
                kind=spec.kind,
                es=spec.es,
                en=spec.en,
                silence_s=spec.silence_s,
                interval_s=spec.interval_s,
                streams=list(spec.streams),
            )
            for spec in KINDS.values()
        ],
        metrics={
            metric.name: MetricAnswer(
                unit=metric.unit, es=metric.es, en=metric.en, lo=metric.lo, hi=metric.hi
            )
            for metric in METRICS.values()
        },
    )


@router.get(
    "/city.geojson",
    response_class=Response,
    responses={200: {"content": {"application/geo+json": {}}}},
    **needs(Right.VIEW),
)
async def city_geojson(center: CenterDep) -> Response:
    """Answer the municipality's outline and its localities (GeoJSON, WGS 84)."""
    body = await anyio.to_thread.run_sync(_outline, center.settings.city)
    return Response(body, media_type="application/geo+json", headers={"Cache-Control": _A_DAY})


@cache
def _outline(name: str) -> bytes:
    city = cities.load(name)
    drawn: list[dict[str, Any]] = []
    for level, file, label in (
        ("municipality", city.municipality_file, "nom_agem"),
        ("locality", city.localities_file, "nom_loc"),
    ):
        for feature in json.loads(file.read_text(encoding="utf-8"))["features"]:
            said = feature["properties"]
            properties = {
                "name": said[label],
                "level": level,
                "urban": level == "locality" and said["cvegeo"] in city.urban_cvegeo,
            }
            drawn.append(
                {"type": "Feature", "properties": properties, "geometry": feature["geometry"]}
            )
    return json.dumps(
        {"type": "FeatureCollection", "features": drawn}, ensure_ascii=False, separators=(",", ":")
    ).encode()
