"""Prometheus figures of one control center, in a registry of its own.

/metrics answers loopback only, and to others it does not exist: a scraper runs
beside the service, and no secret has to be kept for it. A request that a proxy
forwards carries its client's address, and is refused like any other.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Counters that the service keeps, and gauges that are read when asked for."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "c5_http_requests",
            "HTTP requests answered",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "c5_http_request_seconds",
            "Time until the answer began, s (streams: until they ended)",
            ["route"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )

    def note_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def gauge(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Add a figure that is read at each scrape."""
        Gauge(name, help_text, registry=self._registry).set_function(read)

    def exposition(self) -> bytes:
        """All figures in Prometheus's text format."""
        return generate_latest(self._registry)
