"""A watch tells all that happens, on a real API server and on one that breaks off."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from cluster.client import Client
from cluster.decoding import Broken
from cluster.errors import Forbidden, Gone, Interrupted, NotFound, Unreadable
from cluster.objects import Object
from cluster.resources import CONFIG_MAPS, MCPSERVERS, Resource
from cluster.retry import Patience
from cluster.watch import Added, Deleted, Event, Modified, Synced, Wish, changes, watch
from tests.cluster.facade import Cluster
from tests.door.objects import ConfigMap, Numbers, config_map
from tests.door.scripted import Answer, Reset, Silence, lines, scripted

JOIN_SECONDS = 60.0


@pytest.fixture
def stop() -> Generator[Flag]:
    flag = Flag()
    yield flag
    flag.set()


def told(event: Event[ConfigMap]) -> tuple[str, str, dict[str, str]]:
    """Return an event as its kind, the object's name, and its data."""
    assert isinstance(event, Added | Modified | Deleted)
    assert event.object is not None
    return type(event).__name__, event.object.metadata.name, event.object.data


def labelled(name: str, **data: str) -> dict[str, object]:
    return {**config_map(name, **data), "metadata": {"name": name, "labels": {"mine": "yes"}}}


def test_a_watch_begins_with_what_is_there_and_tells_what_happens(
    control_plane: Cluster, stop: Flag
) -> None:
    client, here = Client(control_plane.api), control_plane.namespace
    client.create(CONFIG_MAPS, here, config_map("old", mine="yes"), ConfigMap)
    with closing(watch(client, CONFIG_MAPS, here, ConfigMap, stop, "!other")) as events:
        first = next(events)
        assert isinstance(first, Synced)
        assert "old" in {found.metadata.name for found in first.listing.items}
        client.create(CONFIG_MAPS, here, config_map("new", a="1"), ConfigMap)
        news = (event for event in events if told(event)[1] != "kube-root-ca.crt")
        assert told(next(news)) == ("Added", "new", {"a": "1"})
        control_plane.kubectl("patch", "configmap", "new", "--patch", '{"data": {"a": "2"}}')
        assert told(next(news)) == ("Modified", "new", {"a": "2"})
        client.delete(CONFIG_MAPS, here, "new")
        assert told(next(news)) == ("Deleted", "new", {"a": "2"})
        control_plane.kubectl("label", "configmap", "old", "other=yes")
        assert told(next(news)) == ("Deleted", "old", {"mine": "yes"})


def test_a_watch_on_which_nothing_happens_ends_as_soon_as_it_is_told(
    control_plane: Cluster, stop: Flag
) -> None:
    client, here = Client(control_plane.api), control_plane.namespace
    events = watch(client, CONFIG_MAPS, here, ConfigMap, stop, "mine")
    assert isinstance(next(events), Synced)
    client.create(CONFIG_MAPS, here, labelled("first"), ConfigMap)
    assert told(next(events))[1] == "first"  # so the answer has begun
    rest: list[Event[ConfigMap]] = []
    listener = Thread(target=lambda: rest.extend(events), daemon=True)
    listener.start()
    stop.set()
    listener.join(JOIN_SECONDS)
    assert (listener.is_alive(), rest) == (False, [])


def test_a_change_that_does_not_fit_is_named(control_plane: Cluster, stop: Flag) -> None:
    client, here = Client(control_plane.api), control_plane.namespace
    with closing(watch(client, CONFIG_MAPS, here, Numbers, stop, "mine")) as events:
        next(events)
        made = client.create(CONFIG_MAPS, here, labelled("words", a="x"), ConfigMap).metadata
        broken = next(events)
        assert isinstance(broken, Broken)
        assert broken.metadata == made
        client.delete(CONFIG_MAPS, here, "words")
        gone = next(events)
        assert isinstance(gone, Deleted)
        assert (gone.metadata.uid, gone.object) == (made.uid, None)


@contextmanager
def young_kind(cluster: Cluster) -> Generator[Resource]:
    """Lend a kind so new that the API server knows nothing of the time before."""
    resource = Resource(f"{cluster.namespace}.example", "v1", "things")
    name = f"{resource.plural}.{resource.group}"
    schema = {"openAPIV3Schema": {"type": "object"}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    spec = {
        "group": resource.group,
        "scope": "Namespaced",
        "names": {"kind": "Thing", "plural": "things"},
        "versions": [version],
    }
    kind = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    cluster.apply({**kind, "metadata": {"name": name}, "spec": spec})
    cluster.wait_condition("crd", name, "Established")
    yield resource
    cluster.kubectl("delete", "crd", name)


def test_a_version_that_the_api_server_has_forgotten_is_gone(
    control_plane: Cluster, stop: Flag
) -> None:
    with young_kind(control_plane) as resource:
        wish = Wish(resource, resource.path(), Object, "")

        def ask(_: float) -> object:
            return next(changes(control_plane.api, wish, "1", stop))

        # A kind so young may be Busy at first, as its cache is filled.
        with pytest.raises(Gone, match="too old resource version"):
            Patience().attempt(ask, timeout=30, idempotent=True)


def test_a_kind_that_is_not_there_cannot_be_watched(control_plane: Cluster, stop: Flag) -> None:
    with pytest.raises(NotFound):
        next(watch(Client(control_plane.api), MCPSERVERS, None, ConfigMap, stop))


LISTED = Answer(body={"metadata": {"resourceVersion": "5"}, "items": []})
FORGOTTEN = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}}
FAILED = {"type": "ERROR", "object": {"kind": "Status", "code": 500, "message": "etcd"}}
FORBIDDEN = {"type": "ERROR", "object": {"kind": "Status", "code": 403, "message": "no"}}


