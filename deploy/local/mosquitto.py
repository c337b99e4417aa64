"""A private Mosquitto: accounts from the first start, ready means it answers MQTT."""

import signal
import socket
from dataclasses import dataclass, replace
from pathlib import Path

from core.log import get
from deploy.local.errors import StartFailed, StopFailed
from deploy.local.ports import LOOPBACK
from deploy.local.process import Daemon, until
from deploy.local.toolchain import MosquittoKit
from deploy.mosquitto import config, security

CONNECT = bytes.fromhex("100c00044d51545404020005 0000".replace(" ", ""))
_CONNACK = 0x20
_START_S = 30.0
_STOP_S = 60.0  # it writes its whole queue down before it ends
_log = get(__name__)


@dataclass(slots=True, kw_only=True)
class Mosquitto:
    """One broker: its folder, its ports, its life."""

    kit: MosquittoKit
    folder: Path
    log_file: Path
    pid_file: Path
    port: int
    tls_port: int
    passwords: dict[str, str]  # used once, to write the first accounts
    max_inflight_messages: int = 10_000
    autosave_interval_s: int = 5

    @property
    def url(self) -> str:
        """Where C5's own processes connect."""
        return f"mqtt://{LOOPBACK}:{self.port}"

    @property
    def tls_url(self) -> str:
        """Where devices connect."""
        return f"mqtts://{LOOPBACK}:{self.tls_port}"

    @property
    def certificate_files(self) -> tuple[Path, Path]:
        """Where its certificate and key are expected, before the start."""
        return self.folder / "server.pem", self.folder / "server.key"

    def pid(self) -> int | None:
        """Its pid while it lives."""
        return self._daemon.pid()

    def start(self) -> None:
        """Start it and wait until it answers MQTT; nothing to do when it runs."""
        if self.pid() is not None:
            return
        self._write()
        argv = [self.kit.exe, "-c", self.kit.place.inside(self._config_file)]
        self._daemon.start(self.kit.place.argv(argv), log=self.log_file)
        until(lambda: answers_mqtt(self.port) or self.pid() is None, timeout_s=_START_S)
        if self.pid() is None:
            raise StartFailed("Mosquitto", "it ended at once", log=self.log_file)
        if not answers_mqtt(self.port):
            self.kill()
            raise StartFailed("Mosquitto", f"silent for {_START_S:.0f} s", log=self.log_file)
        _log.info("broker_started", port=self.port, tls_port=self.tls_port, pid=self.pid())

    def stop(self) -> None:
        """Stop it in order: its queues are on disk when this returns."""
        if self._daemon.signal(signal.SIGTERM) and not self._daemon.gone(timeout_s=_STOP_S):
            raise StopFailed(f"Mosquitto (pid {self.pid()}) did not stop; look at {self.log_file}")
        _log.info("broker_stopped", port=self.port)

    def kill(self) -> None:
        """End it as a power cut would: it forgets what the last autosave did not hold."""
        self._daemon.signal(signal.SIGKILL)
        self._daemon.gone(timeout_s=_STOP_S)

    def restart(self) -> None:
        """Stop it in order and start it again on the same ports."""
        self.stop()
        self.start()

    @property
    def _daemon(self) -> Daemon:
        return Daemon(self.pid_file, self.kit.place.inside(self._config_file))

    @property
    def _config_file(self) -> Path:
        return self.folder / "mosquitto.conf"

    def _write(self) -> None:
        inside = self.kit.place.inside
        accounts = self.folder / "security.json"
        certificate, key = self.certificate_files
        written = config.BrokerConfig(
            plugin=self.kit.plugin,
            security_file=inside(accounts),
            data_dir=inside(self.folder),
            port=self.port,
            max_inflight_messages=self.max_inflight_messages,
            autosave_interval_s=self.autosave_interval_s,
        )
        if certificate.exists() and key.exists():
            tls = config.Tls(
                port=self.tls_port,
                address=LOOPBACK,
                certificate=inside(certificate),
                key=inside(key),
            )
            written = replace(written, tls=tls)
        self._config_file.write_text(config.render(written))
        if not accounts.exists():
            new = accounts.with_suffix(".first")
            new.touch(mode=0o600)
            new.write_text(security.render(self.passwords))
            self.kit.place.give(new)
            new.rename(accounts)
        self.kit.place.give(self._config_file)
        self.kit.place.give(self.folder)


def answers_mqtt(port: int, *, timeout_s: float = 2.0) -> bool:
    """Whether a broker speaks MQTT there: even a refusal of a stranger is an answer."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_s) as line:
            line.sendall(CONNECT)
            answer = line.recv(4)
    except OSError:
        return False
    return bool(answer) and answer[0] == _CONNACK
