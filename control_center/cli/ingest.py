"""`c5 ingest`: take messages from the broker into the database."""

import signal
import sys
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated

import typer

from control_center import connections
from control_center.connections import Connections
from core import settings as setting_tree
from core.settings import Settings
from deploy.local.supervisor import Program, Supervisor
from devices.broker import INGEST
from ingest import retire
from ingest.service import Wiring, Worker


def ingest(
    worker: Annotated[
        int | None,
        typer.Option(
            "--worker", min=1, help="Run as this one worker; left out: all of ingest.workers."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=16, help="How many share the load.")
    ] = None,
) -> None:
    """Take messages from the broker into the database until Ctrl-C."""
    chosen = setting_tree.load()
    places = connections.resolve(chosen)
    count = workers or chosen.ingest.workers
    if worker is None:
        retire.leftovers(_wiring(1, count, chosen, places), chosen.ingest)
        if count > 1:
            _run_many(count, chosen)
            return
    _run_one(_wiring(worker or 1, count, chosen, places), chosen)


def _wiring(number: int, count: int, chosen: Settings, places: Connections) -> Wiring:
    return Wiring(
        database_url=places.database_url,
        login=places.login(INGEST),
        plate_key=places.plate_key,
        worker=number,
        workers=count,
        keepalive_s=chosen.mqtt.keepalive_s,
        timezone=chosen.timezone,
        retention=chosen.retention,
        plates=chosen.plates,
    )


def _run_one(wiring: Wiring, chosen: Settings) -> None:
    one = Worker(wiring, chosen.ingest)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    if chosen.ingest.metrics_port:
        one.metrics.serve(chosen.ingest.metrics_port + wiring.worker - 1)
    one.start()
    try:
        one.wait()
    except KeyboardInterrupt:
        pass
    finally:
        one.stop()


def _run_many(count: int, chosen: Settings) -> None:
    """One process a worker; one that dies is started again, the others go on."""
    folder = chosen.local.folder if chosen.local.folder.is_dir() else Path(gettempdir())
    supervisor = Supervisor()
    with supervisor.signals(), supervisor:
        for number in range(1, count + 1):
            name = f"ingest-{number}"
            own = ["ingest", "--workers", str(count), "--worker", str(number)]
            supervisor.start(
                Program(
                    name=name,
                    argv=[sys.executable, "-m", "control_center", *own],
                    log_file=folder / "logs" / f"{name}.log",
                    restart=True,
                )
            )
        supervisor.run()
