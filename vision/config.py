"""The cameras of a city as its file says them: one table a camera, checked one by one.

A file that cannot be read is an error of the whole; a camera that is written wrongly is refused by
itself, by name, and its neighbours are watched. See docs/lpr-watch.md.
"""

import hashlib
import json
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from core.errors import C5Error, ConfigError
from core.topics import DEVICE_ID
from vision.feeds.feed import READ_TIMEOUT_S
from vision.feeds.opening import Place
from vision.formats.grammar import REGIONS, UnknownRegion
from vision.passage import CameraView
from vision.source import Pace

_Share = Annotated[float, Field(ge=0, le=1)]
_Point = tuple[_Share, _Share]
_SHARDS_MAX: Final = 64
_VIEW: Final = {field.name for field in fields(CameraView)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One camera that is to be watched."""

    view: CameraView
    place: Place
    pace: Pace = Pace.NEWEST
    repeat: bool = False
    models: Path | None = None
    """Folder of its networks; None: those that C5 ships."""

    @property
    def device_id(self) -> str:
        """Who it is to the broker."""
        return self.view.device_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A camera that cannot be watched as it is written."""

    device_id: str | None
    """None: it does not even say who it is."""
    why: str


@dataclass(frozen=True, slots=True)
class Shard:
    """Which part of the cameras a process watches: number of count."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read `1/3`; ConfigError says how it is written."""
        number, slash, count = text.partition("/")
        if slash and number.isdecimal() and count.isdecimal():
            made = cls(int(number), int(count))
            if 1 <= made.number <= made.count <= _SHARDS_MAX:
                return made
        raise ConfigError(f"shard {text!r}: write 1/3 for the first of three, up to {_SHARDS_MAX}")

    def holds(self, device_id: str) -> bool:
        """Whether a camera is this shard's: by its name alone, whatever the others are.

        >>> [sum(Shard(n, 3).holds(f"C-{c}") for n in (1, 2, 3)) for c in range(4)]
        [1, 1, 1, 1]
        """
        digest = hashlib.sha256(device_id.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1


class _Entry(BaseModel):
    """One [[camera]] of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device_id: Annotated[str, Field(pattern=f"^{DEVICE_ID.pattern}$")]
    url: Annotated[str, Field(min_length=1)]
    region: str = "mx"
    line: tuple[_Point, _Point] | None = None
    entering_side: Literal["left", "right"] = "right"
    approaching: Literal["in", "out"] = "in"
    ignore: tuple[Annotated[tuple[_Point, ...], Field(min_length=3)], ...] = ()
    min_weakest: _Share | None = None
    pace: Pace = Pace.NEWEST
    repeat: bool = False
    timeout_s: Annotated[float, Field(ge=0.1, le=120)] = READ_TIMEOUT_S
    fps: Annotated[float, Field(gt=0, le=240)] | None = None
    starts_at: AwareDatetime | None = None
    follow: bool = False
    models: Path | None = None


def read(file: Path, *, region: str = "mx") -> list[Camera | Refused]:
    """The cameras of a file, in its order; ConfigError where it is no such file.

    region  of cameras that name none
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"cameras: {file} cannot be read: {exc}; give --cameras FILE") from None
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"cameras: {file}: {exc}; correct it, see docs/lpr-watch.md") from None
    entries, defaults = said.pop("camera", []), said.pop("defaults", {})
    if said or not isinstance(entries, list) or not isinstance(defaults, dict) or not entries:
        extra = f"; {', '.join(map(repr, said))} is unknown" if said else ""
        raise ConfigError(
            f"cameras: {file} holds one [[camera]] table a camera, and [defaults]{extra}; see "
            "docs/lpr-watch.md"
        )
    cameras: list[Camera | Refused] = []
    taken: set[str] = set()
    for number, entry in enumerate(entries, 1):
        one = _one({"region": region} | defaults, entry, number, file.parent)
        if one.device_id in taken:
            one = Refused(device_id=None, why=f"{one.device_id} is written twice; name it once")
        elif one.device_id is not None:
            taken.add(one.device_id)
        cameras.append(one)
    return cameras


def passwords(file: Path) -> dict[str, str]:
    """Read device id -> password, as `c5 simulate --credentials` writes them too."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{file} does not exist; enrol cameras with `c5 device add` and write their passwords "
            "there as one JSON object, device id to password"
        ) from None
    except (OSError, ValueError) as exc:
        raise ConfigError(
            f"{file}: {type(exc).__name__}; it holds one JSON object, device id to password"
        ) from None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise ConfigError(f"{file} holds one JSON object, device id to password")
    return said


def _one(defaults: dict[str, Any], entry: object, number: int, folder: Path) -> Camera | Refused:
    if not isinstance(entry, dict):
        return Refused(device_id=None, why=f"camera {number} is no table; write [[camera]]")
    named = entry.get("device_id")
    device_id = named if isinstance(named, str) and DEVICE_ID.fullmatch(named) else None
    who = device_id or f"camera {number}"
    try:
        said = _Entry.model_validate(defaults | entry)
        return _camera(said, folder)
    except ValidationError as exc:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in exc.errors()
        )
        return Refused(device_id=device_id, why=f"{who}: {faults}; see docs/lpr-watch.md")
    except C5Error as exc:
        return Refused(device_id=device_id, why=f"{who}: {exc}")


def _camera(said: _Entry, folder: Path) -> Camera:
    """Paths are from the file's own folder."""
    url = said.url if "://" in said.url else str(folder / said.url)
    if said.region not in REGIONS:
        raise UnknownRegion(said.region)
    if said.line is not None and said.line[0] == said.line[1]:
        raise ConfigError("line: its two points are one; give two")
    return Camera(
        view=CameraView(**said.model_dump(include=_VIEW, exclude_none=True)),
        place=Place(
            url=url,
            timeout_s=said.timeout_s,
            fps=said.fps,
            starts_at=said.starts_at,
            follow=said.follow,
        ),
        pace=said.pace,
        repeat=said.repeat,
        models=None if said.models is None else folder / said.models,
    )
