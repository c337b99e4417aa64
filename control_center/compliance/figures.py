"""What a run's row shows of its document, and what of the document can be counted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from store.run import Figures


def figures(document: Mapping[str, Any]) -> Figures:
    """The figures of a document, as `store.run` keeps them beside it."""
    begin, end = (datetime.fromisoformat(instant) for instant in document["window"])
    counts, lengths_m = document["counts"], document["lengths_m"]
    return Figures(
        version=document["version"],
        window_from=begin,
        window_to=end,
        coverage=document["coverage_pct"] / 100.0,
        serviced=counts["serviced"],
        too_fast=counts["too_fast"],
        missed=counts["missed"],
        unknown=counts["unknown"],
        serviced_m=lengths_m["serviced"],
        too_fast_m=lengths_m["too_fast"],
        missed_m=lengths_m["missed"],
        unknown_m=lengths_m["unknown"],
        begin_late_s=document["begin_late_s"],
        end_late_s=document["end_late_s"],
        off_route_s=document["off_route_s"],
        service_m=document["service_m"],
        deadhead_m=document["deadhead_m"],
    )


def rows(document: Mapping[str, Any]) -> int:
    """How many fixes the document was made of, those left out included."""
    return int(document["fixes"] + sum(document["dropped"].values()))
