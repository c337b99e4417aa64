"""One typed tree of settings: environment `C5_*` over the file `c5.toml` over defaults.

Nested names join with two underscores: `C5_DATABASE__URL`. The file is
`./c5.toml`, or the one that `C5_CONFIG` names. A wrong value is refused at
start with the setting's name. Every setting is documented in docs/settings.md,
and a test says so.
"""

import os
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import ConfigError

_HOME = Path(__file__).resolve().parents[1]
Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0)]
Days = Annotated[int, Field(ge=1)]
Hours = Annotated[int, Field(ge=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(_Section):
    """Where rows go."""

    url: SecretStr | None = Field(
        default=None,
        description="postgresql:// address; unset: a private local server",
    )
    pool_max: int = Field(default=8, ge=1, description="connections a process may hold")
    statement_timeout_s: Seconds = Field(
        default=30.0, description="longest a page's query may run, s"
    )


class Mqtt(_Section):
    """Where devices speak."""

    url: str | None = Field(
        default=None,
        description="mqtt:// or mqtts:// address; unset: a private broker",
    )
    ca_file: Path | None = Field(
        default=None, description="authority that signed the broker's certificate"
    )
    admin_password: SecretStr | None = Field(
        default=None, description="password of c5-admin, who enrols devices"
    )
    ingest_password: SecretStr | None = Field(default=None, description="password of c5-ingest")
    enroll_password: SecretStr | None = Field(
        default=None, description="password of c5-enroll, which unknown devices share"
    )
    control_password: SecretStr | None = Field(
        default=None, description="password of c5-control, who sends commands"
    )
    keepalive_s: int = Field(default=60, ge=5, description="longest silence of a connection, s")


class Ingest(_Section):
    """How messages become rows."""

    workers: int = Field(default=1, ge=1, le=16, description="processes that share the load")
    batch_max: int = Field(
        default=5000, ge=1, description="messages committed together at the most"
    )
    batch_wait_s: Seconds = Field(
        default=0.05, description="longest a message waits for company, s"
    )
    inbox_messages: int = Field(
        default=20_000, ge=1, description="messages held in memory at the most"
    )
    inbox_mb: int = Field(default=64, ge=1, description="payload held in memory at the most, MiB")
    clock_ahead_s: Seconds = Field(default=300.0, description="a device clock may be ahead, s")
    late_s: Seconds = Field(
        default=300.0, description="older than this on arrival is flagged late, s"
    )
    metrics_port: Port = Field(
        default=0, description="Prometheus port of the first worker; 0: none"
    )
    plate_key: SecretStr | None = Field(
        default=None,
        description="hashes and seals plates; 32 bytes or more",
    )
    pending_max: int = Field(
        default=1000, ge=0, description="unknown devices remembered at the most"
    )


class ControlCenter(_Section):
    """The operator's server."""

    host: str = Field(default="127.0.0.1", description="address it listens on")
    port: Port = Field(default=8080, description="port it listens on; 0: any free one")
    session_secret: SecretStr | None = Field(
        default=None, description="signs sessions; 32 bytes or more"
    )
    session_hours: Seconds = Field(default=10.0, description="a session ends after, h")
    secure_cookies: bool = Field(
        default=True, description="cookies only over TLS; off on plain loopback"
    )
    tile_url: str | None = Field(
        default=None,
        description="{z}/{x}/{y} tiles or pmtiles://; unset: the city's outline",
    )
    lockout_failures: int = Field(default=5, ge=1, description="wrong passwords before a pause")
    lockout_s: Seconds = Field(default=300.0, description="length of that pause, s")


class Routes(_Section):
    """How runs are judged, and when a truck's doings become events."""

    margin_s: Seconds = Field(
        default=3600.0, description="fixes so long before and after a run's window belong to it, s"
    )
    settle_s: Seconds = Field(
        default=1800.0, description="a run is closed so long after its window ended, s"
    )
    refresh_s: Seconds = Field(default=60.0, description="an open run is judged anew so often, s")
    late_days: Days = Field(
        default=30, description="fixes that come this late still change a closed run, days"
    )
    off_route_s: Seconds = Field(
        default=60.0, description="off its plan for so long, a truck raises an event, s"
    )
    stop_s: Seconds = Field(
        default=300.0, description="an unplanned stop so long raises an event, s"
    )
    overspeed_kmh: float = Field(
        default=60.0, gt=0, description="speed that no truck should pass, km/h"
    )
    overspeed_s: Seconds = Field(
        default=10.0, description="above that speed for so long raises an event, s"
    )


class Engine(_Section):
    """The service that judges and watches."""

    metrics_port: Port = Field(default=0, description="its Prometheus port; 0: none")


class Alarms(_Section):
    """When facts become alarms, and alarms fold into one incident."""

    late_s: Seconds = Field(
        default=21_600.0, description="events measured longer ago raise nothing, s"
    )
    storm_incidents: int = Field(
        default=30, ge=1, description="incidents of one cause opened in storm_s before they fold"
    )
    storm_s: Seconds = Field(
        default=60.0, description="within which so many incidents are a storm, s"
    )


class Lpr(_Section):
    """Cameras that read plates."""

    region: str = Field(
        default="mx",
        pattern="^(mx|us|br|eu|generic)$",
        description="whose plates are read where nobody says: mx, us, br, eu or generic",
    )
    cameras: Path | None = Field(
        default=None, description="TOML file of the cameras to watch; unset: --cameras says it"
    )
    credentials: Path | None = Field(
        default=None, description="JSON file of their passwords; unset: --credentials says it"
    )
    state_dir: Path | None = Field(
        default=None, description="folder of their outboxes; unset: `cameras` in local.dir"
    )
    workers: int = Field(
        default=0, ge=0, le=64, description="threads that run networks; 0: one a core"
    )
    outbox_messages: int = Field(
        default=10_000, ge=1, description="messages a camera keeps while the broker is away"
    )
    frames_host: str = Field(
        default="127.0.0.1", description="address on which the latest frames are served"
    )
    frames_port: Port = Field(
        default=8093, description="its port, one more for each further shard; 0: any free one"
    )
    frames_urls: tuple[Annotated[str, Field(pattern="^http://[^/]+$")], ...] = Field(
        default=("http://127.0.0.1:8093",),
        description="where the control center asks for the latest frames, a shard each",
    )
    frame_stale_s: Seconds = Field(
        default=10.0, description="an older frame is not shown as the latest, s"
    )


class Notify(_Section):
    """Who is told of incidents and public alerts outside of the control room."""

    mail_to: tuple[str, ...] = Field(default=(), description="who gets a mail; none: nobody")
    mail_severity: str = Field(
        default="CRITICAL",
        pattern="^(CRITICAL|MAJOR|MINOR|WARNING|INDETERMINATE)$",
        description="incidents as grave as this are mailed, when opened and when escalated",
    )
    webhook_urls: tuple[str, ...] = Field(
        default=(), description="http(s) addresses that JSON is posted to; none: nowhere"
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="signs what is posted; unset: it is not signed"
    )
    webhook_severity: str = Field(
        default="MINOR",
        pattern="^(CRITICAL|MAJOR|MINOR|WARNING|INDETERMINATE)$",
        description="incidents as grave as this are posted",
    )
    mqtt: bool = Field(default=False, description="whether incidents are published on c5/notice")


class Mail(_Section):
    """The server that takes our mail."""

    host: str | None = Field(default=None, description="SMTP server; unset: no mail is sent")
    port: Port = Field(default=587, description="its port")
    security: str = Field(
        default="starttls", pattern="^(starttls|tls|none)$", description="starttls, tls or none"
    )
    username: str | None = Field(default=None, description="who logs in; unset: nobody does")
    password: SecretStr | None = Field(default=None, description="that user's password")
    sender: str = Field(default="c5@localhost", description="the From address")
    ca_file: Path | None = Field(
        default=None, description="authority that signed its certificate; unset: the system's"
    )


class Reports(_Section):
    """What is mailed without being asked for."""

    morning_at: str = Field(
        default="06:30",
        pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="local time at which yesterday's report is mailed, HH:MM",
    )
    recipients: tuple[str, ...] = Field(
        default=(), description="who gets the morning report; none: it is not mailed"
    )


class Dask(_Section):
    """Other machines that help with long recomputations."""

    scheduler: str | None = Field(
        default=None, description="tcp:// address of a Dask scheduler; unset: this machine's cores"
    )


class Retention(_Section):
    """How long each class of rows is kept, days. Personal data has the shortest."""

    fixes_days: Days = Field(default=400, description="positions")
    readings_days: Days = Field(
        default=1100, description="readings of stations, counters and power"
    )
    tracks_days: Days = Field(
        default=30, description="where who pressed a panic button has been, of incidents"
    )
    events_days: Days = Field(default=1100, description="events")
    status_days: Days = Field(default=90, description="status messages")
    rejects_days: Days = Field(default=90, description="refused messages with their bytes")
    rollups_days: Days = Field(default=3650, description="hourly and daily rollups")


class Audit(_Section):
    """Where the audit's signed heads go, so that a cut tail shows."""

    heads_dir: Path | None = Field(
        default=None, description="folder where the engine puts a signed head a day; unset: nowhere"
    )
    recipients: tuple[str, ...] = Field(
        default=(), description="who gets the day's head by mail; none: it is not mailed"
    )


class People(_Section):
    """Accounts, second factors, sessions and tokens."""

    key: SecretStr | None = Field(
        default=None,
        description="seals second factors, signs heads; 32 bytes up; unset: the session secret",
    )
    idle_minutes: float = Field(
        default=60.0, gt=0, description="a session that nothing uses ends after, min"
    )
    second_factor_roles: tuple[str, ...] = Field(
        default=(), description="roles that may do nothing without a second factor"
    )
    token_days: Days = Field(
        default=365, description="an API token lives so long at the most, days"
    )
    logins_a_minute: int = Field(
        default=120, ge=1, description="logins that one address may try in a minute"
    )
    heavy_a_minute: int = Field(
        default=60, ge=1, description="expensive requests of one account in a minute"
    )


class Oidc(_Section):
    """Another place where people may log in (OpenID Connect)."""

    issuer: str | None = Field(default=None, description="its address; unset: local accounts only")
    client_id: str = Field(default="c5", description="what it calls us")
    client_secret: SecretStr | None = Field(
        default=None, description="our secret there; unset: a public client with PKCE only"
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080", description="our address as browsers see it"
    )
    label: str = Field(default="OpenID Connect", description="what its button says")
    username_claim: str = Field(default="preferred_username", description="claim with the username")
    role_claim: str = Field(default="roles", description="claim with roles or groups; dots go down")
    roles: dict[str, str] = Field(
        default={}, description="our role by value of that claim; whoever has none stays out"
    )
    ca_file: Path | None = Field(
        default=None, description="authority that signed its certificate; unset: the system's"
    )


class Plates(_Section):
    """Licence plates: personal data with a purpose, kept as short as it needs."""

    older_keys: tuple[SecretStr, ...] = Field(
        default=(),
        description="earlier ingest.plate_key, as long as rows sealed under them are kept",
    )
    retention_hours: Hours = Field(
        default=72, description="reads that hit no list, hashed and sealed, h"
    )
    crop_hours: Hours = Field(
        default=24, description="photographs of those reads, h; never longer than the reads"
    )
    hits_days: Days = Field(
        default=365, description="hits with their photographs, and entries that have ended"
    )
    searches_per_hour: int = Field(
        default=60, ge=1, description="searches that one person may do in an hour"
    )


class Grafana(_Section):
    """Walls of dashboards, for sites that have a Grafana."""

    url: str | None = Field(
        default=None, description="http:// or https:// address that `c5 dashboards push` fills"
    )
    token: SecretStr | None = Field(
        default=None, description="token of a service account with the role Admin"
    )
    reader_password: SecretStr | None = Field(
        default=None, description="password of c5_reader, the role that dashboards read with"
    )
    database_host: str | None = Field(
        default=None, description="host:port of the database as Grafana sees it; unset: as C5 does"
    )
    ssl_mode: str = Field(
        default="disable",
        pattern="^(disable|require|verify-ca|verify-full)$",
        description="how Grafana reaches the database: disable, require, verify-ca, verify-full",
    )
    control_center_url: str = Field(
        default="http://127.0.0.1:8080",
        pattern="^https?://[^ ]+$",
        description="where links from dashboards into the control center lead",
    )
    alert_emails: tuple[str, ...] = Field(
        default=(), description="who is mailed Grafana's alerts; none: no alerts are pushed"
    )


class Local(_Section):
    """The private servers of this machine."""

    dir: Path = Field(
        default=Path(".c5"), description="folder of the private servers and their data"
    )

    @property
    def folder(self) -> Path:
        """`dir` made absolute: a relative one is beside the `c5` command, wherever it is called."""
        return _HOME / self.dir


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="C5_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    city: str = Field(default="coatzacoalcos", description="folder under deploy/cities")
    timezone: str = Field(default="America/Mexico_City", description="local time of the city")
    log_level: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="debug, info, warning or error",
    )
    database: Database = Database()
    mqtt: Mqtt = Mqtt()
    ingest: Ingest = Ingest()
    control_center: ControlCenter = ControlCenter()
    engine: Engine = Engine()
    routes: Routes = Routes()
    alarms: Alarms = Alarms()
    notify: Notify = Notify()
    lpr: Lpr = Lpr()
    mail: Mail = Mail()
    reports: Reports = Reports()
    dask: Dask = Dask()
    retention: Retention = Retention()
    plates: Plates = Plates()
    audit: Audit = Audit()
    people: People = People()
    oidc: Oidc = Oidc()
    grafana: Grafana = Grafana()
    local: Local = Local()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, file."""
        del dotenv_settings, file_secret_settings
        file = Path(os.environ.get("C5_CONFIG") or "c5.toml")
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file))


@cache
def load() -> Settings:
    """Read the settings once a process; ConfigError names what is wrong."""
    file = os.environ.get("C5_CONFIG") or None
    if file is not None and not Path(file).is_file():
        raise ConfigError(f"settings: no file {file}; correct C5_CONFIG, or unset it")
    try:
        return Settings()
    except ValidationError as exc:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in exc.errors()
        )
        raise ConfigError(
            f"settings: {faults}; correct c5.toml or the C5_* variable, see docs/settings.md"
        ) from exc
    except ValueError as exc:  # no TOML, no UTF-8, or a section given as one variable
        raise ConfigError(
            f"settings: {file or 'c5.toml'} or a C5_* variable cannot be read: {exc}; "
            "see docs/settings.md"
        ) from exc
