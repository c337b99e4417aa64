"""The demo's control room: who works there, the plates that they look for, and what came of it."""

from typing import Any, Final, NamedTuple

from control_center.auth import passwords
from control_center.auth.rights import Role
from control_center.demo import routes
from control_center.plates import lists
from control_center.plates.people import Actor
from core.clock import utc_now
from core.seal import KeyRing, PlateVault
from firmware_sim import plates
from store import account, pool
from store import reckoning as store_reckoning
from store.hotlist import NewList
from store.pool import Connection

OPERATOR: Final = "operadora"
_PROPOSER: Final = "autorizada"
_APPROVER: Final = "autorizado"
_LIST: Final = NewList(
    name="Vehículos robados (simulación)",
    reason="Reporte de robo, inventado por el simulador",
    issuer="Simulador",
    priority="high",
    legal_basis="Ninguna: las placas son inventadas",
    expires_at=None,
)


class Person(NamedTuple):
    """Somebody who may log in."""

    username: str
    name: str
    role: Role


PEOPLE: Final = (
    Person(OPERATOR, "Operadora de guardia", Role.OPERADOR),
    Person(routes.SUPERVISOR, "Supervisora de rutas", Role.SUPERVISOR),
    Person(_PROPOSER, "Autorizada LPR", Role.AUTORIZADO_LPR),
    Person(_APPROVER, "Autorizado LPR, segundo", Role.AUTORIZADO_LPR),
    Person("auditora", "Auditora", Role.AUDITOR),
    Person("administradora", "Administradora", Role.ADMINISTRADOR),
)


def staff(conn: Connection, password: str) -> None:
    """Give everyone an account; one password serves all of a demo's."""
    for one in PEOPLE:
        account.add(
            conn,
            username=one.username,
            name=one.name,
            role=one.role,
            password_hash=passwords.hashed(password),
        )


def look_for_plates(database_url: str, plate_key: str, seed: int) -> None:
    """Put plates that the simulated city has on its roads on a list, as two people do."""
    ring = KeyRing(PlateVault(plate_key))
    one, other = (Actor(username=name, role=Role.AUTORIZADO_LPR) for name in (_PROPOSER, _APPROVER))
    with pool.connect(database_url, application="c5-demo") as conn:
        made = lists.add_list(conn, one, _LIST, now=utc_now())
        for plate in plates.wanted(seed):
            entry = lists.propose(
                conn,
                ring,
                one,
                made.list_id,
                plate=plate,
                about="simulada",
                expires_at=None,
                now=utc_now(),
            )
            now = utc_now()
            lists.approve(conn, ring, other, entry.entry_id, now=now, since=now)


def score(database_url: str, plate_key: str, seed: int) -> dict[str, Any]:
    """What cameras and buttons said against what the room was told: the demo's `room`."""
    vault = PlateVault(plate_key)
    wanted = [vault.hashed(plate) for plate in plates.wanted(seed)]
    with pool.connect(database_url, application="c5-demo") as conn:
        return store_reckoning.room(conn, wanted)._asdict()
