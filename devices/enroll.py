"""Give devices their credential and rights on the broker, and take them away.

Speaks Mosquitto's dynamic-security protocol as c5-admin: one request carries the
commands for many devices, answers are matched by correlation. Every operation
says how things shall be, not what to change, so repeating one after a crash is
safe. A credential is made here, answered once and kept nowhere: the broker holds
its hash. Deleting an account ends its live connection at once.

A revoked device's retained status stays on the broker. It holds nothing secret,
the registry outranks it, and a device let in again replaces it itself.
"""

import json
import queue
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType
from typing import Any, Final, Self

from paho.mqtt import client as paho
from paho.mqtt.reasoncodes import ReasonCode

from core.clock import monotonic_s
from core.errors import BrokerError, Conflict
from core.topics import UPLINK, Kind, Stream, checked_device_id, telemetry
from devices import broker
from devices.broker import Login

REQUEST: Final = "$CONTROL/dynamic-security/v1"
RESPONSE: Final = "$CONTROL/dynamic-security/v1/response"
_PASSWORD_BYTES: Final = 24
_BATCH: Final = 30
"""Devices in one request. The broker rewrites its whole account file after every
command and serves nobody meanwhile, so a request must end soon: with 1 000
devices enrolled, one of these holds it for about a second."""
_EXISTS: Final = "already exists"
_MISSING: Final = "not found"
_Command = dict[str, Any]
_Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a device needs to enter the broker; shown once."""

    username: str
    password: str = field(repr=False)


class Enroller:
    """A session of c5-admin with the broker; use it as a context."""

    def __init__(self, login: Login, *, timeout_s: float = 15.0) -> None:
        self._login = login
        self._timeout_s = timeout_s
        self._signs: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._client = broker.client(login, client_id=f"c5-admin-{secrets.token_hex(6)}")
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        """Connect and wait until answers can be heard."""
        host, port, _ = self._login.endpoint
        try:
            self._client.connect(host, port)
        except OSError as exc:
            raise BrokerError(
                f"no broker at {self._login.url}: {exc}; start it, or correct mqtt.url"
            ) from exc
        self._client.loop_start()
        try:
            sign = self._signs.get(timeout=self._timeout_s)
        except queue.Empty:
            sign = f"silent for {self._timeout_s:.0f} s; see the broker's log"
        if sign:
            self._close()
            raise BrokerError(f"broker at {self._login.url}: {sign}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect."""
        self._close()

    def issue(self, devices: Iterable[tuple[Kind, str]]) -> dict[str, Credential]:
        """Give each device exactly its rights and a fresh credential; older ones end.

        devices  (kind, device_id) -> credential by device_id
        """
        issued: dict[str, Credential] = {}
        for batch in _batches(devices):
            credentials = {
                device_id: Credential(device_id, _new_password()) for _, device_id in batch
            }
            self._issue_batch(batch, credentials)
            issued |= credentials
        return issued

    def revoke(self, device_ids: Iterable[str]) -> None:
        """Remove devices from the broker; whoever is connected is cut off."""
        commands: list[_Command] = []
        for device_id in device_ids:
            username = _checked(device_id)
            commands += [
                {"command": "deleteClient", "username": username},
                {"command": "deleteRole", "rolename": role_of(username)},
            ]
        for command, answer in self._request(commands):
            if _MISSING not in answer.get("error", _MISSING):
                raise _refused(command, answer)

    def accounts(self) -> set[str]:
        """Name every device that has a credential."""
        [(command, answer)] = self._request([{"command": "listClients"}])
        if "error" in answer:
            raise _refused(command, answer)
        return set(answer["data"]["clients"]) - set(broker.OWN_USERS)

    def _issue_batch(
        self, batch: Sequence[tuple[Kind, str]], credentials: dict[str, Credential]
    ) -> None:
        """Create; what was there already is brought to the same state instead."""
        created: list[_Command] = []
        for kind, device_id in batch:
            username, role = device_id, role_of(device_id)
            password = credentials[device_id].password
            roles = [{"rolename": role}]
            created += [
                {"command": "createRole", "rolename": role, "acls": rights(kind, device_id)},
                {
                    "command": "createClient",
                    "username": username,
                    "password": password,
                    "roles": roles,
                },
            ]
        healed: list[_Command] = []
        for command, answer in self._request(created):
            if "error" not in answer:
                continue
            if _EXISTS not in answer["error"]:
                raise _refused(command, answer)
            if command["command"] == "createRole":
                healed.append({**command, "command": "modifyRole"})
            else:
                healed.append({**command, "command": "modifyClient"})
                healed.append({"command": "enableClient", "username": command["username"]})
        for command, answer in self._request(healed):
            if "error" in answer:
                raise _refused(command, answer)

    def _request(self, commands: list[_Command]) -> list[tuple[_Command, _Answer]]:
        """Send commands in one message; answer each with what the broker said to it."""
        if not commands:
            return []
        mark = secrets.token_hex(4)
        waiting = {f"{mark}-{index}": command for index, command in enumerate(commands)}
        body = [{**command, "correlationData": key} for key, command in waiting.items()]
        self._client.publish(REQUEST, json.dumps({"commands": body}), qos=1)
        answered: list[tuple[_Command, _Answer]] = []
        deadline_s = monotonic_s() + self._timeout_s + 0.05 * len(commands)
        while waiting:
            try:
                answer = self._answers.get(timeout=max(0.0, deadline_s - monotonic_s()))
            except queue.Empty as exc:
                raise BrokerError(
                    f"broker at {self._login.url} left {len(waiting)} of {len(commands)} requests "
                    "unanswered; repeat the command, it continues where it stopped"
                ) from exc
            command = waiting.pop(str(answer.get("correlationData")), None)
            if command is not None:
                answered.append((command, answer))
        return answered

    def _close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _props: object
    ) -> None:
        if reason.is_failure:
            self._signs.put(f"{reason} for {self._login.username}; check its password")
        else:
            client.subscribe(RESPONSE, qos=1)

    def _on_subscribe(
        self,
        _client: paho.Client,
        _data: object,
        _mid: int,
        reasons: list[ReasonCode],
        _props: object,
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self._signs.put(
            f"{refused[0]}: {self._login.username} may not enrol; see the broker's rights"
            if refused
            else ""
        )

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        for answer in json.loads(message.payload).get("responses", []):
            self._answers.put(answer)


def _new_password() -> str:
    """Make one that no command line takes for an option."""
    while (made := secrets.token_urlsafe(_PASSWORD_BYTES)).startswith("-"):
        continue
    return made


def role_of(device_id: str) -> str:
    """Name the broker role that is this device's alone."""
    return f"device-{device_id}"


def rights(kind: Kind, device_id: str) -> list[dict[str, object]]:
    """List all a device may do: publish its streams, hear its own commands."""
    cmd = telemetry(kind, device_id, Stream.CMD)
    return [
        *(_allow("publishClientSend", telemetry(kind, device_id, stream)) for stream in UPLINK),
        _allow("subscribeLiteral", cmd),
        _allow("publishClientReceive", cmd),
    ]


def _allow(acltype: str, topic: str) -> dict[str, object]:
    return {"acltype": acltype, "topic": topic, "priority": 0, "allow": True}


def _checked(device_id: str) -> str:
    """Refuse a name that is no topic level, or is one of C5's own users."""
    if device_id in broker.OWN_USERS:
        raise Conflict(f"{device_id} is one of C5's own users; choose another device id")
    return checked_device_id(device_id)


def _batches(devices: Iterable[tuple[Kind, str]]) -> Iterator[list[tuple[Kind, str]]]:
    """Split into requests, each device once (the last kind given wins)."""
    distinct = iter({_checked(device_id): kind for kind, device_id in devices}.items())
    while batch := [(kind, device_id) for device_id, kind in islice(distinct, _BATCH)]:
        yield batch


def _refused(command: _Command, answer: _Answer) -> BrokerError:
    name = command.get("username") or command.get("rolename") or ""
    return BrokerError(
        f"broker refused {command['command']} {name}: {answer['error']}; see the broker's log"
    )
