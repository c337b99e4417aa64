"""GeoJSON: a FeatureCollection, as docs/route-plans.md has it."""

import json

from geo.plan import PlanRefused, parts
from geo.route_formats.drafts import Draft


def draft(data: bytes) -> Draft:
    """Read the file; PlanRefused if it is no GeoJSON."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise PlanRefused("", [f"not JSON: {str(exc)[:200]}; save it anew, in UTF-8"]) from None
    if not isinstance(document, dict):
        raise PlanRefused("", ["not a GeoJSON FeatureCollection with a list of features"])
    about, features = parts(document)
    return Draft(dict(about), features)
