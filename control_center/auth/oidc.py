"""Log in at another place: OpenID Connect, code flow with PKCE, state and nonce.

What has to be remembered while the browser is away (state, nonce, verifier, where to go
afterwards) travels in a sealed cookie of ten minutes: the answer fits only the browser that asked.
The account is made at the first login and follows the provider's name and role at each one;
whoever has no role of ours there stays out. A local account is never taken over by name.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from control_center.auth.keys import Keys, SealBroken
from control_center.auth.logins import Logins
from control_center.auth.provider import Provider
from control_center.auth.rights import Role
from control_center.auth.sessions import Session
from control_center.problems import HttpRefusal
from core.clock import Clock
from core.errors import ConfigError
from core.settings import Settings
from core.settings.people import Oidc as Chosen
from store import account, transaction
from store.account import USERNAME, Account
from store.pool import AsyncPool

COOKIE: Final = "c5_oidc"
CALLBACK: Final = "/api/session/oidc/callback"
TTL_S: Final = 600
_PURPOSE: Final = "login elsewhere"
_STRONG: Final = frozenset({"mfa", "otp", "hwk"})
"""`amr` values (RFC 8176) that say that a second factor was shown there."""
_NAME_CHARS: Final = 200
_RANDOM_BYTES: Final = 32


class NotLetIn(HttpRefusal):
    """The provider knows this person, and we do not let them in."""

    status = 403
    reason = "oidc_refused"


class StateLost(HttpRefusal):
    """The answer does not belong to a question of this browser, or came too late."""

    status = 403
    reason = "oidc_expired"


class Waiting(msgspec.Struct, frozen=True):
    """What is remembered while the browser is at the provider."""

    state: str
    nonce: str
    verifier: str
    next: str


class Begun(NamedTuple):
    """Where to send the browser, and the cookie it takes along."""

    url: str
    cookie: str


class Oidc:
    """The other door."""

    def __init__(
        self, pool: AsyncPool, chosen: Chosen, keys: Keys, logins: Logins, *, clock: Clock
    ) -> None:
        self.label: Final = chosen.label
        self._pool = pool
        self._chosen = chosen
        self._keys = keys
        self._logins = logins
        self._clock = clock
        self._provider = Provider(
            chosen, redirect_uri=chosen.public_url.rstrip("/") + CALLBACK, clock=clock
        )

    @classmethod
    def of(
        cls, pool: AsyncPool, settings: Settings, keys: Keys, logins: Logins, *, clock: Clock
    ) -> "Oidc | None":
        """Make it, unless no issuer is set; ConfigError when a role is none of ours."""
        chosen = settings.oidc
        if chosen.issuer is None:
            return None
        unknown = set(chosen.roles.values()) - {role.value for role in Role}
        if unknown:
            raise ConfigError(
                f"oidc.roles: {', '.join(sorted(unknown))} is no role; take one of "
                f"{', '.join(Role)}"
            )
        return cls(pool, chosen, keys, logins, clock=clock)

    async def begin(self, next_path: str) -> Begun:
        """Send a browser there."""
        waiting = Waiting(
            state=secrets.token_urlsafe(_RANDOM_BYTES),
            nonce=secrets.token_urlsafe(_RANDOM_BYTES),
            verifier=secrets.token_urlsafe(2 * _RANDOM_BYTES),
            next=next_path if _is_ours(next_path) else "/",
        )
        url = await self._provider.authorization_url(
            state=waiting.state, nonce=waiting.nonce, verifier=waiting.verifier
        )
        return Begun(url, self._keys.seal(_PURPOSE, msgspec.json.encode(waiting)).decode())

    async def finish(
        self, cookie: str, *, state: str, code: str, address: str, agent: str
    ) -> tuple[str, Session, str]:
        """Let a browser in that comes back: its token, its session, and where it wanted to go."""
        waiting = self._remembered(cookie, state)
        said = await self._provider.claims(code, nonce=waiting.nonce, verifier=waiting.verifier)
        found = await self._account(said, address)
        if found.disabled_at is not None:
            await self._logins.failed(found, found.username, address, "oidc: disabled")
            raise NotLetIn(f"{found.username} is disabled; ask an administrador")
        strong = bool(_STRONG & set(_words(said.get("amr"))))
        token, session = await self._logins.open(
            found, address, agent, how="oidc", with_factor=strong
        )
        return token, session, waiting.next

    def _remembered(self, cookie: str, state: str) -> Waiting:
        try:
            sealed = self._keys.unseal(_PURPOSE, cookie.encode(), ttl_s=TTL_S)
            waiting = msgspec.json.decode(sealed, type=Waiting)
        except (SealBroken, msgspec.DecodeError) as exc:
            raise StateLost("this login took too long or began elsewhere; begin again") from exc
        if not hmac.compare_digest(waiting.state.encode(), state.encode()):
            raise StateLost("this login began elsewhere; begin again")
        return waiting

    async def _account(self, said: Mapping[str, Any], address: str) -> Account:
        """The account of whoever the provider speaks of, made or brought up to date."""
        role = self._role(said)
        username = username_of(str(said.get(self._chosen.username_claim) or ""))
        if role is None or username is None:
            what = "role" if role is None else "username"
            await self._logins.failed(None, "", address, f"oidc: no {what}")
            raise NotLetIn(
                f"the provider gives you no {what} of ours; ask whoever keeps its accounts"
            )
        name = str(said.get("name") or username)[:_NAME_CHARS]
        issuer, subject = self._provider.issuer, str(said["sub"])
        async with transaction.begun(self._pool, "bringing an account up to date") as conn:
            found = await account.by_subject(conn, issuer, subject)
            if found is None:
                new = Account(
                    username, name, role, None, None, self._clock(), issuer=issuer, subject=subject
                )
                found = await account.add_elsewhere(conn, new)
                if found is not None:
                    await self._logins.tell(conn, "account.add", found, address, role=role)
            elif (found.name, found.role) != (name, role):
                before = found.role
                found = await account.follow(conn, found.username, name=name, role=role)
                await self._logins.tell(
                    conn, "account.follow", found, address, role=role, before=before
                )
        if found is None:
            await self._logins.failed(None, "", address, "oidc: username taken")
            raise NotLetIn(f"the username {username} is somebody else's here; ask an administrador")
        return found

    def _role(self, said: Mapping[str, Any]) -> Role | None:
        """Our role: the first of `oidc.roles` whose value the claim holds."""
        value: Any = said
        for part in self._chosen.role_claim.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        held = set(_words(value))
        for theirs, ours in self._chosen.roles.items():
            if theirs in held:
                return Role(ours)
        return None


def username_of(said: str) -> str | None:
    """A provider's username as ours; None when nothing is left of it.

    >>> username_of("Ana.Pérez@ciudad.gob.mx"), username_of("  "), username_of("..x")
    ('ana.p.rez.ciudad.gob.mx', None, 'x')
    """
    bare = re.sub(r"[^a-z0-9._-]+", ".", said.strip().lower()).lstrip("._-")[:64]
    return bare if USERNAME.fullmatch(bare) else None


def _words(value: object) -> list[str]:
    """A claim that is one text or a list of them."""
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _is_ours(path: str) -> bool:
    """Whether a path leads to our own pages and nowhere else."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path
