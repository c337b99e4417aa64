"""Log in, and slow down whoever guesses.

After `lockout_failures` wrong passwords an account takes none for `lockout_s`;
an address gets four times as many, because a whole control room may share one.
A success clears its account's count, never its address's: one known password
must not buy guesses at others. Unknown users count and cost the same as known
ones, so nothing tells them apart. Wrong codes of a second factor count like
wrong passwords.

Argon2 is meant to be heavy, so few are computed at once and few may wait. The
lock is looked at when the computation's turn has come; so guesses in parallel
overrun it by that few at most.

Every session that begins and every failure is told to the audit with what it
changes. A name that is no user's is not told: people type passwords into that field.
"""

import hashlib
import hmac
from datetime import timedelta
from typing import Any, Final

import anyio
import anyio.to_thread

from control_center.auth import passwords
from control_center.auth.rates import Rate
from control_center.auth.sessions import Session, Sessions
from control_center.problems import LockedOut, TooBusy, WrongCredentials
from core import log
from core.clock import Clock
from core.settings import Settings
from store import account, audit, lockout, transaction
from store.account import Account
from store.audit import Entry
from store.pool import AsyncConnection, AsyncPool

_AT_ONCE: Final = 2
_WAITING: Final = 32
_ADDRESS_SHARE: Final = 4
_BUSY_RETRY_S: Final = 2.0
_NOBODY: Final = "unknown"
_log = log.get(__name__)


class Logins:
    """The door."""

    def __init__(
        self,
        pool: AsyncPool,
        sessions: Sessions,
        settings: Settings,
        *,
        secret: str | None,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._sessions = sessions
        self._failures = settings.control_center.lockout_failures
        self._pause = timedelta(seconds=settings.control_center.lockout_s)
        self._key = hashlib.sha256((secret or "").encode()).digest()
        self._clock = clock
        self._turn = anyio.CapacityLimiter(_AT_ONCE)
        self.rate: Final = Rate(settings.people.logins_a_minute)

    async def login(
        self, username: str, password: str, address: str, agent: str
    ) -> tuple[str, Session]:
        """Answer a new session's token and the session; raise what went wrong."""
        self.rate.take(address)
        username = username.strip().lower()
        async with self._taking_turns():
            found = await self._known(username, password, address)
        return await self.open(found, address, agent, how="password")

    async def open(
        self, found: Account, address: str, agent: str, *, how: str, with_factor: bool = False
    ) -> tuple[str, Session]:
        """Begin a session for someone who has proved who they are."""
        async with transaction.begun(self._pool, "opening a session") as conn:
            token = await self._sessions.open(
                conn, found.username, address, agent, with_factor=with_factor
            )
            if token is not None:
                await audit.append_async(conn, self._entry("session.open", found, address, how=how))
        session = None if token is None else await self._sessions.find(token)
        if token is None or session is None:
            raise WrongCredentials("user and password do not match; try again")
        _log.info("login", username=found.username, address=address, how=how)
        return token, session

    async def proved(self, username: str, password: str, address: str) -> None:
        """See that whoever is logged in knows the password; counted like a login."""
        async with self._taking_turns():
            await self._known(username, password, address)

    async def refuse_locked(self, username: str, address: str) -> None:
        """LockedOut while an account or an address has failed too often."""
        await self._refuse_locked(
            {self._subject("account", username): 1, self._subject("at", address): _ADDRESS_SHARE}
        )

    async def failed(self, found: Account | None, username: str, address: str, what: str) -> None:
        """Count a failure, and tell the audit."""
        now = self._clock()
        subjects = [self._subject("account", username), self._subject("at", address)]
        async with transaction.begun(self._pool, "counting a failed login") as conn:
            await lockout.count(conn, subjects, now, now - self._pause)
            await audit.append_async(conn, self._entry("session.refuse", found, address, what=what))
        _log.warning("login_refused", known=found is not None, address=address, what=what)

    async def forgive(self, conn: AsyncConnection, username: str) -> None:
        """Forget an account's failures."""
        await lockout.forget(conn, self._subject("account", username))

    async def tell(
        self, conn: AsyncConnection, action: str, found: Account, address: str, **detail: Any
    ) -> None:
        """Tell the audit what a login changed of its account, in the caller's transaction."""
        await audit.append_async(conn, self._entry(action, found, address, **detail))

    def _taking_turns(self) -> anyio.CapacityLimiter:
        if self._turn.statistics().tasks_waiting >= _WAITING:
            raise TooBusy("too many logins at once; try again", retry_after_s=_BUSY_RETRY_S)
        return self._turn

    async def _known(self, username: str, password: str, address: str) -> Account:
        """The account that user and password fit; WrongCredentials, LockedOut."""
        await self.refuse_locked(username, address)
        found = await account.find(self._pool, username)
        known = None if found is None else found.password_hash
        right = await anyio.to_thread.run_sync(passwords.matches, known, password)
        if not right or found is None or found.disabled_at is not None:
            await self.failed(found, username, address, "password")
            raise WrongCredentials("user and password do not match; try again")
        async with transaction.begun(self._pool, "forgetting failed logins") as conn:
            await self.forgive(conn, username)
        await self._renew(found, password)
        return found

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

    async def _renew(self, found: Account, password: str) -> None:
        old = found.password_hash
        if old is not None and passwords.is_outdated(old):
            new = await anyio.to_thread.run_sync(passwords.hashed, password)
            await account.rehash(self._pool, found.username, old=old, new=new)

    def _entry(self, action: str, found: Account | None, address: str, **detail: Any) -> Entry:
        name = _NOBODY if found is None else found.username
        return Entry(
            at=self._clock(),
            actor=name,
            role=None if found is None else found.role,
            action=action,
            object_kind="account",
            object_id=name,
            detail=detail,
            address=address,
        )

    def _subject(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{purpose}:{value}".encode(), "sha256")
