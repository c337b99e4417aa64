"""One HTTP GET to a camera, with the passwords that cameras use, and nothing that can hang.

The standard library's client gives the socket, so another thread can cut a `read` under way, and
every wait has a limit: connect, headers, each piece. Cameras ask for Basic or Digest (RFC 7616).
"""

import base64
import hashlib
import http.client
import secrets
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from vision.feeds.feed import READ_TIMEOUT_S, FeedFailed, masked

_PIECE_BYTES: Final = 1 << 16
_HASHES: Final[dict[str, Callable[[bytes], Any]]] = {
    "MD5": lambda said: hashlib.md5(said, usedforsecurity=False),  # what cameras know
    "SHA-256": hashlib.sha256,
}


class HttpStream:
    """The body of an answer, piece by piece."""

    def __init__(self, url: str, *, timeout_s: float = READ_TIMEOUT_S) -> None:
        """Ask for it; FeedFailed where there is no answer, or another one than 200."""
        self._url = url
        parts = urlsplit(url)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        path = parts.path or "/"
        self._target = f"{path}?{parts.query}" if parts.query else path
        make = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        try:
            self._connection = make(parts.hostname or "", parts.port, timeout=timeout_s)
        except (ValueError, http.client.InvalidURL) as exc:
            raise FeedFailed(f"{masked(url)} is no address: {exc}; correct the url") from None
        self._socket: socket.socket | None = None
        try:
            self._answer = self._get(None)
            if self._answer.status == http.client.UNAUTHORIZED and self._user:
                challenge = self._answer.headers.get_all("WWW-Authenticate") or []
                self._answer.close()
                self._connection.close()
                self._answer = self._get(self._credential(challenge))
        except (OSError, http.client.HTTPException) as exc:
            self._connection.close()
            raise self._failed(exc) from None
        if self._answer.status != http.client.OK:
            status, reason = self._answer.status, self._answer.reason
            self.close()
            raise FeedFailed(f"{masked(url)} answered {status} {reason}; {_advice(status)}")

    @property
    def content_type(self) -> str:
        """The answer's type, parameters and all, as it was sent."""
        return self._answer.headers.get("Content-Type", "")

    def boundary(self) -> bytes | None:
        """What parts the pictures; None: they are not parted."""
        if self._answer.headers.get_content_maintype() != "multipart":
            return None
        said = self._answer.headers.get_boundary("")
        return said.removeprefix("--").encode("latin-1", "replace") if said else None

    def piece(self) -> bytes:
        """The next bytes, as soon as there are any; none: the end. FeedFailed after silence."""
        try:
            return self._answer.read1(_PIECE_BYTES)
        except (OSError, ValueError, http.client.HTTPException) as exc:
            raise self._failed(exc) from None

    def cut(self) -> None:
        """Make whoever reads fail at once; from any thread."""
        if (sock := self._socket) is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._answer.close()
        self._connection.close()

    def _get(self, credential: str | None) -> http.client.HTTPResponse:
        self._connection.connect()
        self._socket = self._connection.sock
        headers = {"Accept": "*/*", "Connection": "close", "User-Agent": "c5"}
        if credential is not None:
            headers["Authorization"] = credential
        self._connection.request("GET", self._target, headers=headers)
        return self._connection.getresponse()

    def _credential(self, challenges: list[str]) -> str | None:
        """Answer the first challenge that we understand, Digest before Basic."""
        for one in challenges:
            scheme, _, rest = one.partition(" ")
            if scheme.lower() == "digest":
                asked = parse_keqv_list(parse_http_list(rest))
                if (answer := self._digest(asked)) is not None:
                    return answer
        if any(one.lower().startswith("basic") for one in challenges):
            pair = f"{self._user}:{self._password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        return None

    def _digest(self, asked: dict[str, str]) -> str | None:
        algorithm = asked.get("algorithm", "MD5")
        hashed = _HASHES.get(algorithm.upper())
        if hashed is None or "nonce" not in asked:
            return None

        def digest(*words: str) -> str:
            said: str = hashed(":".join(words).encode()).hexdigest()
            return said

        realm, nonce = asked.get("realm", ""), asked["nonce"]
        person = digest(self._user, realm, self._password)
        what = digest("GET", self._target)
        fields = {"username": self._user, "realm": realm, "nonce": nonce, "uri": self._target}
        if "auth" in (word.strip() for word in asked.get("qop", "").split(",")):
            count, own = "00000001", secrets.token_hex(8)
            fields["response"] = digest(person, nonce, count, own, "auth", what)
            fields["cnonce"] = own
            tail = f", qop=auth, nc={count}"
        else:
            fields["response"] = digest(person, nonce, what)
            tail = ""
        if "opaque" in asked:
            fields["opaque"] = asked["opaque"]
        quoted = ", ".join(f'{name}="{value}"' for name, value in fields.items())
        return f"Digest {quoted}, algorithm={algorithm}{tail}"

    def _failed(self, exc: Exception) -> FeedFailed:
        match exc:
            case TimeoutError():
                why = "is silent; look at the camera and its network"
            case ConnectionRefusedError():
                why = "refuses connections; is the camera on, and the port right?"
            case socket.gaierror():
                why = "has a name that nobody knows; correct the url"
            case ssl.SSLError():
                why = f"has no certificate that we trust ({exc.reason}); install its authority"
            case _:
                why = f"broke off ({type(exc).__name__}); look at the camera and its network"
        return FeedFailed(f"{masked(self._url)} {why}")


def _advice(status: int) -> str:
    if status in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
        return "correct user and password in the url"
    return "correct the url, or look at the camera"
