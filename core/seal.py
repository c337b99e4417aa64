"""Plates at rest: a keyed hash to find one again, a sealed box for the rest.

Without the key a dump holds nothing readable: HMAC-SHA-256 cannot be reversed
by trying all plates, and what the camera said beyond it is encrypted
(AES-128-CBC with HMAC, the Fernet construction of `cryptography`). Both keys
are derived from one secret; `key_id` names it so that a rotated key is known.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from core import jpeg
from core.errors import C5Error, ConfigError
from core.messages import CropDoubt, Extra, PlateRead, SealedCrop, SealedPlate

MAX_CROP_BYTES: Final = 65_536
"""A JPEG of one plate; a larger one is no crop."""
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

    def __init__(self, secret: str, *, setting: str = "ingest.plate_key") -> None:
        if len(secret.encode()) < _MIN_KEY_BYTES:
            raise ConfigError(
                f"{setting} must be {_MIN_KEY_BYTES} bytes or more; "
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
        return hmac.digest(self._hash_key, normalised(plate).encode(), "sha256")

    def fingerprint(self, clear: bytes) -> bytes:
        """Answer 32 bytes that are equal only for equal contents, and without the key say nothing.

        A bare hash of a short message with a plate in it is undone by trying all plates.
        """
        return hmac.digest(self._print_key, clear, "sha256")

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
        """Turn a plate in clear into the only form that is stored.

        A crop in the unknown fields (`crop`, base64 of a JPEG) is sealed apart. One that cannot be
        taken is dropped and the doubt named; the read stands.
        """
        extra, crop, doubt = self._cut(read.extra)
        box = {
            "plate": read.plate,
            "box": read.box,
            "candidates": read.candidates,
            "orientation": read.orientation,
            "extra": extra,
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
            region=_without(read.plate, read.region),
            direction=_without(read.plate, read.direction),
            vehicle=_without(read.plate, read.vehicle),
            crop_doubt=doubt,
            crop=crop,
        )

    def _cut(self, extra: Extra) -> tuple[Extra, SealedCrop | None, CropDoubt | None]:
        """Answer the fields without the crop, the crop, and what is wrong with it."""
        if extra is None or extra.get("crop") is None:
            return extra, None, None
        rest = {name: value for name, value in extra.items() if name != "crop"}
        said = rest.pop("crop_sha256", None)
        clear = _photo(extra["crop"])
        if isinstance(clear, CropDoubt):
            return rest or None, None, clear
        sha256 = hashlib.sha256(clear).hexdigest()
        if said is not None and said != sha256:
            return rest or None, None, CropDoubt.WRONG_SHA256
        return rest or None, SealedCrop(sha256=sha256, sealed=self.seal(clear)), None


class KeyRing:
    """The key of today, and those of days whose rows are still kept."""

    def __init__(self, current: PlateVault, older: Sequence[PlateVault] = ()) -> None:
        self.current: Final = current
        self._vaults = {one.key_id: one for one in (*older, current)}

    @property
    def key_ids(self) -> list[str]:
        """Every key it holds, the current one last."""
        return list(self._vaults)

    def hashes(self, plate: str) -> Iterator[bytes]:
        """A plate's hash under every key, for rows of any day."""
        for vault in self._vaults.values():
            yield vault.hashed(plate)

    def unseal(self, key_id: str, sealed: bytes) -> bytes:
        """Decrypt under the key that a row names; WrongKey when we do not have it."""
        vault = self._vaults.get(key_id)
        if vault is None:
            raise WrongKey(
                f"this was sealed under key {key_id}, which is not set; add it to plates.older_keys"
            )
        return vault.unseal(sealed)


def _without(plate: str, said: str | None) -> str | None:
    """A word that is stored in clear; None when a camera wrote the plate into it."""
    if said is None:
        return None
    bare = normalised(plate)
    return None if bare and bare in normalised(said) else said


def _photo(said: object) -> bytes | CropDoubt:
    """Decode a crop, or answer why it is none."""
    if not isinstance(said, str):
        return CropDoubt.NOT_BASE64
    if len(said) > 2 * MAX_CROP_BYTES:
        return CropDoubt.TOO_LARGE
    try:
        clear = base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        return CropDoubt.NOT_BASE64
    if len(clear) > MAX_CROP_BYTES:
        return CropDoubt.TOO_LARGE
    return clear if jpeg.size_px(clear) else CropDoubt.NOT_JPEG
