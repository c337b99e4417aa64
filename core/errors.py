"""One tree of errors; each message says what to do next.

Whatever C5 raises on purpose is a `C5Error`, so an edge (CLI, HTTP, MQTT) can
tell a refusal it understands from a bug. `reason` is the stable code that
machines, logs and the `rejects` table use; the message is for people.
"""

from typing import ClassVar


class C5Error(Exception):
    """Base of everything that C5 refuses knowingly."""

    reason: ClassVar[str] = "error"


class ConfigError(C5Error):
    """A setting is missing or wrong; the message names it and a valid value."""

    reason = "config"


class MessageRefused(C5Error):
    """A message cannot be taken as it is; its bytes go to rejects under `reason`."""

    reason = "refused"


class UnknownTopic(MessageRefused):
    """The topic is not c5/v1/<kind>/<device>/<stream>."""

    reason = "unknown_topic"


class BrokenPayload(MessageRefused):
    """The payload is not a JSON object or array of objects."""

    reason = "broken_json"


class TooLarge(MessageRefused):
    """The payload is larger or deeper than any device has reason to send."""

    reason = "too_large"


class InvalidField(MessageRefused):
    """A known field has the wrong type or a value no instrument can produce."""

    reason = "invalid_field"


class MissingField(MessageRefused):
    """A field that every message of this stream must carry is absent."""

    reason = "missing_field"


class ClockAhead(MessageRefused):
    """The device's clock is further ahead than any link delay explains."""

    reason = "clock_ahead"


class ClockBehind(MessageRefused):
    """The message is older than its kind's horizon; enrol with --backfill to allow it."""

    reason = "clock_behind"


class UnknownDevice(MessageRefused):
    """No such device is enrolled; it is now pending approval."""

    reason = "unknown_device"


class KindMismatch(MessageRefused):
    """The device is enrolled under another kind than its topic says."""

    reason = "kind_mismatch"


class RowRefused(MessageRefused):
    """The database refused this row for good; the message quotes its words."""

    reason = "row_refused"


class StoreError(C5Error):
    """Something about the database."""

    reason = "store"


class TransientStoreError(StoreError):
    """The database is unreachable or busy; the same work may succeed later."""

    reason = "store_transient"


class PermanentStoreError(StoreError):
    """The database refused the data itself; repeating cannot help."""

    reason = "store_permanent"


class Unwritable(PermanentStoreError):
    """A value has no form in the database's types: the character NUL, a number too great."""

    reason = "unwritable"


class SchemaBehind(StoreError):
    """The database is older than this build."""

    reason = "schema_behind"

    def __init__(self, *, at: int, need: int) -> None:
        super().__init__(
            f"database schema is at {at:04}, this build needs {need:04}; run `c5 db migrate`"
        )


class NotFound(C5Error):
    """What was asked for does not exist; the message names it."""

    reason = "not_found"


class Conflict(C5Error):
    """The change collides with what is already there."""

    reason = "conflict"


class BrokerError(C5Error):
    """The MQTT broker is unreachable or refused the request."""

    reason = "broker"


class ServiceError(C5Error):
    """A local service could not be found, started or stopped."""

    reason = "service"
