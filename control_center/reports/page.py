"""A run's report as one page of HTML, ready to be printed; nothing in it comes from elsewhere."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import jinja2

from control_center.reports import drawing, say
from control_center.reports.run import Report
from control_center.reports.texts import EVENTS, GAPS, REASONS, STATES, VERDICTS, WHY, pick, texts
from store.review import Review

_HERE: Final = Path(__file__).parent / "templates"
_BAR: Final = 150.0
_METRES: Final = 1000.0
ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
)
ENVIRONMENT.filters["short"] = say.short


def html(report: Report, lang: str = "es") -> str:
    """Write the page."""
    words = texts(lang)
    document, run = report.document, report.run
    at = say.clock_of(report.zone, lang)
    known = document["problem"] is None
    computed = report.revision.computed_at.astimezone(report.zone)
    return ENVIRONMENT.get_template("run.html.j2").render(
        lang=lang,
        t=words,
        at=at,
        city=report.city,
        run=run,
        document=document,
        problem=say.one_of(document["problem"] or "", lang),
        revision=report.revision,
        sha256=report.revision.sha256,
        head=report.reviews[-1].sha256 if report.reviews else "",
        why=pick(WHY[report.revision.why], lang),
        computed=f"{computed:%Y-%m-%d %H:%M}",
        day=say.day(run.service_date, lang),
        window=document["window"],
        figures={"coverage": _figure(document["coverage_pct"], known, "%", 1, lang)},
        bar=_bar(document),
        tiles=_tiles(report, lang),
        states=_states(document, lang),
        sheet=drawing.lay_out(report),
        connectors=any(not one["service"] for one in report.segments),
        places=list(report.shapes.places),
        gaps_head=words["gaps_open" if document.get("provisional") else "gaps"],
        gaps=[_gap(report, one, lang) for one in report.gaps],
        others=_others(report, lang),
        stops=[_stop(stop, lang) for stop in document["stops"]],
        events=[_event(event, lang) for event in document["events"]],
    )


def _figure(value: Any, known: bool, unit: str, digits: int, lang: str) -> str:  # noqa: FBT001
    """A figure of the run; with nothing seen at all none of them is a zero."""
    return say.number(value if known else None, unit, digits, lang=lang)


def _tiles(report: Report, lang: str) -> list[dict[str, str]]:
    words, document = texts(lang), report.document
    at = say.clock_of(report.zone, lang)
    seen = document["problem"] is None
    figure = partial(_figure, known=seen, lang=lang)
    dropped = sum(document["dropped"].values())

    def tile(name: str, value: str, note: str = "") -> dict[str, str]:
        return {"name": words[name], "value": value, "note": note}

    return [
        tile("began", at(document["began"]), _punctual(document["begin_late_s"], "begin", lang)),
        tile("ended", at(document["ended"]), _punctual(document["end_late_s"], "end", lang)),
        tile("order", figure(document["order_kept_pct"], unit="%", digits=0)),
        tile("off_route", *_away(document, seen, lang)),
        tile("service", figure(_km(document["service_m"]), unit="km", digits=1)),
        tile("deadhead", figure(_km(document["deadhead_m"]), unit="km", digits=1)),
        tile("landfill_trips", figure(document["landfill_trips"], unit="", digits=0)),
        tile(
            "fixes",
            say.number(document["fixes"], lang=lang),
            f"{say.number(dropped, lang=lang)} {words['dropped']}" if dropped else "",
        ),
    ]


def _away(document: Mapping[str, Any], seen: bool, lang: str) -> tuple[str, str]:  # noqa: FBT001
    away_s = document["off_route_s"]
    minutes = None if away_s is None else away_s / 60.0
    words, times = texts(lang), len(document["off_route"])
    note = {0: "", 1: words["once"]}.get(times, f"{times} {words['times']}")
    return _figure(minutes, seen, "min", 0, lang), note


def _punctual(late_s: float | None, end: str, lang: str) -> str:
    if late_s is None:
        return ""
    which = "late" if late_s >= 0 else "early"
    return f"{say.lasted(abs(late_s), lang=lang)} {texts(lang)[f'{which}_{end}']}"


def _km(length_m: float | None) -> float | None:
    return None if length_m is None else length_m / _METRES


def _bar(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Shares of the length by state, side by side."""
    lengths = document["lengths_m"]
    total = sum(lengths.values()) or 1.0
    parts, x = [], 0.0
    for state in STATES:
        width = _BAR * lengths[state] / total
        if width:
            parts.append({"state": state, "x": round(x, 2), "width": round(width, 2)})
        x += width
    return parts


def _states(document: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    counts, lengths = document["counts"], document["lengths_m"]
    return [
        {
            "state": state,
            "name": pick(both, lang),
            "count": counts[state],
            "length": say.length(lengths[state], lang=lang) if counts[state] else "",
        }
        for state, both in STATES.items()
    ]


def _gap(report: Report, segment: Mapping[str, Any], lang: str) -> dict[str, Any]:
    state = segment["state"]
    pending = state == "unknown" and report.document.get("provisional", False)
    too_fast = state == "too_fast"
    return {
        "segment_id": segment["segment_id"],
        "street": segment["street"],
        "colonia": segment["colonia"],
        "state": state,
        "words": pick(GAPS["pending" if pending else state], lang),
        "speed": say.number(segment["mean_kmh"], "km/h", lang=lang) if too_fast else "",
        "length": say.length(segment["length_m"], lang=lang),
        "time": say.clock_of(report.zone, lang)(segment["from"]) if segment["from"] else "",
        "reviews": _reviews(report, report.said_of(segment["segment_id"]), lang),
    }


def _others(report: Report, lang: str) -> list[dict[str, Any]]:
    """Reviews of blocks that are no gaps, or are none any more."""
    gaps = {one["segment_id"] for one in report.gaps}
    names = dict.fromkeys(one.words.segment_id for one in report.reviews)
    return [
        {"name": name, "reviews": _reviews(report, report.said_of(name), lang)}
        for name in names
        if name not in gaps
    ]


def _reviews(report: Report, reviews: Sequence[Review], lang: str) -> list[dict[str, Any]]:
    return [
        {
            "verdict": pick(VERDICTS[one.words.verdict], lang),
            "reason": pick(REASONS[one.words.reason], lang),
            "note": one.words.note,
            "photo": say.short(one.words.attachment_sha256) if one.words.attachment_sha256 else "",
            "by": one.words.reviewed_by,
            "at": f"{one.words.reviewed_at.astimezone(report.zone):%Y-%m-%d %H:%M}",
        }
        for one in reviews
    ]


def _stop(stop: Mapping[str, Any], lang: str) -> dict[str, Any]:
    words = texts(lang)
    where = stop["place"] or words["on_plan" if stop["on_route"] else "off_plan"]
    return {
        "from": stop["from"],
        "to": stop["to"],
        "lasted": say.lasted(say.seconds_between(stop["from"], stop["to"]), lang=lang),
        "words": f"{where}; {words['silent']}" if stop["silent"] else where,
    }


def _event(event: Mapping[str, Any], lang: str) -> dict[str, Any]:
    both = EVENTS.get(event["type"], (event["type"], event["type"]))
    unit, value = event["unit"] or "", event["value"]
    figure = "" if value is None else say.number(value, unit, 1 if unit != "s" else 0, lang=lang)
    if unit == "s" and value is not None:
        figure = say.lasted(value, lang=lang)
    return {"from": event["from"], "to": event["to"], "words": pick(both, lang), "figure": figure}
