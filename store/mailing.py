"""Mails that went out by themselves: one row a kind and day, whoever sent it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from store import faults
from store.pool import Connection

_CLAIM: Final = """
INSERT INTO mailing (kind, due_on, sent_at, recipients)
VALUES (%(kind)s, %(due_on)s, %(sent_at)s, %(recipients)s)
ON CONFLICT (kind, due_on) DO NOTHING"""
_IS_SENT: Final = "SELECT FROM mailing WHERE kind = %s AND due_on = %s"


def is_sent(conn: Connection, kind: str, due_on: date) -> bool:
    """Tell whether a day's mail went out; one that is being sent did not yet."""
    with faults.translated("looking for a day's mail"):
        return conn.execute(_IS_SENT, (kind, due_on)).fetchone() is not None


def claim(
    conn: Connection, kind: str, due_on: date, *, sent_at: datetime, recipients: Sequence[str]
) -> bool:
    """Take a day's mail for this transaction; False when it went out already.

    Send inside the same transaction: another process that claims meanwhile waits
    for its end, and gets the mail if it is rolled back.
    """
    values = {
        "kind": kind,
        "due_on": due_on,
        "sent_at": sent_at,
        "recipients": list(recipients),
    }
    with faults.translated("claiming a day's mail"):
        return conn.execute(_CLAIM, values).rowcount == 1
