"""An OpenID Connect provider, over HTTPS: where it is, its keys, and what its ID tokens say.

Its keys are fetched when they are first needed and again when a token names one that is not
known, so that a provider may change them; not more often than once a minute, so that forged
tokens do not make us call it.
"""

import ssl
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from control_center.problems import HttpRefusal
from core import clock
from core.clock import Clock, epoch_us
from core.settings.people import Oidc

SCOPE: Final = "openid profile email"
_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
_TIMEOUT_S: Final = 10.0
_LEEWAY_S: Final = 60
_REFETCH_S: Final = 60.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_US: Final = 1_000_000


class ProviderFailed(HttpRefusal):
    """The provider is away, or what it says cannot be believed."""

    status = 503
    reason = "oidc_failed"


class Metadata(NamedTuple):
    """What the provider says of itself."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Provider:
    """One provider."""

    def __init__(self, settings: Oidc, *, redirect_uri: str, clock: Clock) -> None:
        self._issuer = (settings.issuer or "").rstrip("/")
        self._client_id = settings.client_id
        self._secret = settings.client_secret
        self._ca_file = settings.ca_file
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._metadata: Metadata | None = None
        self._keys: KeySet | None = None
        self._fetched_s = 0.0

    @property
    def issuer(self) -> str:
        """Its address, without a slash at the end."""
        return self._issuer

    async def authorization_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent; ProviderFailed when the provider is away."""
        async with self._client() as client:
            metadata = await self._known(client)
            url, _ = client.create_authorization_url(
                metadata.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    async def claims(self, code: str, *, nonce: str, verifier: str) -> dict[str, Any]:
        """Trade a code for an ID token, and answer its claims when they hold."""
        try:
            async with self._client() as client:
                metadata = await self._known(client)
                token = await client.fetch_token(
                    metadata.token_endpoint, code=code, code_verifier=verifier
                )
                said = await self._read(client, str(token["id_token"]))
            self._registry(nonce).validate(said)
        except OAuthError as exc:
            raise ProviderFailed(f"the provider refuses: {exc.error}; log in again") from exc
        except (JoseError, KeyError) as exc:
            raise ProviderFailed(
                f"the provider's ID token does not hold: {type(exc).__name__}; see oidc.*"
            ) from exc
        except (httpx2.HTTPError, ValueError) as exc:
            raise self._away(exc) from exc
        audience = said["aud"]
        if isinstance(audience, list) and len(audience) > 1 and said.get("azp") != self._client_id:
            raise ProviderFailed("the provider's ID token is for somebody else; see oidc.client_id")
        return said

    async def _known(self, client: Any) -> Metadata:
        if self._metadata is None:
            url = f"{self._issuer}/.well-known/openid-configuration"
            said = await self._fetched(client, url)
            try:
                metadata = Metadata(*(str(said[name]) for name in Metadata._fields))
                issuer = str(said["issuer"]).rstrip("/")
            except KeyError as exc:
                raise ProviderFailed(f"{url} names no {exc}; see oidc.issuer") from exc
            if issuer != self._issuer:
                raise ProviderFailed(f"{url} is of {issuer[:200]}; correct oidc.issuer")
            for endpoint in metadata:
                _refuse_plain(endpoint)
            self._metadata = metadata
        return self._metadata

    async def _read(self, client: Any, token: str) -> dict[str, Any]:
        """The claims of a token whose signature fits; keys that changed are fetched again."""
        if self._keys is None:
            await self._renew_keys(client)
        try:
            return dict(jwt.decode(token, self._keys or KeySet([]), algorithms=_ALGORITHMS).claims)
        except InvalidKeyIdError:
            if clock.monotonic_s() - self._fetched_s < _REFETCH_S and self._fetched_s:
                raise
        await self._renew_keys(client)
        return dict(jwt.decode(token, self._keys or KeySet([]), algorithms=_ALGORITHMS).claims)

    async def _renew_keys(self, client: Any) -> None:
        metadata = await self._known(client)
        said: Any = await self._fetched(client, metadata.jwks_uri)
        self._keys = KeySet.import_key_set(said)
        self._fetched_s = clock.monotonic_s()

    async def _fetched(self, client: Any, url: str) -> dict[str, Any]:
        _refuse_plain(url)
        try:
            response = await client.request("GET", url, withhold_token=True)
            response.raise_for_status()
            said = response.json()
        except (httpx2.HTTPError, ValueError) as exc:
            raise self._away(exc) from exc
        if not isinstance(said, dict):
            raise ProviderFailed(f"{url} is no JSON object; see oidc.issuer")
        return said

    def _registry(self, nonce: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=epoch_us(self._clock()) // _US,
            leeway=_LEEWAY_S,
            iss={"essential": True, "values": [self._issuer, f"{self._issuer}/"]},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )

    def _client(self) -> Any:
        trust: ssl.SSLContext = ssl.create_default_context(cafile=self._ca_file)
        return AsyncOAuth2Client(
            client_id=self._client_id,
            client_secret=None if self._secret is None else self._secret.get_secret_value(),
            scope=SCOPE,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            verify=trust,
            timeout=_TIMEOUT_S,
            trust_env=False,
        )

    def _away(self, exc: Exception) -> ProviderFailed:
        return ProviderFailed(
            f"{self._issuer} does not answer as it should: {type(exc).__name__}; log in with a "
            "local account, or try again"
        )


def _refuse_plain(url: str) -> None:
    """Refuse an address without TLS, except on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ProviderFailed(f"{url[:200]} is not https; correct oidc.issuer")
