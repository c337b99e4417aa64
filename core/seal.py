"""Plates at rest: a keyed hash to find one again, a sealed box for the rest.

Without the key a dump holds nothing readable: HMAC-SHA-256 cannot be reversed
by trying all plates, and what the camera said beyond it is encrypted
(AES-128-CBC with HMAC, the Fernet construction of `cryptography`). Both keys
are derived from one secret; `key_id` names it so that a rotated key is known.
"""

import base64
import hashlib
import hmac
from typing import Final

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from core.errors import C5Error, ConfigError
from core.messages import PlateRead, SealedPlate

_MIN_KEY_BYTES: Final = 32
_KEY_ID_CHARS: Final = 12


class WrongKey(C5Error):
    """The box was sealed under another key."""

    reason = "wrong_key"


def normalised(plate: str) -> str:
    """Reduce a plate to what identifies it: capitals and digits.

    >>> normalised("yaa-12-3 b")
    'YAA123B'
    """
    return "".join(char for char in plate.upper() if char.isalnum())


class PlateVault:
    """Hashes and seals under one secret."""

    def __init__(self, secret: str) -> None:
        if len(secret.encode()) < _MIN_KEY_BYTES:
            raise ConfigError(
                f"ingest.plate_key must be {_MIN_KEY_BYTES} bytes or more; "
                "make one with `openssl rand -hex 32`"
            )
        self._hash_key = self._derive(secret, b"c5 plate hash")
        self._print_key = self._derive(secret, b"c5 payload fingerprint")
        self._box = Fernet(base64.urlsafe_b64encode(self._derive(secret, b"c5 plate seal")))
        self.key_id: Final = hashlib.sha256(b"c5 key id" + self._hash_key).hexdigest()[
            :_KEY_ID_CHARS
        ]

    @staticmethod
    def _derive(secret: str, purpose: bytes) -> bytes:
        return hmac.new(secret.encode(), purpose, hashlib.sha256).digest()

    def hashed(self, plate: str) -> bytes:
        """Answer 32 bytes that are equal only for equal plates."""
        return hmac.new(self._hash_key, normalised(plate).encode(), hashlib.sha256).digest()

    def fingerprint(self, clear: bytes) -> bytes:
        """Answer 32 bytes that are equal only for equal contents, and without the key say nothing.

        A bare hash of a short message with a plate in it is undone by trying all plates.
        """
        return hmac.new(self._print_key, clear, hashlib.sha256).digest()

    def seal(self, clear: bytes) -> bytes:
        """Encrypt."""
        return self._box.encrypt(clear)

    def unseal(self, sealed: bytes) -> bytes:
        """Decrypt; WrongKey when it was sealed under another secret."""
        try:
            return self._box.decrypt(sealed)
        except InvalidToken as exc:
            raise WrongKey(
                f"this was not sealed under key {self.key_id}; set ingest.plate_key to the key of "
                "its day"
            ) from exc

    def sealed_read(self, read: PlateRead) -> SealedPlate:
        """Turn a plate in clear into the only form that is stored."""
        box = {
            "plate": read.plate,
            "box": read.box,
            "candidates": read.candidates,
            "orientation": read.orientation,
            "extra": read.extra,
        }
        return SealedPlate(
            device_id=read.device_id,
            seq=read.seq,
            measured_at=read.measured_at,
            received_at=read.received_at,
            plate_hmac=self.hashed(read.plate),
            key_id=self.key_id,
            sealed=self.seal(msgspec.json.encode(box)),
            score=read.score,
            dscore=read.dscore,
            region=read.region,
            direction=read.direction,
            vehicle=read.vehicle,
        )
