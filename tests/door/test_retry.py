"""What is repeated, how often and how late, when the API server is busy or the network breaks."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cluster.bodies import json_patch, merge_patch
from cluster.client import Client
from cluster.errors import Busy, ClusterError, Gone, Interrupted, Unreachable
from cluster.objects import Object
from cluster.resources import CONFIG_MAPS
from cluster.retry import Patience
from tests.door.scripted import Answer, Reset, Script, Silence, Time, scripted

BUSY = Answer(429, headers={"Retry-After": "1"})
DOWN = Answer(503)
FAILED = Answer(500)
RESET = Reset()
FINE = Answer()


def client(script: Script, time: Time) -> Client:
    patience = Patience(clock=time.clock, sleep=time.sleep, chance=lambda: 1.0)
    return Client(script.api, patience)


@pytest.mark.parametrize(
    ("answers", "slept"),
    [
        pytest.param([BUSY, FINE], [1.1], id="busy, and says for how long"),
        pytest.param([DOWN, DOWN, FINE], [0.1, 0.2], id="down, and says nothing"),
        pytest.param([RESET, FINE], [0.1], id="reset"),
        pytest.param([Answer(500, headers={"Retry-After": "2"}), FINE], [2.1], id="later"),
        pytest.param([Answer(429, headers={"Retry-After": "soon"}), FINE], [0.1], id="no number"),
    ],
)
def test_a_read_is_repeated_until_it_works(
    tmp_path: Path, answers: Sequence[Answer], slept: Sequence[float]
) -> None:
    time = Time()
    with scripted(tmp_path, answers) as script:
        client(script, time).get(CONFIG_MAPS, "a", "b", Object)
    assert time.slept == pytest.approx(slept)
    assert len(script.asked) == len(answers)


@pytest.mark.parametrize(
    ("answer", "error", "asked"),
    [
        pytest.param(DOWN, Busy, 4, id="down for good"),
        pytest.param(RESET, Interrupted, 4, id="reset for good"),
        pytest.param(FAILED, ClusterError, 1, id="failed"),
        pytest.param(Answer(410), Gone, 1, id="gone"),
        pytest.param(Answer(302, headers={"Location": "/b"}), ClusterError, 1, id="redirected"),
        pytest.param(Answer(429, headers={"Retry-After": "9"}), Busy, 4, id="busy for good"),
        pytest.param(Answer(429, headers={"Retry-After": "99"}), Busy, 1, id="too late"),
    ],
)
def test_a_read_is_given_up_in_the_end(
    tmp_path: Path, answer: Answer, error: type[ClusterError], asked: int
) -> None:
    time = Time()
    with scripted(tmp_path, [answer]) as script, pytest.raises(error):
        client(script, time).get(CONFIG_MAPS, "a", "b", Object)
    assert len(script.asked) == asked
    assert sum(time.slept) < 30


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        pytest.param(RESET, 1, id="reset"),
        pytest.param(DOWN, 1, id="down"),
        pytest.param(BUSY, 2, id="turned away"),
    ],
)
@pytest.mark.parametrize("verb", ["create", "json patch"])
def test_what_may_have_arrived_is_not_sent_twice(
    tmp_path: Path, answer: Answer, asked: int, verb: str
) -> None:
    with scripted(tmp_path, [answer, FINE]) as script:
        speak = client(script, Time())
        try:
            if verb == "create":
                speak.create(CONFIG_MAPS, "a", {}, Object)
            else:
                speak.patch(CONFIG_MAPS, "a", "b", json_patch([]))
        except ClusterError:
            pass
    assert len(script.asked) == asked


def test_a_merge_patch_is_repeated_because_twice_is_like_once(tmp_path: Path) -> None:
    with scripted(tmp_path, [RESET, FINE]) as script:
        client(script, Time()).patch(CONFIG_MAPS, "a", "b", merge_patch({}))
    assert len(script.asked) == 2


def test_even_a_create_is_repeated_when_nobody_was_reached(tmp_path: Path) -> None:
    time = Time()
    with scripted(tmp_path, [FINE]) as script:
        speak = client(script, time)
    with pytest.raises(Unreachable, match="refused"):
        speak.create(CONFIG_MAPS, "a", {}, Object)
    assert len(time.slept) == 3


def test_a_request_takes_no_longer_than_it_may(tmp_path: Path) -> None:
    with scripted(tmp_path, [Silence()]) as script, pytest.raises(Interrupted, match="timed out"):
        Client(script.api).get(CONFIG_MAPS, "a", "b", Object, timeout=0.05)
    assert len(script.asked) == 1


PAGE = Answer(body=b'{"metadata": {"resourceVersion": "7", "continue": "x"}, "items": [{}]}')
LAST = Answer(body={"metadata": {"resourceVersion": "8"}, "items": None})
LIST = "GET /api/v1/namespaces/a/configmaps?limit=500"


def test_a_list_that_expires_on_the_way_begins_again_once(tmp_path: Path) -> None:
    with scripted(tmp_path, [PAGE, Answer(410), PAGE, LAST]) as script:
        listing = client(script, Time()).list(CONFIG_MAPS, "a", Object)
    assert script.asked == [LIST, f"{LIST}&continue=x", LIST, f"{LIST}&continue=x"]
    assert (listing.items, listing.resource_version) == ((Object(),), "8")


def test_a_list_that_always_expires_is_gone(tmp_path: Path) -> None:
    with scripted(tmp_path, [PAGE, Answer(410)]) as script, pytest.raises(Gone):
        client(script, Time()).list(CONFIG_MAPS, "a", Object)
    assert len(script.asked) == 3
