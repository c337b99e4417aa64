"""An incident as a signed archive: everything about it in one file that nobody can edit unnoticed.

A zip of JSON and the files as they are, a manifest with the SHA-256 of each, and an Ed25519
signature over the manifest's bytes. `check` needs the archive alone; that the key in it is ours is
known by having noted it down once. docs/incidents.md describes each part.
"""

import hashlib
import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from control_center.audit import export
from control_center.auth.keys import Keys
from core.clock import rfc3339
from core.errors import C5Error
from store.audit_reading import Kept

KIND: Final = "c5-incident-1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
_PURPOSE: Final = "incident archive"
_CHUNK: Final = 1 << 20
_MOST_BYTES: Final = 1 << 32
_MOST_PARTS: Final = 10_000
_MOST_MANIFEST: Final = 4 << 20


class ArchiveUnreadable(C5Error):
    """The file is no archive of an incident."""

    reason = "archive_unreadable"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive holds, and who vouches for it."""

    kind: str
    city: str
    incident_id: int
    exported_at: str
    exported_by: str
    public_key: str
    files: dict[str, str]
    """Name -> SHA-256 of its bytes."""


class Checked(NamedTuple):
    """What came of checking an archive."""

    manifest: Manifest
    problems: list[str]
    """None: nobody has touched it since it was signed by `manifest.public_key`."""

    @property
    def ok(self) -> bool:
        """Nothing was found."""
        return not self.problems


def signer(keys: Keys) -> Ed25519PrivateKey:
    """Who signs archives."""
    return Ed25519PrivateKey.from_private_bytes(keys.derived(_PURPOSE))


def write(
    said: dict[str, Any],
    audit: list[Kept],
    files: dict[str, bytes],
    *,
    key: Ed25519PrivateKey,
    city: str,
    by: str,
    at: datetime,
) -> bytes:
    """Pack an incident.

    said   as the interface says it
    files  bytes by name
    """
    parts = {
        "incident.json": _pretty({k: v for k, v in said.items() if k != "timeline"}),
        "timeline.json": _pretty(said["timeline"]),
        "audit.jsonl": b"".join(export.written(audit, "jsonl")),
        **{f"files/{name}": content for name, content in sorted(files.items())},
    }
    manifest = Manifest(
        kind=KIND,
        city=city,
        incident_id=said["incident_id"],
        exported_at=rfc3339(at),
        exported_by=by,
        public_key=key.public_key().public_bytes_raw().hex(),
        files={name: hashlib.sha256(content).hexdigest() for name, content in parts.items()},
    )
    text = _pretty(manifest)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, MANIFEST: text, SIGNATURE: _signed(key, text)}.items():
            stamp = zipfile.ZipInfo(name, at.timetuple()[:6])
            stamp.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(stamp, content)
    return out.getvalue()


def check(file: Path | BinaryIO, *, public_key: str | None = None) -> Checked:
    """Take every digest and the signature again; ArchiveUnreadable: it is no archive of ours.

    public_key  hex; the key that it must be signed with. None: whichever it names
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _checked(archive, public_key)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as exc:
        raise ArchiveUnreadable(f"this is no archive of an incident: {exc}") from exc


def _checked(archive: zipfile.ZipFile, public_key: str | None) -> Checked:
    parts = archive.infolist()
    names = [one.filename for one in parts]
    if len(parts) > _MOST_PARTS or sum(one.file_size for one in parts) > _MOST_BYTES:
        raise ArchiveUnreadable("the archive is larger than any that C5 makes")
    if MANIFEST not in names or SIGNATURE not in names:
        raise ArchiveUnreadable(f"the archive holds no {MANIFEST} or no {SIGNATURE}")
    text, signature = (_small(archive, name) for name in (MANIFEST, SIGNATURE))
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as exc:
        raise ArchiveUnreadable(f"{MANIFEST} cannot be read: {exc}") from exc
    problems = []
    if manifest.kind != KIND:
        problems.append(f"kind is {manifest.kind[:40]!r}, not {KIND}")
    if not _is_signed(manifest.public_key, text, signature):
        problems.append("the signature does not fit the manifest")
    if public_key is not None and manifest.public_key.lower() != public_key.lower():
        problems.append(f"it is signed with another key: {manifest.public_key[:64]}")
    wanted = {MANIFEST, SIGNATURE, *manifest.files}
    problems += [f"{name} was added" for name in sorted(set(names) - wanted)]
    problems += [f"{name} is missing" for name in sorted(wanted - set(names))]
    problems += [f"{name} is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    for name, digest in manifest.files.items():
        if name in names and _digest(archive, name) != digest:
            problems.append(f"{name} was changed")
    return Checked(manifest, problems)


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        content = part.read(_MOST_MANIFEST + 1)
    if len(content) > _MOST_MANIFEST:
        raise ArchiveUnreadable(f"{name} is larger than any that C5 makes")
    return content


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with archive.open(name) as part:
            while chunk := part.read(_CHUNK):
                digest.update(chunk)
    except zipfile.BadZipFile:
        return ""  # its checksum does not fit: it was changed
    return digest.hexdigest()


def _signed(key: Ed25519PrivateKey, text: bytes) -> bytes:
    return key.sign(text).hex().encode() + b"\n"


def _is_signed(public_key: str, text: bytes, signature: bytes) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature.decode().strip()), text)
    except (ValueError, InvalidSignature):
        return False
    return True


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value)) + b"\n"
