"""Keys for what must be sealed or signed, all derived from one secret by their purpose."""

import base64
import hmac
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import ConfigError

_MIN_BYTES: Final = 32


class SealBroken(ConfigError):
    """What was sealed does not open: the key is another, or someone changed it."""

    reason = "seal_broken"


class Keys:
    """Everything that is derived from `people.key`; asking without one raises ConfigError."""

    def __init__(self, secret: str | None) -> None:
        self._secret = secret

    def derived(self, purpose: str) -> bytes:
        """32 bytes for one purpose."""
        if self._secret is None or len(self._secret.encode()) < _MIN_BYTES:
            raise ConfigError(
                f"people.key must be {_MIN_BYTES} bytes or more; make one with "
                "`openssl rand -hex 32`, or set control_center.session_secret"
            )
        return hmac.digest(self._secret.encode(), f"c5 {purpose}".encode(), "sha256")

    def mac(self, purpose: str, value: str) -> bytes:
        """A keyed hash under which something is found again, and from which nothing is learnt."""
        return hmac.digest(self.derived(purpose), value.encode(), "sha256")

    def seal(self, purpose: str, clear: bytes) -> bytes:
        """Encrypt and authenticate."""
        return self._box(purpose).encrypt(clear)

    def unseal(self, purpose: str, sealed: bytes, *, ttl_s: int | None = None) -> bytes:
        """Undo `seal`; SealBroken when it does not open, or is older than `ttl_s`."""
        try:
            return self._box(purpose).decrypt(sealed, ttl=ttl_s)
        except InvalidToken as exc:
            raise SealBroken(
                f"the {purpose} does not open; it is too old, or people.key has changed since"
            ) from exc

    def signer(self) -> Ed25519PrivateKey:
        """Who signs the heads of the audit."""
        return Ed25519PrivateKey.from_private_bytes(self.derived("audit head"))

    def _box(self, purpose: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.derived(purpose)))
