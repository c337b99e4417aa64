"""Issue a command: record it, send it, record why it could not be sent.

The record comes first, so no device ever answers a command that nobody knows of.
"""

import secrets
import threading
from collections.abc import Callable
from datetime import timedelta

from control_center.connections import Connections
from core import log
from core.clock import Clock
from core.device import State
from core.errors import BrokerError, Conflict
from core.messages import Command
from devices import firmware
from devices.broker import CONTROL
from devices.commands import Commander, NotListening
from store import audit, pool
from store import command as store_command
from store import device as store_device
from store.audit import Entry

EXPIRES_S = 120.0
_log = log.get(__name__)


class Commands:
    """The way from an operator's order to the broker."""

    def __init__(self, connections: Connections, clock: Clock) -> None:
        self._connections = connections
        self._clock = clock
        self._lock = threading.Lock()
        self._commander: Commander | None = None

    def issue(
        self,
        device_id: str,
        name: str,
        args: dict[str, object],
        *,
        issued_by: str,
        told: Callable[[str], Entry],
        expires_s: float = EXPIRES_S,
    ) -> str:
        """Send a command to an active device; answer the command's id. Blocks: use a thread.

        told  makes the audit's entry, given the command's id
        """
        if name == firmware.COMMAND:
            args = firmware.Manifest.parse(args).args()
        command_id = secrets.token_hex(8)
        now = self._clock()
        expires_at = now + timedelta(seconds=expires_s)
        with pool.connect(
            self._connections.database_url, application="c5-command", autocommit=True
        ) as conn:
            device = store_device.get(conn, device_id)
            if device.state is not State.ACTIVE:
                raise Conflict(f"{device_id} is {device.state}; approve it first")
            with conn.transaction():
                store_command.insert(
                    conn,
                    command_id=command_id,
                    device_id=device_id,
                    name=name,
                    args=args,
                    issued_at=now,
                    issued_by=issued_by,
                    expires_at=expires_at,
                )
                audit.append(conn, told(command_id))
            command = Command(id=command_id, name=name, args=args, expires_at=expires_at)
            try:
                self._connection().send(device.kind, device_id, command, expires_s=expires_s)
            except (BrokerError, NotListening) as exc:
                store_command.note_failure(conn, command_id, str(exc))
                raise
        _log.info("command_sent", device_id=device_id, name=name, by=issued_by)
        return command_id

    def close(self) -> None:
        """Disconnect from the broker."""
        with self._lock:
            commander, self._commander = self._commander, None
        if commander is not None:
            commander.close()

    def _connection(self) -> Commander:
        with self._lock:
            if self._commander is None:
                self._commander = Commander(self._connections.login(CONTROL))
            return self._commander
