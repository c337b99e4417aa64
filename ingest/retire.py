"""Empty and end the sessions of workers that are no longer wanted.

A session left behind by a larger number of workers would go on taking its share
of every message into a queue that nobody reads. Its messages are stored first,
by the usual path, and only then the session is deleted.
"""

from dataclasses import replace
from typing import Final

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from core import log
from core.clock import monotonic_s, pause
from core.errors import BrokerError
from core.settings.telemetry import Ingest
from devices.broker import Login, prepare
from ingest.service import MAX_WORKERS, Wiring, Worker

_ANSWER_LIMIT_S: Final = 10.0
_QUIET_S: Final = 1.0
_log = log.get(__name__)


def leftovers(wiring: Wiring, settings: Ingest) -> int:
    """Store what retired workers' sessions hold, delete them; answer how many there were."""
    found = 0
    for number in range(wiring.workers + 1, MAX_WORKERS + 1):
        retired = replace(wiring, worker=number)
        if _visit(retired.login, retired.client_id, clean=False):
            _empty(retired, settings)
            found += 1
        _visit(retired.login, retired.client_id, clean=True)
    return found


def _empty(wiring: Wiring, settings: Ingest) -> None:
    worker = Worker(wiring, settings)
    worker.start()
    received, moved_s = -1, monotonic_s()
    while (
        monotonic_s() - moved_s < _QUIET_S or worker.metrics.acknowledged < worker.consumer.received
    ):
        if worker.consumer.received != received or not worker.consumer.is_ready:
            received, moved_s = worker.consumer.received, monotonic_s()
        worker.wait(_QUIET_S / 10)
    worker.stop()
    _log.info("worker_retired", worker=wiring.worker, messages=received)


def _visit(login: Login, client_id: str, *, clean: bool) -> bool:
    """Connect once and leave; answer whether the broker knew the session. Clean deletes it."""
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=clean,
        protocol=mqtt.MQTTv311,
        manual_ack=True,
    )
    prepare(client, login)
    known: list[bool] = []
    client.on_connect = lambda _c, _u, flags, *_: known.append(flags.session_present)
    deadline_s = monotonic_s() + _ANSWER_LIMIT_S
    while not known:
        if monotonic_s() > deadline_s:
            raise BrokerError(f"no broker answers at {login.url}; start it, or correct mqtt.url")
        try:
            if client.socket() is None:
                client.connect(login.endpoint.host, login.endpoint.port)
            client.loop(0.1)
        except OSError:
            pause(0.2)
    client.disconnect()
    return known[0]
