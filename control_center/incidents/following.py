"""Follow who pressed: the button's fixes become the incident's track, the newest its place."""

from store import incident as store_incident
from store import incident_log
from store.incident import Incident
from store.pool import Connection


def follow(conn: Connection) -> list[Incident]:
    """Append new fixes, in the caller's transaction; answer the incidents that moved."""
    newest = {
        one.incident_id: one for one in sorted(incident_log.follow(conn), key=lambda one: one.at)
    }
    moved = []
    for incident_id, point in sorted(newest.items()):
        row = store_incident.get(conn, incident_id, lock=True)
        row = row._replace(lat_deg=point.lat_deg, lon_deg=point.lon_deg)
        moved.append(store_incident.change(conn, row, by_person=False))
    return moved
