"""One leads, the others stand by, and the next takes over."""

import signal

import pytest

from tests.reconciler.program import SECONDS
from tests.reconciler.site import Site

pytestmark = [pytest.mark.control_plane, pytest.mark.slow]

ELECTED = ("--leader-elect", "--poll-interval=1h")


def test_when_the_leader_is_killed_a_standby_goes_on(site: Site) -> None:
    with site.running(*ELECTED) as first:
        first.logged("leading")
        with site.running(*ELECTED) as second:
            second.logged("waiting for the lease")
            second.wait_ready()
            site.create("before")
            site.wait_true("before", "Ready")
            first.process.send_signal(signal.SIGKILL)
            site.create("after")
            second.logged("leading")
            site.wait_true("after", "Ready")
            site.cluster.kubectl("delete", "service", "before")
            site.wait_for("service", "before", lambda _: True, "restored")


def test_a_leader_that_is_stopped_lets_the_next_lead_at_once(site: Site) -> None:
    with site.running(*ELECTED) as first:
        first.logged("leading")
        with site.running(*ELECTED) as second:
            second.logged("waiting for the lease")
            first.terminate()
            second.logged("leading")
        assert first.process.wait(SECONDS) == 0


def test_who_loses_the_lease_stops_writing_and_stands_by(site: Site) -> None:
    with site.running(*ELECTED) as leader:
        leader.logged("leading")
        leader.wait_ready()
        usurper = '{"spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 3600}}'
        site.cluster.kubectl(
            "patch", "lease", "kmcp-controller-manager", "--type=merge", f"--patch={usurper}"
        )
        leader.logged("no longer leading")
        site.create("tool")
        assert "status" not in site.cluster.get("mcpserver", "tool")
        assert site.cluster.find("deployments") == []
        assert leader.probe("/healthz") == (200, "ok\n")
