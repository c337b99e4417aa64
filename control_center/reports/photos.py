"""Which photo some bytes are: by what they are, not by what they are called."""

import hashlib
from typing import Final

_JPEG: Final = b"\xff\xd8\xff"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_RIFF, _WEBP = b"RIFF", b"WEBP"


def media_type(content: bytes) -> str | None:
    r"""The type of a JPEG, PNG or WebP photo by its first bytes; None: something else.

    >>> media_type(b"\xff\xd8\xff\xe0"), media_type(b"<svg onload='alert(1)'>")
    ('image/jpeg', None)
    """
    if content.startswith(_JPEG):
        return "image/jpeg"
    if content.startswith(_PNG):
        return "image/png"
    if content.startswith(_RIFF) and content[8:12] == _WEBP:
        return "image/webp"
    return None


def name(content: bytes) -> str:
    """SHA-256 of the bytes, hex: under which a photo is kept."""
    return hashlib.sha256(content).hexdigest()
