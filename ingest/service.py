"""Put an ingest worker together, and run it until told to stop.

One worker holds a plain subscription; several divide the load through a shared
one (`$share/c5/...`). The difference matters when the broker restarts: Mosquitto
2.0 remembers plain subscriptions of persistent sessions and forgets shared ones
until their owners come back, so what devices publish in that gap finds nobody
(docs/adr/0006-ingest.md). Hence one worker is the default. The first worker
also keeps house, and reads the retained statuses that came before the session.
"""

import gc
import sys
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from core import log
from core.seal import PlateVault
from core.settings.telemetry import Ingest, Plates, Retention
from core.topics import ENROLL_ROOT, ROOT, UPLINK
from devices.broker import Login
from ingest import retained
from ingest.admission import Gate
from ingest.batcher import Batcher
from ingest.commit import Committer
from ingest.consumer import Consumer
from ingest.housekeeping import Housekeeper
from ingest.inbox import Inbox
from ingest.metrics import Metrics
from ingest.quality import Assessor, Limits
from store import latest, migrate, pool

PLAIN: Final = (*(f"{ROOT}/+/+/{stream}" for stream in UPLINK), f"{ENROLL_ROOT}/#")
"""What devices say, and not what they are told: a command that only we heard would look taken."""
SHARED: Final = tuple(f"$share/c5/{topic}" for topic in PLAIN)
MAX_WORKERS: Final = 16
_GC_THRESHOLDS: Final = (100_000, 50, 100)
"""Live messages make every collection expensive; few of them form cycles."""
_STOP_WAIT_S: Final = 10.0
"""A batcher that a dead database holds longer than this is left behind unacknowledged."""
_SWITCH_S: Final = 0.0005
"""How long one thread may keep the interpreter while another feeds the database; Python's 5 ms
leave the database idle between two pieces of a COPY (docs/adr/0006-ingest.md)."""
_MIB: Final = 1_048_576
_log = log.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Where a worker reads and writes."""

    database_url: str
    login: Login
    plate_key: str
    worker: int = 1
    """Its number, from 1; beyond `workers` it only empties what an earlier session holds."""
    workers: int = 1
    """How many there are in all."""
    keepalive_s: int = 60
    timezone: str = "America/Mexico_City"
    retention: Retention = field(default_factory=Retention)
    plates: Plates = field(default_factory=Plates)

    @property
    def client_id(self) -> str:
        """Its session with the broker."""
        return f"c5-ingest-{self.worker}"

    @property
    def subscriptions(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(what it listens to, what an earlier life of its session may listen to)."""
        if self.worker > self.workers:
            return (), (*PLAIN, *SHARED)
        return (PLAIN, SHARED) if self.workers == 1 else (SHARED, PLAIN)

    @property
    def is_first(self) -> bool:
        """One worker also keeps house and reads what the broker retained."""
        return self.worker == 1


class Worker:
    """One ingest worker: a network thread and a batcher thread."""

    def __init__(self, wiring: Wiring, settings: Ingest) -> None:
        self._wiring = wiring
        self.metrics = Metrics()
        self.inbox = Inbox(max_messages=settings.inbox_messages, max_bytes=settings.inbox_mb * _MIB)
        vault = PlateVault(wiring.plate_key)
        self._assessor = Assessor(
            Limits(
                clock_ahead=timedelta(seconds=settings.clock_ahead_s),
                late=timedelta(seconds=settings.late_s),
            )
        )
        subscriptions, forget = wiring.subscriptions
        self.consumer = Consumer(
            wiring.login,
            client_id=wiring.client_id,
            subscriptions=subscriptions,
            forget=forget,
            inbox=self.inbox,
            keepalive_s=wiring.keepalive_s,
            on_failure=self._fail,
        )
        self.metrics.watch(lambda: self.consumer.is_ready)
        self._batcher = Batcher(
            database_url=wiring.database_url,
            inbox=self.inbox,
            gate=Gate(self._assessor, vault),
            committer=Committer(vault, pending_max=settings.pending_max),
            ack=self.consumer.ack,
            metrics=self.metrics,
            batch_max=settings.batch_max,
            batch_wait_s=settings.batch_wait_s,
        )
        self._housekeeper = Housekeeper(
            wiring.database_url,
            timezone=wiring.timezone,
            limits=wiring.retention,
            plates=wiring.plates,
        )
        self._failure: BaseException | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run_batcher, name="batcher", daemon=True)

    def start(self) -> None:
        """Check the schema, remember the last places, then listen."""
        migrate.check(self._wiring.database_url)
        with pool.connect(self._wiring.database_url, application="c5-ingest") as conn:
            self._assessor.remember(latest.fixes(conn))
        sys.setswitchinterval(_SWITCH_S)
        gc.freeze()
        gc.set_threshold(*_GC_THRESHOLDS)
        self._thread.start()
        if self._wiring.is_first:
            self._housekeeper.start()
            self.inbox.offer(retained.statuses(self._wiring.login, client_id="c5-ingest-retained"))
        self.consumer.start()
        _log.info("ingest_started", worker=self._wiring.worker)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; raises what ended one of its threads, if anything did."""
        ended = self._ended.wait(timeout_s)
        if self._failure is not None:
            raise self._failure
        return ended

    def stop(self) -> None:
        """Finish the batch in hand, acknowledge it, and disconnect; the session stays."""
        self._batcher.stop()
        self._thread.join(_STOP_WAIT_S)
        if self._thread.is_alive():
            _log.warning("batch_abandoned", remedy="the broker sends it again at the next start")
        self.consumer.stop()
        if self._wiring.is_first:
            self._housekeeper.stop()
        _log.info("ingest_stopped", worker=self._wiring.worker)

    def _run_batcher(self) -> None:
        try:
            self._batcher.run()
        except BaseException as exc:  # noqa: BLE001  handed to whoever waits
            self._fail(exc)
        finally:
            self._ended.set()

    def _fail(self, exc: BaseException) -> None:
        self._failure = self._failure or exc
        self._ended.set()
