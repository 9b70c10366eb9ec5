"""At most one leads, by a clock of its own, on a real API server."""

import json
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from cluster.client import Client
from cluster.errors import Interrupted
from cluster.lease import Lease, lead
from tests.cluster.facade import Cluster
from tests.door.scripted import Answer, Reset, Time, scripted

WAIT_SECONDS = 60.0
SHORT = 1.0
"""A whole second is the shortest time that a Lease can name."""


def candidate(cluster: Cluster, identity: str, time: Time) -> Lease:
    return Lease(Client(cluster.api), cluster.namespace, "leader", identity, 12, time.clock)


def record(cluster: Cluster) -> dict[str, Any]:
    spec: dict[str, Any] = cluster.get("lease", "leader")["spec"]
    return spec


def usurp(cluster: Cluster, **spec: object) -> None:
    """Write into the Lease as somebody else."""
    cluster.kubectl(
        "patch", "lease", "leader", "--type=merge", f"--patch={json.dumps({'spec': spec})}"
    )


def test_only_one_of_two_leads(control_plane: Cluster) -> None:
    first, second = (candidate(control_plane, name, Time()) for name in "ab")
    assert [first.step(), second.step(), first.step(), second.step()] == [True, False, True, False]
    assert [first.held(), second.held()] == [True, False]
    spec = record(control_plane)
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"]) == ("a", 12)
    assert spec["leaseTransitions"] == 0


def test_of_many_at_once_only_one_leads(control_plane: Cluster) -> None:
    many = [candidate(control_plane, str(number), Time()) for number in range(6)]
    for _ in range(3):
        barrier, took = Barrier(len(many)), list[Lease]()

        def step(lease: Lease, barrier: Barrier = barrier, took: list[Lease] = took) -> None:
            barrier.wait(WAIT_SECONDS)
            if lease.step():
                took.append(lease)

        threads = [Thread(target=step, args=(lease,)) for lease in many]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT_SECONDS)
        (leader,) = took
        leader.release()


def test_a_silent_leader_is_replaced_after_its_time_and_not_before(control_plane: Cluster) -> None:
    time = Time()
    first, second = (candidate(control_plane, name, time) for name in "ab")
    assert [first.step(), second.step()] == [True, False]
    time.now += 11.9
    assert not second.step()
    time.now += 0.2
    assert second.step()
    assert record(control_plane)["leaseTransitions"] == 1
    assert not first.step()


def test_a_leader_that_renews_is_not_replaced(control_plane: Cluster) -> None:
    time = Time()
    first, second = (candidate(control_plane, name, time) for name in "ab")
    for _ in range(4):
        assert [first.step(), second.step()] == [True, False]
        time.now += 7


def test_what_other_clocks_say_does_not_matter(control_plane: Cluster) -> None:
    first, second = (candidate(control_plane, name, Time()) for name in "ab")
    first.step()
    usurp(control_plane, renewTime="2001-01-01T00:00:00.000000Z")
    assert not second.step()


def test_the_time_that_the_holder_named_counts(control_plane: Cluster) -> None:
    time = Time()
    first, second = (candidate(control_plane, name, time) for name in "ab")
    first.step()
    usurp(control_plane, leaseDurationSeconds=100)
    second.step()
    time.now += 99
    assert not second.step()
    time.now += 2
    assert second.step()


def test_who_does_not_renew_stops_leading_before_others_may_begin(control_plane: Cluster) -> None:
    time = Time()
    lease = candidate(control_plane, "a", time)
    lease.step()
    time.now += 7.9
    assert lease.held()
    time.now += 0.2
    assert not lease.held()


def test_who_was_replaced_knows_at_the_next_step(control_plane: Cluster) -> None:
    lease = candidate(control_plane, "a", Time())
    lease.step()
    usurp(control_plane, holderIdentity="b")
    assert [lease.held(), lease.step(), lease.held()] == [True, False, False]


def test_after_a_release_the_next_one_leads_at_once(control_plane: Cluster) -> None:
    first, second = (candidate(control_plane, name, Time()) for name in "ab")
    assert [first.step(), second.step()] == [True, False]
    first.release()
    assert [first.held(), second.step()] == [False, True]


