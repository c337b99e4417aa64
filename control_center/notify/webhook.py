"""Post JSON to somebody's address, signed, so that they know that it is ours and unchanged.

    X-C5-Signature: t=1767225600,v1=<hex HMAC-SHA256 of "<t>.<body>">
    X-C5-Delivery: <number>      the same when it is tried again

No redirect is followed, and the answer's body is not read.
"""

import hmac
import http.client
import ssl
from typing import Final
from urllib.parse import urlsplit

from core.errors import C5Error, ConfigError

TIMEOUT_S: Final = 10.0
_SUCCESS: Final = range(200, 300)


class WebhookFailed(C5Error):
    """The address did not take it; it is tried again."""

    reason = "webhook"


def signature(secret: str, at_s: int, body: bytes) -> str:
    """The header that proves a body.

    >>> signature("s", 7, b"{}")[:13]
    't=7,v1=b12cae'
    """
    digest = hmac.digest(secret.encode(), f"{at_s}.".encode() + body, "sha256")
    return f"t={at_s},v1={digest.hex()}"


def post(url: str, body: bytes, *, delivery: int, secret: str | None, at_s: int) -> None:
    """Post it; WebhookFailed unless the answer is a success."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"notify.webhook_urls: {url[:200]!r} is no http(s) address; correct it")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "C5",
        "X-C5-Delivery": str(delivery),
    }
    if secret is not None:
        headers["X-C5-Signature"] = signature(secret, at_s, body)
    line: http.client.HTTPConnection
    if parts.scheme == "https":
        trust = ssl.create_default_context()
        line = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=TIMEOUT_S, context=trust
        )
    else:
        line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.request("POST", path, body=body, headers=headers)
        status = line.getresponse().status
    except (OSError, http.client.HTTPException) as exc:
        raise WebhookFailed(f"{parts.netloc}: {exc or type(exc).__name__}") from exc
    finally:
        line.close()
    if status not in _SUCCESS:
        raise WebhookFailed(f"{parts.netloc} answered {status}")
