"""Instants as people and programs write them in a request, in UTC."""

from datetime import UTC, datetime
from typing import overload

from control_center.problems import InvalidQuery


@overload
def utc(instant: datetime) -> datetime: ...


@overload
def utc(instant: None) -> None: ...


@overload
def utc(instant: datetime | None) -> datetime | None: ...


def utc(instant: datetime | None) -> datetime | None:
    """An instant in UTC; InvalidQuery without an offset, or outside the years 1 to 9999."""
    if instant is None:
        return None
    if instant.tzinfo is None:
        raise InvalidQuery("times need an offset, such as Z or -06:00")
    try:
        return instant.astimezone(UTC)
    except OverflowError as exc:
        raise InvalidQuery("times must lie within the years 1 to 9999, UTC") from exc
