"""What a running control center holds: one object, made by the app, found by each request."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from control_center.auth.factors import Factors
from control_center.auth.keys import Keys
from control_center.auth.logins import Logins
from control_center.auth.oidc import Oidc
from control_center.auth.rates import Rate
from control_center.auth.sessions import Sessions
from control_center.auth.tokens import Tokens
from control_center.commands import Commands
from control_center.connections import Connections
from control_center.feed.service import Feed
from control_center.feed.stream import Streams
from control_center.metrics import Metrics
from control_center.statistics import Statistics
from core.clock import Clock
from core.settings import Settings
from store.pool import AsyncPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Center:
    """The parts, each owning its own state."""

    settings: Settings
    connections: Connections
    clock: Clock
    pool: AsyncPool
    keys: Keys
    sessions: Sessions
    logins: Logins
    factors: Factors
    tokens: Tokens
    oidc: Oidc | None
    """None: people log in here only."""
    heavy: Rate
    """Of requests that cost much, by account."""
    feed: Feed
    streams: Streams
    commands: Commands
    statistics: Statistics
    metrics: Metrics


def center_of(connection: HTTPConnection) -> Center:
    """Find the control center that serves a request."""
    return cast("Center", connection.app.state.center)


CenterDep = Annotated[Center, Depends(center_of)]
