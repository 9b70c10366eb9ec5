"""What is ours and is deleted or edited by hand comes back soon, and what is well is left alone."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from cluster.bodies import json_patch
from cluster.client import Client
from cluster.errors import NotFound
from kinds.names import API_VERSION, KIND
from tests.cluster.facade import Object
from tests.reconciler.applying import RESOURCES
from tests.reconciler.program import SECONDS
from tests.reconciler.site import Site

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

NEVER = "--poll-interval=1h"
INTERVAL = 4.0
BY_A_POLL = ("--watch=false", f"--poll-interval={INTERVAL:g}s")
WITH_POLICY = "--network-policy"
LOOK_SECONDS = 0.02
SOON_SECONDS = 2.0
SLACK_SECONDS = 3.0
"""What a visit may take on a machine with much else to do."""

EDITS: dict[str, tuple[str, Any]] = {
    "Deployment": ("/spec/template/spec/containers/0/image", "registry.example.com/other:9"),
    "Service": ("/spec/ports/0/targetPort", 9),
    "ServiceAccount": ("/metadata/labels/app.kubernetes.io~1instance", "other"),
    "NetworkPolicy": ("/spec/policyTypes", ["Ingress", "Egress"]),
}
"""For each kind, a field of ours, and what somebody makes of it."""


class Hand:
    """What a person does to the objects of a namespace, and how long it lasts."""

    def __init__(self, site: Site) -> None:
        self._client = Client(site.cluster.api)
        self._namespace = site.namespace

    def get(self, kind: str, name: str) -> Object | None:
        try:
            found: Object = self._client.get(RESOURCES[kind], self._namespace, name, dict[str, Any])
        except NotFound:
            return None
        return found

    def delete(self, kind: str, name: str) -> Callable[[], bool]:
        """Delete an object, and return what says whether there is a new one."""
        before = self.get(kind, name)
        assert before is not None
        self._client.delete(RESOURCES[kind], self._namespace, name)

        def is_back() -> bool:
            now = self.get(kind, name)
            return now is not None and now["metadata"]["uid"] != before["metadata"]["uid"]

        return is_back

    def edit(self, kind: str, name: str) -> Callable[[], bool]:
        """Edit a field of ours, and return what says whether it is as it was."""
        pointer, value = EDITS[kind]
        parts = [one.replace("~1", "/") for one in pointer.split("/")[1:]]
        path = [int(one) if one.isdigit() else one for one in parts]
        before = at(self.get(kind, name), path)
        assert before not in (None, value)
        operations = [{"op": "replace", "path": pointer, "value": value}]
        body = json_patch(operations)
        resource = RESOURCES[kind]
        self._client.patch(resource, self._namespace, name, body, manager="kubectl-edit")
        return lambda: at(self.get(kind, name), path) == before


def at(found: Any, path: Sequence[str | int]) -> Any:  # noqa: ANN401 - JSON
    """Return what stands at a place of an object."""
    for step in path:
        found = found[step]
    return found


def seconds_until(claims: list[Callable[[], bool]]) -> float:
    """Return how long it took until all that is claimed was true."""
    began = time.monotonic()
    for claim in claims:
        while not claim():
            assert time.monotonic() < began + SECONDS, "it never came back"
            time.sleep(LOOK_SECONDS)
    return time.monotonic() - began


def test_what_is_deleted_or_edited_comes_back_at_once_with_watches(site: Site) -> None:
    with site.running(NEVER, WITH_POLICY) as reconciler:
        reconciler.wait_ready()
        site.create("tool")
        site.wait_true("tool", "Ready")
        hand = Hand(site)
        deeds = [hand.delete, hand.edit]
        took = {
            f"{deed.__name__} {kind}": seconds_until([deed(kind, "tool")])
            for kind in EDITS
            for deed in deeds
        }
        assert statistics.median(took.values()) < SOON_SECONDS, took
        assert max(took.values()) < SOON_SECONDS + SLACK_SECONDS, took
        site.wait_true("tool", "Ready")


def test_what_is_deleted_or_edited_comes_back_with_the_next_poll(site: Site) -> None:
    with site.running(*BY_A_POLL, WITH_POLICY) as reconciler:
        reconciler.wait_ready()
        for name in ("deleted", "edited"):
            site.create(name)
        for name in ("deleted", "edited"):
            site.wait_true(name, "Ready")
        hand = Hand(site)
        claims = [hand.delete(kind, "deleted") for kind in EDITS]
        claims += [hand.edit(kind, "edited") for kind in EDITS]
        assert seconds_until(claims) < INTERVAL + SLACK_SECONDS


@pytest.mark.parametrize("number", [8080, 3001])
def test_a_service_whose_port_was_moved_is_mended(site: Site, number: int) -> None:
    with site.running(NEVER) as reconciler:
        reconciler.wait_ready()
        site.create("tool")
        site.wait_true("tool", "Ready")
        patch = [{"op": "replace", "path": "/spec/ports/0/port", "value": number}]
        site.cluster.kubectl(
            "patch", "service", "tool", "--type=json", f"--patch={json.dumps(patch)}"
        )
        site.wait_for("service", "tool", _has_our_port, "mended")
        site.wait_true("tool", "Programmed")


@pytest.mark.long
def test_looking_at_two_hundred_settled_servers_writes_nothing(site: Site) -> None:
    names = [f"tool-{number}" for number in range(200)]
    with site.running() as reconciler:
        reconciler.wait_ready()
        create_all(site, names)
        for name in names:
            site.wait_true(name, "Ready")
    with site.proxied() as (proxy, through):
        flags = ("--watch=false", "--poll-interval=1s", "--log-level=debug", through)
        with site.running(*flags) as again:
            again.wait_ready()
            again.logged("looked", number=3)  # by now the first has written what it still had to
            before, since = site.versions(), time.monotonic()
            again.logged("looked", number=24)  # each has been visited once more
            assert site.versions() == before
            assert len(before) >= 4 * len(names)
            assert proxy.writes(since) == []


def create_all(site: Site, names: list[str]) -> None:
    """Apply many servers at once."""
    deployment = {"image": "registry.example.com/tool:1", "cmd": "tool", "port": 3000}
    spec = {"transportType": "stdio", "deployment": deployment}
    of = {"apiVersion": API_VERSION, "kind": KIND}
    listed = [{**of, "metadata": {"name": name}, "spec": spec} for name in names]
    site.cluster.apply({"apiVersion": "v1", "kind": "List", "items": listed})


def _has_our_port(service: Object) -> bool:
    return [one["port"] for one in service["spec"]["ports"]] == [3000]
