"""One server that cannot be helped delays no other, and is not tried again and again."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cluster.bodies import merge_patch
from cluster.client import Client
from cluster.resources import MCPSERVERS
from kinds.names import API_VERSION, KIND
from tests.cluster.facade import KubectlError, Object
from tests.cluster.session import Session, own
from tests.kinds import asking
from tests.reconciler.program import SECONDS, Reconciler, wait
from tests.reconciler.proxy import Proxy, Seen
from tests.reconciler.site import Site, condition

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

NEVER = "--poll-interval=1h"
GOOD = [f"tool-{number}" for number in range(97)]
ROUNDS = 3
CALM_SECONDS = 20.0
LEAST_PAUSE = 15.0
"""What was refused is left alone for so long."""
DEPTH = 3000


@pytest.fixture(scope="module")
def loose() -> Generator[Session]:
    """Bring up a control plane that takes everything for an MCPServer at first."""
    with own("control-plane") as running:
        with running.namespace("definitions") as cluster:
            definition = json.loads(
                cluster.kubectl(
                    "create", f"--filename={asking.DEFINITION}", "--dry-run=client", "--output=json"
                )
            )
            for version in definition["spec"]["versions"]:
                anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                version["schema"] = {"openAPIV3Schema": anything}
            cluster.apply(definition)
            cluster.wait_condition(
                "customresourcedefinition", "mcpservers.kagent.dev", "Established"
            )
        yield running


@pytest.fixture
def place(loose: Session, tmp_path: Path) -> Generator[Site]:
    """Lend a namespace with servers of an older definition that the one of today does not take."""
    with loose.namespace("isolation") as cluster:
        yield Site(cluster, tmp_path)


def server(name: str, **spec: object) -> Object:
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}, "spec": spec}


def good(name: str, told: str) -> Object:
    deployment = {"image": "registry.example.com/tool:1", "cmd": "tool", "env": {"TOLD": told}}
    return server(name, transportType="stdio", deployment=deployment)


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def store_unreadable(site: Site) -> None:
    """Store what no program of today can make sense of."""
    strange = {"image": ["a"], "env": "DEEP", "port": {"a": 1}, "labels": 3, "sidecars": "x"}
    site.cluster.apply(server("unreadable", transportType=7, deployment=strange, timeout=[]))
    text = json.dumps(server("deep", deployment={"image": "a/b:1", "env": {"a": "DEEP"}}))
    site.cluster.kubectl("create", "--filename=-", stdin=text.replace('"DEEP"', deep(DEPTH)))


def test_three_bad_ones_among_a_hundred_delay_no_other(place: Site) -> None:
    with forbidden(place), place.proxied() as (proxy, through), place.running(NEVER, through) as it:
        it.wait_ready()
        place.cluster.apply({"apiVersion": "v1", "kind": "List", "items": _all("first")})
        wait_applied(proxy, it, 0.0)
        store_unreadable(place)
        place.cluster.apply(server("invalid", deployment={"cmd": "tool", "port": 99_999}))
        place.cluster.apply(good("forbidden", "1"))
        wait_tried(proxy, it, "forbidden")
        refused = place.wait("invalid", _is_not_accepted, "refused")
        assert "port" in condition(refused, "Accepted")["message"]
        place.wait("unreadable", _is_not_accepted, "refused")
        since = time.monotonic()
        for number in range(ROUNDS):
            changed(place, proxy, it, f"round-{number}")
        took = time.monotonic() - since
        later = [one for one in list(proxy.seen) if one.moment > since]
        tries = [one for one in later if _is_apply(one, "forbidden")]
        assert len(tries) <= took / LEAST_PAUSE + 1, "it takes the others' time"
        for name in ("invalid", "unreadable", "deep"):
            assert not [one for one in later if one.path.endswith(f"/{name}")]


def test_what_cannot_succeed_is_rarely_tried(place: Site) -> None:
    with forbidden(place), place.proxied() as (proxy, through):
        flags = ("--watch=false", "--poll-interval=1s", through)
        with place.running(*flags) as it:
            it.wait_ready()
            store_unreadable(place)
            place.cluster.apply(server("invalid", deployment={"cmd": "tool", "port": 99_999}))
            place.cluster.apply(good("forbidden", "1"))
            place.cluster.apply(good("tool", "1"))
            wait_tried(proxy, it, "forbidden")
            place.wait("invalid", _is_not_accepted, "refused")
            since = time.monotonic()
            wait(lambda: time.monotonic() > since + CALM_SECONDS, str)
            later = [one for one in proxy.seen if one.moment > since]
            most = CALM_SECONDS / LEAST_PAUSE + 1
            tries = [one for one in later if _is_apply(one, "forbidden")]
            assert len(tries) <= most, tries
            for name in ("invalid", "unreadable", "deep"):
                assert not [one for one in later if one.path.endswith(f"/{name}")]
            assert [one for one in proxy.writes(since) if "/tool" not in one.path] == tries
            told = it.logged("an object is unreadable")["object"]
            assert told == f"MCPServer/{place.namespace}/deep"
            assert it.probe("/healthz") == (200, "ok\n")


def test_what_hangs_holds_up_no_other(place: Site) -> None:
    with place.proxied() as (proxy, through), place.running(NEVER, through) as it:
        proxy.hang = lambda seen: _is_apply(seen, "hanging")
        it.wait_ready()
        place.cluster.apply(good("hanging", "1"))
        wait_tried(proxy, it, "hanging")
        place.cluster.apply({"apiVersion": "v1", "kind": "List", "items": _all("first")})
        wait_applied(proxy, it, 0.0)
        proxy.hang = lambda _: False
        place.wait("hanging", _is_programmed, "made in the end")


def _all(told: str) -> list[Object]:
    return [good(name, told) for name in GOOD]


def changed(site: Site, proxy: Proxy, it: Reconciler, told: str) -> None:
    """Change every good server, and return once the last of them was applied."""
    client, since = Client(site.cluster.api), time.monotonic()
    body = merge_patch({"spec": {"deployment": {"env": {"TOLD": told}}}})
    for name in GOOD:
        client.patch(MCPSERVERS, site.namespace, name, body)
    wait_applied(proxy, it, since)


def wait_applied(proxy: Proxy, it: Reconciler, since: float) -> None:
    """Return once every good Deployment has been applied."""
    wanted = set(GOOD)

    def missing() -> set[str]:
        seen = [one for one in list(proxy.seen) if one.moment > since and _is_apply(one)]
        return wanted - {one.path.rpartition("/")[2] for one in seen}

    wait(lambda: not missing(), lambda: f"{missing()} {it.lines[-20:]}")


def wait_tried(proxy: Proxy, it: Reconciler, name: str) -> None:
    wait(
        lambda: any(_is_apply(one, name) for one in list(proxy.seen)),
        lambda: f"{name} was never tried: {it.lines[-20:]}",
    )


@contextmanager
def forbidden(site: Site) -> Generator[None]:
    """Have the API server refuse the Deployment of one name."""
    name = f"{site.namespace}-forbids"
    group = "admissionregistration.k8s.io/v1"
    rule = {
        "apiGroups": ["apps"],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["deployments"],
    }
    policy = {
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "object.metadata.name != 'forbidden'"}],
    }
    here = {"matchLabels": {"kubernetes.io/metadata.name": site.namespace}}
    binding = {
        "policyName": name,
        "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": here},
    }
    of = {"apiVersion": group, "metadata": {"name": name}}
    site.cluster.apply({**of, "kind": "ValidatingAdmissionPolicy", "spec": policy})
    site.cluster.apply({**of, "kind": "ValidatingAdmissionPolicyBinding", "spec": binding})
    words = ("create", "deployment", "forbidden", "--image=a", "--dry-run=server")
    deadline = time.monotonic() + SECONDS
    try:
        while _is_allowed(site, words):
            assert time.monotonic() < deadline, "the policy never came into force"
        yield
    finally:
        for kind in ("binding", ""):
            site.cluster.kubectl("delete", f"validatingadmissionpolicy{kind}", name)


def _is_allowed(site: Site, words: tuple[str, ...]) -> bool:
    try:
        site.cluster.kubectl(*words)
    except KubectlError:
        return False
    return True


def _is_apply(seen: Seen, name: str = "") -> bool:
    return seen.method == "PATCH" and (
        seen.path.endswith(f"/deployments/{name}") if name else "/deployments/" in seen.path
    )


def _is_not_accepted(found: Object) -> bool:
    return condition(found, "Accepted").get("status") == "False"


def _is_programmed(found: Object) -> bool:
    return condition(found, "Programmed").get("status") == "True"
