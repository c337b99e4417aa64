"""The expander does as Grafana's documentation and its data source's published examples say."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.macros import MacroError, Range, expand

FROM = datetime(2018, 4, 12, 18, tzinfo=UTC)
TO = FROM + timedelta(minutes=5)
RANGE = Range(since=FROM, until=TO)
PUBLISHED = [
    ("select $__time(time_column)", 'select time_column AS "time"'),
    ("select min($__time(time_column))", 'select min(time_column AS "time")'),
    ("$__timeEpoch(dateColumn)", 'extract(epoch from dateColumn) as "time"'),
    (
        "WHERE $__timeFilter(time_column)",
        "WHERE time_column BETWEEN '2018-04-12T18:00:00Z' AND '2018-04-12T18:05:00Z'",
    ),
    ("select $__timeFrom()", "select '2018-04-12T18:00:00Z'"),
    ("select $__timeTo()", "select '2018-04-12T18:05:00Z'"),
    ("GROUP BY $__timeGroup(time_column,'5m')", "GROUP BY time_bucket('300.000s',time_column)"),
    ("GROUP BY $__timeGroup(time_column , '5m')", "GROUP BY time_bucket('300.000s',time_column)"),
    ("GROUP BY $__timeGroup(t , '12d')", "GROUP BY time_bucket('1036800.000s',t)"),
    ("GROUP BY $__timeGroup(t , '20ms')", "GROUP BY time_bucket('0.020s',t)"),
    ("SELECT $__timeGroup(t,'5m'), value", "SELECT time_bucket('300.000s',t) AS \"time\", value"),
    ("SELECT $__timeGroup(t,'5m') as time", "SELECT time_bucket('300.000s',t) as time"),
    ("SELECT $__timeGroupAlias(t,'5m')", "SELECT time_bucket('300.000s',t) AS \"time\""),
    ("$__unixEpochFilter(time)", "time >= 1523556000 AND time <= 1523556300"),
    ("$__unixEpochFrom() $__unixEpochTo()", "1523556000 1523556300"),
    ("$__unixEpochNanoFrom()", "1523556000000000000"),
    ("$__unixEpochNanoTo()", "1523556300000000000"),
    (
        "$__unixEpochNanoFilter(time)",
        "time >= 1523556000000000000 AND time <= 1523556300000000000",
    ),
    (
        "SELECT $__unixEpochGroup(time_column+time_adjustment,'5m')",
        "SELECT floor((time_column+time_adjustment)/300)*300",
    ),
    (
        "SELECT $__unixEpochGroupAlias(time_column+time_adjustment,'5m')",
        'SELECT floor((time_column+time_adjustment)/300)*300 AS "time"',
    ),
]


@pytest.mark.parametrize(("sql", "sent"), PUBLISHED)
def test_published_examples(sql: str, sent: str) -> None:
    """Each example becomes what it is said to become."""
    assert expand(sql, RANGE) == sent


def test_fractions_of_a_second_are_kept() -> None:
    """A range is written with no more digits than it has."""
    half = Range(since=FROM.replace(microsecond=500_000), until=TO)
    assert expand("$__timeFrom()", half) == "'2018-04-12T18:00:00.5Z'"


@pytest.mark.parametrize(
    "sql",
    ["$__timeSlice(a)", "$__timeGroup(a)", "$__timeGroup(a,'soon')", "${device:doublequote}"],
)
def test_what_grafana_refuses_is_refused(sql: str) -> None:
    """An unknown macro, a missing or senseless interval, an unheard-of format."""
    with pytest.raises(MacroError):
        expand(sql, Range(since=FROM, until=TO, variables={"device": ["T-01"]}))


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("IN ($device)", "IN ('T-01','O''Brien')"),
        ("IN (${device:sqlstring})", "IN ('T-01','O''Brien')"),
        ("'${device:csv}'", "'T-01,O'Brien'"),
        ("${device:pipe}", "T-01|O'Brien"),
        ("= $one", "= T-01"),
        ("= ${one:sqlstring}", "= 'T-01'"),
        ("[[one]]", "T-01"),
        ("$other", "$other"),
    ],
)
def test_variables(sql: str, sent: str) -> None:
    """Many values are quoted and joined; a single one stands bare; an unknown one stays."""
    chosen = {"device": ["T-01", "O'Brien"], "one": "T-01"}
    assert expand(sql, Range(since=FROM, until=TO, variables=chosen)) == sent


@pytest.mark.parametrize(
    ("span", "points", "written"),
    [
        (timedelta(hours=1), 1000, "5s"),
        (timedelta(hours=6), 1000, "20s"),
        (timedelta(days=1), 1000, "1m"),
        (timedelta(days=7), 1000, "10m"),
        (timedelta(days=30), 1000, "30m"),
        (timedelta(days=30), 500, "1h"),
        (timedelta(days=365), 500, "12h"),
    ],
)
def test_intervals_are_rounded_as_grafana_rounds(
    span: timedelta, points: int, written: str
) -> None:
    """The range by the points, rounded."""
    chosen = Range(since=TO - span, until=TO, points=points)
    assert expand("$__interval", chosen) == written


def test_the_least_interval_is_kept() -> None:
    """A panel's own minimum wins over a narrower one."""
    chosen = Range(since=FROM, until=TO, least_s=3600)
    assert expand("$__interval $__interval_ms", chosen) == "1h 3600000"
