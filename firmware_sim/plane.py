"""Metres on a plane that touches the city; good to a decimetre over twenty kilometres."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
EARTH_RADIUS_M: Final = 6_371_008.8
_M_PER_DEG: Final = math.radians(1) * EARTH_RADIUS_M


@dataclass(frozen=True, slots=True)
class Plane:
    """East and north of an origin, m."""

    lat_deg: float
    lon_deg: float

    @property
    def _m_per_deg_lon(self) -> float:
        return _M_PER_DEG * math.cos(math.radians(self.lat_deg))

    def xy_m(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """Where a position lies on the plane.

        >>> Plane(18.0, -94.0).xy_m(18.0, -94.0)
        (0.0, 0.0)
        """
        east_m = (lon_deg - self.lon_deg) * self._m_per_deg_lon
        return east_m, (lat_deg - self.lat_deg) * _M_PER_DEG

    def lat_lon(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Undo `xy_m`."""
        return self.lat_deg + y_m / _M_PER_DEG, self.lon_deg + x_m / self._m_per_deg_lon

    def lon_lat_many(self, xy_m: F64) -> F64:
        """Undo `xy_m` for many points, in GeoJSON's order.

        xy_m  (n, 2) east, north, m  ->  (n, 2) longitude, latitude, degrees
        """
        scale = np.array([self._m_per_deg_lon, _M_PER_DEG])
        lon_lat: F64 = np.array([self.lon_deg, self.lat_deg]) + xy_m / scale
        return lon_lat
