"""Why something cannot be done about an incident: one name a reason, each says what can be done."""

from collections.abc import Sequence

from core.errors import Conflict


class IncidentRefused(Conflict):
    """What was asked does not fit where the incident stands."""

    reason = "incident_refused"


class AlreadyOver(IncidentRefused):
    """It is closed or was a false alarm."""

    reason = "incident_over"

    def __init__(self, incident_id: int, state: str) -> None:
        super().__init__(
            f"el incidente {incident_id} ya terminó ({state}); reábralo / incident {incident_id} "
            "is over; reopen it first"
        )


class AlreadyYours(IncidentRefused):
    """Who takes it has it already."""

    reason = "already_yours"

    def __init__(self, incident_id: int) -> None:
        super().__init__(
            f"ya tiene el incidente {incident_id} / incident {incident_id} is yours already"
        )


class AlreadyAcknowledged(IncidentRefused):
    """Somebody saw it before."""

    reason = "already_acknowledged"

    def __init__(self, incident_id: int) -> None:
        super().__init__(
            f"el incidente {incident_id} ya está atendido; tómelo o envíe una unidad / incident "
            f"{incident_id} is acknowledged already; take it or send a unit"
        )


class NotAcknowledged(IncidentRefused):
    """Nobody has said that they saw it."""

    reason = "not_acknowledged"

    def __init__(self, incident_id: int) -> None:
        super().__init__(
            f"primero tome el incidente {incident_id} / take incident {incident_id} first"
        )


class AlreadyResolved(IncidentRefused):
    """It is resolved."""

    reason = "already_resolved"

    def __init__(self, incident_id: int) -> None:
        super().__init__(
            f"el incidente {incident_id} ya está resuelto; ciérrelo o reábralo / incident "
            f"{incident_id} is resolved; close or reopen it"
        )


class NotResolved(IncidentRefused):
    """Only what is resolved can be closed."""

    reason = "not_resolved"

    def __init__(self, incident_id: int, state: str) -> None:
        super().__init__(
            f"el incidente {incident_id} está {state}; resuélvalo antes de cerrarlo / incident "
            f"{incident_id} is {state}; resolve it before it is closed"
        )


class StillOpen(IncidentRefused):
    """Only what is over can be reopened."""

    reason = "still_open"

    def __init__(self, incident_id: int, state: str) -> None:
        super().__init__(
            f"el incidente {incident_id} sigue abierto ({state}) / incident {incident_id} is still "
            "open; there is nothing to reopen"
        )


class ReasonMissing(IncidentRefused):
    """This needs a reason."""

    reason = "reason_missing"

    def __init__(self, incident_id: int, action: str) -> None:
        super().__init__(
            f"diga por qué / say why in `text`: {action} of incident {incident_id} needs a reason"
        )


class CommentEmpty(IncidentRefused):
    """A comment without words."""

    reason = "comment_empty"

    def __init__(self, incident_id: int) -> None:
        super().__init__(
            f"escriba algo / write something in `text` to comment incident {incident_id}"
        )


class UnitMissing(IncidentRefused):
    """Nobody was named."""

    reason = "unit_missing"

    def __init__(self, incident_id: int) -> None:
        super().__init__(
            "diga qué unidad / name the unit in `device_id`; see "
            f"/api/incidents/{incident_id}/units"
        )


class NoSuchUnit(IncidentRefused):
    """Nobody of that name can be sent."""

    reason = "no_such_unit"

    def __init__(self, device_id: str) -> None:
        super().__init__(
            f"{device_id[:64]!r} no es una unidad activa / is no active unit; see "
            "/api/incidents/{id}/units"
        )


class UnitNotAssigned(IncidentRefused):
    """The unit was not sent to this incident, or has left it."""

    reason = "unit_not_assigned"

    def __init__(self, incident_id: int, device_id: str) -> None:
        super().__init__(
            f"la unidad {device_id[:64]!r} no está en el incidente {incident_id}; envíela primero "
            f"/ unit {device_id[:64]!r} is not at incident {incident_id}; dispatch it first"
        )


class UnitAlreadyAssigned(IncidentRefused):
    """The unit was sent already."""

    reason = "unit_already_assigned"

    def __init__(self, incident_id: int, device_id: str) -> None:
        super().__init__(
            f"la unidad {device_id} ya va al incidente {incident_id} / unit {device_id} is sent "
            f"to incident {incident_id} already"
        )


