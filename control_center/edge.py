"""What every request passes: a bound on its body, security headers, and a count.

Pure ASGI, so streams flow through untouched. The content policy lets a page load
from nowhere but here, plus the tile server that the settings name; MapLibre's
worker comes as a blob. What is larger than a form (a plan, a photo) has a bound of
its own, and is read by its endpoint only after the right was checked.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from control_center import problems
from control_center.metrics import Metrics
from core import clock

MAX_BODY_BYTES: Final = 65_536
MAX_PLAN_BYTES: Final = 8 * 1024 * 1024
MAX_LIST_BYTES: Final = 1024 * 1024
MAX_PHOTO_BYTES: Final = 5 * 1024 * 1024
MAX_FILE_BYTES: Final = 16 * 1024 * 1024
_LARGER: Final = {
    ("POST", "/api/routes"): MAX_PLAN_BYTES,
    ("POST", "/api/attachments"): MAX_PHOTO_BYTES,
}
_LARGER_LIKE: Final = (
    (re.compile(r"/api/plates/lists/\d+/import"), MAX_LIST_BYTES),
    (re.compile(r"/api/incidents/\d+/files"), MAX_FILE_BYTES),
)
"""POSTs whose path names a thing."""
_UNMATCHED: Final = "other"


class Edge:
    """Wrap the app."""

    def __init__(self, app: ASGIApp, *, headers: Mapping[str, str], metrics: Metrics) -> None:
        self._app = app
        self._headers = headers
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s = clock.monotonic_s()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._bounded(scope, receive, send_with_headers)
        finally:
            self._metrics.note_request(
                method=_method(scope),
                route=getattr(scope.get("route"), "path", _UNMATCHED),
                status=status,
                seconds=clock.monotonic_s() - began_s,
            )

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a large body by its announced length, and cut one that grows without."""
        limit = _limit(scope["method"], scope["path"])
        refusal = problems.response(
            413, "too_large", f"the body is larger than {limit} bytes; send less"
        )
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > limit:
            await refusal(scope, receive, send)
            return
        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return message if taken <= limit else {"type": "http.disconnect"}

        async def send_or_refuse(message: Message) -> None:
            """Whatever the app makes of half a body, the answer is the refusal."""
            if taken <= limit:
                await send(message)
            elif message["type"] == "http.response.start":
                await refusal(scope, receive, send)

        await self._app(scope, receive_bounded, send_or_refuse)


def _limit(method: str, path: str) -> int:
    """The most that a body may be long, bytes."""
    if method == "POST":
        for form, limit in _LARGER_LIKE:
            if form.fullmatch(path):
                return limit
    return _LARGER.get((method, path), MAX_BODY_BYTES)


def security_headers(*, tile_url: str | None, secure: bool) -> dict[str, str]:
    """The headers of every answer."""
    tiles = _origin(tile_url)
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' data: blob:{tiles}",
        "connect-src": f"'self'{tiles}",
        "font-src": "'self'",
        "worker-src": "'self' blob:",
        "child-src": "blob:",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def _origin(tile_url: str | None) -> str:
    """The tile server as the policy names it; empty when tiles come from here."""
    parts = urlsplit((tile_url or "").removeprefix("pmtiles://"))
    return f" {parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def _method(scope: Scope) -> str:
    """The method, or one word for all that nobody uses: labels must not grow with the input."""
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return scope["method"] if scope["method"] in known else _UNMATCHED
