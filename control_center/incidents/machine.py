"""What may be done about an incident, when, and what it leads to. Pure, and nowhere else.

    new -> acknowledged -> dispatched -> on_scene -> resolved -> closed
    each but the last two may turn out to be false; what is over can be reopened

`act` takes an incident and what somebody wants; it answers the incident as it then is and the
line for its log, or raises a refusal that has a name of its own. Nothing else moves an incident.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from control_center.incidents import refusals, sop
from control_center.incidents.sop import Mark, Sop


class State(StrEnum):
    """Where an incident stands."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    DISPATCHED = "dispatched"
    ON_SCENE = "on_scene"
    RESOLVED = "resolved"
    CLOSED = "closed"
    FALSE = "false"


class Action(StrEnum):
    """What people do about it."""

    TAKE = "take"
    ACKNOWLEDGE = "acknowledge"
    DISPATCH = "dispatch"
    UNIT_EN_ROUTE = "unit_en_route"
    UNIT_ON_SCENE = "unit_on_scene"
    UNIT_CLEARED = "unit_cleared"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    MARK_FALSE = "mark_false"
    ESCALATE = "escalate"
    LINK = "link"
    COMMENT = "comment"
    STEP_DONE = "step_done"
    STEP_SKIPPED = "step_skipped"


OVER: Final = frozenset({State.CLOSED, State.FALSE})
AT_WORK: Final = frozenset({State.ACKNOWLEDGED, State.DISPATCHED, State.ON_SCENE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Somebody who was sent."""

    device_id: str
    assigned_at: datetime
    en_route_at: datetime | None = None
    on_scene_at: datetime | None = None
    cleared_at: datetime | None = None

    @property
    def state(self) -> str:
        """In one word."""
        if self.cleared_at is not None:
            return "cleared"
        if self.on_scene_at is not None:
            return "on_scene"
        return "assigned" if self.en_route_at is None else "en_route"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident, as far as it decides what may be done."""

    incident_id: int
    state: State
    assignee: str | None = None
    role: str
    acknowledged_at: datetime | None = None
    dispatched_at: datetime | None = None
    on_scene_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    escalated_to: str | None = None
    units: tuple[Unit, ...] = ()
    """Who is there now or was; of one device at most one is not cleared."""
    sop: Sop | None = None
    marks: Mapping[str, Mark] = field(default_factory=dict)

    def unit(self, device_id: str) -> Unit | None:
        """One that was sent and is not cleared; None: there is none."""
        return next(
            (one for one in self.units if one.device_id == device_id and one.cleared_at is None),
            None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants, and when; arguments that an action does not use stay empty."""

    action: Action
    by: str
    role: str
    at: datetime
    text: str = ""
    """A comment, a note or a reason."""
    device_id: str = ""
    other_id: int = 0
    relation: str = "related"
    step_id: str = ""
    answer: str | None = None
    to_role: str | None = None
    roles: tuple[str, ...] = ("operador", "supervisor")
    """To whom an incident is escalated, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the log says of it."""

    kind: str
    es: str
    en: str
    detail: Mapping[str, Any] = field(default_factory=dict)


Outcome = tuple[Incident, Line]


def act(held: Incident, order: Order) -> Outcome:
    """Do it; a refusal says why it cannot be done and what can."""
    return _MOVES[order.action](held, order)


def due_step(state: State) -> str | None:
    """What is waited for in a state; None: nothing."""
    match state:
        case State.NEW:
            return "acknowledge"
        case State.ACKNOWLEDGED:
            return "dispatch"
        case State.DISPATCHED | State.ON_SCENE:
            return "resolve"
    return None


def _take(held: Incident, order: Order) -> Outcome:
    _refuse_over(held)
    if held.assignee == order.by:
        raise refusals.AlreadyYours(held.incident_id)
    moved = replace(held, assignee=order.by)
    if held.state is State.NEW:
        moved = replace(moved, state=State.ACKNOWLEDGED, acknowledged_at=order.at)
    es, en = f"Lo toma {order.by}", f"Taken by {order.by}"
    if held.assignee is not None:
        es, en = f"{es} (antes: {held.assignee})", f"{en} (before: {held.assignee})"
    return moved, _line(order, es, en)


def _acknowledge(held: Incident, order: Order) -> Outcome:
    _refuse_over(held)
    if held.state is not State.NEW:
        raise refusals.AlreadyAcknowledged(held.incident_id)
    moved = replace(held, state=State.ACKNOWLEDGED, acknowledged_at=order.at)
    return moved, _line(order, "Enterado", "Acknowledged")


def _dispatch(held: Incident, order: Order) -> Outcome:
    _refuse_unless_at_work(held)
    if not order.device_id:
        raise refusals.UnitMissing(held.incident_id)
    if held.unit(order.device_id) is not None:
        raise refusals.UnitAlreadyAssigned(held.incident_id, order.device_id)
    unit = Unit(device_id=order.device_id, assigned_at=order.at)
    moved = replace(held, units=(*held.units, unit), dispatched_at=held.dispatched_at or order.at)
    if held.state is State.ACKNOWLEDGED:
        moved = replace(moved, state=State.DISPATCHED)
    return moved, _line(
        order, f"Se envía {order.device_id}", f"{order.device_id} sent", unit=order.device_id
    )


def _en_route(held: Incident, order: Order) -> Outcome:
    unit = _unit(held, order)
    if unit.en_route_at is not None or unit.on_scene_at is not None:
        raise refusals.UnitAlreadyThere(held.incident_id, unit.device_id, unit.state)
    moved = _with(held, unit, replace(unit, en_route_at=order.at))
    return moved, _line(
        order,
        f"{unit.device_id} va en camino",
        f"{unit.device_id} is on its way",
        unit=unit.device_id,
    )


def _on_scene(held: Incident, order: Order) -> Outcome:
    unit = _unit(held, order)
    if unit.on_scene_at is not None:
        raise refusals.UnitAlreadyThere(held.incident_id, unit.device_id, unit.state)
    moved = _with(held, unit, replace(unit, on_scene_at=order.at))
    moved = replace(moved, state=State.ON_SCENE, on_scene_at=held.on_scene_at or order.at)
    return moved, _line(
        order, f"{unit.device_id} en el lugar", f"{unit.device_id} on scene", unit=unit.device_id
    )


def _unit_cleared(held: Incident, order: Order) -> Outcome:
    unit = held.unit(order.device_id)
    if unit is None:
        raise refusals.UnitNotAssigned(held.incident_id, order.device_id)
    moved = _with(held, unit, replace(unit, cleared_at=order.at))
    return moved, _line(
        order, f"{unit.device_id} queda libre", f"{unit.device_id} released", unit=unit.device_id
    )


def _resolve(held: Incident, order: Order) -> Outcome:
    _refuse_unless_at_work(held)
    if held.sop is not None and (left := sop.missing(held.sop, held.marks)):
        raise refusals.MandatoryStepsOpen(held.incident_id, [step.id for step in left])
    moved = replace(held, state=State.RESOLVED, resolved_at=order.at)
    return moved, _line(order, "Resuelto", "Resolved")


def _close(held: Incident, order: Order) -> Outcome:
    _refuse_over(held)
    if held.state is not State.RESOLVED:
        raise refusals.NotResolved(held.incident_id, held.state)
    moved = replace(_released(held, order.at), state=State.CLOSED, closed_at=order.at)
    return moved, _line(order, "Cerrado", "Closed")


def _reopen(held: Incident, order: Order) -> Outcome:
    if held.state not in OVER | {State.RESOLVED}:
        raise refusals.StillOpen(held.incident_id, held.state)
    _refuse_without_reason(held, order)
    moved = replace(
        held,
        state=State.ACKNOWLEDGED,
        acknowledged_at=held.acknowledged_at or order.at,
        resolved_at=None,
        closed_at=None,
    )
    return moved, _line(order, "Reabierto", "Reopened")


def _mark_false(held: Incident, order: Order) -> Outcome:
    _refuse_over(held)
    _refuse_without_reason(held, order)
    moved = replace(_released(held, order.at), state=State.FALSE, closed_at=order.at)
    return moved, _line(order, "Falsa alarma", "False alarm")


def _escalate(held: Incident, order: Order) -> Outcome:
    _refuse_over(held)
    to_role = order.to_role or next_role(held.escalated_to or held.role, order.roles)
    if to_role is None:
        raise refusals.NoHigherRole(held.incident_id, held.escalated_to or held.role)
    if to_role not in order.roles:
        raise refusals.RoleUnknown(held.incident_id, to_role, order.roles)
    moved = replace(held, role=to_role, escalated_to=to_role)
    return moved, _line(order, f"Escalado a {to_role}", f"Escalated to {to_role}", role=to_role)


def _link(held: Incident, order: Order) -> Outcome:
    if order.other_id == held.incident_id or not order.other_id:
        raise refusals.LinkToItself(held.incident_id)
    return held, _line(
        order,
        f"Vinculado con el incidente {order.other_id}",
        f"Linked to incident {order.other_id}",
        incident_id=order.other_id,
        relation=order.relation,
    )


def _comment(held: Incident, order: Order) -> Outcome:
    if not order.text:
        raise refusals.CommentEmpty(held.incident_id)
    return held, Line(kind=order.action, es=order.text, en=order.text)


def _step_done(held: Incident, order: Order) -> Outcome:
    step = _step(held, order)
    answers = [one.answer for one in step.branches]
    if answers and order.answer not in answers:
        raise refusals.AnswerMissing(held.incident_id, step.id, answers)
    mark = Mark("done", order.answer if answers else None)
    es, en = f"Hecho: {step.es}", f"Done: {step.en}"
    for one in step.branches:
        if one.answer == mark.answer:
            es, en = f"{es} → {one.es}", f"{en} → {one.en}"
    moved = replace(held, marks={**held.marks, step.id: mark})
    return moved, _line(order, es, en, step_id=step.id)


def _step_skipped(held: Incident, order: Order) -> Outcome:
    step = _step(held, order)
    _refuse_without_reason(held, order)
    if step.mandatory and order.role == order.roles[0]:
        raise refusals.StepMandatory(held.incident_id, step.id)
    answers = [one.answer for one in step.branches]
    if answers and order.answer not in answers:
        raise refusals.AnswerMissing(held.incident_id, step.id, answers)
    mark = Mark("skipped", order.answer if answers else None)
    moved = replace(held, marks={**held.marks, step.id: mark})
    return moved, _line(order, f"Omitido: {step.es}", f"Skipped: {step.en}", step_id=step.id)


def next_role(role: str, roles: tuple[str, ...]) -> str | None:
    """Who is next after a role; None: nobody. A role that is not among them is below all.

    >>> next_role("operador", ("operador", "supervisor"))
    'supervisor'
    """
    at = roles.index(role) + 1 if role in roles else 0
    return roles[at] if at < len(roles) else None


def _line(order: Order, es: str, en: str, **detail: Any) -> Line:
    if order.text:
        es, en = f"{es}: {order.text}", f"{en}: {order.text}"
    return Line(kind=order.action, es=es, en=en, detail=detail)


def _refuse_over(held: Incident) -> None:
    if held.state in OVER:
        raise refusals.AlreadyOver(held.incident_id, held.state)


def _refuse_unless_at_work(held: Incident) -> None:
    _refuse_over(held)
    if held.state is State.NEW:
        raise refusals.NotAcknowledged(held.incident_id)
    if held.state is State.RESOLVED:
        raise refusals.AlreadyResolved(held.incident_id)


def _refuse_without_reason(held: Incident, order: Order) -> None:
    if not order.text.strip():
        raise refusals.ReasonMissing(held.incident_id, order.action)


def _unit(held: Incident, order: Order) -> Unit:
    _refuse_unless_at_work(held)
    unit = held.unit(order.device_id)
    if unit is None:
        raise refusals.UnitNotAssigned(held.incident_id, order.device_id)
    return unit


def _with(held: Incident, old: Unit, new: Unit) -> Incident:
    return replace(held, units=tuple(new if one is old else one for one in held.units))


def _released(held: Incident, at: datetime) -> Incident:
    units = tuple(
        replace(one, cleared_at=at) if one.cleared_at is None else one for one in held.units
    )
    return replace(held, units=units)


def _step(held: Incident, order: Order) -> sop.Step:
    _refuse_over(held)
    if held.sop is None:
        raise refusals.NoProcedure(held.incident_id)
    step = held.sop.step(order.step_id)
    if step is None:
        raise refusals.StepUnknown(held.incident_id, order.step_id)
    if step.id in held.marks:
        raise refusals.StepAlreadyMarked(held.incident_id, step.id)
    now = sop.current(held.sop, held.marks)
    if now is None or now.id != step.id:
        raise refusals.StepOutOfOrder(held.incident_id, step.id, now.id if now else None)
    return step


_MOVES: Final[Mapping[Action, Callable[[Incident, Order], Outcome]]] = {
    Action.TAKE: _take,
    Action.ACKNOWLEDGE: _acknowledge,
    Action.DISPATCH: _dispatch,
    Action.UNIT_EN_ROUTE: _en_route,
    Action.UNIT_ON_SCENE: _on_scene,
    Action.UNIT_CLEARED: _unit_cleared,
    Action.RESOLVE: _resolve,
    Action.CLOSE: _close,
    Action.REOPEN: _reopen,
    Action.MARK_FALSE: _mark_false,
    Action.ESCALATE: _escalate,
    Action.LINK: _link,
    Action.COMMENT: _comment,
    Action.STEP_DONE: _step_done,
    Action.STEP_SKIPPED: _step_skipped,
}
