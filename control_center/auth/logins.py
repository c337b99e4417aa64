"""Log in, and slow down whoever guesses.

After `lockout_failures` wrong passwords an account takes none for `lockout_s`;
an address gets four times as many, because a whole control room may share one.
A success clears its account's count, never its address's: one known password
must not buy guesses at others. Unknown users count and cost the same as known
ones, so nothing tells them apart.

Argon2 is meant to be heavy, so few are computed at once and few may wait. The
lock is looked at when the computation's turn has come; so guesses in parallel
overrun it by that few at most.
"""

import hashlib
import hmac
from datetime import timedelta
from typing import Final

import anyio
import anyio.to_thread

from control_center.auth import passwords
from control_center.auth.sessions import Session, Sessions
from control_center.problems import LockedOut, TooBusy, WrongCredentials
from core import log
from core.clock import Clock
from core.settings import ControlCenter
from store import account, lockout
from store.pool import AsyncPool

_AT_ONCE: Final = 2
_WAITING: Final = 32
_ADDRESS_SHARE: Final = 4
_BUSY_RETRY_S: Final = 2.0
_log = log.get(__name__)


class Logins:
    """The door."""

    def __init__(
        self,
        pool: AsyncPool,
        sessions: Sessions,
        settings: ControlCenter,
        *,
        secret: str | None,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._sessions = sessions
        self._failures = settings.lockout_failures
        self._pause = timedelta(seconds=settings.lockout_s)
        self._key = hashlib.sha256((secret or "").encode()).digest()
        self._clock = clock
        self._turn = anyio.CapacityLimiter(_AT_ONCE)

    async def login(self, username: str, password: str, address: str) -> tuple[str, Session]:
        """Answer a new session's token and the session; raise what went wrong."""
        if self._turn.statistics().tasks_waiting >= _WAITING:
            raise TooBusy("too many logins at once; try again", retry_after_s=_BUSY_RETRY_S)
        username = username.strip().lower()
        async with self._turn:
            return await self._attempt(username, password, address)

    async def _attempt(self, username: str, password: str, address: str) -> tuple[str, Session]:
        by_account, by_address = self._subject("account", username), self._subject("at", address)
        await self._refuse_locked({by_account: 1, by_address: _ADDRESS_SHARE})
        found = await account.find(self._pool, username)
        known = None if found is None else found.password_hash
        right = await anyio.to_thread.run_sync(passwords.matches, known, password)
        if not right or found is None or found.disabled_at is not None:
            now = self._clock()
            await lockout.count(self._pool, [by_account, by_address], now, now - self._pause)
            _log.warning("login_refused", known=found is not None, address=address)
            raise WrongCredentials("user and password do not match; try again")
        await lockout.forget(self._pool, by_account)
        await self._renew(found, password)
        opened = await self._sessions.open(username, address)
        if opened is None:
            raise WrongCredentials("user and password do not match; try again")
        _log.info("login", username=username, address=address)
        return opened

    async def _refuse_locked(self, shares: dict[bytes, int]) -> None:
        now = self._clock()
        counted = await lockout.failures(self._pool, list(shares), now - self._pause)
        waits_s = [
            (last_at + self._pause - now).total_seconds()
            for subject, (failures, last_at) in counted.items()
            if failures >= self._failures * shares[subject]
        ]
        if waits_s:
            wait_s = max(1.0, *waits_s)
            raise LockedOut(
                f"too many wrong passwords; try again in {wait_s:.0f} s", retry_after_s=wait_s
            )

    async def _renew(self, found: account.Account, password: str) -> None:
        if passwords.is_outdated(found.password_hash):
            new = await anyio.to_thread.run_sync(passwords.hashed, password)
            await account.rehash(self._pool, found.username, old=found.password_hash, new=new)

    def _subject(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{purpose}:{value}".encode(), "sha256")
