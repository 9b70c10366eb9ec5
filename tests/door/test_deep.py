"""JSON that is nested too deeply for the decoder is taken apart, and spoils nothing beside it."""

from pathlib import Path
from threading import Event

import msgspec
import pytest

from cluster import deep
from cluster.client import Client
from cluster.decoding import TOO_DEEP, Broken
from cluster.objects import Metadata, Object
from cluster.resources import MCPSERVERS
from cluster.watch import Added, Deleted, Wish, changes
from tests.door.scripted import Answer, scripted

LEVELS = 5000
DEEP = b'{"a":' * LEVELS + b'"}]"' + b"}" * LEVELS
BAD = b'{"metadata":{"name":"bad","resourceVersion":"7"},"spec":' + DEEP + b"}"
MANAGED = BAD.replace(b'"},"spec"', b'","managedFields":[{"f:spec":' + DEEP + b'}]},"spec"', 1)
GOOD = b'{"metadata":{"name":"good","resourceVersion":"8"}}'
NAMED = Metadata(name="bad", resource_version="7")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"{}", {}, id="nothing"),
        pytest.param(b' {"a": 1,\n "b":[1,{"c":2}]} ', {"a": b"1", "b": b'[1,{"c":2}]'}, id="two"),
        pytest.param(rb'{"a": "},\"{", "b:": ":"}', {"a": rb'"},\"{"', "b:": b'":"'}, id="signs"),
        pytest.param(b"null", {}, id="no object"),
    ],
)
def test_members_are_told_as_they_are_written(content: bytes, expected: dict[str, bytes]) -> None:
    assert deep.members(content) == expected


def test_elements_are_told_as_they_are_written() -> None:
    assert deep.elements(b' [1, {"a":[2,3]},"],[" ,[]]') == [b"1", b'{"a":[2,3]}', b'"],["', b"[]"]
    assert deep.elements(b"[]") == deep.elements(b"null") == deep.elements(b'{"a":[1]}') == []


@pytest.mark.parametrize("bad", [BAD, MANAGED], ids=["unmanaged", "managed"])
def test_a_list_with_such_an_object_has_all_the_others(tmp_path: Path, bad: bytes) -> None:
    body = b'{"metadata":{"resourceVersion":"9"},"items":[' + bad + b"," + GOOD + b"]}"
    with scripted(tmp_path, [Answer(body=body)]) as script:
        found = Client(script.api).list(MCPSERVERS, None, msgspec.Raw)
    assert (found.items, found.resource_version) == ((msgspec.Raw(GOOD),), "9")
    assert found.broken == (Broken(NAMED, TOO_DEEP),)


def test_a_watch_names_such_an_object_and_goes_on(tmp_path: Path) -> None:
    told = [
        b'{"type":"MODIFIED","object":' + BAD + b"}",
        b'{"type":"ADDED","object":' + GOOD + b"}",
    ]
    told.append(b'{"type":"DELETED","object":' + BAD + b"}")
    wish = Wish(MCPSERVERS, MCPSERVERS.path(None), Object, "")
    with scripted(tmp_path, [Answer(body=b"\n".join(told) + b"\n")]) as script:
        first, second, third = changes(script.api, wish, "1", Event())
    assert first == ("7", Broken(NAMED, TOO_DEEP))
    assert isinstance(second[1], Added)
    assert third == ("7", Deleted(NAMED, None))
