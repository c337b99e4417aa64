"""An OpenID Connect provider on loopback: real HTTP, real RS256 keys, and told how to misbehave."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from core import clock

CLIENT_ID = "c5-test"
CLIENT_SECRET = "kept between the two"


@dataclass
class Provider:
    """What it says of whoever logs in, and how it signs."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    """Over what an ordinary ID token holds; None takes a claim away."""
    key: RSAKey = field(default_factory=partial(RSAKey.generate_key, auto_kid=True))
    signed_with: RSAKey | None = None
    """None: the key that it publishes."""
    header: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    forge: Callable[[str], str] | None = None
    """Makes a token of its own from a nonce."""
    username: str = "ana"
    asked: list[str] = field(default_factory=list)
    """Paths that were asked for."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def reset(self) -> None:
        """Tell the truth again, about somebody new."""
        self.claims, self.header, self.metadata = {}, {}, {}
        self.signed_with, self.forge, self.error = None, None, ""
        self.username = f"ana-{secrets.token_hex(4)}"
        self.asked.clear()

    def id_token(self, nonce: str) -> str:
        """A signed token about whoever logs in."""
        now_s = int(clock.wall_s())
        said = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": f"subject of {self.username}",
            "iat": now_s,
            "exp": now_s + 300,
            "nonce": nonce,
            "preferred_username": self.username,
            "name": "Ana Ruiz",
            "roles": ["c5-operadores"],
            **self.claims,
        }
        key = self.signed_with or self.key
        header = {"alg": "RS256", "kid": key.kid, **self.header}
        known = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(header, known, key, algorithms=["RS256", "HS256", "none"])

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        back = query["redirect_uri"]
        if self.error:
            return f"{back}?{urlencode({'error': self.error, 'state': query['state']})}"
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{back}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Trade a code, once, for whoever asked for it."""
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        query = self._codes.pop(form.get("code", ""), None)
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            query is None
            or query["redirect_uri"] != form.get("redirect_uri")
            or query["code_challenge"] != challenge
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": (self.forge or self.id_token)(query["nonce"]),
        }

    def described(self) -> dict[str, Any]:
        """Its discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            **self.metadata,
        }

    def keys(self) -> dict[str, Any]:
        """Its published keys."""
        return {"keys": [self.key.as_dict(private=False, use="sig", alg="RS256")]}


@contextmanager
def providing() -> Iterator[Provider]:
    """Serve one on a free loopback port."""
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(provider: Provider) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            if parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/.well-known/openid-configuration":
                self._answer(200, provider.described())
            elif parts.path == "/jwks":
                self._answer(200, provider.keys())
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            provider.asked.append(self.path)
            self._answer(*provider.token(form, self.headers.get("Authorization", "")))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
