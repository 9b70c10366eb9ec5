"""The API server goes, hangs, cuts, refuses and contradicts; the reconciler goes on."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Generator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tests.cluster.facade import Cluster, Object
from tests.cluster.outage import dead, frozen
from tests.cluster.record import existing
from tests.cluster.session import Session, own
from tests.kinds import asking
from tests.reconciler.program import Reconciler, wait
from tests.reconciler.proxy import Cut, Fault, Proxy, Refusal, Seen, cutting
from tests.reconciler.site import OBJECTS, Site
from tests.reconciler.test_restoring import create_all

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

NEVER = "--poll-interval=1h"
ELECTED = "--leader-elect"
NAMES = [f"tool-{number}" for number in range(20)]
TAKE_OVER_SECONDS = 15.0
PID = "/proc/{}/status"


@pytest.fixture(scope="module")
def fragile() -> Generator[Session]:
    """Bring up a control plane of which parts may be taken away."""
    with own("control-plane", "--simulated-nodes=1") as running:
        with running.namespace("definitions") as cluster:
            asking.install(cluster)
        yield running


@pytest.fixture
def place(fragile: Session, request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Site]:
    with fragile.namespace(request.node.originalname) as cluster:
        yield Site(cluster, tmp_path)


def figures(reconciler: Reconciler) -> tuple[int, int]:
    """Return how many threads a process has, and how many KiB it occupies."""
    words = dict(
        line.split(":", 1)
        for line in Path(PID.format(reconciler.process.pid)).read_text().splitlines()
    )
    return int(words["Threads"]), int(words["VmRSS"].split()[0])


def all_are(site: Site, names: list[str], condition: str = "Ready") -> None:
    for name in names:
        site.wait_true(name, condition)


def nothing_twice(site: Site, names: list[str]) -> None:
    """Each server has one of everything, and nothing is left over."""
    for kind in OBJECTS:
        found = [one["metadata"]["name"] for one in site.cluster.find(kind)]
        assert sorted(set(found) - {"default", "kmcp"}) == sorted(names), kind

    def sets() -> Counter[str]:
        found = [one for one in site.cluster.find("replicasets") if one["spec"]["replicas"]]
        return Counter(one["metadata"]["ownerReferences"][0]["name"] for one in found)

    wait(lambda: sets() == dict.fromkeys(names, 1), lambda: f"{sets()}")  # the rest is collected


def test_the_api_server_is_killed_and_comes_back(fragile: Session, place: Site) -> None:
    record = existing(fragile.name)
    with place.running(NEVER, ELECTED) as reconciler:
        reconciler.wait_ready()
        place.create("before")
        place.wait_true("before", "Ready")
        with dead(record, "kube-apiserver"):
            reconciler.logged("no longer leading")
            assert reconciler.probe("/healthz") == (200, "ok\n")
        place.create("after")
        place.cluster.kubectl("delete", "deployment", "before")
        all_are(place, ["before", "after"])
        nothing_twice(place, ["before", "after"])


def outlives_a_frozen_database(fragile: Session, place: Site, seconds: float) -> None:
    with place.running("--poll-interval=2s", ELECTED) as reconciler:
        reconciler.wait_ready()
        place.create("before")
        place.wait_true("before", "Ready")
        with frozen(existing(fragile.name), "etcd"):
            until = time.monotonic() + seconds
            wait(lambda: time.monotonic() > until, str)
            assert reconciler.probe("/healthz") == (200, "ok\n")
        place.create("after")
        all_are(place, ["before", "after"])
        nothing_twice(place, ["before", "after"])
        wait(lambda: reconciler.probe() == (200, "ok\n"), lambda: str(reconciler.lines[-20:]))


def test_the_database_hangs_for_a_moment(fragile: Session, place: Site) -> None:
    outlives_a_frozen_database(fragile, place, 3.0)


@pytest.mark.long
def test_the_database_hangs_for_half_a_minute(fragile: Session, place: Site) -> None:
    outlives_a_frozen_database(fragile, place, 30.0)


def test_watches_that_are_cut_every_second_tell_everything(site: Site) -> None:
    with site.proxied() as (proxy, through), site.running(NEVER, through) as reconciler:
        reconciler.wait_ready()
        wait(lambda: len(proxy.watches) >= WATCHED, lambda: str(reconciler.lines[-5:]))
        before = figures(reconciler)
        with cutting(proxy, 1.0) as cuts:
            since = time.monotonic()
            for name in NAMES:
                site.create(name)
            all_are(site, NAMES)
            site.cluster.kubectl("delete", "service", *NAMES)
            all_return(site, "service")
            wait(lambda: sum(bool(one) for one in cuts) >= 10, lambda: f"{cuts}")
            asked = [one for one in list(proxy.seen) if one.is_watch and one.moment > since]
            rate = len(asked) / (time.monotonic() - since)
        assert rate < 2 * WATCHED, "it hammers at the API server"
        nothing_twice(site, NAMES)
        flat(reconciler, before)


def test_conflicts_refusals_and_lost_answers_lead_to_the_same(site: Site) -> None:
    chance = Random(11)
    lock = threading.Lock()

    def choose(seen: Seen) -> Fault:
        with lock:
            number = chance.random()
        if seen.path.endswith("/leases/kmcp-controller-manager"):
            return None
        return next((fault for most, fault in MISHAPS if number < most), None)

    with site.proxied() as (proxy, through):
        proxy.choose = choose
        with site.running("--poll-interval=2s", through) as reconciler:
            create_all(site, NAMES)
            all_are(site, NAMES)
            change_all(site)
            wait(lambda: all_have(site, "2"), lambda: str(reconciler.lines[-20:]))
            assert len(proxy.faults) > len(NAMES)
            proxy.choose = lambda _: None
            all_are(site, NAMES)
            nothing_twice(site, NAMES)
            assert not [one for one in reconciler.lines if one["message"] == "a visit crashed"]


def test_who_is_asked_to_wait_waits(site: Site) -> None:
    seconds = 4

    def choose(seen: Seen) -> Fault:
        is_ours = seen.method == "PATCH" and seen.path.endswith("/deployments/tool")
        return Refusal(429, seconds) if is_ours and len(proxy.faults) < 2 else None

    with site.proxied() as (proxy, through), site.running(NEVER, through) as reconciler:
        reconciler.wait_ready()
        proxy.choose = choose
        site.create("tool")
        site.wait_true("tool", "Ready")
        tries = [one.moment for one in proxy.seen if _is_apply(one)][:3]
        pauses = [after - before for before, after in pairwise(tries)]
        assert len(pauses) == 2
        assert min(pauses) >= seconds, pauses


def test_watches_wait_too_when_they_are_asked_to(site: Site) -> None:
    seconds = 5
    path = f"/apis/apps/v1/namespaces/{site.namespace}/deployments"

    def choose(seen: Seen) -> Fault:
        return Refusal(429, seconds) if seen.is_watch and seen.path == path else None

    def tries() -> list[float]:
        return [one.moment for one in list(proxy.seen) if one.is_watch and one.path == path]

    with site.proxied() as (proxy, through):
        proxy.choose = choose
        with site.running(NEVER, through):
            wait(lambda: len(tries()) >= 3, lambda: str(proxy.seen))
            found = tries()
            pauses = [after - before for before, after in pairwise(found)]
            assert min(pauses) >= seconds, pauses


def test_a_leader_that_is_killed_during_a_roll_out_loses_and_doubles_nothing(site: Site) -> None:
    names = [f"tool-{number}" for number in range(30)]
    with site.proxied() as (proxy, through), site.running(ELECTED, NEVER, through) as first:
        first.logged("leading")
        with site.running(ELECTED, NEVER, "--concurrency=2") as second:
            second.logged("waiting for the lease")
            create_all(site, names)
            wait(lambda: len(applied(proxy)) >= 10, lambda: str(first.lines[-5:]))
            first.process.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            second.logged("leading")
            assert time.monotonic() - killed < TAKE_OVER_SECONDS
            all_are(site, names)
            nothing_twice(site, names)
            settled = figures(second)
            change_all(site, names)
            wait(lambda: all_have(site, "2"), lambda: str(second.lines[-20:]))
            all_are(site, names)
            flat(second, settled)


MISHAPS: tuple[tuple[float, Fault], ...] = (
    (0.06, Refusal(409)),
    (0.12, Refusal(429, 1)),
    (0.18, Refusal(500)),
    (0.24, Refusal(503)),
    (0.30, Cut()),
)
"""How likely each is, added up."""
WATCHED = 8
MORE_THREADS = 12
"""Each watch that was cut leaves a thread behind for a few seconds, and inquiries have theirs."""
MORE_MEMORY = 32 * 1024


def flat(reconciler: Reconciler, before: tuple[int, int]) -> None:
    """Neither threads nor memory have grown, once all is quiet."""
    wait(
        lambda: figures(reconciler)[0] <= before[0] + MORE_THREADS,
        lambda: f"{before} {figures(reconciler)}",
    )
    assert figures(reconciler)[1] < before[1] + MORE_MEMORY, (before, figures(reconciler))


def all_return(site: Site, kind: str) -> None:
    for name in NAMES:
        site.wait_for(kind, name, lambda _: True, "restored")


def applied(proxy: Proxy) -> set[str]:
    return {one.path for one in list(proxy.seen) if one.method == "PATCH" and _is_deployment(one)}


def change_all(site: Site, names: list[str] | None = None) -> None:
    words = "--type=merge", '--patch={"spec":{"deployment":{"env":{"TOLD":"2"}}}}'
    site.cluster.kubectl("patch", "mcpserver", *(names or NAMES), *words)


def all_have(site: Site, told: str) -> bool:
    return all(_env(one) == told for one in _deployments(site.cluster))


def _deployments(cluster: Cluster) -> list[Object]:
    return cluster.find("deployments")


def _env(deployment: Object) -> str:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return next((one["value"] for one in container.get("env", []) if one["name"] == "TOLD"), "")


def _is_deployment(seen: Seen) -> bool:
    return "/deployments/" in seen.path


def _is_apply(seen: Seen) -> bool:
    return seen.method == "PATCH" and seen.path.endswith("/deployments/tool")
