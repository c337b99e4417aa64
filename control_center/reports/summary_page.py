"""Summaries for people: tables of figures, where what nobody knows is no zero."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from control_center.reports import pdf, say
from control_center.reports.page import ENVIRONMENT
from control_center.reports.summary import Span
from control_center.reports.texts import BY, STATES, pick, texts
from core.settings import Settings
from deploy import cities

_BAR: Final = 60.0
_KM: Final = 1000.0
_MINUTE_S: Final = 60.0
Rows = Sequence[Mapping[str, Any]]


def file(settings: Settings, span: Span, rows: Rows, lang: str = "es") -> bytes:
    """Print one summary."""
    return printed(settings, span, {span.by: rows}, lang)


def printed(settings: Settings, span: Span, tables: Mapping[str, Rows], lang: str = "es") -> bytes:
    """Print summaries of the same days, one below the other; pdf.PrinterLacks when it cannot."""
    page = html(settings, span, tables, lang)
    return pdf.printed(page, hashlib.sha256(page.encode()).hexdigest())


def html(settings: Settings, span: Span, tables: Mapping[str, Rows], lang: str = "es") -> str:
    """Write summaries as one page of HTML."""
    return ENVIRONMENT.get_template("summary.html.j2").render(
        lang=lang,
        t=texts(lang),
        city=cities.load(settings.city).name,
        since=span.since,
        until=span.until,
        first=say.day(span.since, lang),
        last=say.day(span.until, lang),
        states={state: pick(both, lang) for state, both in STATES.items()},
        sections=[
            {"by": pick(BY[by], lang), "rows": [figures(row, lang) for row in rows]}
            for by, rows in tables.items()
        ],
    )


def figures(row: Mapping[str, Any], lang: str = "es") -> dict[str, Any]:
    """A row of a summary, its figures in words."""
    share = row["coverage_pct"]
    away_s = row["off_route_s"]
    return {
        **row,
        "name": row["name"] or texts(lang)["nobody"],
        "gaps": say.number(row["gaps"], lang=lang),
        "coverage": say.number(share, "%", 1, lang=lang),
        "bar": 0.0 if share is None else round(_BAR * share / 100.0, 1),
        "off_route": say.number(None if away_s is None else away_s / _MINUTE_S, digits=0, lang=lang)
        + (" min" if away_s is not None else ""),
        "service": _km(row["service_m"], lang),
        "deadhead": _km(row["deadhead_m"], lang),
    }


def _km(length_m: float | None, lang: str) -> str:
    if length_m is None:
        return texts(lang)["no_data"]
    return f"{say.number(length_m / _KM, digits=1, lang=lang)} km"
