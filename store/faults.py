"""Sort database errors into temporary and permanent by SQLSTATE.

Permanent means that the database refuses the data itself (classes 21, 22, 23,
54, or a value that the driver can't even write): repeating cannot help, and
holding such a row for ever would stop its neighbours. All else is temporary:
connection lost, server starting or stopping, disk full, deadlock, and also a
missing table or right, which a person mends while the data waits. Nothing is
thrown away because of a mistake in the set-up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg_pool import PoolTimeout

from core.errors import PermanentStoreError, StoreError, TransientStoreError, Unwritable

_PERMANENT_CLASSES: Final = frozenset({"21", "22", "23", "54"})
"""Cardinality, data exception, integrity constraint, program limit."""
_NOTIFY_SOURCE: Final = "async.c"
"""Where PostgreSQL says, under class 54, that listeners lag and no notification fits."""
_UNWRITABLE: Final = (UnicodeError, OverflowError)
"""What the driver raises for a value that has no form in the database's types."""


def is_temporary(exc: BaseException) -> bool:
    """Tell whether the same work may succeed later.

    >>> is_temporary(errors.AdminShutdown()), is_temporary(errors.NotNullViolation())
    (True, False)
    """
    if not isinstance(exc, psycopg.Error):
        return not isinstance(exc, _UNWRITABLE)
    if exc.sqlstate is None:
        return not isinstance(exc, psycopg.DataError)
    if exc.diag.source_file == _NOTIFY_SOURCE:
        return True
    return exc.sqlstate[:2] not in _PERMANENT_CLASSES


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise TransientStoreError or PermanentStoreError for what psycopg raises inside.

    Unwritable, one of the permanent, where the driver has no form for a value.
    """
    try:
        yield
    except (psycopg.Error, PoolTimeout, *_UNWRITABLE) as exc:
        raise sorted_error(exc, doing) from exc


def sorted_error(exc: BaseException, doing: str) -> StoreError:
    """Answer the store's own error for one of psycopg's."""
    words = str(exc).strip().splitlines()
    cause = words[0] if words else type(exc).__name__
    if is_temporary(exc):
        return TransientStoreError(f"{doing}: {cause}; see `c5 status`, it is tried again")
    if not isinstance(exc, psycopg.Error) or exc.sqlstate is None:
        return Unwritable(f"{doing}: {cause}; correct the value")
    return PermanentStoreError(f"{doing}: {cause}")