class UnitAlreadyThere(IncidentRefused):
    """The unit has said that before, or more."""

    reason = "unit_already_there"

    def __init__(self, incident_id: int, device_id: str, state: str) -> None:
        super().__init__(
            f"la unidad {device_id} ya está {state} / unit {device_id} is {state} already at "
            f"incident {incident_id}"
        )


class UnitBusy(IncidentRefused):
    """The unit is at another incident."""

    reason = "unit_busy"

    def __init__(self, device_id: str) -> None:
        super().__init__(
            f"la unidad {device_id} está en otro incidente; libérela allá / unit {device_id} is at "
            "another incident; release it there first"
        )


class NoHigherRole(IncidentRefused):
    """It is with the highest role already."""

    reason = "no_higher_role"

    def __init__(self, incident_id: int, role: str) -> None:
        super().__init__(
            f"el incidente {incident_id} ya está con {role} / incident {incident_id} is with "
            f"{role}, the highest role, already"
        )


class RoleUnknown(IncidentRefused):
    """Nobody is escalated to under that name."""

    reason = "role_unknown"

    def __init__(self, incident_id: int, role: str, roles: Sequence[str]) -> None:
        super().__init__(
            f"incident {incident_id} cannot be escalated to {role[:64]!r}; "
            f"use one of {', '.join(roles)}"
        )


class LinkToItself(IncidentRefused):
    """An incident cannot be linked to itself, or to none."""

    reason = "link_to_itself"

    def __init__(self, incident_id: int) -> None:
        super().__init__(f"name another incident than {incident_id} in `incident_id`")


class NoProcedure(IncidentRefused):
    """The incident has no procedure."""

    reason = "no_procedure"

    def __init__(self, incident_id: int) -> None:
        super().__init__(f"incident {incident_id} has no procedure, so no step to mark")


class StepUnknown(IncidentRefused):
    """No such step."""

    reason = "step_unknown"

    def __init__(self, incident_id: int, step_id: str) -> None:
        super().__init__(
            f"the procedure of incident {incident_id} has no step {step_id[:64]!r}; see its `sop`"
        )


class StepAlreadyMarked(IncidentRefused):
    """The step is done or skipped."""

    reason = "step_already_marked"

    def __init__(self, incident_id: int, step_id: str) -> None:
        super().__init__(f"step {step_id} of incident {incident_id} is done or skipped already")


class StepOutOfOrder(IncidentRefused):
    """Another step comes first, or this one is not on the way that was taken."""

    reason = "step_out_of_order"

    def __init__(self, incident_id: int, step_id: str, now: str | None) -> None:
        first = f"{now} comes first" if now else "the procedure is finished"
        super().__init__(f"step {step_id} of incident {incident_id} is not the next one: {first}")


class StepMandatory(IncidentRefused):
    """Only a higher role may leave this out."""

    reason = "step_mandatory"

    def __init__(self, incident_id: int, step_id: str) -> None:
        super().__init__(
            f"el paso {step_id} es obligatorio; pida a un supervisor / step {step_id} of incident "
            f"{incident_id} is mandatory; ask a supervisor to skip it"
        )


class AnswerMissing(IncidentRefused):
    """The step asks something."""

    reason = "answer_missing"

    def __init__(self, incident_id: int, step_id: str, answers: Sequence[str]) -> None:
        super().__init__(
            f"step {step_id} of incident {incident_id} needs an `answer`: {', '.join(answers)}"
        )


class MandatoryStepsOpen(IncidentRefused):
    """Something that must be done is not."""

    reason = "mandatory_steps_open"

    def __init__(self, incident_id: int, steps: Sequence[str]) -> None:
        super().__init__(
            f"faltan pasos obligatorios / mandatory steps of incident {incident_id} are open: "
            f"{', '.join(steps)}"
        )


class Stale(Conflict):
    """Somebody changed it since it was read; `current` is what it is now."""

    reason = "stale"

    def __init__(self, what: str, current: dict[str, object]) -> None:
        super().__init__(
            f"alguien cambió esto mientras tanto; vea cómo está / somebody changed {what} "
            "meanwhile; look at `current` and decide again"
        )
        self.current = current
