"""An incident with all that belongs to it, and the units near it, as the interface says them."""

from datetime import datetime, timedelta
from typing import Any, Final

from control_center.alarms import values
from control_center.incidents import desk, holder, sop
from control_center.incidents.limits import Room
from control_center.incidents.sop import Mark
from control_center.plates.people import Actor, note
from control_center.rules.correlate import apart_m
from control_center.rules.facts import Place
from core import log
from core.clock import epoch_us
from core.seal import KeyRing, WrongKey
from core.topics import Kind
from devices.kinds import KINDS
from store import alarm as store_alarm
from store import incident as store_incident
from store import incident_log, panic
from store import unit as store_unit
from store.incident import Incident
from store.incident_log import Step
from store.pool import Connection
from store.unit import Position

_ALARMS: Final = 200
_UNITS: Final = 50
_MISSED: Final = 5
"""A unit that missed so many messages may be anywhere."""
_log = log.get(__name__)
_ORDER: Final = ("available", "en_route", "assigned", "on_scene", "silent")


def build(
    conn: Connection,
    incident_id: int,
    *,
    ring: KeyRing | None,
    who: Actor,
    sees_person: bool,
    now: datetime,
) -> dict[str, Any]:
    """Everything about an incident; who pressed only for who may see it, and on record."""
    row = store_incident.get(conn, incident_id)
    said = values.incident(row)
    said["timeline"] = [one._asdict() for one in incident_log.read(conn, incident_id)]
    said["alarm_list"] = [
        values.alarm(one) for one in store_alarm.of_incident(conn, incident_id, limit=_ALARMS)
    ]
    said["sop"] = _sop(conn, row)
    said["units"] = [
        one._asdict() | {"state": unit.state}
        for one, unit in zip(
            incident_log.units(conn, incident_id), desk.gathered(conn, row).units, strict=True
        )
    ]
    said["links"] = [one._asdict() for one in incident_log.links(conn, incident_id)]
    said["files"] = [
        {
            "sha256": one.sha256,
            "name": one.name,
            "media_type": one.media_type,
            "bytes": one.size_bytes,
            "by": one.by,
            "at": one.at,
        }
        for one in incident_log.files(conn, incident_id)
    ]
    said["track"], said["person"], said["person_sealed"] = [], None, False
    if row.kind == "panic" and row.device_id is not None and sees_person:
        said["track"] = [
            [epoch_us(one.at) // 1000, one.lon_deg, one.lat_deg]
            for one in incident_log.track(conn, incident_id)
        ]
        held = panic.get(conn, row.device_id)
        said["person"] = None if held is None else _opened(ring, held, row.device_id)
        said["person_sealed"] = held is not None and said["person"] is None
        note(
            conn,
            who,
            now,
            "panic.person.view",
            ("incident", incident_id),
            device_id=row.device_id,
            known=held is not None,
        )
        conn.commit()
    return said


def _opened(
    ring: KeyRing | None, held: panic.Sealed | panic.Holder, device_id: str
) -> dict[str, str] | None:
    """Who carries a button; None: no key opens it, which must not shut the whole incident."""
    try:
        return holder.opened(ring, held)._asdict()
    except WrongKey as exc:
        _log.warning("panic_holder_not_opened", device_id=device_id, cause=str(exc))
        return None


def units_near(conn: Connection, incident_id: int, room: Room, now: datetime) -> dict[str, Any]:
    """Who could be sent: available ones first, by distance; at most 50."""
    row = store_incident.get(conn, incident_id)
    place = None
    if row.lat_deg is not None and row.lon_deg is not None:
        place = Place(row.lat_deg, row.lon_deg)
    found = [_unit(one, place, now) for one in store_unit.positions(conn, room.unit_kinds)]
    found.sort(
        key=lambda one: (_ORDER.index(one["state"]), one["distance_m"] or 0.0, one["device_id"])
    )
    return {"units": found[:_UNITS]}


def _unit(one: Position, place: Place | None, now: datetime) -> dict[str, Any]:
    kind = KINDS[Kind(one.kind)]
    silence_s = max(kind.silence_s, _MISSED * (one.interval_s or kind.interval_s))
    state = "available"
    if one.on_scene:
        state = "on_scene"
    elif one.incident_id is not None:
        state = "en_route" if one.en_route else "assigned"
    elif now - one.last_at > timedelta(seconds=silence_s):
        state = "silent"
    here = Place(one.lat_deg, one.lon_deg)
    return {
        "device_id": one.device_id,
        "name": one.name,
        "kind": one.kind,
        "distance_m": None if place is None else round(apart_m(here, place)),
        "state": state,
        "incident_id": one.incident_id,
        "lat_deg": one.lat_deg,
        "lon_deg": one.lon_deg,
        "last_at": one.last_at,
    }


def _sop(conn: Connection, row: Incident) -> dict[str, Any] | None:
    found = desk.procedure(conn, row)
    if found is None:
        return None
    marked = incident_log.steps(conn, row.incident_id)
    marks = {
        one.step_id: Mark("done" if one.state == "done" else "skipped", one.answer)
        for one in marked.values()
    }
    way = {step.id for step in sop.path(found, marks)}
    now = sop.current(found, marks)
    return {
        "sop_id": found.id,
        "version": row.sop_version,
        "title_es": found.title_es,
        "title_en": found.title_en,
        "steps": [
            _step(step, marked.get(step.id)) | {"current": now is step, "on_path": step.id in way}
            for step in found.steps
        ],
    }


def _step(step: sop.Step, mark: Step | None) -> dict[str, Any]:
    following = [one.step for one in step.branches] if step.branches else [step.next]
    return {
        "step_id": step.id,
        "text_es": step.es,
        "text_en": step.en,
        "mandatory": step.mandatory,
        "state": "open" if mark is None else mark.state,
        "answer": None if mark is None else mark.answer,
        "by": None if mark is None else mark.by,
        "at": None if mark is None else mark.at,
        "reason": "" if mark is None else mark.reason,
        "next": sorted({name for name in following if name is not None}),
        "branches": [one.model_dump() for one in step.branches],
    }
