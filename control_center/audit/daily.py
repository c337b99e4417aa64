"""Publish the audit's head once a day: into a folder, and by mail, wherever the settings say.

Both are claimed in the database before and committed after, as the morning report is: two engines
publish one head, and what failed is tried again. A folder or mailbox that whoever administers this
machine cannot change is what makes a cut tail show.
"""

from collections.abc import Sequence
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from control_center import connections
from control_center.audit import heads
from control_center.audit.heads import Published
from control_center.auth.keys import Keys
from control_center.reports.mail import deliver
from core import log
from core.errors import ConfigError
from core.settings import Settings
from deploy import cities
from store import audit, audit_reading, mailing, pool
from store.audit import Entry
from store.pool import Connection

FOLDER, MAIL = "audit_head_folder", "audit_head_mail"
_NAME: Final = "c5-audit-{day}.json"
_log = log.get(__name__)


class DailyHead:
    """Publishes what is due."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        self._database_url = database_url
        self._settings = settings
        self._zone = ZoneInfo(settings.timezone)
        self._done_on: date | None = None

    def tick(self, now: datetime) -> int:
        """Publish today's head where it is not yet; answer in how many ways it went out.

        ConfigError, MailFailed, TransientStoreError: it is tried again.
        """
        chosen, today = self._settings.audit, now.astimezone(self._zone).date()
        by_mail = bool(chosen.recipients) and self._settings.mail.host is not None
        if today == self._done_on or (chosen.heads_dir is None and not by_mail):
            return 0
        done = 0
        with pool.connect(self._database_url, application="c5-audit") as conn:
            if chosen.heads_dir is not None and self._claimed(conn, FOLDER, today, now):
                signed = self._signed(conn, now)
                _leave(chosen.heads_dir, today, signed)
                _tell(conn, signed, now, [str(chosen.heads_dir)])
                conn.commit()
                done += 1
            if by_mail and self._claimed(conn, MAIL, today, now):
                signed = self._signed(conn, now)
                deliver(self._settings.mail, self._message(signed, today, now))
                _tell(conn, signed, now, chosen.recipients)
                conn.commit()
                done += 1
        self._done_on = today
        return done

    def _claimed(self, conn: Connection, kind: str, today: date, now: datetime) -> bool:
        recipients = self._settings.audit.recipients
        return mailing.claim(conn, kind, today, sent_at=now, recipients=recipients)

    def _signed(self, conn: Connection, now: datetime) -> Published:
        keys = Keys(connections.resolve(self._settings).people_secret)
        return heads.publish(keys, audit_reading.head(conn), city=self._settings.city, at=now)

    def _message(self, signed: Published, today: date, now: datetime) -> EmailMessage:
        city = cities.load(self._settings.city).name
        mail = EmailMessage()
        mail["Subject"] = f"Auditoría C5 {city}, {today.isoformat()}: asiento {signed.entry_id}"
        mail["From"] = self._settings.mail.sender
        mail["To"] = ", ".join(self._settings.audit.recipients)
        mail["Date"] = format_datetime(now)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(
            f"Huella del asiento {signed.entry_id} de la auditoría:\n{signed.sha256}\n\n"
            "Guarde este correo: con el archivo adjunto, `c5 audit verify --head` muestra si "
            "después se cortó o se reescribió algo.\n\n"
            f"Above is the digest of entry {signed.entry_id} of the audit. Keep it: with the "
            "file attached, `c5 audit verify --head` shows what was cut or rewritten since.\n"
        )
        mail.add_attachment(
            heads.encoded(signed),
            maintype="application",
            subtype="json",
            filename=_NAME.format(day=today.isoformat()),
        )
        return mail


def _leave(folder: Path, today: date, signed: Published) -> None:
    """Write the file whole or not at all; ConfigError when the folder takes none."""
    file = folder / _NAME.format(day=today.isoformat())
    part = file.with_suffix(".part")
    try:
        part.write_bytes(heads.encoded(signed))
        part.replace(file)
    except OSError as exc:
        raise ConfigError(f"{file}: {exc.strerror}; correct audit.heads_dir") from exc


def _tell(conn: Connection, signed: Published, now: datetime, to: Sequence[str]) -> None:
    """That a head was published is an entry; told when it is, so that no network is waited for."""
    told = Entry(
        at=now,
        actor=audit.ITSELF,
        action="audit.head",
        object_kind="audit",
        object_id=str(signed.entry_id),
        detail={"sha256": signed.sha256, "to": to},
    )
    audit.append(conn, told)
    _log.info("audit_head_published", entry_id=signed.entry_id)
