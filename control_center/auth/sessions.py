"""Sessions: a random token in a cookie, its keyed hash in the database, its CSRF token derived.

Nothing that could be presented as a session is stored. The CSRF token is a keyed
hash of the session's own token, so it is bound to it, needs no column, and a
page can know it without being able to read the cookie. Changing
`session_secret` ends every session.

A session ends after its hours, and when nothing used it for `people.idle_minutes`; an open live
stream uses it, because a wall of screens must not go dark. Until the second factor was shown
where one is asked for, a session may only show it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from control_center.auth.rights import RIGHTS, Right, Role
from core.clock import Clock
from core.settings import Settings
from store import session as store_session
from store.pool import AsyncConnection, AsyncPool
from store.session import New

COOKIE: Final = "c5_session"
CSRF_HEADER: Final = "X-C5-CSRF"
_TOKEN_BYTES: Final = 32
_FRESH: Final = timedelta(seconds=60)
"""That a session is used is noted no more often."""


class Factor(StrEnum):
    """How a session stands with the second factor."""

    OFF = "off"
    """Neither asked for nor set up."""
    PASSED = "passed"
    CODE = "code"
    """Set up, and not shown yet in this session."""
    ENROL = "enrol"
    """Asked for by the role, and not set up yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Someone who is logged in, or a program with a token of theirs."""

    token_hash: bytes
    csrf: str
    username: str
    name: str
    role: Role
    expires_at: datetime
    session_id: int = 0
    factor: Factor = Factor.OFF
    scopes: frozenset[Right] | None = None
    """Of an API token; None: a person."""
    elsewhere: bool = False
    """Whether the account logs in at an issuer."""

    @property
    def is_token(self) -> bool:
        """Whether this is a program's."""
        return self.scopes is not None

    @property
    def waits(self) -> bool:
        """Whether the second factor has to be shown before anything else."""
        return self.factor in {Factor.CODE, Factor.ENROL}

    @property
    def rights(self) -> frozenset[Right]:
        """What it may do now."""
        if self.waits:
            return frozenset()
        granted = RIGHTS[self.role]
        return granted if self.scopes is None else granted & self.scopes

    def may(self, right: Right) -> bool:
        """Tell whether it has a right."""
        return right in self.rights


class Sessions:
    """Open, find and end sessions."""

    def __init__(
        self, pool: AsyncPool, settings: Settings, *, secret: str | None, clock: Clock
    ) -> None:
        self._pool = pool
        self._key = hashlib.sha256((secret or "").encode()).digest()
        self._length = timedelta(hours=settings.control_center.session_hours)
        self._asked: Collection[str] = settings.people.second_factor_roles
        self._clock = clock
        self.idle: Final = timedelta(minutes=settings.people.idle_minutes)

    async def open(
        self,
        conn: AsyncConnection,
        username: str,
        address: str,
        agent: str,
        *,
        with_factor: bool = False,
    ) -> str | None:
        """Begin a session in the caller's transaction; its token, None: the account was shut.

        with_factor  whoever let them in has seen a second factor
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock()
        new = New(
            token_hash=self._hash(token),
            username=username,
            now=now,
            expires_at=now + self._length,
            address=address,
            agent=agent[: store_session.AGENT_CHARS],
            factor_at=now if with_factor else None,
        )
        return token if await store_session.open_(conn, new, self.idle) else None

    async def find(self, token: str) -> Session | None:
        """Answer the session of a cookie's token, while it lives."""
        token_hash = self._hash(token)
        found = await store_session.find(
            self._pool, token_hash, self._clock(), idle=self.idle, fresh=_FRESH
        )
        if found is None:
            return None
        return Session(
            token_hash=token_hash,
            csrf=self._mac(b"csrf:", token).hex(),
            username=found.username,
            name=found.name,
            role=Role(found.role),
            expires_at=found.expires_at,
            session_id=found.session_id,
            factor=self._factor(found),
            elsewhere=found.elsewhere,
        )

    async def is_alive(self, session: Session) -> bool:
        """Ask again whether a session goes on; asking uses it."""
        now = self._clock()
        if session.is_token:
            return now < session.expires_at
        found = await store_session.find(
            self._pool, session.token_hash, now, idle=self.idle, fresh=_FRESH
        )
        return found is not None

    def asks(self, role: str) -> bool:
        """Tell whether a role may do nothing without a second factor."""
        return role in self._asked

    def _factor(self, found: store_session.Found) -> Factor:
        if found.factor_at is not None:
            return Factor.PASSED
        if found.has_factor:
            return Factor.CODE
        return Factor.ENROL if self.asks(found.role) else Factor.OFF

    def _hash(self, token: str) -> bytes:
        return self._mac(b"session:", token)

    def _mac(self, purpose: bytes, token: str) -> bytes:
        return hmac.digest(self._key, purpose + token.encode(), "sha256")
