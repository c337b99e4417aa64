"""What the interface says about plates; null: not known, or nobody did."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Priority = Literal["critical", "high", "normal"]
Direction = Literal["in", "out"]
Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
Short = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Plate = Annotated[str, Field(min_length=1, max_length=32)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class HitAnswer(_Model):
    """A read that is, or may be, a plate on a list."""

    hit_id: int
    at: datetime
    device_id: str
    device_name: str | None
    direction: Direction | None
    exact: Annotated[bool, Field(description="false: one character differs; somebody has to look")]
    plate: Annotated[str, Field(description="as read; empty: its key is not held here")]
    entry_plate: str
    differs: Annotated[list[int], Field(description="characters that are not the same, from 0")]
    found_back: Annotated[bool, Field(description="it passed before its plate was sought")]
    list_id: int
    list_name: str
    priority: Priority
    reason: str
    legal_basis: str
    score: float | None
    state: Literal["open", "accepted", "rejected"]
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    incident_id: int | None
    has_crop: bool


class Hits(_Model):
    """Hits, newest first."""

    hits: list[HitAnswer]


class DecisionOrder(_Model):
    """What someone says of a hit, and why."""

    accept: bool
    reason: Text


class SearchOrder(_Model):
    """What is looked for, and why."""

    plate: Annotated[Plate, Field(description="? stands for any one character, at most twice")]
    purpose: Text
    case_number: Short
    since: Annotated[
        datetime | None, Field(alias="from", description="left out: as far back as reads are kept")
    ] = None
    until: Annotated[datetime | None, Field(alias="to", description="left out: now")] = None


class ReadAnswer(_Model):
    """One passage."""

    at: datetime
    device_id: str
    device_name: str | None
    direction: Direction | None
    plate: str
    score: float | None
    has_crop: bool


class Searched(_Model):
    """What was looked through."""

    since: Annotated[datetime, Field(alias="from")]
    until: Annotated[datetime, Field(alias="to")]
    rows: Annotated[int, Field(description="passages in that time; 1 000 000: or more")]


class SearchAnswer(_Model):
    """What was found, newest first, at most 500."""

    search_id: int
    reads: list[ReadAnswer]
    searched: Searched


class PastSearch(_Model):
    """Who looked for what, and why."""

    search_id: int
    at: datetime
    by: str
    purpose: str
    case_number: str
    plate_shown: Annotated[str, Field(description="masked")]
    found: int


class PastSearches(_Model):
    """Searches, newest first."""

    searches: list[PastSearch]


class ListOrder(_Model):
    """A list to be made."""

    name: Short
    reason: Text
    issuer: Short
    priority: Priority
    legal_basis: Text
    expires_at: Annotated[
        datetime | None, Field(description="null: its entries end on their own days")
    ] = None


class ListAnswer(_Model):
    """One list."""

    list_id: int
    name: str
    reason: str
    issuer: str
    priority: Priority
    legal_basis: str
    expires_at: datetime | None
    entries: Annotated[int, Field(description="that are sought now")]
    pending: Annotated[int, Field(description="that wait for a second person")]


class Lists(_Model):
    """Every list, by name."""

    lists: list[ListAnswer]


class EntryOrder(_Model):
    """A plate that somebody proposes."""

    plate: Plate
    note: Annotated[str, Field(max_length=1000)] = ""
    expires_at: Annotated[datetime | None, Field(description="null: with its list")] = None


class EntryAnswer(_Model):
    """One plate of a list."""

    entry_id: int
    plate: Annotated[str, Field(description="empty: its key is not held here")]
    note: str
    state: Literal["pending", "active", "withdrawn", "expired"]
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    expires_at: datetime | None


class Entries(_Model):
    """A list's plates: those that wait first, then the newest."""

    entries: list[EntryAnswer]


class ApprovedAnswer(EntryAnswer):
    """An entry that is sought now."""

    found_back: Annotated[int, Field(description="passages before, of this plate or near it")]


class WithdrawOrder(_Model):
    """Why an entry ends."""

    reason: Text


class RefusedLine(_Model):
    """A line of a file that could not be taken."""

    line: int
    why: str


class Imported(_Model):
    """What became of a file."""

    proposed: int
    refused: list[RefusedLine]


class CountRow(_Model):
    """How many passed; never which."""

    device_id: str
    at: datetime
    direction: Direction | None
    kind: Annotated[str | None, Field(alias="class")]
    state: Annotated[str | None, Field(description="of origin")]
    n: int


class Counts(_Model):
    """Passages, oldest first."""

    rows: list[CountRow]
