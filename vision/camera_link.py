"""One camera as the broker knows it: its outbox, its credential, and what it says of itself.

All calls come on the thread of the link loop. What a camera says is on disk, numbered, before
anybody tries to send it, and leaves the disk when the broker has it: an outage or a crash loses
nothing. Plates are personal data: what was delivered is overwritten there. A camera's box is a file
of its own, so it may move to another process; a lock keeps two of them from speaking for one.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from core.clock import monotonic_s, utc_now
from core.errors import ConfigError
from core.log import get
from core.messages import Command
from core.topics import Kind, Stream
from devices.agent import Agent, Health, Outcome
from devices.broker import Login
from devices.link import Refusal
from devices.link_loop import LinkLoop
from devices.outbox import Entry, OutboxFile
from vision import telling
from vision.passage import Passage

HEARTBEAT_S: Final = 30.0
_log = get(__name__)


class CameraTaken(ConfigError):
    """Another process speaks for this camera."""

    reason = "camera_taken"


class CameraLink:
    """A camera's side of the contract with the broker."""

    def __init__(
        self,
        loop: LinkLoop,
        login: Login,
        *,
        state_dir: Path,
        outbox_messages: int,
        keepalive_s: int = 30,
    ) -> None:
        """Open its box; CameraTaken or OutboxUnusable where that cannot be.

        outbox_messages  kept at the most; beyond that the oldest goes, and is counted
        """
        self.device_id = login.username
        self.firmware = "c5-lpr"
        self.published = 0
        """Plate reads that the broker has."""
        self._loop = loop
        self._since_s = monotonic_s()
        self._lock = _locked(state_dir, self.device_id)
        try:
            self._file = OutboxFile(
                state_dir / f"{self.device_id}.sqlite", power_safe=True, private=True
            )
        except BaseException:
            os.close(self._lock)
            raise
        self.agent = Agent(
            loop,
            login,
            Kind.CAMERA,
            self._file.of(self.device_id, capacity=outbox_messages),
            self,
            keepalive_s=keepalive_s,
        )

    def start(self, delay_s: float = 0.0) -> None:
        """Connect, and stay connected."""
        self.agent.start(delay_s)
        self._loop.call_later(delay_s + HEARTBEAT_S, self._beat)

    def close(self) -> None:
        """Give back its box; the link must have ended."""
        self._file.close()
        os.close(self._lock)

    def tell(self, passage: Passage) -> None:
        """A vehicle passed."""
        self.agent.send(Stream.PLATE, lambda seq: telling.plate(self.device_id, passage, seq))

    def tell_stream(self, kind: str, why: str = "") -> None:
        """Its stream is down, or up again."""
        at = utc_now()
        self.agent.send(
            Stream.EVENT, lambda seq: telling.stream(self.device_id, kind, at, seq, why)
        )

    # What the agent asks and tells (devices.agent.Body).

    def health(self) -> Health:
        """What goes into a status."""
        return Health(firmware=self.firmware, uptime_s=round(monotonic_s() - self._since_s, 1))

    def obey(self, command: Command) -> Outcome:
        """Carry out a command: `ping` alone."""
        if command.name == "ping":
            return Outcome(ok=True, detail="pong")
        return Outcome(ok=False, detail=f"unknown command {command.name}; ping")

    def delivered(self, entry: Entry, refusal: Refusal | None) -> None:
        """Count what the broker has; say what it will never take."""
        if refusal is not None:
            _log.warning("message_refused", device=self.device_id, cause=refusal.why)
        elif entry.topic.endswith(f"/{Stream.PLATE}"):
            self.published += 1

    def _beat(self) -> None:
        if not self.agent.is_gone:
            self.agent.heartbeat()
            self._loop.call_later(HEARTBEAT_S, self._beat)


def _locked(folder: Path, device_id: str) -> int:
    """Hold a camera for this process, until the answer is closed or the process ends."""
    file = folder / f"{device_id}.lock"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise ConfigError(f"{file}: {exc.strerror}; choose another --state folder") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise CameraTaken(
            f"another process already watches {device_id}; end it, or split them with --shard"
        ) from None
    return held
