"""Events, as a real API server keeps them and kubectl shows them."""

import json
import logging
import time
from functools import partial
from pathlib import Path

import pytest

from cluster.allowance import Allowance
from cluster.client import Client
from cluster.events import RIGHTS, Recorder
from cluster.objects import Reference
from cluster.retry import Patience
from cluster.series import Pace
from tests.adapter.program import wait
from tests.cluster.facade import Cluster, Object
from tests.door.accounts import granted
from tests.door.scripted import HANG_SECONDS, Answer, Script, Silence, scripted

INSTANCE = "kmcp-webhook-1"
WEB = Reference("apps/v1", "Deployment", "web", "a", "u1")


def recorder(client: Client, pace: Pace | None = None) -> Recorder:
    return Recorder(client, INSTANCE, "Inject", pace)


def has_been_asked(script: Script, times: int) -> bool:
    return len(script.asked) == times


def web(cluster: Cluster) -> Reference:
    return Reference("apps/v1", "Deployment", "web", cluster.namespace, "u1")


def events(cluster: Cluster) -> list[Object]:
    listed = cluster.api.request(
        "GET", f"/apis/events.k8s.io/v1/namespaces/{cluster.namespace}/events"
    )
    found: list[Object] = json.loads(listed)["items"]
    return [one for one in found if one["reportingController"] == "kmcp.dev"]


def series(event: Object) -> int:
    """Return how often it happened, as far as the API server knows."""
    return int((event.get("series") or {"count": 1})["count"])


def test_an_event_says_who_did_what_to_which_object(control_plane: Cluster) -> None:
    pod = Reference("v1", "Pod", "web-1", control_plane.namespace, "u2")
    told = recorder(Client(control_plane.api))
    told.tell(web(control_plane), "Injected", "the adapter was put beside web", related=pod)
    told.close()
    (event,) = events(control_plane)
    kept = ("reportingController", "reportingInstance", "action", "reason", "note", "type")
    assert [event[name] for name in kept] == [
        "kmcp.dev",
        INSTANCE,
        "Inject",
        "Injected",
        "the adapter was put beside web",
        "Normal",
    ]
    here = control_plane.namespace
    of_web = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u1"}
    of_pod = {"apiVersion": "v1", "kind": "Pod", "name": "web-1", "uid": "u2"}
    assert event["regarding"] == {**of_web, "namespace": here}
    assert event["related"] == {**of_pod, "namespace": here}
    assert "series" not in event
    assert told.counts() == {**dict.fromkeys(told.counts(), 0), "written": 1}


def test_a_person_sees_it_with_kubectl(control_plane: Cluster) -> None:
    told = recorder(Client(control_plane.api))
    told.tell(web(control_plane), "Denied", "port 3000 is taken by web", "Warning")
    told.close()
    shown = control_plane.kubectl("events", "--for=deployment/web", "--no-headers")
    assert shown.split()[1:4] == ["Warning", "Denied", "Deployment/web"]
    assert "port 3000 is taken by web" in shown


def test_what_happens_again_is_one_more_of_a_series(control_plane: Cluster) -> None:
    told = recorder(Client(control_plane.api))
    for number in range(40):
        pod = Reference("v1", "Pod", f"web-{number}", control_plane.namespace)
        told.tell(web(control_plane), "Injected", "the adapter is there", related=pod)
    told.close()
    (event,) = events(control_plane)
    assert series(event) == 40
    assert event["related"]["name"] == "web-0"
    assert event["series"]["lastObservedTime"] >= event["eventTime"]
    assert (told.counts()["written"], told.counts()["repeated"]) == (1, 39)


def test_a_series_that_goes_on_is_written_now_and_then(control_plane: Cluster) -> None:
    told = recorder(Client(control_plane.api), Pace(write_seconds=0.2))
    for _ in range(3):
        told.tell(web(control_plane), "Injected", "the adapter is there")
    wait(lambda: [series(event) for event in events(control_plane)] == [3])
    told.tell(web(control_plane), "Injected", "the adapter is there")
    wait(lambda: [series(event) for event in events(control_plane)] == [4])
    told.close()


@pytest.mark.parametrize(
    "other", ["another reason", "another note", "another kind", "another object", "much later"]
)
def test_what_differs_is_told_apart(control_plane: Cluster, other: str) -> None:
    pace = Pace(series_seconds=0.0) if other == "much later" else None
    told = recorder(Client(control_plane.api), pace)
    first = web(control_plane)
    second = Reference("apps/v1", "Deployment", "api", control_plane.namespace, "u9")
    told.tell(first, "Injected", "the adapter is there")
    told.tell(
        second if other == "another object" else first,
        "Skipped" if other == "another reason" else "Injected",
        "it is not" if other == "another note" else "the adapter is there",
        "Warning" if other == "another kind" else "Normal",
    )
    told.close()
    assert [series(event) for event in events(control_plane)] == [1, 1]


def test_an_object_gets_so_many_and_others_do_not_suffer(control_plane: Cluster) -> None:
    told = recorder(Client(control_plane.api), Pace(burst=3))
    for number in range(10):
        told.tell(web(control_plane), "Denied", f"port {number} is taken", "Warning")
    other = Reference("apps/v1", "Deployment", "api", control_plane.namespace)
    told.tell(other, "Denied", "port 1 is taken", "Warning")
    told.close()
    assert (told.counts()["written"], told.counts()["too many"]) == (4, 7)
    names = [event["regarding"]["name"] for event in events(control_plane)]
    assert sorted(names) == ["api", "web", "web", "web"]


