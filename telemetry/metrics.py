"""Metrics of one program, in a registry of its own, told as Prometheus reads them."""

from collections.abc import Callable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Where the buckets of a request's duration end: from 5 ms, a good answer, to 10 s, given up."""


class Metrics:
    """What one program counts; two of them never share a figure."""

    def __init__(self) -> None:
        """Begin with what the system knows of this process: memory, processor, descriptors."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # its signature has no types
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)

    def counter(self, name: str, sentence: str, labels: Sequence[str] = ()) -> Counter:
        """Return a figure that only grows."""
        return Counter(name, sentence, labels, registry=self.registry)

    def gauge(self, name: str, sentence: str, labels: Sequence[str] = ()) -> Gauge:
        """Return a figure that goes up and down."""
        return Gauge(name, sentence, labels, registry=self.registry)

    def reading(self, name: str, sentence: str, read: Callable[[], float]) -> None:
        """Register a figure that is read when somebody asks for it."""
        self.gauge(name, sentence).set_function(read)

    def histogram(
        self,
        name: str,
        sentence: str,
        labels: Sequence[str] = (),
        buckets: Sequence[float] = REQUEST_SECONDS,
    ) -> Histogram:
        """Return a distribution over *buckets*."""
        return Histogram(name, sentence, labels, registry=self.registry, buckets=buckets)

    def exposition(self) -> bytes:
        """Return every figure as text, to be sent with CONTENT_TYPE."""
        return generate_latest(self.registry)
