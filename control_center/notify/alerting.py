"""Draft an alert to the public, and decide about it: two people, always.

What was approved never changes; it is taken back by a Cancel message, which two people decide about
as well. Each message is checked against the standard when it is drafted and again when approved.
"""

import secrets
from datetime import datetime
from typing import Any, Final

from control_center.notify import cap, cap_check
from control_center.notify.cap import Draft, Head
from control_center.notify.cap_check import AlertInvalid
from control_center.plates.people import Actor, note
from core.errors import Conflict
from deploy.cities import City
from store import incident, outbox, public_alert
from store.pool import Connection
from store.public_alert import PublicAlert

_SENDER: Final = "c5"


class SamePerson(Conflict):
    """Whoever drafted it cannot approve it."""

    reason = "same_person"


def draft(
    conn: Connection,
    wanted: Draft,
    city: City,
    *,
    incident_id: int | None,
    exercise: bool,
    who: Actor,
    now: datetime,
) -> PublicAlert:
    """Store a draft and commit."""
    if incident_id is not None:
        incident.get(conn, incident_id)
    if wanted.expires_at <= now:
        raise Conflict("expires_at is over already; choose a later instant")
    new = public_alert.New(
        identifier=_identifier(city, now),
        incident_id=incident_id,
        exercise=exercise,
        msg_type="Alert",
        refers_to=None,
        document=wanted.model_dump(mode="json"),
    )
    made = public_alert.draft(conn, new, at=now, by=who.username)
    rendered(conn, made, city, now)
    note(conn, who, now, "alert.draft", ("alert", made.alert_id), exercise=exercise)
    conn.commit()
    return made


def cancel(
    conn: Connection, alert_id: int, city: City, *, reason: str, who: Actor, now: datetime
) -> PublicAlert:
    """Draft the message that takes an approved one back, and commit."""
    held = public_alert.get(conn, alert_id)
    if held.state != "approved" or held.msg_type == "Cancel":
        raise Conflict(f"alert {alert_id} was not published, so there is nothing to take back")
    document = held.document | {"description_es": reason, "description_en": reason}
    new = public_alert.New(
        identifier=_identifier(city, now),
        incident_id=held.incident_id,
        exercise=held.exercise,
        msg_type="Cancel",
        refers_to=alert_id,
        document=Draft.model_validate(document).model_dump(mode="json"),
    )
    made = public_alert.draft(conn, new, at=now, by=who.username)
    rendered(conn, made, city, now)
    note(conn, who, now, "alert.cancel", ("alert", made.alert_id), reason, refers_to=alert_id)
    conn.commit()
    return made


def approve(
    conn: Connection, alert_id: int, city: City, *, who: Actor, now: datetime
) -> PublicAlert:
    """Approve a draft, queue it for whoever is told, and commit."""
    held = _undecided(conn, alert_id)
    if held.drafted_by == who.username:
        raise SamePerson(
            "otra persona debe aprobarla / somebody else than who drafted it must approve it"
        )
    if Draft.model_validate(held.document).expires_at <= now and held.msg_type == "Alert":
        raise Conflict(f"alert {alert_id} would be over already; draft it anew")
    made = public_alert.decide(
        conn,
        alert_id,
        "approved",
        at=now,
        by=who.username,
        xml=rendered(conn, held, city, now),
    )
    outbox.queue_alert(conn, alert_id)
    note(conn, who, now, "alert.approve", ("alert", alert_id), exercise=held.exercise)
    conn.commit()
    return made


def reject(
    conn: Connection, alert_id: int, *, reason: str, who: Actor, now: datetime
) -> PublicAlert:
    """Reject a draft and commit; whoever drafted it may take it back so."""
    _undecided(conn, alert_id)
    made = public_alert.decide(conn, alert_id, "rejected", at=now, by=who.username, reason=reason)
    note(conn, who, now, "alert.reject", ("alert", alert_id), reason)
    conn.commit()
    return made


def rendered(conn: Connection, held: PublicAlert, city: City, sent: datetime) -> str:
    """The message as it is, or as it would be were it sent now; AlertInvalid when it is none."""
    if held.xml is not None:
        return held.xml
    references = ""
    if held.refers_to is not None:
        other = public_alert.get(conn, held.refers_to)
        at = cap.instant(other.decided_at or other.drafted_at)
        references = f"{_sender(city)},{other.identifier},{at}"
    head = Head(
        identifier=held.identifier,
        sender=_sender(city),
        sender_name=f"C5 {city.name}",
        sent=sent,
        exercise=held.exercise,
        msg_type=held.msg_type,
        references=references,
    )
    text = cap.write(head, Draft.model_validate(held.document))
    if problems := cap_check.check(text):
        raise AlertInvalid(problems)
    return text


def values(row: PublicAlert) -> dict[str, Any]:
    """An alert as the interface says it, without its XML."""
    return {name: value for name, value in row._asdict().items() if name != "xml"}


def _undecided(conn: Connection, alert_id: int) -> PublicAlert:
    held = public_alert.get(conn, alert_id, lock=True)
    if held.state != "draft":
        raise Conflict(f"{held.decided_by} decided about alert {alert_id} already: {held.state}")
    return held


def _sender(city: City) -> str:
    return f"{_SENDER}@{city.id}"


def _identifier(city: City, now: datetime) -> str:
    return f"c5-{city.id}-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
