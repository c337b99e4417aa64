"""Who drives what right now, by plans, calendars and assignments; kept until one of them changes.

A truck may have several runs in a day, and a night's run goes on after midnight: the one whose
hours hold the present counts, and else the one nearest in time.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from core import log
from core.errors import NotFound
from geo.live import Duty
from geo.physics import DEFAULT
from geo.plan import Plan, PlanRefused
from geo.route import Route, from_document
from store import device as store_device
from store import route as store_route
from store import run_due
from store.pool import Connection

_DAY: Final = timedelta(days=1)
_MISSED_FIXES: Final = 2.5
_log = log.get(__name__)


class Post(NamedTuple):
    """A truck and the run it is on."""

    device_id: str
    route: Route
    version: int
    day: date
    window: tuple[datetime, datetime]
    duty: Duty

    @property
    def key(self) -> tuple[str, str, int, date]:
        """What makes it this post and no other."""
        return self.device_id, self.route.route_id, self.version, self.day


class Duties:
    """The runs of yesterday and today of every active truck."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._routes: dict[tuple[str, int], Route] = {}
        self._posts: list[Post] = []
        self._read: tuple[date, str] | None = None

    def refresh(self, conn: Connection, now: datetime) -> None:
        """Read them again if anything changed, or the day."""
        today = now.astimezone(self._zone).date()
        state = (today, run_due.plans_sha(conn))
        if state == self._read:
            return
        silence_s = {
            one.device_id: max(DEFAULT.silence_s, _MISSED_FIXES * (one.interval_s or 0.0))
            for one in store_device.active(conn).values()
        }
        used: dict[tuple[str, int], Route] = {}
        self._posts = [
            post
            for day in (today - _DAY, today)
            for post in self._posts_on(conn, day, silence_s, used)
        ]
        self._routes, self._read = used, state

    def now(self, now: datetime) -> list[Post]:
        """Each truck's post at this moment, by device_id."""
        chosen: dict[str, Post] = {}
        for post in self._posts:
            held = chosen.get(post.device_id)
            if held is None or _apart(post, now) <= _apart(held, now):
                chosen[post.device_id] = post
        return [chosen[device_id] for device_id in sorted(chosen)]

    def _posts_on(
        self,
        conn: Connection,
        day: date,
        silence_s: dict[str, float],
        used: dict[tuple[str, int], Route],
    ) -> Iterator[Post]:
        found: dict[str, tuple[Route, int, Plan] | None] = {}
        for route_id, device_id in store_route.assignments_on(conn, day):
            if device_id not in silence_s:
                continue
            if route_id not in found:
                found[route_id] = self._plan(conn, route_id, day, used)
            planned = found[route_id]
            if planned is None or not planned[0].serves_on(day):
                continue
            route, version, plan = planned
            duty = Duty(
                plan=plan,
                depot=route.depot,
                landfill=route.landfill,
                allowed=route.allowed_stops,
                silence_s=silence_s[device_id],
            )
            yield Post(device_id, route, version, day, route.window(day, self._zone), duty)

    def _plan(
        self, conn: Connection, route_id: str, day: date, used: dict[tuple[str, int], Route]
    ) -> tuple[Route, int, Plan] | None:
        try:
            held = store_route.version_on(conn, route_id, day)
            key = (route_id, held.version)
            route = used.get(key) or self._routes.get(key) or from_document(held.document)
        except NotFound:
            return None  # assigned before its first plan is in force
        except PlanRefused as exc:
            _log.error("plan_unreadable", route_id=route_id, day=day.isoformat(), cause=str(exc))
            return None
        used[key] = route
        return route, held.version, route.plan(day, self._zone)


def _apart(post: Post, now: datetime) -> timedelta:
    """How far the post's hours are from now; nothing while they last."""
    begin, end = post.window
    return max(begin - now, now - end, timedelta())
