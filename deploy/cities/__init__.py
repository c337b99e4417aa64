"""One folder a city: its outline, its localities, and city.toml.

`load` reads what every part needs (name, time zone, first view, files); nothing
here draws or computes, so it needs the standard library only.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import ConfigError

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """What is known of a city before any device speaks. WGS 84, degrees."""

    id: str
    folder: Path
    name: str
    state: str
    timezone: str
    attribution: str
    centre_lat_deg: float
    centre_lon_deg: float
    zoom: float
    bounds_deg: tuple[float, float, float, float]
    """West, south, east, north."""
    urban_cvegeo: tuple[str, ...]

    @property
    def municipality_file(self) -> Path:
        """Its outline, GeoJSON."""
        return self.folder / "municipality.geojson"

    @property
    def localities_file(self) -> Path:
        """Its localities, GeoJSON."""
        return self.folder / "localities.geojson"


def names() -> list[str]:
    """The cities there are."""
    return sorted(found.parent.name for found in FOLDER.glob("*/city.toml"))


def load(name: str) -> City:
    """Read a city; ConfigError says which there are, or what its file lacks."""
    if name not in names():
        raise ConfigError(
            f"city {name!r} is not in deploy/cities; set `city` to one of {', '.join(names())}"
        )
    folder = FOLDER / name
    file = folder / "city.toml"
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        view = said["map"]
        bounds = view["bounds"]
        return City(
            id=name,
            folder=folder,
            name=said["name"],
            state=said["state"],
            timezone=said["timezone"],
            attribution=said["attribution"],
            centre_lat_deg=view["centre"]["lat_deg"],
            centre_lon_deg=view["centre"]["lon_deg"],
            zoom=view["zoom"],
            bounds_deg=(bounds["west"], bounds["south"], bounds["east"], bounds["north"]),
            urban_cvegeo=tuple(said["localities"]["urban"]),
        )
    except KeyError as exc:
        raise ConfigError(f"{file}: {exc} is missing; see deploy/cities/coatzacoalcos") from exc
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{file}: {exc}; correct it") from exc
