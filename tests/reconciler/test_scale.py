"""Many servers: few requests for each, none that writes once all is settled, and little memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import session
from tests.cluster.session import Session
from tests.kinds import asking
from tests.reconciler.crowd import TOLD, Crowd, Figures, following, settled, writes
from tests.reconciler.program import Reconciler, running, wait
from tests.reconciler.site import Site

SECONDS = 900.0
"""A generous bound: others use the machine as well, and nothing here is about time."""
MOST_REQUESTS = 11.0
"""For each new server: an account, a Service, a Deployment, two Events, and its status as it goes
from waiting for Pods over their first signs of life to being ready."""
MOST_READS = 0.2
MOST_THREADS = 60
MOST_GROWTH = 30.0
"""MiB for a hundred servers, what is loaded on first use included."""


@pytest.mark.control_plane
@pytest.mark.slow
def test_a_hundred_servers_cost_few_requests_and_then_none_that_write(site: Site) -> None:
    with site.running("--poll-interval=2s", *TOLD) as reconciler, following(site.cluster) as crowd:
        reconciler.wait_ready()
        before = Figures(reconciler)
        made(crowd, 100)
        after = settled(reconciler, SECONDS)
        requests = each(after, before, 100)
        assert sum(requests.values()) <= MOST_REQUESTS, requests
        assert sum(one for kind, one in requests.items() if kind.startswith("GET ")) <= MOST_READS
        assert after.memory - before.memory <= MOST_GROWTH
        assert threads(reconciler) <= MOST_THREADS
    with site.running("--poll-interval=1s", "--watch=false", *TOLD) as again:
        again.wait_ready()
        now = looked(again, 10)
        assert now.sample("kmcp_reconciles_total", 'result="done"') >= 100
        assert writes(now.requests()) == 0, now.requests()


@pytest.fixture(scope="module")
def roomy() -> Iterator[Session]:
    """Bring up a control plane with nodes for thousands of Pods."""
    with session.own("control-plane", "--simulated-nodes=9") as rig:
        with rig.namespace("definitions") as cluster:
            asking.install(cluster)
        yield rig


@pytest.mark.long
@pytest.mark.parametrize(("count", "memory"), [(1000, 110.0), (3000, 170.0)])
def test_thousands_of_servers_stay_cheap(roomy: Session, count: int, memory: float) -> None:
    """Only what a process uses itself is bounded: what it waits for depends on the machine."""
    with roomy.namespace("thousands") as cluster:
        flags = (f"--kubeconfig={roomy.kubeconfig}", "--namespace=default", *TOLD)
        scope = f"--watch-namespaces={cluster.namespace}"
        with running(*flags, scope, "--poll-interval=20s") as reconciler:
            reconciler.wait_ready()
            with following(cluster) as crowd:
                before = Figures(reconciler)
                made(crowd, count, count * 2.0)
                after = settled(reconciler, SECONDS)
            first = looked(reconciler, after.polls + 1)
            last = looked(reconciler, first.polls + 3)
        assert sum(each(after, before, count).values()) <= MOST_REQUESTS
        assert (after.processor - before.processor) / count <= 0.08
        assert (last.processor - first.processor) / 3 <= count * 0.002
        assert writes(last.requests(first)) == 0
        assert last.memory <= memory


def made(crowd: Crowd, count: int, seconds: float = SECONDS) -> None:
    """Make servers, and return once all are ready."""
    crowd.create(count)
    crowd.wait("Programmed", count, seconds)
    crowd.wait("Ready", count, seconds)


def looked(reconciler: Reconciler, polls: int) -> Figures:
    """Return the figures once everything was looked at so often."""
    wait(lambda: Figures(reconciler).polls >= polls, lambda: str(reconciler.lines[-5:]))
    return Figures(reconciler)


def each(after: Figures, before: Figures, count: int) -> dict[str, float]:
    """Return the requests of each kind per server, without those for all at once."""
    requests = after.requests(before)
    return {kind: one / count for kind, one in requests.items() if "LIST" not in kind}


def threads(reconciler: Reconciler) -> int:
    """Return how many threads it has."""
    return len(list(Path(f"/proc/{reconciler.process.pid}/task").iterdir()))
