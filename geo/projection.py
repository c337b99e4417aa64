"""Metres around a plan, and back.

A transverse Mercator projection centred on the plan is true to 1 in 10 000 within 90 km of it,
and knows no antimeridian: longitudes are taken relative to the centre.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from pyproj import Proj

from geo.arrays import F64


@lru_cache(maxsize=1024)
def _projector(lon_deg: float, lat_deg: float) -> Proj:
    return Proj(proj="tmerc", lon_0=lon_deg, lat_0=lat_deg, k=1.0, ellps="WGS84", units="m")


@dataclass(frozen=True, slots=True)
class LocalProjection:
    """Easting and northing in metres from a centre."""

    lon_deg: float
    lat_deg: float
    _proj: Proj = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_proj", _projector(self.lon_deg, self.lat_deg))

    def forward(self, lon_deg: F64, lat_deg: F64) -> tuple[F64, F64]:
        """Degrees to metres; what cannot be projected is NaN."""
        x_m, y_m = self._proj(np.asarray(lon_deg, np.float64), np.asarray(lat_deg, np.float64))
        lost = ~(np.isfinite(x_m) & np.isfinite(y_m))
        return np.where(lost, np.nan, x_m), np.where(lost, np.nan, y_m)

    def inverse(self, x_m: F64, y_m: F64) -> tuple[F64, F64]:
        """Metres to degrees, longitude in -180..180."""
        lon_deg, lat_deg = self._proj(
            np.asarray(x_m, np.float64), np.asarray(y_m, np.float64), inverse=True
        )
        return np.asarray(lon_deg), np.asarray(lat_deg)


def around(lon_deg: F64, lat_deg: F64) -> LocalProjection:
    """The projection centred on these points.

    >>> around(np.array([179.9, -179.9]), np.array([10.0, 10.0])).lon_deg
    180.0
    """
    angle = np.radians(lon_deg)
    lon0_deg = float(np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())))
    lat0_deg = float((np.min(lat_deg) + np.max(lat_deg)) / 2)
    return LocalProjection(round(lon0_deg, 6), round(lat0_deg, 6))
