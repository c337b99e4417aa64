"""What is said of an incident or an alert, and to whom: pure, from the settings.

Nothing of it names who pressed a panic button, a plate, or what people wrote into the log.
"""

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final

from control_center.rules.severity import Severity
from core.clock import rfc3339
from core.settings.engine import Notify
from core.topics import NOTICE_ROOT
from store.outbox import Line, New, Notification
from store.public_alert import PublicAlert

_RANK: Final = {severity.value: at for at, severity in enumerate(Severity)}
_MAILED: Final = frozenset({"opened", "escalate"})
_ABOUT: Final = {"escalate": "escalated", "resolve": "resolved", "close": "closed"} | {
    "mark_false": "false",
    "reopen": "reopened",
    "opened": "opened",
}
_WORDS: Final = {
    "opened": ("Nuevo incidente", "New incident"),
    "escalate": ("Incidente escalado", "Incident escalated"),
    "resolve": ("Incidente resuelto", "Incident resolved"),
    "close": ("Incidente cerrado", "Incident closed"),
    "mark_false": ("Falsa alarma", "False alarm"),
    "reopen": ("Incidente reabierto", "Incident reopened"),
}


def of_line(line: Line, to: Notify, now: datetime) -> Iterator[New]:
    """Who is told of a line of an incident's log."""
    es, en = _WORDS[line.kind]
    about = f"incident.{_ABOUT[line.kind]}"
    body: dict[str, Any] = {
        "about": about,
        "at": rfc3339(line.at),
        "text_es": f"{es}: {line.title_es}",
        "text_en": f"{en}: {line.title_en}",
        "incident": {
            "incident_id": line.incident_id,
            "kind": line.incident_kind,
            "severity": line.severity,
            "state": line.state,
            "opened_at": rfc3339(line.opened_at),
            "lat_deg": None if line.incident_kind == "panic" else line.lat_deg,
            "lon_deg": None if line.incident_kind == "panic" else line.lon_deg,
        },
    }
    for channel, address in _addresses(to, line.severity, is_mailed=line.kind in _MAILED):
        yield New(now, channel, address, about, line.incident_id, body)


def of_alert(alert: PublicAlert, to: Notify, now: datetime) -> Iterator[New]:
    """Who is told of an alert to the public that was approved: everybody."""
    drill = "SIMULACRO: " if alert.exercise else ""
    body: dict[str, Any] = {
        "about": "alert.approved",
        "at": rfc3339(alert.decided_at or now),
        "text_es": f"{drill}{alert.document['headline_es']}",
        "text_en": f"{'EXERCISE: ' if alert.exercise else ''}{alert.document['headline_en']}",
        "alert": {"identifier": alert.identifier, "exercise": alert.exercise, "cap": alert.xml},
    }
    for channel, address in _addresses(to, Severity.CRITICAL, is_mailed=True):
        yield New(now, channel, address, "alert.approved", alert.incident_id, body)


def mail(one: Notification, sender: str) -> EmailMessage:
    """A notification as a mail, Spanish first."""
    made = EmailMessage()
    made["Subject"] = f"[C5] {_line(one.body['text_es'])} · {_line(one.body['text_en'])}"
    made["From"] = sender
    made["To"] = one.address
    made["Date"] = format_datetime(one.at)
    made["Auto-Submitted"] = "auto-generated"
    lines = [one.body["text_es"], one.body["text_en"], "", one.body["at"]]
    if (about := one.body.get("incident")) is not None:
        lines += [
            f"Incidente / incident {about['incident_id']}: {about['severity']}, {about['state']}"
        ]
    made.set_content("\n".join(lines) + "\n")
    if (alert := one.body.get("alert")) is not None:
        made.add_attachment(
            alert["cap"].encode(), maintype="application", subtype="cap+xml", filename="alert.xml"
        )
    return made


def _addresses(to: Notify, severity: str, *, is_mailed: bool) -> Iterator[tuple[str, str]]:
    if is_mailed and _RANK[severity] <= _RANK[to.mail_severity]:
        yield from (("mail", address) for address in to.mail_to)
    if _RANK[severity] <= _RANK[to.webhook_severity]:
        yield from (("webhook", address) for address in to.webhook_urls)
    if to.mqtt:
        yield "mqtt", NOTICE_ROOT


def _line(text: str) -> str:
    return " ".join(text.split())
