"""Build the control center: its parts, its routes, its life. Nothing connects before it starts.

It starts without the database and says so in /api/health; background work that
fails is logged and begun again, so one fault never ends the service.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware

from control_center import VERSION, edge, problems, web_files
from control_center.api import describe, routes
from control_center.auth.factors import Factors
from control_center.auth.keys import Keys
from control_center.auth.logins import Logins
from control_center.auth.oidc import Oidc
from control_center.auth.rates import Rate
from control_center.auth.sessions import Sessions
from control_center.auth.tokens import Tokens
from control_center.center import Center
from control_center.commands import Commands
from control_center.connections import Connections
from control_center.feed.pictures import Pictures
from control_center.feed.service import Feed
from control_center.feed.stream import Streams
from control_center.metrics import Metrics
from control_center.statistics import Statistics
from core import clock, log
from core.clock import Clock
from core.errors import NotFound
from core.settings import Settings
from store import pool as store_pool
from store import snapshot

_RESTART_S: Final = 1.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
_log = log.get(__name__)


def create_app(
    settings: Settings,
    connections: Connections,
    *,
    now: Clock = clock.utc_now,
    web_dist: Path = web_files.DIST,
) -> FastAPI:
    """Make the application; control_center.server serves it.

    web_dist  folder of the built web application
    """
    center = _center(settings, connections, now)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        await center.pool.open(wait=False)
        work = [
            asyncio.create_task(_for_ever(center.feed.run, "feed")),
            asyncio.create_task(_for_ever(center.statistics.run, "statistics")),
        ]
        try:
            yield
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await asyncio.to_thread(center.commands.close)
            await center.pool.close()

    app = FastAPI(
        title="C5",
        version=VERSION,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    app.state.center = center
    problems.install(app)
    app.include_router(routes.router())
    app.add_api_route("/metrics", _metrics, methods=["GET"], include_in_schema=False)
    app.include_router(web_files.router(web_dist))
    app.openapi = lambda: _documented(app)  # type: ignore[method-assign]  # FastAPI's own way
    app.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=5)
    app.add_middleware(
        edge.Edge,
        headers=edge.security_headers(
            tile_url=settings.control_center.tile_url,
            secure=settings.control_center.secure_cookies,
        ),
        metrics=center.metrics,
    )
    return app


def _center(settings: Settings, connections: Connections, now: Clock) -> Center:
    pool = store_pool.async_pool(
        connections.database_url,
        max_size=settings.database.pool_max,
        statement_timeout_s=settings.database.statement_timeout_s,
        application="c5-control-center",
    )
    secret = connections.session_secret
    sessions = Sessions(pool, settings, secret=secret, clock=now)
    keys = Keys(connections.people_secret)
    logins = Logins(pool, sessions, settings, secret=secret, clock=now)
    feed = Feed(pool, connections.database_url, now=now)

    async def picture() -> bytes:
        return describe.devices(await snapshot.everything(pool), now())

    return Center(
        settings=settings,
        connections=connections,
        clock=now,
        pool=pool,
        keys=keys,
        sessions=sessions,
        logins=logins,
        factors=Factors(keys, issuer=f"C5 {settings.city}"),
        tokens=Tokens(pool, keys, clock=now),
        oidc=Oidc.of(pool, settings, keys, logins, clock=now),
        heavy=Rate(settings.people.heavy_a_minute),
        feed=feed,
        streams=Streams(feed.hub, Pictures(picture), sessions, now),
        commands=Commands(connections, now),
        statistics=Statistics(pool, now=now),
        metrics=_measured(feed),
    )


def _measured(feed: Feed) -> Metrics:
    metrics = Metrics()
    for name, help_text, read in (
        ("c5_live_up", "1 while the database's announcements are heard", lambda: feed.is_live),
        ("c5_live_screens", "Live streams open", lambda: len(feed.hub)),
        ("c5_live_backlog", "Frames and changes that wait for slow screens", _backlog(feed)),
        ("c5_live_notices", "Announcements heard since the start", lambda: feed.notices),
        ("c5_live_reconnects", "Times the listener was lost", lambda: feed.reconnects),
    ):
        metrics.gauge(name, help_text, read)
    return metrics


def _backlog(feed: Feed) -> Callable[[], float]:
    return lambda: feed.hub.backlog


async def _for_ever(work: Callable[[], Awaitable[None]], name: str) -> None:
    """Keep background work going, whatever it meets."""
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001  said loudly, and begun again
            _log.exception("background_work_crashed", work=name)
        await asyncio.sleep(_RESTART_S)


async def _metrics(request: Request) -> Response:
    """Answer Prometheus on this machine; to anyone else there is nothing here."""
    if request.client is None or request.client.host not in _LOOPBACK:
        raise NotFound("there is nothing at /metrics; scrape it on the machine that serves it")
    body = request.app.state.center.metrics.exposition()
    return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8")


def _documented(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = routes.openapi(app)
    return app.openapi_schema
