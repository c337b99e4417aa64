"""What the engine counts, as Prometheus metrics; docs/runbook.md says what each one means."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from control_center.engine.outcome import Outcome


class Metrics:
    """Counters of one engine, its parts told apart by a label."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ticks = Counter(
            "c5_engine_ticks", "Rounds of work that ended well", ["part"], registry=self.registry
        )
        self._failures = Counter(
            "c5_engine_failures", "Rounds of work that failed", ["part"], registry=self.registry
        )
        self._made = Counter(
            "c5_engine_made",
            "Events told, runs and hours judged, readings marked, reports mailed",
            ["part"],
            registry=self.registry,
        )
        self._took = Histogram(
            "c5_engine_tick_seconds",
            "Length of a round",
            ["part"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
            registry=self.registry,
        )
        self._last = Gauge(
            "c5_engine_last_success_timestamp_seconds",
            "When a round last ended well, Unix time",
            ["part"],
            registry=self.registry,
        )
        self._lag = Histogram(
            "c5_engine_event_lag_seconds",
            "From the arrival of the fix that decided an event to its announcement",
            buckets=(0.1, 0.25, 0.5, 1, 1.5, 2, 5, 10, 30, 60, 300, 3600),
            registry=self.registry,
        )
        self._trucks = Gauge("c5_engine_trucks", "Trucks that are watched", registry=self.registry)

    def note(self, outcome: Outcome) -> None:
        """Count one round of a part."""
        part = outcome.part
        self._took.labels(part).observe(outcome.took_s)
        if outcome.cause is not None:
            self._failures.labels(part).inc()
            return
        self._ticks.labels(part).inc()
        self._made.labels(part).inc(outcome.made)
        self._last.labels(part).set(outcome.ended_s)

    def told(self, lags_s: Iterable[float]) -> None:
        """Note how long events took to be told."""
        for lag_s in lags_s:
            self._lag.observe(max(0.0, lag_s))

    def watching(self, trucks: int) -> None:
        """Show how many trucks are watched."""
        self._trucks.set(trucks)

    def serve(self, port: int, *, host: str = "127.0.0.1") -> None:
        """Answer /metrics on a port of this machine."""
        start_http_server(port, addr=host, registry=self.registry)
