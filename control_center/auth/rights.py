"""Roles and what each may do. A right is granted here or nowhere.

Administering people and devices does not open personal data: only
`autorizado-LPR` may see plates, and nobody is above that.
"""

from enum import StrEnum
from typing import Final


class Right(StrEnum):
    """One thing that an endpoint lets someone do."""

    VIEW = "view"
    """See the map, devices, series and the live feed."""
    COMMAND = "command"
    """Send commands to devices."""
    REJECTS = "rejects"
    """See why messages were refused (not their bytes)."""
    ENROL = "enrol"
    """Let devices in and shut them out."""
    PLAN = "plan"
    """Import routes and say who drives them."""
    REVIEW = "review"
    """Confirm or dispute what a run's report says."""
    PLATES = "plates"
    """See vehicle plates."""
    HOTLIST = "hotlist"
    """Propose, approve and withdraw plates that cameras look for."""
    ATTEND = "attend"
    """Act on alarms and incidents."""
    RULES = "rules"
    """Say what raises an alarm."""
    PANIC = "panic"
    """See who pressed a panic button."""
    ALERT = "alert"
    """Draft and approve alerts to the public."""
    AUDIT = "audit"
    """Read who did what, and why."""
    PEOPLE = "people"
    """Give accounts and roles."""


class Role(StrEnum):
    """What someone is here for."""

    OPERADOR = "operador"
    SUPERVISOR = "supervisor"
    AUTORIZADO_LPR = "autorizado-LPR"
    AUDITOR = "auditor"
    ADMINISTRADOR = "administrador"


_ROOM: Final = frozenset({Right.VIEW, Right.REJECTS, Right.ATTEND})
RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.OPERADOR: _ROOM | {Right.PANIC},
    Role.SUPERVISOR: _ROOM
    | {Right.PANIC, Right.COMMAND, Right.PLAN, Right.REVIEW, Right.RULES, Right.ALERT},
    Role.AUTORIZADO_LPR: _ROOM | {Right.PLATES, Right.HOTLIST},
    Role.AUDITOR: frozenset({Right.VIEW, Right.REJECTS, Right.AUDIT}),
    Role.ADMINISTRADOR: frozenset(
        {
            *(Right.VIEW, Right.REJECTS, Right.COMMAND, Right.ENROL, Right.PLAN, Right.REVIEW),
            *(Right.RULES, Right.PEOPLE),
        }
    ),
}
