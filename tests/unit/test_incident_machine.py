"""The state machine of incidents: every legal move, and a name for every other one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_center.incidents import machine, refusals, sop
from control_center.incidents.machine import Action, Incident, Order, State
from control_center.incidents.refusals import IncidentRefused

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROCEDURE = sop.parse(
    {
        "id": "panic",
        "title_es": "Pánico",
        "title_en": "Panic",
        "steps": [
            {
                "id": "call",
                "es": "Llame",
                "en": "Call",
                "mandatory": True,
                "branches": [
                    {"answer": "danger", "es": "Peligro", "en": "Danger", "step": "send"},
                    {"answer": "mistake", "es": "Error", "en": "Mistake", "step": "note"},
                ],
            },
            {"id": "send", "es": "Envíe", "en": "Send", "mandatory": True},
            {"id": "stay", "es": "Siga", "en": "Follow"},
            {"id": "note", "es": "Anote", "en": "Note", "mandatory": True},
        ],
    }
)


def fresh(state: State = State.NEW, **about: Any) -> Incident:
    """An incident without a procedure."""
    return Incident(incident_id=7, state=state, role="operador", **about)


def order(action: Action, *, by: str = "ana", role: str = "operador", **of: Any) -> Order:
    """What an operator wants, now."""
    return Order(action=action, by=by, role=role, at=NOW, **of)


def after(held: Incident, *actions: tuple[Action, dict[str, Any]]) -> Incident:
    """What several actions lead to."""
    for action, of in actions:
        held, _ = machine.act(held, order(action, **of))
    return held


def test_the_usual_way() -> None:
    """Taken, sent, there, resolved, closed: who and when of each."""
    unit = {"device_id": "T-1"}
    held = after(
        fresh(),
        (Action.TAKE, {}),
        (Action.DISPATCH, unit),
        (Action.UNIT_EN_ROUTE, unit),
        (Action.UNIT_ON_SCENE, unit),
        (Action.RESOLVE, {}),
        (Action.CLOSE, {}),
    )
    assert (held.state, held.assignee) == (State.CLOSED, "ana")
    assert held.acknowledged_at == held.dispatched_at == held.on_scene_at == NOW
    assert held.resolved_at == held.closed_at == NOW
    [sent] = held.units
    assert sent.cleared_at == NOW, "who closes lets the units go"
    assert sent.en_route_at == NOW


OPEN_MOVES = {
    State.NEW: {"take", "acknowledge", "mark_false", "escalate", "comment", "link"},
    State.ACKNOWLEDGED: {
        *("take", "dispatch", "resolve", "mark_false", "escalate", "comment", "link"),
    },
    State.DISPATCHED: {
        *("take", "dispatch", "resolve", "mark_false", "escalate", "comment", "link"),
        *("unit_en_route", "unit_on_scene", "unit_cleared"),
    },
    State.ON_SCENE: {
        *("take", "dispatch", "resolve", "mark_false", "escalate", "comment", "link"),
        *("unit_en_route", "unit_on_scene", "unit_cleared"),
    },
    State.RESOLVED: {
        *("take", "close", "reopen", "mark_false", "escalate", "comment", "link"),
        "unit_cleared",
    },
    State.CLOSED: {"reopen", "comment", "link"},
    State.FALSE: {"reopen", "comment", "link"},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_every_move_is_allowed_or_refused_by_name(state: State, action: Action) -> None:
    """The table above is the whole of it; whatever is not in it has an error of its own."""
    units: tuple[machine.Unit, ...] = ()
    if action in (Action.UNIT_EN_ROUTE, Action.UNIT_ON_SCENE, Action.UNIT_CLEARED) and state in (
        *(State.DISPATCHED, State.ON_SCENE, State.RESOLVED),
    ):
        units = (machine.Unit(device_id="T-1", assigned_at=NOW),)
    held = fresh(state, units=units)
    wanted = order(action, device_id="T-1", text="porque sí", other_id=9, step_id="call")
    allowed = action in OPEN_MOVES[state]
    if allowed:
        moved, line = machine.act(held, wanted)
        assert line.es
        assert line.en
        assert line.kind == action
        assert moved.incident_id == held.incident_id
    else:
        with pytest.raises(IncidentRefused) as refused:
            machine.act(held, wanted)
        assert type(refused.value) is not IncidentRefused
        assert refused.value.reason != IncidentRefused.reason


@pytest.mark.parametrize(
    ("held", "wanted", "refusal"),
    [
        (fresh(State.CLOSED), order(Action.TAKE), refusals.AlreadyOver),
        (fresh(assignee="ana"), order(Action.TAKE), refusals.AlreadyYours),
        (fresh(State.DISPATCHED), order(Action.ACKNOWLEDGE), refusals.AlreadyAcknowledged),
        (fresh(), order(Action.DISPATCH, device_id="T-1"), refusals.NotAcknowledged),
        (fresh(State.ACKNOWLEDGED), order(Action.DISPATCH), refusals.UnitMissing),
        (fresh(State.RESOLVED), order(Action.RESOLVE), refusals.AlreadyResolved),
        (fresh(State.ON_SCENE), order(Action.CLOSE), refusals.NotResolved),
        (fresh(State.ON_SCENE), order(Action.REOPEN, text="x"), refusals.StillOpen),
        (fresh(State.CLOSED), order(Action.REOPEN), refusals.ReasonMissing),
        (fresh(), order(Action.MARK_FALSE, text="  "), refusals.ReasonMissing),
        (fresh(), order(Action.COMMENT), refusals.CommentEmpty),
        (fresh(), order(Action.LINK, other_id=7), refusals.LinkToItself),
        (fresh(), order(Action.ESCALATE, to_role="rey"), refusals.RoleUnknown),
        (
            fresh(escalated_to="supervisor"),
            order(Action.ESCALATE),
            refusals.NoHigherRole,
        ),
        (
            fresh(State.DISPATCHED),
            order(Action.UNIT_EN_ROUTE, device_id="T-9"),
            refusals.UnitNotAssigned,
        ),
        (fresh(), order(Action.STEP_DONE, step_id="call"), refusals.NoProcedure),
        (
            fresh(sop=PROCEDURE),
            order(Action.STEP_DONE, step_id="dance"),
            refusals.StepUnknown,
        ),
        (fresh(sop=PROCEDURE), order(Action.STEP_DONE, step_id="send"), refusals.StepOutOfOrder),
        (fresh(sop=PROCEDURE), order(Action.STEP_DONE, step_id="call"), refusals.AnswerMissing),
        (
            fresh(sop=PROCEDURE),
            order(Action.STEP_SKIPPED, step_id="call", answer="danger"),
            refusals.ReasonMissing,
        ),
        (
            fresh(sop=PROCEDURE),
            order(Action.STEP_SKIPPED, step_id="call", answer="danger", text="no hay línea"),
            refusals.StepMandatory,
        ),
    ],
)
def test_refusals_say_what_is_wrong(
    held: Incident, wanted: Order, refusal: type[IncidentRefused]
) -> None:
    """Each with a name of its own."""
    with pytest.raises(refusal):
        machine.act(held, wanted)


def test_a_unit_says_each_thing_once() -> None:
    """Sent twice, on its way twice, there twice: refused by name."""
    unit = {"device_id": "T-1"}
    sent = after(fresh(), (Action.TAKE, {}), (Action.DISPATCH, unit))
    with pytest.raises(refusals.UnitAlreadyAssigned):
        machine.act(sent, order(Action.DISPATCH, device_id="T-1"))
    there = after(sent, (Action.UNIT_ON_SCENE, unit))
    assert there.state is State.ON_SCENE
    for action in (Action.UNIT_EN_ROUTE, Action.UNIT_ON_SCENE):
        with pytest.raises(refusals.UnitAlreadyThere):
            machine.act(there, order(action, device_id="T-1"))
    free = after(there, (Action.UNIT_CLEARED, unit))
    later = NOW + timedelta(minutes=5)
    again, _ = machine.act(free, replace(order(Action.DISPATCH, device_id="T-1"), at=later))
    assert [one.state for one in again.units] == ["cleared", "assigned"]
    assert again.dispatched_at == NOW, "when the first was sent"


def test_mandatory_steps_hold_a_resolution_back() -> None:
    """Only those on the way that was taken; a supervisor may leave one out, and says why."""
    held = after(fresh(sop=PROCEDURE), (Action.TAKE, {}))
    with pytest.raises(refusals.MandatoryStepsOpen, match="call"):
        machine.act(held, order(Action.RESOLVE))
    mistake = after(held, (Action.STEP_DONE, {"step_id": "call", "answer": "mistake"}))
    with pytest.raises(refusals.MandatoryStepsOpen, match="note"):
        machine.act(mistake, order(Action.RESOLVE))
    skipped, line = machine.act(
        mistake, order(Action.STEP_SKIPPED, role="supervisor", step_id="note", text="ya anotado")
    )
    assert line.es == "Omitido: Anote: ya anotado"
    assert machine.act(skipped, order(Action.RESOLVE))[0].state is State.RESOLVED
    danger = after(held, (Action.STEP_DONE, {"step_id": "call", "answer": "danger"}))
    with pytest.raises(refusals.MandatoryStepsOpen, match="send, note"):
        machine.act(danger, order(Action.RESOLVE))
    with pytest.raises(refusals.StepAlreadyMarked):
        machine.act(danger, order(Action.STEP_DONE, step_id="call", answer="danger"))


def test_a_line_speaks_one_language() -> None:
    """An answer, and who had it before, in the words of whoever reads it and no others."""
    held = fresh(State.ACKNOWLEDGED, assignee="beto", sop=PROCEDURE)
    _, done = machine.act(held, order(Action.STEP_DONE, step_id="call", answer="danger"))
    assert (done.es, done.en) == ("Hecho: Llame → Peligro", "Done: Call → Danger")
    _, taken = machine.act(held, order(Action.TAKE, text="cambio de turno"))
    assert taken.es == "Lo toma ana (antes: beto): cambio de turno"
    assert taken.en == "Taken by ana (before: beto): cambio de turno"


def test_escalation_goes_up_and_no_further() -> None:
    """Each role once; a role outside the room is below all of it."""
    roles = ("operador", "supervisor", "administrador")
    held = fresh()
    for wanted in roles[1:]:
        held, line = machine.act(held, order(Action.ESCALATE, roles=roles))
        assert (held.escalated_to, held.role) == (wanted, wanted)
        assert line.detail["role"] == wanted
    with pytest.raises(refusals.NoHigherRole):
        machine.act(held, order(Action.ESCALATE, roles=roles))
    assert machine.next_role("autorizado-LPR", roles) == "operador"


def test_reopening_forgets_how_it_ended_and_nothing_else() -> None:
    """It is acknowledged again, by whom it was; the log keeps the rest."""
    held = after(fresh(), (Action.TAKE, {}), (Action.RESOLVE, {}), (Action.CLOSE, {}))
    again = after(held, (Action.REOPEN, {"text": "volvió a pasar"}))
    assert (again.state, again.assignee) == (State.ACKNOWLEDGED, "ana")
    assert again.resolved_at is again.closed_at is None
    assert again.acknowledged_at == NOW


def test_what_is_waited_for() -> None:
    """One step a state."""
    waited = {state: machine.due_step(state) for state in State}
    assert waited == {
        State.NEW: "acknowledge",
        State.ACKNOWLEDGED: "dispatch",
        State.DISPATCHED: "resolve",
        State.ON_SCENE: "resolve",
        State.RESOLVED: None,
        State.CLOSED: None,
        State.FALSE: None,
    }


@given(st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(["T-1", "T-2"])), max_size=40))
def test_no_sequence_breaks_what_always_holds(wanted: list[tuple[Action, str]]) -> None:
    """Whatever is asked in whatever order: units are in one place, ends have times."""
    held = fresh(sop=PROCEDURE)
    for nth, (action, device_id) in enumerate(wanted):
        at = NOW + timedelta(seconds=nth)
        asked = replace(
            order(action, device_id=device_id, text="x", other_id=9, answer="danger"),
            at=at,
            step_id=(sop.current(PROCEDURE, held.marks) or PROCEDURE.steps[0]).id,
        )
        try:
            held, line = machine.act(held, asked)
        except IncidentRefused:
            continue
        assert line.es
        there = [one.device_id for one in held.units if one.cleared_at is None]
        assert len(there) == len(set(there))
        assert (held.closed_at is not None) == (held.state in machine.OVER)
        if held.state in (State.RESOLVED, State.CLOSED):
            assert held.resolved_at is not None
            assert not sop.missing(PROCEDURE, held.marks)
        if held.state in machine.OVER:
            assert not there


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"steps": []}, "steps"),
        ({"id": "Panic"}, "id"),
        ({"title_es": ""}, "title_es"),
        ({"steps": [{"id": "a", "es": "x", "en": "x", "next": "a"}]}, "steps.0"),
        ({"steps": [{"id": "a", "es": "x", "en": "x", "next": "zz"}]}, "zz"),
        ({"steps": [{"id": "a", "es": "x", "en": "x"}] * 2}, "one id"),
        ({"colour": "red"}, "colour"),
        ({"steps": "call"}, "steps"),
        ({"steps": ["call"]}, "steps.0"),
    ],
)
def test_a_bad_procedure_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    """With the field's name."""
    good = {
        "id": "x",
        "title_es": "x",
        "title_en": "x",
        "steps": [{"id": "a", "es": "x", "en": "x"}],
    }
    assert sop.parse(good).steps[0].next is None
    with pytest.raises(sop.SopRefused, match=field):
        sop.parse(good | change)
