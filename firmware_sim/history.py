"""Make a city's yesterday known: drive it, number it, publish it, write down its truth.

The numbers come from the devices' own outboxes, so the live day goes on where
yesterday ended. What was chosen is written beside the outboxes before anything
is sent; asked again for the same day, the same rows go out under the same
numbers, and nothing is stored twice.
"""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.errors import ConfigError
from core.topics import Kind
from devices.outbox import OutboxFile
from firmware_sim import backlog, parcels, route_plan, yesterday
from firmware_sim.backlog import Broker
from firmware_sim.behaviour import generator
from firmware_sim.city import Plan
from firmware_sim.route_plan import Hours
from firmware_sim.truth import Truth
from firmware_sim.yesterday import Outing

_OUTBOX_MESSAGES: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A yesterday that was driven."""

    day: date
    hours: Hours
    outings: tuple[Outing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the broker has of it."""

    runs: int
    fixes: int
    """Distinct ones."""
    repeated: int
    """Sent a second time."""


def drive(plan: Plan, now: datetime, *, state_dir: Path, count: int = yesterday.TRUCKS) -> History:
    """Let the trucks drive the day before `now`; the same again if that was done before."""
    zone = ZoneInfo(plan.timezone)
    day = route_plan.yesterday(now, zone)
    kept = _read(_file(state_dir, day))
    hours = Hours.around(now, zone)
    if kept is not None:
        count = kept["count"]
        hours = Hours(*(time.fromisoformat(text) for text in kept["hours"]))
    outings = tuple(yesterday.out(plan, day, hours, count=count))
    return History(day=day, hours=hours, outings=outings)


def publish(
    plan: Plan, history: History, broker: Broker, *, state_dir: Path, truth_path: Path | None
) -> Sent:
    """Publish it and return when the broker has all of it; the truth is written then.

    BrokerError when it refuses something; asking again repeats nothing in the store.
    """
    missing = [one.device_id for one in history.outings if one.device_id not in broker.credentials]
    if missing:
        raise ConfigError(f"no credential of {missing[0]}; enrol it and pass its password")
    first_seqs = _numbered(history, state_dir)
    packed = {
        one.device_id: parcels.packed(
            one.fixes,
            first_seqs[one.device_id],
            generator(plan.seed, one.device_id, "link"),
        )
        for one in history.outings
    }
    payloads = {name: [one.payload for one in mine] for name, mine in packed.items()}
    backlog.publish(broker, Kind.TRUCK, payloads)
    with closing(Truth(truth_path)) as truth:
        for one in history.outings:
            truth.line(**one.truth)
            first = first_seqs[one.device_id]
            truth.line(
                type="device",
                device_id=one.device_id,
                kind=Kind.TRUCK,
                stored_seqs=[(first, first + len(one.fixes) - 1)] if one.fixes else [],
                rejected_seqs=[],
                dropped=0,
                held=0,
            )
    return Sent(
        runs=len(history.outings),
        fixes=sum(len(one.fixes) for one in history.outings),
        repeated=sum(parcel.repeated for mine in packed.values() for parcel in mine),
    )


def write_plans(plan: Plan, hours: Hours, folder: Path) -> None:
    """Write every route's plan as `c5 route import` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    for document in route_plan.documents(plan, hours).values():
        name = document["properties"]["route_id"]
        text = json.dumps(document, ensure_ascii=False)
        (folder / f"{name}.geojson").write_text(text, encoding="utf-8")


def _numbered(history: History, state_dir: Path) -> dict[str, int]:
    """The first number of each truck's rows, as it was before or fresh from its outbox."""
    file = _file(state_dir, history.day)
    kept = _read(file)
    if kept is not None:
        return dict(kept["first_seq"])
    first: dict[str, int] = {}
    with OutboxFile(state_dir / "outbox.sqlite") as outboxes:
        for one in history.outings:
            outbox = outboxes.of(one.device_id, capacity=_OUTBOX_MESSAGES)
            first[one.device_id] = outbox.reserve(len(one.fixes))
    file.write_text(
        json.dumps(
            {
                "hours": history.hours.text(),
                "count": len(history.outings),
                "first_seq": first,
            }
        ),
        encoding="utf-8",
    )
    return first


def _file(state_dir: Path, day: date) -> Path:
    return state_dir / f"history-{day.isoformat()}.json"


def _read(file: Path) -> dict[str, Any] | None:
    try:
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{file}: {exc}; delete it, or choose another --state folder") from exc
    return said
