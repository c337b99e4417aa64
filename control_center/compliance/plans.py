"""Versions of routes made ready for judging, and kept: a plan serves many trucks and days."""

from collections import OrderedDict
from typing import Final, NamedTuple

from control_center.compliance.document import Laid, lay_out
from geo.route import Route, from_document
from store import route as store_route
from store.pool import Connection
from store.route import RouteVersion

_KEPT: Final = 512


class Ready(NamedTuple):
    """A route as one version has it, laid out for matching."""

    route: Route
    version: int
    laid: Laid


class Plans:
    """The versions used last. A version never changes, so it is read and laid out once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, str], Ready] = OrderedDict()
        self._digests: dict[tuple[str, int], str] = {}

    def numbered(self, conn: Connection, route_id: str, version: int | None) -> Ready:
        """A version by its number, the newest if not said; as `ready`, and NotFound."""
        if version is not None:
            sha256 = self._digests.get((route_id, version), "")
            found = self._kept.get((route_id, version, sha256))
            if found is not None:
                self._kept.move_to_end((route_id, version, sha256))
                return found
        return self.ready(store_route.version(conn, route_id, version))

    def ready(self, held: RouteVersion) -> Ready:
        """Lay a version out, or find it laid out; PlanRefused when it cannot be read."""
        key = (held.route_id, held.version, held.sha256)
        found = self._kept.get(key)
        if found is None:
            route = from_document(held.document)
            found = self._kept[key] = Ready(route, held.version, lay_out(route))
            self._digests[key[:2]] = held.sha256
            if len(self._kept) > _KEPT:
                gone, _ = self._kept.popitem(last=False)
                self._digests.pop(gone[:2], None)
        self._kept.move_to_end(key)
        return found
