"""The audit's head, signed: kept elsewhere, it shows later that the tail was cut or rewritten.

Anyone can check a head with the public key that it carries; that the key is ours is known by
having noted it down once (`c5 audit head` prints it).
"""

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from control_center.auth.keys import Keys
from core.clock import rfc3339
from core.errors import C5Error
from store.audit import canonical
from store.audit_reading import Head

_KIND: Final = "c5-audit-head-1"
_DIGEST_CHARS: Final = 64


class HeadUnreadable(C5Error):
    """A published head is no head, or its signature does not fit."""

    reason = "head_unreadable"


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A head as it is published."""

    kind: str
    city: str
    entry_id: int
    sha256: str
    at: str
    public_key: str
    signature: str

    @property
    def head(self) -> Head:
        """What the chain has to hold."""
        return Head(self.entry_id, self.sha256)


def publish(keys: Keys, head: Head, *, city: str, at: datetime) -> Published:
    """Sign a head."""
    signer = keys.signer()
    draft = Published(
        kind=_KIND,
        city=city,
        entry_id=head.entry_id,
        sha256=head.sha256,
        at=rfc3339(at),
        public_key=signer.public_key().public_bytes_raw().hex(),
        signature="",
    )
    return msgspec.structs.replace(draft, signature=signer.sign(_signed(draft)).hex())


def encoded(published: Published) -> bytes:
    """A head as a file."""
    return msgspec.json.format(msgspec.json.encode(published)) + b"\n"


def decoded(text: bytes) -> Published:
    """A head from a file; HeadUnreadable when it is none, or its signature does not fit."""
    try:
        found = msgspec.json.decode(text, type=Published)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.public_key))
        key.verify(bytes.fromhex(found.signature), _signed(found))
    except (msgspec.DecodeError, ValueError, InvalidSignature) as exc:
        raise HeadUnreadable(
            "this is no head that `c5 audit head` made, or it was changed; take another copy"
        ) from exc
    return found


def wanted(text: str) -> Published | str:
    """What `--head` says: a digest of 64 hexadecimal digits, or the file of a signed head."""
    bare = text.strip().lower()
    if len(bare) == _DIGEST_CHARS and not set(bare) - set("0123456789abcdef"):
        return bare
    try:
        content = Path(text).read_bytes()
    except OSError as exc:
        raise HeadUnreadable(
            f"{text[:200]} is neither a digest nor a readable file: {exc.strerror}; give one"
        ) from exc
    return decoded(content)


def _signed(published: Published) -> bytes:
    said = msgspec.structs.asdict(published)
    del said["signature"]
    return canonical(said).encode()
