"""docs/runbook.md has every metric and every log event, and no other."""

import ast
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry

from control_center.app import _measured
from control_center.feed.service import Feed
from core import clock, errors
from core.errors import MessageRefused
from ingest.metrics import Metrics
from store import pool
from tests.unit.doc_tables import DOCS, bare, section, table

PAGE = "runbook.md"
ROOT = Path(__file__).parents[2]
LEVELS = ("debug", "info", "warning", "error", "exception")


def of_registry(registry: CollectorRegistry) -> dict[str, str]:
    """Metric names as they are scraped, and their types."""
    return {
        family.name + ("_total" if family.type == "counter" else ""): family.type
        for family in registry.collect()
    }


def of_page(heading: str) -> dict[str, str]:
    """Metric names and types as the page has them."""
    return {bare(name): kind for name, kind, *_ in table(PAGE, heading)}


def events(*packages: str) -> Iterator[tuple[str, str]]:
    """Every event that the code of some packages logs, with its level."""
    for package in packages:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id="_log"), attr=level),
                        args=[ast.Constant(value=str(event)), *_],
                    ) if level in LEVELS:
                        yield event, level


def test_every_metric_of_ingest_is_documented() -> None:
    """With its type."""
    metrics = Metrics()
    metrics.watch(lambda: True)
    assert of_page("## Figures of ingest") == of_registry(metrics.registry)


def test_every_metric_of_the_control_center_is_documented() -> None:
    """With its type."""
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    feed = Feed(pool.async_pool(url), url, now=clock.utc_now)
    assert of_page("## Figures of the control center") == of_registry(_measured(feed)._registry)


def test_every_event_of_the_log_is_documented() -> None:
    """With its level; what to do is said beside it."""
    found = {bare(event): level for event, level, *_ in table(PAGE, "## What the log says")}
    assert found == dict(events("ingest", "store"))


def test_every_reason_has_its_usual_cause() -> None:
    """Those that a message can be refused for; a refused row has a section of its own."""
    rows = table(PAGE, "## Rejects grow")
    found = {bare(name.strip()) for reasons, *_ in rows for name in reasons.split(",")}
    known = {
        kind.reason
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, MessageRefused)
        and kind is not MessageRefused
    }
    assert found | {"row_refused"} == known
    assert "`row_refused`" in section(PAGE, "## A row is refused")


def test_links_lead_to_headings() -> None:
    """Within the page; GitHub's spelling of anchors."""
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    headings = {
        line.lstrip("# ").lower().replace(" ", "-").replace(",", "")
        for line in text.splitlines()
        if line.startswith("#")
    }
    linked = {part.split(")")[0] for part in text.split("](#")[1:]}
    assert linked <= headings
