"""What ingest counts, as Prometheus metrics; one registry a worker, no globals."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from core.clock import utc_now
from ingest.admission import Prepared
from ingest.commit import Outcome
from ingest.inbox import Inbound, Inbox


class Metrics:
    """Counters of one ingest worker; docs/runbook.md says what each one means."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._messages = Counter(
            "c5_ingest_messages", "MQTT messages acknowledged", registry=self.registry
        )
        self._stored = Counter(
            "c5_ingest_stored", "Messages new to the store", registry=self.registry
        )
        self._duplicates = Counter(
            "c5_ingest_duplicates", "Messages stored before", registry=self.registry
        )
        self._rejected = Counter(
            "c5_ingest_rejected", "Messages refused, by reason", ["reason"], registry=self.registry
        )
        self._unavailable = Counter(
            "c5_ingest_store_unavailable", "Failed tries to reach the store", registry=self.registry
        )
        self._inbox = Gauge("c5_ingest_inbox", "Messages held in memory", registry=self.registry)
        self._inbox_bytes = Gauge(
            "c5_ingest_inbox_bytes", "Payload held in memory", registry=self.registry
        )
        self._lag = Histogram(
            "c5_ingest_lag_seconds",
            "Receipt to commit of a batch's oldest message",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
            registry=self.registry,
        )
        self._took = Histogram(
            "c5_ingest_batch_seconds", "Preparing and committing a batch", registry=self.registry
        )
        self._size = Histogram(
            "c5_ingest_batch_messages",
            "Messages committed together",
            buckets=(1, 10, 100, 500, 1000, 2500, 5000, 10_000),
            registry=self.registry,
        )

    @property
    def acknowledged(self) -> int:
        """MQTT messages whose commit has happened."""
        return int(self.registry.get_sample_value("c5_ingest_messages_total") or 0)

    def watch(self, is_ready: Callable[[], bool]) -> None:
        """Show whether the broker's messages reach us, asked at every scrape."""
        connected = Gauge(
            "c5_ingest_subscribed", "1 while connected and subscribed", registry=self.registry
        )
        connected.set_function(lambda: float(is_ready()))

    def serve(self, port: int, *, host: str = "127.0.0.1") -> None:
        """Answer /metrics on a port of this machine."""
        start_http_server(port, addr=host, registry=self.registry)

    def store_unavailable(self) -> None:
        """Count one failed try to reach the store."""
        self._unavailable.inc()

    def committed(
        self,
        batch: Sequence[Inbound],
        outcome: Outcome,
        prepared: Prepared,
        *,
        took_s: float,
        inbox: Inbox,
    ) -> None:
        """Count one committed batch."""
        self._messages.inc(len(batch))
        self._stored.inc(outcome.stored)
        self._duplicates.inc(outcome.duplicates)
        for refused in prepared.refused:
            self._rejected.labels(refused.reason).inc()
        self._lag.observe(max(0.0, (utc_now() - batch[0].received_at).total_seconds()))
        self._took.observe(took_s)
        self._size.observe(len(batch))
        self._inbox.set(len(inbox))
        self._inbox_bytes.set(inbox.held_bytes)