def test_a_release_takes_nothing_from_somebody_else(control_plane: Cluster) -> None:
    lease = candidate(control_plane, "a", Time())
    lease.step()
    usurp(control_plane, holderIdentity="b")
    lease.release()
    assert record(control_plane)["holderIdentity"] == "b"


def test_what_others_wrote_into_the_lease_stays(control_plane: Cluster) -> None:
    lease = candidate(control_plane, "a", Time())
    lease.step()
    control_plane.kubectl("label", "lease", "leader", "team=blue")
    acquired = record(control_plane)["acquireTime"]
    assert lease.step()
    assert control_plane.get("lease", "leader")["metadata"]["labels"] == {"team": "blue"}
    assert record(control_plane)["acquireTime"] == acquired


def test_an_api_server_that_is_away_is_no_reason_to_stop_early(tmp_path: Path) -> None:
    time = Time()
    mine = Answer(body={"metadata": {"resourceVersion": "1"}, "spec": {"holderIdentity": "a"}})
    with scripted(tmp_path, [mine, mine, Reset()]) as script:
        lease = Lease(Client(script.api), "ours", "leader", "a", 12, time.clock)
        assert lease.step()
        time.now += 7.9
        with pytest.raises(Interrupted):
            lease.step()
        assert lease.held()
        time.now += 0.2
        assert not lease.held()


def start(cluster: Cluster, stop: Event, began: Event, ended: Event) -> Thread:
    """Lead in a thread; the work tells that it began, waits for its end, and tells that too."""

    def work(over: Event) -> None:
        began.set()
        assert over.wait(WAIT_SECONDS)
        ended.set()

    lease = Lease(Client(cluster.api), cluster.namespace, "leader", "a", SHORT)
    thread = Thread(target=lead, args=(lease, stop, work))
    thread.start()
    assert began.wait(WAIT_SECONDS)
    return thread


def test_the_work_of_a_leader_ends_with_the_program_and_frees_the_lease(
    control_plane: Cluster,
) -> None:
    stop, began, ended = Event(), Event(), Event()
    thread = start(control_plane, stop, began, ended)
    stop.set()
    thread.join(WAIT_SECONDS)
    assert ended.is_set()
    assert record(control_plane)["holderIdentity"] == ""


def test_the_work_of_a_leader_ends_when_somebody_else_leads_and_begins_again_after(
    control_plane: Cluster,
) -> None:
    stop, began, ended = Event(), Event(), Event()
    thread = start(control_plane, stop, began, ended)
    began.clear()
    usurp(control_plane, holderIdentity="b")
    assert ended.wait(WAIT_SECONDS)
    assert began.wait(WAIT_SECONDS)
    stop.set()
    thread.join(WAIT_SECONDS)
    assert record(control_plane)["leaseTransitions"] == 1


def test_a_leader_renews_while_it_works(control_plane: Cluster) -> None:
    stop, began, ended = Event(), Event(), Event()
    thread = start(control_plane, stop, began, ended)
    first = record(control_plane)["renewTime"]
    wait = control_plane.wait
    wait("lease", "leader", lambda found: found["spec"]["renewTime"] > first, "renewed")
    stop.set()
    thread.join(WAIT_SECONDS)


def test_what_the_work_raises_is_raised_and_frees_the_lease(control_plane: Cluster) -> None:
    def work(_: Event) -> None:
        raise ZeroDivisionError

    lease = Lease(Client(control_plane.api), control_plane.namespace, "leader", "a", SHORT)
    with pytest.raises(ZeroDivisionError):
        lead(lease, Event(), work)
    assert record(control_plane)["holderIdentity"] == ""


def test_work_that_is_done_is_not_begun_again(control_plane: Cluster) -> None:
    done: list[bool] = []
    lease = Lease(Client(control_plane.api), control_plane.namespace, "leader", "a", SHORT)
    lead(lease, Event(), lambda over: done.append(over.is_set()))
    assert done == [False]
