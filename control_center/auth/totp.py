"""Time-based one-time passwords (RFC 6238: SHA-1, 30 s, six digits), and what a telephone scans.

Written out, because it is twenty lines of hmac and the step of a code has to be known: a step
whose code was taken is never taken again. Libraries answer only yes or no.
"""

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from core.clock import epoch_us

STEP_S: Final = 30
DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_DRIFT_STEPS: Final = 1
"""A telephone's clock may be so many steps off, either way."""
_US: Final = 1_000_000


def new_secret() -> bytes:
    """160 random bits, as long as the hash that uses them."""
    return secrets.token_bytes(_SECRET_BYTES)


def code(secret: bytes, step: int) -> str:
    """The code of a 30 s step since 1970.

    >>> code(b"12345678901234567890", 59 // 30)
    '287082'
    """
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: bytes, said: str, now: datetime, *, after: int) -> int | None:
    """The step whose code this is, near now and later than `after`; None: there is none."""
    present = epoch_us(now) // _US // STEP_S
    found = None
    for step in range(present - _DRIFT_STEPS, present + _DRIFT_STEPS + 1):
        if hmac.compare_digest(code(secret, step).encode(), said.encode()) and step > after:
            found = step
    return found


def spelled(secret: bytes) -> str:
    """A secret as people type it: base 32."""
    return base64.b32encode(secret).decode().rstrip("=")


def uri(secret: bytes, *, username: str, issuer: str) -> str:
    """What a telephone scans.

    >>> uri(b"12345678901234567890", username="ana", issuer="C5 Coatza")
    'otpauth://totp/C5%20Coatza:ana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=C5+Coatza'
    """
    query = urlencode({"secret": spelled(secret), "issuer": issuer})
    return f"otpauth://totp/{quote(issuer)}:{quote(username)}?{query}"
