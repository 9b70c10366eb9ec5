"""What the reconciler counts and measures."""

from collections.abc import Callable

from cluster.resources import plural
from telemetry.metrics import Metrics

VISIT_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Figures:
    """The metrics by name."""

    def __init__(self, metrics: Metrics) -> None:
        """Register them."""
        self.metrics = metrics
        self.leading = metrics.gauge("kmcp_leader", "1 while this process leads.")
        self.visits = metrics.counter(
            "kmcp_reconciles", "Visits to MCPServers by how they ended.", ["result"]
        )
        self.visit_seconds = metrics.histogram(
            "kmcp_reconcile_duration_seconds", "How long a visit took.", buckets=VISIT_SECONDS
        )
        self.poll_seconds = metrics.gauge(
            "kmcp_poll_duration_seconds", "How long the last look at everything took."
        )
        self.polls = metrics.counter("kmcp_polls", "Looks at everything.")
        self.servers = metrics.gauge("kmcp_mcpservers", "MCPServers that are looked after.")
        self.waiting = metrics.gauge("kmcp_queue_depth", "MCPServers that wait for a visit.")
        self.rolling = metrics.gauge("kmcp_rolling_servers", "MCPServers whose Pods are replaced.")
        self.held_back = metrics.gauge(
            "kmcp_held_back_servers", "MCPServers that wait for their turn to get a newer kmcp."
        )
        self.uninjected = metrics.gauge(
            "kmcp_uninjected_pods",
            "Pods that ask for the adapter and run without it.",
            ["namespace"],
        )
        self.exposed = metrics.gauge(
            "kmcp_exposed_workloads",
            "Workloads of users that ask for a Service, by what came of it.",
            ["state"],
        )
        self.events = metrics.gauge("kmcp_events", "Events by what became of them.", ["outcome"])
        self._requests = metrics.counter(
            "kmcp_api_requests",
            "Requests to the API server by what they do to which kind of object.",
            ["method", "resource"],
        )
        for result in ("done", "refused", "failed", "crashed"):
            self.visits.labels(result)

    def watch_events(self, counts: Callable[[], dict[str, int]]) -> None:
        """Have the counts of a recorder read when somebody asks."""
        for outcome in counts():
            self.events.labels(outcome).set_function(_reading(counts, outcome))

    def note_request(self, method: str, path: str) -> None:
        """Count a request to the API server."""
        resource = plural(path)
        is_list = method == "GET" and path.endswith(f"/{resource}")
        self._requests.labels("LIST" if is_list else method, resource).inc()


def _reading(counts: Callable[[], dict[str, int]], outcome: str) -> Callable[[], float]:
    return lambda: counts()[outcome]
