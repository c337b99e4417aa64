"""Runs, reports and reviews, as the OpenAPI document states them. Units are in the names."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Verdict = Literal["confirmed", "disputed"]
Reason = Literal["sin_acceso", "calle_cerrada", "camion_lleno", "averia", "seguridad", "otro"]
Why = Literal["provisional", "closed", "late", "backfill"]
By = Literal["truck", "route", "supervisor", "week", "day"]
NOTE_CHARS = 4000


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Lengths(_Answer):
    """Length of the blocks to be serviced by what became of them, metres."""

    serviced: float
    too_fast: float
    missed: float
    unknown: float


class Run(_Answer):
    """One truck's run of one route on one local day; null: not judged yet, or not known."""

    run_id: int
    route_id: str
    route_name: str
    service_date: date
    device_id: str
    device_name: str
    version: int
    state: Literal["open", "closed"]
    revision: int | None
    computed_at: datetime | None
    window: tuple[datetime, datetime]
    coverage_pct: float | None
    serviced: int | None
    too_fast: int | None
    missed: int | None
    unknown: int | None
    lengths_m: Lengths | None
    begin_late_s: Annotated[
        float | None, Field(description="after the window began; negative is early")
    ]
    end_late_s: Annotated[float | None, Field(description="after the window ended")]
    off_route_s: Annotated[
        float | None, Field(description="off the plan between its first block and its last")
    ]
    service_m: float | None
    deadhead_m: float | None
    gaps: Annotated[
        int | None,
        Field(description="blocks not serviced, as far as is known; null while provisional"),
    ]
    reviewed: Annotated[int, Field(description="gaps that a supervisor has spoken about")]
    supervisor: str | None


class Runs(_Answer):
    """Runs, newest day first."""

    runs: list[Run]


class RevisionAnswer(_Answer):
    """One revision of a run's report."""

    revision: int
    computed_at: datetime
    why: Why
    sha256: Sha256


class ReviewAnswer(_Answer):
    """What a supervisor said about a block; the last one about a block stands."""

    review_id: int
    revision: int
    segment_id: str
    verdict: Verdict
    reason: Reason
    note: str
    attachment_sha256: Sha256 | None
    reviewed_by: str
    reviewed_at: datetime
    previous_sha256: Annotated[str, Field(description="of the review before; '' for the first")]
    sha256: Sha256


class RunDetail(_Answer):
    """One run's report: the engine's document, its signature, and what people said beside it."""

    run: Run
    document: Annotated[dict[str, Any], Field(description="see docs/reports.md")]
    sha256: Annotated[Sha256, Field(description="of the document, canonical JSON")]
    revisions: list[RevisionAnswer]
    reviews: list[ReviewAnswer]


class RunTrace(_Answer):
    """Where the truck was during the run and a margin around it."""

    points: Annotated[
        list[tuple[int, float, float, float | None, list[str]]],
        Field(description="[epoch ms, longitude, latitude, km/h, flags]"),
    ]


class ReviewOrder(BaseModel):
    """What to say about a block."""

    model_config = ConfigDict(extra="forbid")

    segment_id: Annotated[str, Field(min_length=1, max_length=200)]
    verdict: Verdict
    reason: Reason
    note: Annotated[str, Field(max_length=NOTE_CHARS, pattern=r"^[^\x00]*$")] = ""
    attachment_sha256: Sha256 | None = None


class AttachmentKept(_Answer):
    """A photo was kept under this name."""

    sha256: Sha256


class SummaryRow(_Answer):
    """Figures of some runs together; coverage is weighted by length."""

    key: str
    name: str
    runs: Annotated[int, Field(description="runs with a report")]
    open: Annotated[int, Field(description="runs whose report is provisional or not there yet")]
    coverage_pct: float | None
    length_m: Annotated[float, Field(description="to be serviced; the weight of the coverage")]
    serviced: int
    too_fast: int
    missed: int
    unknown: int
    lengths_m: Lengths
    begin_late_s: Annotated[float | None, Field(description="of half of the runs at most this")]
    end_late_s: Annotated[float | None, Field(description="of half of the runs at most this")]
    off_route_s: float | None
    service_m: float | None
    deadhead_m: float | None
    gaps: Annotated[int | None, Field(description="null: every report is provisional")]
    reviewed: int


class Summary(_Answer):
    """Runs of some days, by truck, route, supervisor, week or day."""

    by: By
    rows: list[SummaryRow]
