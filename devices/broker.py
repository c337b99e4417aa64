"""Enter the broker as one of C5's own users: address, TLS, and paho configured once.

Nothing connects here; `client` answers a paho client ready for `connect`.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from core.errors import ConfigError

ADMIN: Final = "c5-admin"
INGEST: Final = "c5-ingest"
ENROLL: Final = "c5-enroll"
CONTROL: Final = "c5-control"
OWN_USERS: Final = (ADMIN, INGEST, ENROLL, CONTROL)
"""Names that no device may take."""
_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class Endpoint(NamedTuple):
    """Where the broker listens."""

    host: str
    port: int
    tls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who enters which broker, and how."""

    url: str
    username: str
    password: str = field(repr=False)
    ca_file: Path | None = None

    @property
    def endpoint(self) -> Endpoint:
        """The parsed address."""
        return parse(self.url)


def parse(url: str) -> Endpoint:
    """Read mqtt://host[:port] or mqtts://host[:port]; ConfigError says what is wrong.

    >>> parse("mqtts://broker.example")
    Endpoint(host='broker.example', port=8883, tls=True)
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise ConfigError(f"mqtt.url {url!r}: {exc}; write mqtt://host:port") from exc
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ConfigError(f"mqtt.url {url!r} is no broker address; write mqtt://host:port")
    return Endpoint(parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "mqtts")


def client(login: Login, *, client_id: str) -> paho.Client:
    """Make an MQTT 5 client that knows its credential and, on mqtts, whom to trust."""
    made = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
    )
    prepare(made, login)
    return made


def prepare(made: paho.Client, login: Login) -> None:
    """Give a client its credential and, on mqtts, whom to trust."""
    made.username_pw_set(login.username, login.password)
    if login.endpoint.tls:
        context = ssl.create_default_context(
            cafile=None if login.ca_file is None else str(login.ca_file)
        )
        made.tls_set_context(context)
