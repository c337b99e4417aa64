"""Digests of documents and reviews: what was said can be proved, what was changed is found.

A digest is SHA-256 over canonical JSON. It proves that a document, a plan or a review is what it
was when its digest was taken; `control_center.compliance.signing` takes all of them again.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(document: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no blanks, UTF-8: one spelling of each document.

    >>> canonical({"b": 1.5, "a": "ñ"}).decode()
    '{"a":"ñ","b":1.5}'
    """
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document, in hexadecimal."""
    return hashlib.sha256(canonical(document)).hexdigest()


def chain(previous_sha256: str, review: Mapping[str, Any]) -> str:
    """Digest of a review and of all before it; `previous_sha256` is '' for a run's first."""
    return hashlib.sha256(previous_sha256.encode() + b"\n" + canonical(review)).hexdigest()
