"""Events tell when something became true or untrue, and what others wrote is made fit to read."""

from reconciler.events import Event, events
from tests.reconciler.deployments import (
    container,
    deployment,
    ended,
    pod,
    waiting,
)
from tests.reconciler.telling import STUCK, condition, running, told
from tests.reconciler.worlds import server


def test_what_others_wrote_is_short_printable_and_without_the_environments_values() -> None:
    given = server(env={"API_KEY": "correct-horse", "LOG_LEVEL": "verbose"})
    noise = "\x1b[31mkey correct-horse\n\tis verbose \u202e" + "x" * 9000
    found = told(
        given,
        deployment=deployment(given),
        pods=(pod(container(terminated=ended(1, noise))), pod(waiting("Bad", noise), name="b")),
    )
    message = condition(found, "Ready")[2]
    assert len(message) == 512
    assert message.isprintable()
    assert "key *** is verbose" in message


def test_events_tell_what_became_true() -> None:
    found = events({}, running(server()))
    assert [one.reason for one in found] == ["Programmed", "DeploymentReady"]
    assert {one.type for one in found} == {"Normal"}


def test_what_was_mended_is_told_and_what_was_never_wrong_is_not() -> None:
    after = running(server())
    wrong = {"type": "Accepted", "status": "False", "reason": "InvalidConfig", "message": ""}
    assert [one.reason for one in events({"conditions": [wrong]}, after)] == [
        "Accepted",
        "Programmed",
        "DeploymentReady",
    ]


def test_no_events_tell_of_what_stays() -> None:
    after = running(server())
    assert events(after, after) == []


def test_a_failure_is_a_warning_and_another_cause_is_another_one() -> None:
    given = server()
    before = running(given)
    stuck = told(given, deployment=deployment(given), pods=(STUCK,))
    assert events(before, stuck) == [
        Event("Warning", "NotAvailable", condition(stuck, "Ready")[2]),
    ]
    crashed = pod(container(restarts=1, running={}, last=ended(1)))
    worse = told(given, deployment=deployment(given), pods=(crashed,))
    assert [one.reason for one in events(stuck, worse)] == ["NotAvailable"]
    assert events(worse, worse) == []


def test_that_something_starts_is_no_event() -> None:
    given = server()
    starting = told(given, deployment=deployment(given), pods=(pod(waiting("PodInitializing")),))
    assert "Ready" not in [one.reason for one in events({}, starting)]
    assert {one.type for one in events({}, starting)} == {"Normal"}


def test_to_be_stopped_is_no_warning() -> None:
    given = server(replicas=0)
    stopped = told(given, deployment=deployment(given, replicas=0))
    (event,) = events(running(given), stopped)
    assert (event.type, event.reason) == ("Normal", "Stopped")
