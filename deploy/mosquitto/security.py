"""The broker's first accounts and rights: Mosquitto's dynamic-security file.

It is written once, before the broker first starts; from then on the broker
owns it and devices come and go through `$CONTROL`. Everything not granted is
refused, receiving included. Passwords are long and random, so the few hash
rounds that Mosquitto uses for devices are enough here too.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

ADMIN = "c5-admin"
INGEST = "c5-ingest"
ENROLL = "c5-enroll"
CONTROL = "c5-control"

TELEMETRY = "c5/v1/#"
PENDING = "c5/enroll/#"
NOTICES = "c5/notice/#"
_ROUNDS = 101  # what Mosquitto 2.0 uses itself
_SALT_BYTES = 12
_HASH_BYTES = 64


@dataclass(frozen=True, slots=True)
class Right:
    """One thing that a role may do."""

    kind: str
    topic: str


def _send(topic: str) -> Right:
    return Right("publishClientSend", topic)


def _hear(*filters: str) -> list[Right]:
    return [
        Right(kind, topic)
        for topic in filters
        for kind in ("subscribePattern", "unsubscribePattern", "publishClientReceive")
    ]


ROLES: dict[str, Sequence[Right]] = {
    "admin": [_send("$CONTROL/#"), *_hear("$CONTROL/#", "$SYS/#", TELEMETRY, PENDING, NOTICES)],
    "ingest": _hear(
        TELEMETRY, PENDING, f"$share/+/{TELEMETRY}", f"$share/+/{PENDING}", "$SYS/broker/#"
    ),
    "pending": [_send("c5/enroll/+/+")],
    "control": [
        _send("c5/v1/+/+/cmd"),
        _send("c5/notice/+/+"),
        *_hear("c5/v1/+/+/ack", "$SYS/broker/#"),
    ],
}
USERS = {ADMIN: "admin", INGEST: "ingest", ENROLL: "pending", CONTROL: "control"}


def render(passwords: dict[str, str]) -> str:
    """The file's text, given each user's password.

    passwords  one for each of ADMIN, INGEST, ENROLL and CONTROL
    """
    document = {
        "defaultACLAccess": {
            "publishClientSend": False,
            "publishClientReceive": False,
            "subscribe": False,
            "unsubscribe": True,
        },
        "clients": [_client(name, role, passwords[name]) for name, role in USERS.items()],
        "groups": [],
        "roles": [
            {
                "rolename": name,
                "acls": [
                    {"acltype": right.kind, "topic": right.topic, "priority": 0, "allow": True}
                    for right in rights
                ],
            }
            for name, rights in ROLES.items()
        ],
    }
    return json.dumps(document, indent=1)


def new_password() -> str:
    """A password that needs no stretching: 192 random bits, safe in a URL."""
    return secrets.token_urlsafe(24)


def _client(name: str, role: str, password: str) -> dict[str, object]:
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS, _HASH_BYTES)
    return {
        "username": name,
        "roles": [{"rolename": role, "priority": 0}],
        "password": base64.b64encode(digest).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": _ROUNDS,
    }
