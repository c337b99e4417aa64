"""Versions of routes made ready for judging, and kept: a plan serves many trucks and days."""

from collections import OrderedDict
from typing import Final, NamedTuple

from control_center.compliance.document import roads_of
from geo.fleet import Roads
from geo.route import Route, from_document
from store.route import RouteVersion

_KEPT: Final = 512


class Ready(NamedTuple):
    """A route as one version has it, laid out for matching."""

    route: Route
    version: int
    roads: Roads


class Plans:
    """The versions used last, by the digest of their document."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Ready] = OrderedDict()

    def ready(self, held: RouteVersion) -> Ready:
        """Lay a version out, or find it laid out; PlanRefused when it cannot be read."""
        found = self._kept.get(held.sha256)
        if found is None:
            route = from_document(held.document)
            found = Ready(route, held.version, roads_of(route))
            self._kept[held.sha256] = found
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(held.sha256)
        # The same plan may have come back under a higher number.
        return found._replace(version=held.version)
