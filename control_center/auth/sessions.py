"""Sessions: a random token in a cookie, its keyed hash in the database, its CSRF token derived.

Nothing that could be presented as a session is stored. The CSRF token is a keyed
hash of the session's own token, so it is bound to it, needs no column, and a
page can know it without being able to read the cookie. Changing
`session_secret` ends every session.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from control_center.auth.rights import RIGHTS, Right, Role
from core.clock import Clock
from store import session as store_session
from store.pool import AsyncPool

COOKIE: Final = "c5_session"
CSRF_HEADER: Final = "X-C5-CSRF"
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Someone who is logged in."""

    token_hash: bytes
    csrf: str
    username: str
    name: str
    role: Role
    expires_at: datetime

    def may(self, right: Right) -> bool:
        """Tell whether the role grants a right."""
        return right in RIGHTS[self.role]


class Sessions:
    """Open, find and end sessions."""

    def __init__(self, pool: AsyncPool, *, secret: str | None, hours: float, clock: Clock) -> None:
        self._pool = pool
        self._key = hashlib.sha256((secret or "").encode()).digest()
        self._length = timedelta(hours=hours)
        self._clock = clock

    async def open(self, username: str, address: str) -> tuple[str, Session] | None:
        """Begin a session; answer its token and itself, or None if the account was just shut."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock()
        opened = await store_session.open_(
            self._pool,
            token_hash=self._hash(token),
            username=username,
            now=now,
            expires_at=now + self._length,
            address=address,
        )
        found = await self.find(token) if opened else None
        return None if found is None else (token, found)

    async def find(self, token: str) -> Session | None:
        """Answer the session of a cookie's token, while it lives."""
        token_hash = self._hash(token)
        found = await store_session.find(self._pool, token_hash, self._clock())
        if found is None:
            return None
        return Session(
            token_hash=token_hash,
            csrf=self._mac(b"csrf:", token).hex(),
            username=found.username,
            name=found.name,
            role=Role(found.role),
            expires_at=found.expires_at,
        )

    async def is_alive(self, session: Session) -> bool:
        """Ask again whether a session goes on."""
        return await store_session.find(self._pool, session.token_hash, self._clock()) is not None

    async def end(self, session: Session) -> None:
        """Log out."""
        await store_session.end(self._pool, session.token_hash)

    def _hash(self, token: str) -> bytes:
        return self._mac(b"session:", token)

    def _mac(self, purpose: bytes, token: str) -> bytes:
        return hmac.digest(self._key, purpose + token.encode(), "sha256")
