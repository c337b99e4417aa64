"""Logs: one event a line, JSON for machines."""

import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog

from core import log


@pytest.fixture(autouse=True)
def configuration_restored() -> Iterator[None]:
    """Leave logging as it was found."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    """Read what was logged."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line() -> None:
    """Event, level, time, where from, and the fields."""
    out = io.StringIO()
    log.configure(stream=out)
    log.get("ingest.service").info("batch_committed", rows=5000, device="T-07")
    (line,) = lines(out)
    assert line.pop("timestamp")
    assert line == {
        "event": "batch_committed",
        "level": "info",
        "module": "ingest.service",
        "rows": 5000,
        "device": "T-07",
    }


def test_a_text_of_many_lines_stays_one_line() -> None:
    """A field from outside cannot forge a second event."""
    out = io.StringIO()
    log.configure(stream=out)
    log.get("x").warning("refused", cause='a\n{"event":"forged"}\r\n\x1b[31m')
    assert len(lines(out)) == 1


def test_an_exception_is_in_its_line() -> None:
    """The traceback is a field."""
    out = io.StringIO()
    log.configure(stream=out)
    try:
        raise ValueError("no such thing")  # noqa: TRY301  the subject of the test
    except ValueError:
        log.get("x").exception("it_failed")
    (line,) = lines(out)
    assert "no such thing" in str(line["exception"])
    assert line["level"] == "error"


def test_events_below_the_level_are_not_written() -> None:
    """The level is a threshold."""
    out = io.StringIO()
    log.configure(level="warning", stream=out)
    log.get("x").info("quiet")
    log.get("x").warning("loud")
    assert [line["event"] for line in lines(out)] == ["loud"]


def test_people_get_no_json() -> None:
    """At a terminal, or when asked, a line is for reading."""
    out = io.StringIO()
    log.configure(as_json=False, stream=out)
    log.get("x").info("hello_there", rows=3)
    assert "hello_there" in out.getvalue()
    assert not out.getvalue().startswith("{")


def test_standard_error_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output belongs to answers."""
    log.configure()
    log.get("x").info("on_stderr")
    got = capsys.readouterr()
    assert got.out == ""
    assert "on_stderr" in got.err
    assert sys.stderr is not sys.stdout
