"""Watch the trucks on duty: each second their new fixes in, what happened out.

The state moves on only after the commit that holds what it told, and every event has a key of
its own, so neither an outage nor a restart loses or doubles anything. A start looks at the last
half hour once more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from control_center.engine.duties import Duties, Post
from control_center.engine.metrics import Metrics
from control_center.engine.seeds import seed
from control_center.engine.words import words
from core import log
from core.clock import EPOCH, epoch_us
from core.happenings import BY_CODE
from core.settings import Settings
from core.units import mps_from_kmh
from geo.live import Happenings, Recent, Rules, Scene, State, step
from store import derived, fresh, pool
from store.derived import Derived
from store.fresh import Fresh
from store.pool import Connection

CATCH_UP: Final = timedelta(minutes=30)
"""How far back a truck is looked at that was not watched before."""
_OLDEST: Final = timedelta(hours=6)
"""Fixes that were measured longer ago than this are history, though they be news."""
_TOLD_SINCE: Final = timedelta(hours=36)
_REFRESH: Final = timedelta(seconds=5)
_LONG_STOPS: Final = 3.0
"""On its plan a truck may stand so many times as long as off it."""
_log = log.get(__name__)


class LiveWatch:
    """The watch as a part of the service: `tick` once a second."""

    def __init__(
        self, database_url: str, settings: Settings, metrics: Metrics | None = None
    ) -> None:
        routes = settings.routes
        self._metrics = metrics or Metrics()
        self._overspeed_kmh = routes.overspeed_kmh
        self._rules = Rules(
            off_route_s=routes.off_route_s,
            stop_s=routes.stop_s,
            long_stop_s=_LONG_STOPS * routes.stop_s,
            overspeed_mps=mps_from_kmh(routes.overspeed_kmh),
            overspeed_s=routes.overspeed_s,
        )
        self._duties = Duties(ZoneInfo(settings.timezone))
        self._posts: list[Post] = []
        self._scene: Scene | None = None
        self._state = State.new(0)
        self._refreshed: datetime | None = None
        self._kept = pool.Kept(database_url, application="c5-engine")

    def tick(self, now: datetime) -> int:
        """Take in what came since the last tick; answer how many events were made.

        TransientStoreError: the database is away; call again, nothing is forgotten.
        """
        try:
            return self._tick(self._kept.taken(), now)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back; the next tick takes another."""
        self._kept.close()

    def _tick(self, conn: Connection, now: datetime) -> int:
        if self._refreshed is None or not timedelta() <= now - self._refreshed < _REFRESH:
            self._duties.refresh(conn, now)
            self._take_up(self._duties.now(now))
            self._refreshed = now
        scene = self._scene
        if scene is None:
            return 0
        rows = fresh.read(
            conn,
            [post.device_id for post in self._posts],
            self._after_s(now),
            floor=now - _OLDEST,
        )
        if not rows:
            return 0
        recent = _recent(rows)
        self._seed(conn, recent, now)
        after, found = step(self._state, scene, recent, self._rules)
        made = self._tell(conn, self._events(rows, found), now)
        self._state = after
        return made

    def _take_up(self, posts: Sequence[Post]) -> None:
        """Watch these posts from now on; who was watched before is remembered."""
        if [post.key for post in posts] == [post.key for post in self._posts]:
            return
        known = {post.device_id: (at, post) for at, post in enumerate(self._posts)}
        state = State.new(len(posts))
        old = np.array([known.get(post.device_id, (-1,))[0] for post in posts], np.int64)
        kept = np.flatnonzero(old >= 0)
        state.put(kept, self._state.take(old[kept]))
        other = [at for at in kept.tolist() if _run(posts[at]) != _run(self._posts[int(old[at])])]
        state.start_over(np.array(other, np.int64))
        self._scene = Scene.of([post.duty for post in posts]) if posts else None
        self._posts, self._state = list(posts), state
        self._metrics.watching(len(posts))
        _log.info("watch_taken_up", trucks=len(posts), new=len(posts) - len(kept))

    def _after_s(self, now: datetime) -> list[float]:
        begin_s = epoch_us(now - CATCH_UP) / 1e6
        newest = self._state.mark[0]
        after_s: list[float] = np.where(np.isnan(newest), begin_s, newest).tolist()
        return after_s

    def _seed(self, conn: Connection, recent: Recent, now: datetime) -> None:
        """Remember what was told of trucks that are seen for the first time."""
        trucks, first = np.unique(recent.truck, return_index=True)
        unseen = np.isnan(self._state.mark[0, trucks])
        names = {self._posts[truck].device_id: int(truck) for truck in trucks[unseen]}
        if not names:
            return
        as_of_s = dict(zip(trucks[unseen].tolist(), recent.t_s[first[unseen]], strict=True))
        told: dict[str, list[derived.Told]] = {}
        for one in derived.told(conn, list(names), now - _TOLD_SINCE):
            told.setdefault(one.device_id, []).append(one)
        for device_id, mine in told.items():
            truck = names[device_id]
            seed(self._state, truck, mine, as_of_s[truck])

    def _events(self, rows: Sequence[Fresh], found: Happenings) -> list[Derived]:
        arrived = {(row.nth, row.t_s): row.received_s for row in reversed(rows)}
        events = []
        for at, (truck, code) in enumerate(zip(found.truck, found.code, strict=True)):
            post, what = self._posts[truck], BY_CODE[int(code)]
            value = None if np.isnan(found.value[at]) else round(float(found.value[at]), 1)
            events.append(
                Derived(
                    device_id=post.device_id,
                    what=what,
                    at=_instant(found.at_s[at]),
                    received_at=_instant(arrived[int(truck), float(found.known_s[at])]),
                    lat_deg=round(float(found.lat_deg[at]), 7),
                    lon_deg=round(float(found.lon_deg[at]), 7),
                    value=value,
                    text=words(what, post.route, value, self._overspeed_kmh),
                    extra={"route_id": post.route.route_id, "version": post.version},
                )
            )
        return events

    def _tell(self, conn: Connection, events: Sequence[Derived], now: datetime) -> int:
        new = derived.insert(conn, events, now=now)
        if events:
            self._metrics.told([(now - event.received_at).total_seconds() for event in events])
            _log.info("events_made", new=new, again=len(events) - new)
        return new


def _run(post: Post) -> tuple[str, object]:
    return post.route.route_id, post.day


def _recent(rows: Sequence[Fresh]) -> Recent:
    columns = np.array(rows, np.float64)
    return Recent(
        truck=columns[:, 0].astype(np.int64),
        t_s=columns[:, 1],
        lat_deg=columns[:, 3],
        lon_deg=columns[:, 4],
        speed_mps=columns[:, 5],
        hdop=columns[:, 6],
    )


def _instant(t_s: float) -> datetime:
    """To the millisecond, so that the same moment is the same key however it was computed."""
    return EPOCH + timedelta(milliseconds=round(float(t_s) * 1000.0))
