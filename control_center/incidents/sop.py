"""A procedure: steps in an order, some that branch, some that must not be left out.

Pure. A step leads to the next one, or by its answer to one of several; always forwards, so every
path ends. What was done and skipped, and with which answer, says where one stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from control_center.rules.rule import Name, Title, plain, problems
from core.errors import C5Error

Text = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(plain)]


class SopRefused(C5Error):
    """A procedure does not say what a procedure must say; `problems` names each wrong field."""

    reason = "sop_refused"

    def __init__(self, name: str, wrong: tuple[str, ...]) -> None:
        super().__init__(f"procedure {name}: {'; '.join(wrong)}; see docs/incidents.md")
        self.problems = wrong


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Branch(_Part):
    """One answer to a step's question, and where it leads."""

    answer: Name
    es: Title
    en: Title
    step: Name | None = None
    """None: the procedure ends there."""


class Step(_Part):
    """One thing to do; without `next` and `branches` the one below follows."""

    id: Name
    es: Text
    en: Text
    mandatory: bool = False
    next: Name | None = None
    branches: tuple[Branch, ...] = ()
    ends: bool = False

    def follower(self, answer: str | None) -> str | None:
        """Where it leads; None: to its end, or the answer is missing."""
        if self.branches:
            return next((one.step for one in self.branches if one.answer == answer), None)
        return self.next


class Sop(_Part):
    """One procedure."""

    id: Name
    title_es: Title
    title_en: Title
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="before")
    @classmethod
    def _chained(cls, said: Any) -> Any:
        """A step that names no successor is followed by the one below it."""
        if not isinstance(said, dict) or not isinstance(said.get("steps"), list | tuple):
            return said
        steps = [dict(one) if isinstance(one, dict) else one for one in said["steps"]]
        for one, below in pairwise(steps):
            if not isinstance(one, dict) or not isinstance(below, dict):
                continue
            if not (one.get("next") or one.get("branches") or one.get("ends")):
                one["next"] = below.get("id")
        return {**said, "steps": steps}

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        place = {step.id: at for at, step in enumerate(self.steps)}
        if len(place) != len(self.steps):
            raise ValueError("steps: two have one id")
        for at, step in enumerate(self.steps):
            if step.next and step.branches:
                raise ValueError(f"steps.{at}.next: {step.id} has branches as well")
            if len({one.answer for one in step.branches}) != len(step.branches):
                raise ValueError(f"steps.{at}.branches: two have one answer")
            for name in (step.next, *(one.step for one in step.branches)):
                if name is not None and place.get(name, -1) <= at:
                    raise ValueError(f"steps.{at}: {name} must be a step further below")
        return self

    def step(self, step_id: str) -> Step | None:
        """One step; None: there is none of that name."""
        return next((step for step in self.steps if step.id == step_id), None)


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a step."""

    state: Literal["done", "skipped"]
    answer: str | None = None


def path(sop: Sop, marks: Mapping[str, Mark]) -> Iterator[Step]:
    """The steps on the way that was taken, up to the end or to a question that nobody answered."""
    step: Step | None = sop.steps[0]
    while step is not None:
        yield step
        mark = marks.get(step.id)
        if mark is None and step.branches:
            return
        follower = step.follower(None if mark is None else mark.answer)
        step = None if follower is None else sop.step(follower)


def current(sop: Sop, marks: Mapping[str, Mark]) -> Step | None:
    """The first step on the way that is neither done nor skipped; None: all are."""
    return next((step for step in path(sop, marks) if step.id not in marks), None)


def missing(sop: Sop, marks: Mapping[str, Mark]) -> list[Step]:
    """Mandatory steps on the way that are neither done nor skipped."""
    return [step for step in path(sop, marks) if step.mandatory and step.id not in marks]


def parse(document: Any, *, name: str = "") -> Sop:
    """Read a procedure; SopRefused names every wrong field."""
    try:
        return Sop.model_validate(document)
    except ValidationError as exc:
        known = str(document.get("id", "?"))[:64] if isinstance(document, dict) else "?"
        raise SopRefused(name or known, problems(exc)) from exc
