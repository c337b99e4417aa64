"""The engine: live watch here, judging and mailing in a child, until told to stop."""

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Final

from control_center.engine import desk, parts
from control_center.engine.loop import Loop, Part
from control_center.engine.metrics import Metrics
from core import log
from core.clock import monotonic_s, utc_now
from core.errors import TransientStoreError
from core.settings import Settings
from devices.backoff import Backoff
from store import migrate

_STOP_S: Final = 10.0
_log = log.get(__name__)


class Engine:
    """Every part in a thread of its own."""

    def __init__(self, database_url: str, settings: Settings) -> None:
        self.metrics = Metrics()
        self._database_url = database_url
        self._settings = settings
        self._stopping = threading.Event()

    def run(self) -> None:
        """Work until `stop`; a database that is away is waited for, a schema behind is an error."""
        if not self._schema_is_right():
            return
        loops = [self._loop(name, make) for name, make in self._here().items()]
        threads = [
            *(threading.Thread(target=loop.run, name=loop.name, daemon=True) for loop in loops),
            threading.Thread(
                target=desk.supervise,
                args=(self._database_url, self._settings, self._stopping, self.metrics.note),
                name="desk",
                daemon=True,
            ),
        ]
        for thread in threads:
            thread.start()
        _log.info("engine_started")
        self._stopping.wait()
        deadline_s = monotonic_s() + _STOP_S
        for thread in threads:
            thread.join(max(0.0, deadline_s - monotonic_s()))
            if thread.is_alive():
                _log.warning("part_abandoned", part=thread.name)
        _log.info("engine_stopped")

    def stop(self) -> None:
        """Make `run` return within seconds; safe from a signal handler."""
        self._stopping.set()

    def once(self) -> dict[str, int]:
        """One round of every part, here and now; answer what each did.

        A part that fails does not keep the others from working; its error is raised at the end.
        """
        migrate.check(self._database_url)
        url, settings = self._database_url, self._settings
        makers: dict[str, Callable[[], Part]] = {
            **self._here(),
            parts.KEEPER: lambda: parts.keeper(url, settings, self._stopping.is_set),
            parts.MAILER: lambda: parts.mailer(url, settings),
            parts.QUALITY: lambda: parts.quality(url, settings, self._stopping.is_set),
            parts.AIR: lambda: parts.air(url, settings, self._stopping.is_set),
            parts.NOTIFY: lambda: parts.notify(url, settings),
        }
        done: dict[str, int] = {}
        failures: list[Exception] = []
        for name, make in makers.items():
            try:
                with closing(make()) as part:
                    done[name] = part.tick(utc_now())
            except Exception as exc:  # noqa: BLE001  raised when the others have worked
                failures.append(exc)
        if failures:
            raise failures[0]
        return done

    def _loop(self, name: str, make: Callable[[], Part]) -> Loop:
        return Loop(
            name,
            lambda _asked: make(),
            parts.PERIOD_S[name],
            stopping=self._stopping,
            report=self.metrics.note,
        )

    def _here(self) -> dict[str, Callable[[], Part]]:
        """The parts that work in this process."""
        url, settings = self._database_url, self._settings
        return {
            parts.LIVE: lambda: parts.live(url, settings, self.metrics),
            parts.ANOMALY: lambda: parts.anomaly(url, settings),
            parts.ALARMS: lambda: parts.alarms(url, settings),
            parts.ESCALATION: lambda: parts.escalation(url, settings),
            parts.PLATES: lambda: parts.plates(url, settings),
        }

    def _schema_is_right(self) -> bool:
        """Wait for the database; False when told to stop before it came."""
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                migrate.check(self._database_url)
            except TransientStoreError as exc:
                retry_s = backoff.next_s()
                _log.warning("database_away", cause=str(exc), retry_s=round(retry_s, 1))
                self._stopping.wait(retry_s)
            else:
                return True
        return False
