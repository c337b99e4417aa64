"""Expand a panel's SQL as Grafana's PostgreSQL data source does, TimescaleDB switched on.

First the variables, as the page writes them; then $__interval and its like; then the macros. As
there, a macro's arguments end at the first closing parenthesis, and an unknown one is an error.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from core.errors import ConfigError

_MACRO: Final = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
_VARIABLE: Final = re.compile(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?::(\w+))?\}")
_UNITS_S: Final = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "M": 2_592_000.0,
    "y": 31_536_000.0,
}
_INTERVAL: Final = re.compile(r"(\d+)(ms|[smhdwMy])")
_STEPS_MS: Final = (
    *((15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1_500, 1_000)),
    *((3_500, 2_000), (7_500, 5_000), (12_500, 10_000), (17_500, 15_000), (25_000, 20_000)),
    *((45_000, 30_000), (90_000, 60_000), (210_000, 120_000), (450_000, 300_000)),
    *((750_000, 600_000), (1_050_000, 900_000), (1_500_000, 1_200_000)),
    *((2_700_000, 1_800_000), (5_400_000, 3_600_000), (9_000_000, 7_200_000)),
    *((16_200_000, 10_800_000), (32_400_000, 21_600_000), (86_400_000, 43_200_000)),
    *((604_800_000, 86_400_000), (1_814_400_000, 604_800_000)),
)
"""Below so many ms, Grafana's interval is so many; the first step is its finest."""

_WRITTEN: Final = {
    "__time": '{column} AS "time"',
    "__timeEpoch": 'extract(epoch from {column}) as "time"',
    "__timeFilter": "{column} BETWEEN '{since}' AND '{until}'",
    "__timeFrom": "'{since}'",
    "__timeTo": "'{until}'",
    "__unixEpochFilter": "{column} >= {since_s} AND {column} <= {until_s}",
    "__unixEpochFrom": "{since_s}",
    "__unixEpochTo": "{until_s}",
    "__unixEpochNanoFilter": "{column} >= {since_ns} AND {column} <= {until_ns}",
    "__unixEpochNanoFrom": "{since_ns}",
    "__unixEpochNanoTo": "{until_ns}",
}
"""Macros that are no more than their column and the range."""


class MacroError(ConfigError):
    """SQL that Grafana's data source would refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What the time picker and the panel's width say."""

    since: datetime
    until: datetime
    points: int = 1000
    """The panel's maxDataPoints."""
    least_s: float = 1.0
    """The panel's minimum interval."""
    variables: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    """A sequence: a variable of many values."""

    @property
    def interval_ms(self) -> int:
        """Grafana's $__interval_ms: the range by the points, rounded as it rounds."""
        raw = (self.until - self.since) / timedelta(milliseconds=1) / self.points
        rounded = next((to for below, to in _STEPS_MS if raw < below), 2_592_000_000)
        return max(rounded, round(self.least_s * 1000))


def expand(sql: str, chosen: Range) -> str:
    """The SQL that reaches the database; MacroError when Grafana would send none."""
    text = _VARIABLE.sub(lambda found: _variable(found, chosen.variables), sql)
    text = text.replace("$__interval_ms", str(chosen.interval_ms))
    text = text.replace("$__interval", written(chosen.interval_ms))
    whole = text

    def macro(found: re.Match[str]) -> str:
        name, arguments = found[1], [one.strip(" ") for one in found[2].split(",")]
        at = whole.find(found[0]) + len(found[0])
        if name == "__timeGroup" and whole[at : at + 1] == ",":
            name = "__timeGroupAlias"  # as before Grafana 5.3
        return _macro(name, arguments, chosen)

    return _MACRO.sub(macro, text)


def written(milliseconds: int) -> str:
    """An interval in Grafana's words.

    >>> written(300_000), written(500), written(86_400_000)
    ('5m', '500ms', '1d')
    """
    for unit, length_ms in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds >= length_ms and milliseconds % length_ms == 0:
            return f"{milliseconds // length_ms}{unit}"
    return f"{milliseconds}ms"


def quoted(value: str) -> str:
    """A string as SQL writes it.

    >>> quoted("O'Brien")
    "'O''Brien'"
    """
    return "'" + value.replace("'", "''") + "'"


_STYLES: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "sqlstring": (",", quoted),
    "singlequote": (",", lambda one: "'" + one.replace("'", "\\'") + "'"),
    "csv": (",", str),
    "raw": (",", str),
    "pipe": ("|", str),
}


def _variable(found: re.Match[str], variables: Mapping[str, str | Sequence[str]]) -> str:
    name = found[1] or found[2] or found[4]
    style = found[3] or found[5]
    if name not in variables:
        return found[0]  # a macro, or what Grafana leaves as it stands
    value = variables[name]
    values = [value] if isinstance(value, str) else list(value)
    if style is None:
        style = "raw" if isinstance(value, str) else "sqlstring"
    if style not in _STYLES:
        raise MacroError(f"variable format {style!r} is not one that panels of C5 use; see {name}")
    joint, spelled = _STYLES[style]
    return joint.join(spelled(one) for one in values)


def _macro(name: str, arguments: list[str], chosen: Range) -> str:
    if name.endswith("GroupAlias"):
        return f'{_macro(name.removesuffix("Alias"), arguments, chosen)} AS "time"'
    if name == "__timeGroup":
        return f"time_bucket('{_seconds(name, arguments):.3f}s',{arguments[0]})"
    if name == "__unixEpochGroup":
        seconds = f"{_seconds(name, arguments):.15g}"
        return f"floor(({arguments[0]})/{seconds})*{seconds}"
    written_as = _WRITTEN.get(name)
    if written_as is None:
        raise MacroError(f"unknown macro {name!r}; see docs/dashboards.md for those there are")
    since, until = chosen.since.astimezone(UTC), chosen.until.astimezone(UTC)
    return written_as.format(
        column=arguments[0],
        since=_nano(since),
        until=_nano(until),
        since_s=_epoch_ns(since) // 10**9,
        until_s=_epoch_ns(until) // 10**9,
        since_ns=_epoch_ns(since),
        until_ns=_epoch_ns(until),
    )


def _seconds(name: str, arguments: list[str]) -> float:
    if len(arguments) < 2:  # noqa: PLR2004  a column and an interval
        raise MacroError(f"macro {name} needs time column and interval and optional fill value")
    found = _INTERVAL.fullmatch(arguments[1].strip("'"))
    if found is None:
        raise MacroError(f"error parsing interval {arguments[1]}")
    return int(found[1]) * _UNITS_S[found[2]]


def _nano(at: datetime) -> str:
    """RFC 3339 as Go writes it: no more digits than there are."""
    text = at.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def _epoch_ns(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)) * 1000
