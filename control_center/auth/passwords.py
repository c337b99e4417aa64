"""Passwords as argon2id hashes (RFC 9106's second choice: 64 MiB, three passes).

Whether the user exists must not show in the time an answer takes, so a stranger's
password is checked too, against a hash that nothing matches.
"""

import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import Conflict

MIN_CHARS: Final = 10
MAX_CHARS: Final = 256
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=2)


def checked(password: str) -> str:
    """Answer the password itself, or refuse one too short to keep anyone out."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise Conflict(
            f"a password has {MIN_CHARS} to {MAX_CHARS} characters; choose a longer phrase"
        )
    return password


def new() -> str:
    """Make one: 120 random bits, easy to copy."""
    return secrets.token_urlsafe(15)


def hashed(password: str) -> str:
    """Hash a password for keeping."""
    return _HASHER.hash(checked(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the one that was hashed; as slow for None as for a hash."""
    try:
        return _HASHER.verify(password_hash or _nobodys(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