def test_an_event_that_is_gone_is_told_anew(control_plane: Cluster) -> None:
    told = recorder(Client(control_plane.api), Pace(write_seconds=0.0))
    told.tell(web(control_plane), "Injected", "the adapter is there")
    wait(lambda: events(control_plane))
    control_plane.kubectl("delete", "events.events.k8s.io", "--all")
    told.tell(web(control_plane), "Injected", "the adapter is there")
    wait(lambda: told.counts()["failed"] == 1)
    told.tell(web(control_plane), "Injected", "the adapter is there")
    told.close()
    assert [series(event) for event in events(control_plane)] == [1]


@pytest.mark.parametrize("letter", ["x", "ü", "☃", "🙂"])
def test_a_long_note_is_cut_to_what_the_api_server_takes(
    control_plane: Cluster, letter: str
) -> None:
    told = recorder(Client(control_plane.api))
    told.tell(web(control_plane), "Injected", letter * 3000)
    told.close()
    (event,) = events(control_plane)
    assert event["note"].endswith(letter + "…")
    assert 1015 < len(event["note"].encode()) <= 1024


def test_text_that_is_none_is_written_as_far_as_it_can_be(control_plane: Cluster) -> None:
    told = recorder(Client(control_plane.api))
    told.tell(web(control_plane), "Injected", "half \ud83d of a pair")
    told.close()
    assert [event["note"] for event in events(control_plane)] == ["half ? of a pair"]


def test_a_series_outlives_an_api_server_that_is_busy(tmp_path: Path) -> None:
    busy = Answer(500)
    with scripted(tmp_path, [Answer(), busy, Answer()]) as script:
        told = recorder(Client(script.api, Patience(attempts=1)), Pace(write_seconds=0.0))
        for number in range(1, 4):
            told.tell(WEB, "Injected", "the adapter is there")
            wait(partial(has_been_asked, script, number))
        told.close()
    assert [line.partition(" ")[0] for line in script.asked] == ["POST", "PATCH", "PATCH"]


def test_the_longest_names_fit(control_plane: Cluster) -> None:
    longest = ".".join(["w" * 62] * 4)
    told = recorder(Client(control_plane.api))
    told.tell(Reference("v1", "Pod", longest, control_plane.namespace), "R" * 500, "n")
    told.close()
    (event,) = events(control_plane)
    assert (event["regarding"]["name"], len(event["reason"].encode())) == (longest, 128)


def test_what_is_in_no_namespace_is_told_in_default(control_plane: Cluster) -> None:
    name = control_plane.namespace
    told = recorder(Client(control_plane.api))
    told.tell(Reference("v1", "Namespace", name), "Labelled", "Pods in it are injected")
    told.close()
    listed = control_plane.api.request("GET", "/apis/events.k8s.io/v1/namespaces/default/events")
    about = [one["regarding"]["name"] for one in json.loads(listed)["items"]]
    assert name in about


def test_the_object_may_be_found_later(control_plane: Cluster) -> None:
    told = recorder(Client(control_plane.api))
    told.tell(lambda: web(control_plane), "Injected", "the adapter is there")
    told.tell(lambda: None, "Injected", "the adapter is there")
    told.close()
    assert (told.counts()["written"], told.counts()["nobody"]) == (1, 1)


def test_it_needs_the_rights_that_it_names(control_plane: Cluster, tmp_path: Path) -> None:
    with granted(control_plane, tmp_path, RIGHTS) as client:
        told = recorder(client)
        for _ in range(2):
            told.tell(web(control_plane), "Injected", "the adapter is there")
        told.close()
    assert [series(event) for event in events(control_plane)] == [2]
    assert told.counts()["failed"] == 0


def test_that_nothing_can_be_written_is_said_once(
    control_plane: Cluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with granted(control_plane, tmp_path) as client, caplog.at_level(logging.WARNING):
        told = recorder(client)
        for number in range(5):
            told.tell(web(control_plane), "Injected", f"number {number}")
        told.close()
    assert told.counts()["failed"] == 5
    assert [line.message for line in caplog.records] == ["cannot write events"]
    assert "number" not in caplog.text


def test_nobody_waits_for_an_api_server_that_hangs(tmp_path: Path) -> None:
    with scripted(tmp_path, [Silence()]) as script:
        told = recorder(Client(script.api), Pace(queue=2))
        told.tell(WEB, "Injected", "first")
        wait(lambda: len(script.asked) == 1)
        began = time.monotonic()
        for number in range(100):
            told.tell(WEB, "Injected", f"number {number}")
        assert told.counts()["queue full"] == 98
        told.close(0.2)
        assert time.monotonic() - began < HANG_SECONDS / 2
        told.tell(WEB, "Injected", "too late")
        assert told.counts()["closed"] == 1


def test_who_tells_nothing_starts_nothing(tmp_path: Path) -> None:
    with scripted(tmp_path, [Answer(500)]) as script:
        told = recorder(Client(script.api))
        told.close()
        told.close()
    assert script.asked == []


def test_an_allowance_fills_again() -> None:
    allowance: Allowance[str] = Allowance(2, 300.0)
    assert [allowance.take("a", 0.0) for _ in range(3)] == [True, True, False]
    assert not allowance.take("a", 299.0)
    assert allowance.take("a", 301.0)
    assert [allowance.take("a", 9000.0) for _ in range(3)] == [True, True, False]


def test_an_allowance_forgets_those_who_were_silent_for_longest() -> None:
    allowance: Allowance[str] = Allowance(1, 300.0, remembered=2)
    assert [allowance.take(name, 0.0) for name in ("a", "b", "a", "c")] == [True, True, False, True]
    assert [allowance.take(name, 0.0) for name in ("a", "b")] == [False, True]
