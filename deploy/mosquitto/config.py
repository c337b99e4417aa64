"""Write mosquitto.conf, for local, Docker and systemd alike.

Nobody is anonymous: names, passwords and who may say what come from the
dynamic-security plugin. A full queue would drop messages that the broker has
already acknowledged, so queues are long and bounded by bytes; what a SIGKILL
can cost is bounded by the autosave interval.
"""

from dataclasses import dataclass

MAX_PACKET_BYTES = 16 * 1024 * 1024
MAX_QUEUED_MESSAGES = 10_000_000  # never 0: some versions then drop everything
MAX_QUEUED_BYTES = 2 * 1024**3
MAX_KEEPALIVE_S = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """What an encrypted listener presents."""

    port: int
    address: str
    certificate: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerConfig:
    """Everything that differs between one broker and another."""

    plugin: str
    security_file: str
    data_dir: str
    port: int = 1883
    address: str = "127.0.0.1"
    tls: Tls | None = None
    max_inflight_messages: int = 10_000  # an ingest session needs thousands; the default is 20
    autosave_interval_s: int = 5
    pid_file: str | None = None

    def __post_init__(self) -> None:
        if self.max_inflight_messages < 1 or self.autosave_interval_s < 1:
            raise ValueError("max_inflight_messages and autosave_interval_s are 1 or more")


def render(config: BrokerConfig) -> str:
    """The text of mosquitto.conf."""
    lines = [
        "# Written by deploy/mosquitto/config.py; change it there.",
        "allow_anonymous false",
        f"plugin {config.plugin}",
        f"plugin_opt_config_file {config.security_file}",
        "",
        "persistence true",
        f"persistence_location {config.data_dir.rstrip('/')}/",
        "persistence_file mosquitto.db",
        f"autosave_interval {config.autosave_interval_s}",
        "",
        f"max_inflight_messages {config.max_inflight_messages}",
        f"max_queued_messages {MAX_QUEUED_MESSAGES}",
        f"max_queued_bytes {MAX_QUEUED_BYTES}",
        f"max_packet_size {MAX_PACKET_BYTES}",
        f"max_keepalive {MAX_KEEPALIVE_S}",
        "set_tcp_nodelay true",
        "",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "log_timestamp_format %Y-%m-%dT%H:%M:%S%z",
        "",
        "# C5's own processes: loopback, or a network that only they share.",
        f"listener {config.port} {config.address}",
    ]
    if config.pid_file is not None:
        lines.insert(1, f"pid_file {config.pid_file}")
    if config.tls is not None:
        lines += [
            "",
            "# Devices. The client id is the user name, so none can take another's session.",
            f"listener {config.tls.port} {config.tls.address}",
            "use_username_as_clientid true",
            "tls_version tlsv1.2",
            f"certfile {config.tls.certificate}",
            f"keyfile {config.tls.key}",
        ]
    return "\n".join(lines) + "\n"


DOCKER = BrokerConfig(
    plugin="/usr/lib/mosquitto_dynamic_security.so",
    security_file="/mosquitto/config/security.json",
    data_dir="/mosquitto/data",
    address="0.0.0.0",  # noqa: S104  the network that only C5's containers share
    tls=Tls(
        port=8883,
        address="0.0.0.0",  # noqa: S104  the one port that is published
        certificate="/mosquitto/config/server.pem",
        key="/mosquitto/config/server.key",
    ),
)
"""What deploy/mosquitto/mosquitto.conf is written from; `python -m deploy.mosquitto` writes it."""
