"""Second factors: set one up, show it, lose it and come back with a recovery code."""

import secrets
from datetime import datetime
from typing import Final, NamedTuple

from control_center.auth import totp
from control_center.auth.keys import Keys
from core.errors import Conflict
from store import second_factor
from store.pool import AsyncConnection

_PURPOSE: Final = "second factor"
_RECOVERY: Final = "recovery code"
RECOVERY_CODES: Final = 10
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"  # no characters that look alike
_GROUP: Final = 5
_GROUPS: Final = 3


class Begun(NamedTuple):
    """What a telephone needs to make codes."""

    secret: str
    uri: str


class Factors:
    """Second factors of all people; every call is inside the caller's transaction."""

    def __init__(self, keys: Keys, *, issuer: str) -> None:
        self._keys = keys
        self._issuer = issuer

    async def begin(self, conn: AsyncConnection, username: str, now: datetime) -> Begun:
        """Make a secret that counts once a code of it was shown; Conflict: one counts already."""
        secret = totp.new_secret()
        sealed = self._keys.seal(_PURPOSE, secret)
        if not await second_factor.begin(conn, username, sealed, now):
            raise Conflict(
                "there is a second factor already; remove it first, or ask an administrador to"
            )
        uri = totp.uri(secret, username=username, issuer=self._issuer)
        return Begun(totp.spelled(secret), uri)

    async def confirm(
        self, conn: AsyncConnection, username: str, code: str, now: datetime
    ) -> list[str] | None:
        """Show the first code; answer recovery codes, which are shown this once. None: wrong."""
        factor = await second_factor.locked(conn, username)
        if factor is None or factor.confirmed_at is not None:
            raise Conflict("no second factor was begun; begin one first")
        if not await self._taken(conn, username, factor, code, now):
            return None
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        await second_factor.renew_codes(conn, username, [self._hash(one) for one in codes])
        return codes

    async def show(self, conn: AsyncConnection, username: str, code: str, now: datetime) -> bool:
        """Take a code of the telephone, or spend a recovery code; a code is good once."""
        factor = await second_factor.locked(conn, username)
        if factor is None or factor.confirmed_at is None:
            return False
        if await self._taken(conn, username, factor, code, now):
            return True
        return await second_factor.use_code(conn, username, self._hash(code), now)

    async def _taken(
        self,
        conn: AsyncConnection,
        username: str,
        factor: second_factor.Factor,
        code: str,
        now: datetime,
    ) -> bool:
        secret = self._keys.unseal(_PURPOSE, factor.sealed)
        digits = code.replace(" ", "")
        step = totp.step_of(secret, digits, now, after=factor.last_step)
        if step is None:
            return False
        await second_factor.take(conn, username, step, now)
        return True

    def _hash(self, code: str) -> bytes:
        bare = "".join(char for char in code.lower() if char in _ALPHABET)
        return self._keys.mac(_RECOVERY, bare)


def _recovery_code() -> str:
    """74 random bits in groups that can be read aloud."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)
