"""Where the database and the broker are, said once for every service and command.

Settings win. What they leave out comes from the private servers of this machine
while they run. A command asks only for what it needs, and only what it asks for
and nobody has is an error: `c5 db migrate` works without a broker.
"""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from core.errors import ConfigError
from core.settings import Settings
from deploy.local.endpoints import Endpoints
from deploy.local.runtime import Runtime
from deploy.local.toolchain import Server
from devices.broker import ADMIN, CONTROL, ENROLL, INGEST, Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Addresses and secrets; asking for one that nobody gave raises ConfigError."""

    database: str | None = field(default=None, repr=False)
    mqtt: str | None = None
    ca_file: Path | None = None
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    """By broker user: c5-admin, c5-ingest, c5-enroll, c5-control."""
    plates: str | None = field(default=None, repr=False)
    session_secret: str | None = field(default=None, repr=False)
    """Keys the hashes of session tokens; None: they are hashed without."""
    people: str | None = field(default=None, repr=False)
    """Seals second factors and signs the audit's heads; None: the session secret does."""
    local_dir: Path | None = None
    """Folder of the private servers that were looked at; None: not looked at."""

    @property
    def database_url(self) -> str:
        """The database's address, with its password."""
        return self._needed(self.database, "database.url")

    @property
    def mqtt_url(self) -> str:
        """The broker's address."""
        return self._needed(self.mqtt, "mqtt.url")

    @property
    def plate_key(self) -> str:
        """The secret that hashes and seals plates."""
        return self._needed(self.plates, "ingest.plate_key")

    @property
    def people_secret(self) -> str | None:
        """What the keys of control_center/auth/keys.py are derived from."""
        return self.people or self.session_secret

    def login(self, user: str) -> Login:
        """How one of C5's own users enters the broker."""
        return Login(
            url=self.mqtt_url,
            username=user,
            password=self._needed(self.passwords.get(user), _PASSWORD_SETTINGS[user]),
            ca_file=self.ca_file,
        )

    def _needed(self, value: str | None, setting: str) -> str:
        if value is not None:
            return value
        variable = f"C5_{setting.upper().replace('.', '__')}"
        if self.local_dir is None:
            raise ConfigError(f"{setting} is not set; set it in c5.toml or as {variable}")
        raise ConfigError(
            f"{setting} is not set and no local servers run in {self.local_dir}; start them with "
            f"`c5 up`, or set {variable}"
        )


_PASSWORD_SETTINGS = {
    ADMIN: "mqtt.admin_password",
    INGEST: "mqtt.ingest_password",
    ENROLL: "mqtt.enroll_password",
    CONTROL: "mqtt.control_password",
}


def resolve(settings: Settings) -> Connections:
    """Join the settings with the local servers, looking at those only for what is unset."""
    given = Connections(
        database=_said(settings.database.url),
        mqtt=settings.mqtt.url,
        ca_file=settings.mqtt.ca_file,
        passwords={
            user: password
            for user, secret in (
                (ADMIN, settings.mqtt.admin_password),
                (INGEST, settings.mqtt.ingest_password),
                (ENROLL, settings.mqtt.enroll_password),
                (CONTROL, settings.mqtt.control_password),
            )
            if (password := _said(secret)) is not None
        },
        plates=_said(settings.ingest.plate_key),
        session_secret=_said(settings.control_center.session_secret),
        people=_said(settings.people.key),
    )
    if given.database is not None and given.mqtt is not None:
        return given
    return _completed(given, settings.local.folder)


def from_endpoints(endpoints: Endpoints) -> Connections:
    """Answer the connections of private servers that are up."""
    return Connections(
        database=endpoints.database_url,
        mqtt=endpoints.mqtt_url,
        ca_file=endpoints.ca_file,
        passwords={
            ADMIN: endpoints.admin_password,
            INGEST: endpoints.ingest_password,
            ENROLL: endpoints.enroll_password,
            CONTROL: endpoints.control_password,
        },
        plates=endpoints.plate_key,
        session_secret=endpoints.session_secret,
    )


def _completed(given: Connections, folder: Path) -> Connections:
    """Fill in the local servers' part; their passwords only go with their own broker."""
    unset: list[Server] = []
    if given.database is None:
        unset.append("postgres")
    if given.mqtt is None:
        unset.append("mosquitto")
    endpoints = Runtime(folder, servers=unset).endpoints()
    own = Connections() if endpoints is None else from_endpoints(endpoints)
    local_broker = given.mqtt is None
    return Connections(
        database=given.database or own.database,
        mqtt=own.mqtt if local_broker else given.mqtt,
        ca_file=own.ca_file if local_broker else given.ca_file,
        passwords={**own.passwords, **given.passwords} if local_broker else given.passwords,
        plates=given.plates or own.plates,
        session_secret=given.session_secret or own.session_secret,
        people=given.people,
        local_dir=folder.resolve(),
    )


def _said(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