def change(kind: str, version: str) -> dict[str, object]:
    return {"type": kind, "object": {"metadata": {"name": "a", "resourceVersion": version}}}


NEWS = lines(change("ADDED", "6"), change("BOOKMARK", "9"))


def versions(asked: list[str]) -> list[str]:
    """Return for each request the version after which changes were asked for, or `list`."""
    queries = [parse_qs(urlsplit(request).query) for request in asked]
    return [query.get("resourceVersion", ["list"])[0] for query in queries]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([LISTED, NEWS], ["list", "5", "9", "9"], id="ended"),
        pytest.param([LISTED, Reset(), NEWS], ["list", "5", "5"], id="reset"),
        pytest.param([LISTED, Answer(410), LISTED, NEWS], ["list", "5", "list", "5"], id="gone"),
        pytest.param(
            [LISTED, lines(change("ADDED", "6"), FORGOTTEN), LISTED, NEWS],
            ["list", "5", "list", "5"],
            id="gone on the way",
        ),
        pytest.param([LISTED, lines(FAILED), NEWS], ["list", "5", "5"], id="failed on the way"),
        pytest.param([LISTED, Answer(503), NEWS], ["list", "5", "5"], id="busy"),
        pytest.param(
            [LISTED, Answer(body=b"{\n"), LISTED, NEWS], ["list", "5", "list", "5"], id="garbage"
        ),
        pytest.param([LISTED, Answer(body=b'{"type"'), NEWS], ["list", "5", "5"], id="half a line"),
    ],
)
def test_a_watch_goes_on_where_it_was_interrupted(
    tmp_path: Path, stop: Flag, answers: list[Answer], expected: list[str]
) -> None:
    with scripted(tmp_path, answers) as script:
        events = watch(Client(script.api), CONFIG_MAPS, None, ConfigMap, stop)
        with closing(events):
            while len(script.asked) < len(expected):
                next(events)
    assert versions(script.asked)[: len(expected)] == expected


def test_what_was_missed_is_told_by_a_new_list(tmp_path: Path, stop: Flag) -> None:
    gone = lines(change("ADDED", "6"), FORGOTTEN)
    with scripted(tmp_path, [LISTED, gone, LISTED, NEWS]) as script:
        events = watch(Client(script.api), CONFIG_MAPS, None, ConfigMap, stop)
        with closing(events):
            kinds = [type(next(events)).__name__ for _ in range(4)]
    assert kinds == ["Synced", "Added", "Synced", "Added"]


@pytest.mark.parametrize("answer", [Answer(403), lines(FORBIDDEN)])
def test_what_waiting_does_not_mend_is_raised(tmp_path: Path, stop: Flag, answer: Answer) -> None:
    with scripted(tmp_path, [LISTED, answer]) as script, pytest.raises(Forbidden):
        list(watch(Client(script.api), CONFIG_MAPS, None, ConfigMap, stop))


def test_a_line_that_does_not_end_is_not_kept(tmp_path: Path) -> None:
    with (
        scripted(tmp_path, [Answer(body=b"short\n" + b"x" * 200_000)]) as script,
        script.api.stream("/") as stream,
    ):
        found = stream.lines(longest=1000)
        assert next(found) == b"short"
        with pytest.raises(Unreadable, match="longer than 1000 bytes"):
            next(found)


def test_a_stream_on_which_nothing_comes_is_interrupted(tmp_path: Path) -> None:
    with (
        scripted(tmp_path, [Silence()]) as script,
        pytest.raises(Interrupted, match="timed out"),
        script.api.stream("/", silence=0.05),
    ):
        pass


def test_a_watch_ends_even_when_the_api_server_is_away(tmp_path: Path, stop: Flag) -> None:
    with scripted(tmp_path, [LISTED]) as script:
        wish = (Client(script.api), CONFIG_MAPS, None, ConfigMap, stop)
    listener = Thread(target=lambda: list(watch(*wish)), daemon=True)
    listener.start()
    stop.set()
    listener.join(JOIN_SECONDS)
    assert not listener.is_alive()
