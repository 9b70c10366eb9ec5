"""A newer kmcp changes Pods a few servers at a time, a server's own change at once."""

import time

import pytest

from tests.cluster.facade import Object, is_rolled_out
from tests.reconciler.program import SECONDS
from tests.reconciler.site import Site

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

NAMES = [f"tool-{number}" for number in range(6)]
NEWER = "--adapter-image=registry.example.com/adapter:2"
MOST = 2


def adapters(deployment: Object) -> set[str]:
    """Return the images of the adapter."""
    containers = deployment["spec"]["template"]["spec"].get("initContainers", [])
    return {one["image"] for one in containers}


def settled(site: Site) -> None:
    with site.running() as older:
        older.wait_ready()
        for name in NAMES:
            site.create(name)
        for name in NAMES:
            site.wait_true(name, "Ready")


def test_only_a_few_servers_roll_at_a_time(site: Site) -> None:
    settled(site)
    newest, most = 0, 0
    with site.running(NEWER, f"--max-upgrading={MOST}") as newer:
        newer.wait_ready()
        deadline = time.monotonic() + SECONDS
        while newest < len(NAMES):
            assert time.monotonic() < deadline, f"{newest} of {len(NAMES)} were upgraded"
            found = site.cluster.find("deployments")
            newest = sum("registry.example.com/adapter:2" in adapters(one) for one in found)
            most = max(most, sum(not is_rolled_out(one) for one in found))
        assert 0 < most <= MOST


def test_with_none_at_a_time_a_server_is_upgraded_by_its_own_change(site: Site) -> None:
    settled(site)
    with site.running(
        NEWER, "--max-upgrading=0", "--log-level=debug", "--poll-interval=1s"
    ) as newer:
        newer.wait_ready()
        newer.logged("looked", number=3)
        site.create("tool-0", env={"LEVEL": "debug"})
        site.wait_for("deployment", "tool-0", _is_newer, "upgraded")
        site.wait_true("tool-0", "Ready")
        others = [site.cluster.get("deployment", name) for name in NAMES[1:]]
        assert not any(_is_newer(one) for one in others)


def _is_newer(deployment: Object) -> bool:
    return "registry.example.com/adapter:2" in adapters(deployment)
