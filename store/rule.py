"""Rules and procedures as versioned documents: the highest version is in force.

Nothing is ever changed in place, so an alarm of last year still names what raised it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import errors
from psycopg.types.json import Jsonb

from core.errors import Conflict, NotFound
from store import faults
from store.audit import ITSELF
from store.pool import Connection

_COLUMNS: Final = "rule_id, version, document, enabled, note, saved_at, saved_by"
_CURRENT: Final = f"""
SELECT DISTINCT ON (rule_id) {_COLUMNS} FROM rule ORDER BY rule_id, version DESC"""  # noqa: S608  constants
_VERSIONS: Final = f"""
SELECT {_COLUMNS} FROM rule WHERE rule_id = %s ORDER BY version DESC"""  # noqa: S608  constants
_INSERT: Final = f"""
INSERT INTO rule (rule_id, version, document, enabled, note, saved_at, saved_by)
VALUES (%(rule_id)s, %(version)s, %(document)s, %(enabled)s, %(note)s, %(at)s, %(by)s)
RETURNING {_COLUMNS}"""  # noqa: S608  constants
_STATE: Final = """
SELECT (SELECT count(*) FROM rule), (SELECT max(saved_at) FROM rule)"""
_SOPS: Final = """
SELECT DISTINCT ON (sop_id) sop_id, version, document, saved_by FROM sop
 ORDER BY sop_id, version DESC"""
_SOP: Final = "SELECT document FROM sop WHERE sop_id = %s AND version = %s"
_ADD_SOP: Final = """
INSERT INTO sop (sop_id, version, document, saved_at, saved_by) VALUES (%s, %s, %s, %s, %s)"""
_LOCK: Final = "SELECT pg_advisory_xact_lock(%s)"
_LOCK_KEY: Final = 0x_C5_A1_61


class RuleExists(Conflict):
    """A new rule has the id of a known one."""

    reason = "rule_exists"

    def __init__(self, rule_id: str) -> None:
        super().__init__(
            f"ya hay una regla {rule_id}; elija otro identificador, o abra esa regla y cámbiela / "
            f"there is a rule {rule_id} already; choose another id, or open that rule and change it"
        )


class Saved(NamedTuple):
    """One version of a rule."""

    rule_id: str
    version: int
    document: dict[str, Any]
    enabled: bool
    note: str
    saved_at: datetime
    saved_by: str


class Sop(NamedTuple):
    """One version of a procedure."""

    sop_id: str
    version: int
    document: dict[str, Any]
    saved_by: str


def current(conn: Connection) -> list[Saved]:
    """The newest version of every rule, disabled ones as well."""
    with faults.translated("reading rules"):
        return [Saved(*row) for row in conn.execute(_CURRENT)]


def versions(conn: Connection, rule_id: str) -> list[Saved]:
    """Every version of a rule, the newest first; NotFound: there is none."""
    with faults.translated("reading a rule's versions"):
        found = [Saved(*row) for row in conn.execute(_VERSIONS, (rule_id,))]
    if not found:
        raise NotFound(f"no rule {rule_id[:64]!r}; see GET /api/rules")
    return found


def save(
    conn: Connection,
    rule_id: str,
    version: int,
    document: Mapping[str, Any],
    *,
    enabled: bool,
    note: str,
    at: datetime,
    by: str,
) -> Saved:
    """Store a version; Conflict (of version 1: RuleExists) when somebody else stored it first."""
    values = {
        "rule_id": rule_id,
        "version": version,
        "document": Jsonb(document),
        "enabled": enabled,
        "note": note,
        "at": at,
        "by": by,
    }
    with faults.translated("saving a rule"):
        try:
            with conn.transaction():
                [row] = conn.execute(_INSERT, values).fetchall()
        except errors.UniqueViolation:
            if version == 1:
                raise RuleExists(rule_id) from None
            raise Conflict(
                f"la regla {rule_id} cambió mientras tanto, recargue / rule {rule_id} was changed "
                "meanwhile, reload"
            ) from None
    return Saved(*row)


def state(conn: Connection) -> tuple[int, datetime | None]:
    """Differs from before when any rule was saved."""
    with faults.translated("asking whether rules changed"):
        row = conn.execute(_STATE).fetchone()
    return (0, None) if row is None else (row[0], row[1])


def sops(conn: Connection) -> dict[str, Sop]:
    """The newest version of every procedure."""
    with faults.translated("reading procedures"):
        return {row[0]: Sop(*row) for row in conn.execute(_SOPS)}


def sop(conn: Connection, sop_id: str, version: int) -> dict[str, Any]:
    """One version of a procedure; NotFound: there is none."""
    with faults.translated("reading a procedure"):
        row = conn.execute(_SOP, (sop_id, version)).fetchone()
    if row is None:
        raise NotFound(f"no procedure {sop_id} version {version}; see docs/incidents.md")
    document: dict[str, Any] = row[0]
    return document


def ship(
    conn: Connection,
    rules: Mapping[str, Mapping[str, Any]],
    sops_shipped: Mapping[str, Mapping[str, Any]],
    at: datetime,
) -> int:
    """Store what came with this build, but never over what people saved; answer how many."""
    made = 0
    with faults.translated("storing the rules of this build"), conn.transaction():
        known = {one.rule_id: one for one in current(conn)}
        known_sops = sops(conn)
        if all(not _is_news(document, known.get(name)) for name, document in rules.items()) and all(
            not _is_news(doc, known_sops.get(name)) for name, doc in sops_shipped.items()
        ):
            return 0
        conn.execute(_LOCK, (_LOCK_KEY,))
        known = {one.rule_id: one for one in current(conn)}
        known_sops = sops(conn)
        for name, document in sops_shipped.items():
            if _is_news(document, last := known_sops.get(name)):
                number = 1 if last is None else last.version + 1
                conn.execute(_ADD_SOP, (name, number, Jsonb(document), at, ITSELF))
                made += 1
        for name, document in rules.items():
            if _is_news(document, held := known.get(name)):
                number = 1 if held is None else held.version + 1
                save(conn, name, number, document, enabled=True, note="", at=at, by=ITSELF)
                made += 1
    return made


def _is_news(document: Mapping[str, Any], known: Saved | Sop | None) -> bool:
    return known is None or (known.saved_by == ITSELF and known.document != document)
