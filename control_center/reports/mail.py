"""Mail the morning report, once a day, whoever else runs.

The row that says "sent" is inserted before the mail goes out and committed after
the server took it: two processes cannot both send, and a mail that failed leaves
no row, so the next try sends it. Days that passed while nobody ran are not made up.
"""

import smtplib
import ssl
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from typing import Final
from zoneinfo import ZoneInfo

from control_center.reports import morning
from core import log
from core.errors import C5Error
from core.settings import Settings
from core.settings.servers import Mail
from store import mailing, pool

KIND: Final = "morning"
_TIMEOUT_S: Final = 30.0
_log = log.get(__name__)


class MailFailed(C5Error):
    """The mail server did not take a mail; it is tried again."""

    reason = "mail"


class Mailer:
    """Sends what is due."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        self._database_url = database_url
        self._settings = settings
        self._zone = ZoneInfo(settings.timezone)
        self._at = time.fromisoformat(settings.reports.morning_at)
        self._done_on = ""

    def tick(self, now: datetime) -> int:
        """Send yesterday's report if it is due; answer how many mails went out.

        MailFailed when the server does not take it, TransientStoreError without a
        database: nothing is noted then, and the caller tries again.
        """
        settings = self._settings
        local = now.astimezone(self._zone)
        due_on = local.date()
        if settings.mail.host is None or not settings.reports.recipients:
            return 0
        if local.time() < self._at or due_on.isoformat() == self._done_on:
            return 0
        with pool.connect(self._database_url, application="c5-mail") as conn:
            claimed = mailing.claim(
                conn, KIND, due_on, sent_at=now, recipients=settings.reports.recipients
            )
            if claimed:
                yesterday = due_on - timedelta(days=1)
                deliver(settings.mail, morning.message(conn, settings, yesterday, now))
        self._done_on = due_on.isoformat()
        if claimed:
            _log.info("morning_report_mailed", recipients=len(settings.reports.recipients))
        return int(claimed)


def deliver(mail: Mail, message: EmailMessage) -> None:
    """Hand a mail to the server; MailFailed unless it took it for someone at least."""
    try:
        with _session(mail) as smtp:
            refused = smtp.send_message(message)
    except (OSError, smtplib.SMTPException, UnicodeError) as exc:
        raise MailFailed(
            f"{mail.host}:{mail.port} did not take the mail: {_words(exc)}; correct mail.* and "
            "reports.recipients, see docs/runbook.md"
        ) from exc
    for recipient, (code, words) in refused.items():
        _log.warning("recipient_refused", recipient=recipient, code=code, cause=_text(words))


def _session(mail: Mail) -> smtplib.SMTP:
    """Connect, secured as the settings say, and logged in."""
    host = mail.host or ""
    trust = ssl.create_default_context(cafile=mail.ca_file)
    smtp = (
        smtplib.SMTP_SSL(host, mail.port, timeout=_TIMEOUT_S, context=trust)
        if mail.security == "tls"
        else smtplib.SMTP(host, mail.port, timeout=_TIMEOUT_S)
    )
    try:
        if mail.security == "starttls":
            smtp.starttls(context=trust)
        if mail.username is not None:
            password = "" if mail.password is None else mail.password.get_secret_value()
            smtp.login(mail.username, password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _words(exc: BaseException) -> str:
    """What the server said, without our secrets."""
    if isinstance(exc, smtplib.SMTPRecipientsRefused):
        return "; ".join(
            f"{name}: {code} {_text(words)}" for name, (code, words) in exc.recipients.items()
        )
    if isinstance(exc, smtplib.SMTPResponseException):
        return f"{exc.smtp_code} {_text(exc.smtp_error)}"
    return str(exc) or type(exc).__name__


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
