"""The engine's part that tells others: takes what is due, writes who is told, and delivers.

Delivery is at least once: a crash between the other's answer and our note sends it again, under the
same number. What fails is tried again with growing pauses, for about half a day, and then waits
for a person.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from control_center import connections
from control_center.notify import saying, webhook
from control_center.reports import mail
from core import log
from core.clock import epoch_us
from core.errors import C5Error, StoreError
from core.settings import Settings
from devices import notices
from devices.broker import CONTROL
from store import faults, outbox, pool, public_alert
from store.outbox import Notification
from store.pool import Connection

TRIES: Final = 12
_FIRST_PAUSE: Final = timedelta(seconds=10)
_MOST_PAUSE: Final = timedelta(hours=2)
_TAKE: Final = 500
_A_ROUND: Final = 50
_ERROR_CHARS: Final = 500
_log = log.get(__name__)


class NotifyPart:
    """What a service calls every other second."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        self._database_url = database_url
        self._settings = settings
        self._to = settings.notify

    def tick(self, now: datetime) -> int:
        """Deliver what is due; answer how many notifications were taken.

        TransientStoreError: the database is away; call again, nothing is forgotten.
        """
        made = 0
        with pool.connect(self._database_url, application="c5-notify", autocommit=True) as conn:
            with faults.translated("queueing notifications"), conn.transaction():
                self._queue(conn, now)
            for _ in range(_A_ROUND):
                with faults.translated("delivering a notification"), conn.transaction():
                    one = outbox.next_due(conn, now)
                    if one is None:
                        break
                    made += self._try(conn, one, now)
        return made

    def _queue(self, conn: Connection, now: datetime) -> None:
        lines, alerts = outbox.take_due(conn, limit=_TAKE)
        new = [one for line in lines for one in saying.of_line(line, self._to, now)]
        for alert_id in alerts:
            new += saying.of_alert(public_alert.get(conn, alert_id), self._to, now)
        outbox.queue(conn, new)

    def _try(self, conn: Connection, one: Notification, now: datetime) -> bool:
        try:
            self._deliver(one, now)
        except StoreError:
            raise
        except C5Error as exc:
            gives_up = one.tries + 1 >= TRIES
            pause = min(_FIRST_PAUSE * 2**one.tries, _MOST_PAUSE)
            outbox.note(
                conn,
                one.notification_id,
                state="failed" if gives_up else "pending",
                next_at=now + pause,
                error=str(exc)[:_ERROR_CHARS],
            )
            _log.warning(
                "notification_failed", channel=one.channel, tries=one.tries + 1, cause=str(exc)
            )
            return False
        outbox.note(conn, one.notification_id, state="sent", next_at=now, sent_at=now)
        return True

    def _deliver(self, one: Notification, now: datetime) -> None:
        match one.channel:
            case "mail":
                mail.deliver(self._settings.mail, saying.mail(one, self._settings.mail.sender))
            case "webhook":
                secret = self._to.webhook_secret
                webhook.post(
                    one.address,
                    _body(one),
                    delivery=one.notification_id,
                    secret=None if secret is None else secret.get_secret_value(),
                    at_s=epoch_us(now) // 1_000_000,
                )
            case _:
                login = connections.resolve(self._settings).login(CONTROL)
                notices.publish(login, f"{one.address}/{one.about.replace('.', '/')}", _body(one))


def _body(one: Notification) -> bytes:
    said: dict[str, Any] = {"id": one.notification_id, **one.body}
    return msgspec.json.encode(said)
