"""Servers that ours speak to: database, broker, mail, Grafana, Dask, and the private ones."""

from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr

from core.settings.section import Port, Seconds, Section

_HOME: Final = Path(__file__).resolve().parents[2]


class Database(Section):
    """Where rows go."""

    url: SecretStr | None = Field(
        default=None,
        description="postgresql:// address; unset: a private local server",
    )
    pool_max: int = Field(default=8, ge=1, description="connections a process may hold")
    statement_timeout_s: Seconds = Field(
        default=30.0, description="longest a page's query may run, s"
    )


class Mqtt(Section):
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


class Mail(Section):
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


class Grafana(Section):
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


class Dask(Section):
    """Other machines that help with long recomputations."""

    scheduler: str | None = Field(
        default=None, description="tcp:// address of a Dask scheduler; unset: this machine's cores"
    )


class Local(Section):
    """The private servers of this machine."""

    dir: Path = Field(
        default=Path(".c5"), description="folder of the private servers and their data"
    )

    @property
    def folder(self) -> Path:
        """`dir` made absolute: a relative one is beside the `c5` command, wherever it is called."""
        return _HOME / self.dir
