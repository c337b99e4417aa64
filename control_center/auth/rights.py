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


class Role(StrEnum):
    """What someone is here for."""

    OPERADOR = "operador"
    SUPERVISOR = "supervisor"
    AUTORIZADO_LPR = "autorizado-LPR"
    AUDITOR = "auditor"
    ADMINISTRADOR = "administrador"


RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.OPERADOR: frozenset({Right.VIEW, Right.REJECTS}),
    Role.SUPERVISOR: frozenset(
        {Right.VIEW, Right.REJECTS, Right.COMMAND, Right.PLAN, Right.REVIEW}
    ),
    Role.AUTORIZADO_LPR: frozenset({Right.VIEW, Right.REJECTS, Right.PLATES}),
    Role.AUDITOR: frozenset({Right.VIEW, Right.REJECTS}),
    Role.ADMINISTRADOR: frozenset(
        {Right.VIEW, Right.REJECTS, Right.COMMAND, Right.ENROL, Right.PLAN, Right.REVIEW}
    ),
}
