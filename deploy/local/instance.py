"""What an instance is between two starts: its name, ports and secrets, in one private file.

The file is written, whole, before any data exist; so data without it were
orphaned by someone, and data with it can always be opened.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from deploy.local import ports
from deploy.local.errors import DataUnusable
from deploy.mosquitto import security


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Ports and secrets; the same at every start while the ports are free."""

    instance_id: str
    postgres_port: int
    mqtt_port: int
    mqtt_tls_port: int
    database_password: str
    superuser_password: str
    admin_password: str
    ingest_password: str
    enroll_password: str
    control_password: str
    plate_key: str
    session_secret: str

    @property
    def broker_passwords(self) -> dict[str, str]:
        """The password of each of the broker's first users."""
        return {
            security.ADMIN: self.admin_password,
            security.INGEST: self.ingest_password,
            security.ENROLL: self.enroll_password,
            security.CONTROL: self.control_password,
        }


def create(name: str) -> Instance:
    """A new instance: a name no other has, free ports, fresh secrets."""
    chosen: list[int] = []
    for _ in range(3):
        chosen.append(ports.choose(taken=frozenset(chosen)))
    return Instance(
        instance_id=f"{_plain(name)}-{secrets.token_hex(6)}",
        postgres_port=chosen[0],
        mqtt_port=chosen[1],
        mqtt_tls_port=chosen[2],
        database_password=security.new_password(),
        superuser_password=security.new_password(),
        admin_password=security.new_password(),
        ingest_password=security.new_password(),
        enroll_password=security.new_password(),
        control_password=security.new_password(),
        plate_key=secrets.token_hex(32),
        session_secret=secrets.token_hex(32),
    )


def load(path: Path) -> Instance | None:
    """Read it back; None when there is none yet."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        found = None
    wanted = {field.name for field in fields(Instance)}
    if not isinstance(found, dict) or set(found) != wanted:
        raise DataUnusable(
            f"{path} is not an instance file of this build; restore it, or delete {path.parent} "
            "to start empty"
        )
    return Instance(**found)


def save(path: Path, instance: Instance) -> None:
    """Write it whole and private: a crash leaves the old file or the new one."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(instance), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)


def with_free_ports(instance: Instance, *, postgres: bool, broker: bool) -> Instance:
    """The same instance, with another port wherever someone else took its own.

    postgres, broker  which ports matter: those of servers that are about to start
    """
    taken = {instance.postgres_port, instance.mqtt_port, instance.mqtt_tls_port}

    def keep_or_change(port: int) -> int:
        if ports.is_free(port):
            return port
        other = ports.choose(taken=frozenset(taken))
        taken.add(other)
        return other

    if postgres:
        instance = replace(instance, postgres_port=keep_or_change(instance.postgres_port))
    if broker:
        instance = replace(
            instance,
            mqtt_port=keep_or_change(instance.mqtt_port),
            mqtt_tls_port=keep_or_change(instance.mqtt_tls_port),
        )
    return instance


def _plain(name: str) -> str:
    """A folder's name reduced to what is safe in paths and command lines."""
    kept = "".join(char if char.isalnum() and char.isascii() else "-" for char in name.lower())
    return kept.strip("-")[:24] or "c5"
