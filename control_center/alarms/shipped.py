"""The rules, procedures and room of a city, as they come with this build: one TOML file each."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from control_center.incidents import limits, sop
from control_center.incidents.limits import Room
from control_center.rules import rule
from core.errors import ConfigError
from deploy import cities


class Shipped(NamedTuple):
    """Documents as they are stored, by id."""

    rules: dict[str, dict[str, Any]]
    sops: dict[str, dict[str, Any]]
    room: Room


@cache
def load(city: str) -> Shipped:
    """Read a city's files; ConfigError, RuleRefused or SopRefused says what is wrong in which."""
    folder = cities.load(city).folder
    rules = {
        found.id: found.model_dump(mode="json")
        for file in sorted(folder.glob("rules/*.toml"))
        for found in [rule.parse(_read(file), name=str(file))]
    }
    sops = {
        found.id: found.model_dump(mode="json")
        for file in sorted(folder.glob("sops/*.toml"))
        for found in [sop.parse(_read(file), name=str(file))]
    }
    for one in rules.values():
        if one["sop"] is not None and one["sop"] not in sops:
            raise ConfigError(f"rule {one['id']}: sop: no file sops/{one['sop']}.toml in {folder}")
    room = folder / "room.toml"
    return Shipped(rules, sops, limits.parse(_read(room), name=str(room)))


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigError(f"{file}: {exc}; correct it, see docs/alarms.md") from exc
