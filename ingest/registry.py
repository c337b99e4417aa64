"""Who may speak, as ingest remembers it: renewed when it is old or a stranger speaks."""

from collections.abc import Mapping, Sequence
from typing import Final

from core.clock import monotonic_s
from core.device import Device
from ingest.admission import strangers_in
from ingest.inbox import Inbound
from ingest.steady import SteadyConnection
from store import device, faults
from store.pool import Connection

_AGE_S: Final = 5.0


class Registry:
    """The device table in memory; one a worker."""

    def __init__(self, connection: SteadyConnection) -> None:
        self._connection = connection
        self._devices: dict[str, Device] = {}
        self._read_at_s = float("-inf")

    def covering(self, batch: Sequence[Inbound]) -> Mapping[str, Device]:
        """All devices, fresh enough to judge this batch: nobody enrolled counts as a stranger."""
        age_s = monotonic_s() - self._read_at_s
        if age_s > _AGE_S or strangers_in(batch, self._devices):
            self._devices = self._connection.run(_read, held=len(batch))
            self._read_at_s = monotonic_s()
        return self._devices


def _read(conn: Connection) -> dict[str, Device]:
    with faults.translated("reading the registry"), conn.transaction():
        return {one.device_id: one for one in device.listed(conn)}
