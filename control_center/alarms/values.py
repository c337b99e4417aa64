"""Alarms and incidents as the interface and the live feed say them: one shape for both."""

from typing import Any

from store.alarm import Alarm, Comment
from store.incident import Incident


def alarm(row: Alarm) -> dict[str, Any]:
    """One alarm; docs/alarms.md explains the fields."""
    return {
        "alarm_id": row.alarm_id,
        "kind": row.kind,
        "severity": row.severity,
        "title_es": row.title_es,
        "title_en": row.title_en,
        "device_id": row.device_id,
        "device_name": row.device_name,
        "lat_deg": row.lat_deg,
        "lon_deg": row.lon_deg,
        "raised_at": row.raised_at,
        "last_at": row.last_at,
        "count": row.times,
        "cleared_at": row.cleared_at,
        "cleared_by": row.cleared_by,
        "acknowledged_at": row.acknowledged_at,
        "acknowledged_by": row.acknowledged_by,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by,
        "assignee": row.assignee,
        "incident_id": row.incident_id,
        "rule_id": row.rule_id,
        "rule_version": row.rule_version,
        "detail": row.detail,
        "version": row.version,
    }


def comment(row: Comment) -> dict[str, Any]:
    """What somebody wrote beside an alarm."""
    return row._asdict()


def incident(row: Incident) -> dict[str, Any]:
    """One incident as a list shows it; docs/incidents.md explains the fields."""
    due = None if row.due_step is None else {"step": row.due_step, "at": row.due_at}
    return {
        "incident_id": row.incident_id,
        "kind": row.kind,
        "severity": row.severity,
        "state": row.state,
        "title_es": row.title_es,
        "title_en": row.title_en,
        "device_id": row.device_id,
        "lat_deg": row.lat_deg,
        "lon_deg": row.lon_deg,
        "opened_at": row.opened_at,
        "opened_by": row.opened_by,
        "last_at": row.last_at,
        "acknowledged_at": row.acknowledged_at,
        "dispatched_at": row.dispatched_at,
        "on_scene_at": row.on_scene_at,
        "resolved_at": row.resolved_at,
        "closed_at": row.closed_at,
        "assignee": row.assignee,
        "role": row.role,
        "alarms": row.alarms,
        "next_due": due,
        "overdue": row.overdue,
        "escalated_to": row.escalated_to,
        "version": row.version,
    }
