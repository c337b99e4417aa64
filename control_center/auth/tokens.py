"""API tokens: for programs, with some of their owner's rights, until a day.

A token is shown once and kept as a keyed hash. It begins with `c5_`, so that a search for
leaked secrets finds it. It never does what only a person should: passwords, second
factors, sessions and tokens themselves.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from control_center.auth.keys import Keys
from control_center.auth.rights import Right, Role
from control_center.auth.sessions import Session
from core.clock import Clock
from store import token as store_token
from store.pool import AsyncPool, Connection

PREFIX: Final = "c5_"
_PURPOSE: Final = "api token"
_BYTES: Final = 32
_FRESH: Final = timedelta(seconds=60)


class Made(NamedTuple):
    """A new token; its secret is shown this once."""

    token_id: int
    secret: str


class Tokens:
    """Make tokens, and find whose they are."""

    def __init__(self, pool: AsyncPool, keys: Keys, *, clock: Clock) -> None:
        self._pool = pool
        self._keys = keys
        self._clock = clock

    def make(
        self,
        conn: Connection,
        username: str,
        name: str,
        scopes: list[Right],
        expires_at: datetime,
    ) -> Made:
        """Make a token in the caller's transaction."""
        secret = PREFIX + secrets.token_urlsafe(_BYTES)
        token_id = store_token.add(
            conn,
            username=username,
            name=name,
            scopes=sorted(scopes),
            token_hash=self._keys.mac(_PURPOSE, secret),
            created_at=self._clock(),
            expires_at=expires_at,
        )
        return Made(token_id, secret)

    async def find(self, secret: str) -> Session | None:
        """Answer what a token may do, while it works."""
        if not secret.startswith(PREFIX):
            return None
        token_hash = self._keys.mac(_PURPOSE, secret)
        found = await store_token.find(self._pool, token_hash, self._clock(), fresh=_FRESH)
        if found is None:
            return None
        return Session(
            token_hash=token_hash,
            csrf="",
            username=found.username,
            name=f"{found.name} (token {found.token_id})",
            role=Role(found.role),
            expires_at=found.expires_at,
            scopes=frozenset(Right(one) for one in found.scopes if one in set(map(str, Right))),
        )
