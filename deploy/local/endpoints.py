"""Where the servers of an instance are, and how C5's own processes are told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy.local.instance import Instance
from deploy.local.ports import LOOPBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Addresses and secrets of running servers."""

    database_url: str
    mqtt_url: str
    mqtt_tls_url: str
    ca_file: Path
    admin_password: str
    ingest_password: str
    enroll_password: str
    control_password: str
    plate_key: str
    session_secret: str

    @classmethod
    def of(cls, known: Instance, *, ca_file: Path) -> Self:
        """The addresses and secrets of an instance."""
        database = f"{LOOPBACK}:{known.postgres_port}/c5"
        return cls(
            database_url=f"postgresql://c5:{known.database_password}@{database}",
            mqtt_url=f"mqtt://{LOOPBACK}:{known.mqtt_port}",
            mqtt_tls_url=f"mqtts://{LOOPBACK}:{known.mqtt_tls_port}",
            ca_file=ca_file,
            admin_password=known.admin_password,
            ingest_password=known.ingest_password,
            enroll_password=known.enroll_password,
            control_password=known.control_password,
            plate_key=known.plate_key,
            session_secret=known.session_secret,
        )

    def environment(self) -> dict[str, str]:
        """The settings that point a C5 process at these servers."""
        return {
            "C5_DATABASE__URL": self.database_url,
            "C5_MQTT__URL": self.mqtt_url,
            "C5_MQTT__CA_FILE": str(self.ca_file),
            "C5_MQTT__ADMIN_PASSWORD": self.admin_password,
            "C5_MQTT__INGEST_PASSWORD": self.ingest_password,
            "C5_MQTT__ENROLL_PASSWORD": self.enroll_password,
            "C5_MQTT__CONTROL_PASSWORD": self.control_password,
            "C5_INGEST__PLATE_KEY": self.plate_key,
            "C5_CONTROL_CENTER__SESSION_SECRET": self.session_secret,
        }
