"""What is filled in where the user wrote nothing."""

from pathlib import Path

import pytest

from kinds.defaults import STORED, Runners, put, skeleton, with_defaults
from kinds.reading import is_map
from tests.kinds import corpus
from tests.kinds.corpus import RIGHT, RUNNERS, WRONG, Object

COMMON = {"port": 3000, "imagePullPolicy": "IfNotPresent", "replicas": 1}


def filled(**fields: object) -> Object:
    """Return the spec with its defaults."""
    found: Object = with_defaults({"spec": fields}, RUNNERS)["spec"]
    return found


def test_a_command_makes_a_stdio_server() -> None:
    assert filled(deployment={"image": "a:1", "cmd": "a"}) == {
        "transportType": "stdio",
        "timeout": "30s",
        "deployment": {"image": "a:1", "cmd": "a", **COMMON},
    }


def test_a_block_makes_an_http_server_at_mcp() -> None:
    block = {"targetPort": 8080}
    assert filled(httpTransport=block, deployment={"image": "a:1", "cmd": "a"}) == {
        "transportType": "http",
        "timeout": "30s",
        "httpTransport": {"targetPort": 8080, "path": "/mcp"},
        "deployment": {"image": "a:1", "cmd": "a", **COMMON},
    }


def test_an_http_server_listens_where_its_service_does() -> None:
    spec = filled(transportType="http", deployment={"image": "a:1", "port": 8080})
    assert spec["httpTransport"] == {"path": "/mcp", "targetPort": 8080}
    assert spec["deployment"]["port"] == 8080


@pytest.mark.parametrize("port", [None, 0, 70000, "8080", True])
def test_a_port_is_never_guessed(port: object) -> None:
    spec = filled(transportType="http", deployment={"image": "a:1", "port": port})
    assert "targetPort" not in spec["httpTransport"]
    assert spec["deployment"]["port"] == port


def test_a_filled_in_port_is_never_taken_for_the_users_own() -> None:
    spec = filled(transportType="http", deployment={"image": "a:1"})
    assert "port" not in spec["deployment"]
    assert filled(**spec) == spec


@pytest.mark.parametrize("cmd", ["npx", "uvx"])
def test_runners_get_the_installations_image(cmd: str) -> None:
    runners = Runners(npx="mirror/npx:1", uvx="mirror/uvx:1")
    spec = with_defaults({"spec": {"deployment": {"cmd": cmd}}}, runners)["spec"]
    assert spec["deployment"]["image"] == f"mirror/{cmd}:1"


def test_a_runners_image_is_kept() -> None:
    assert filled(deployment={"cmd": "npx", "image": "a:1"})["deployment"]["image"] == "a:1"


@pytest.mark.parametrize(
    "fields",
    [
        {"deployment": {"image": "a:1"}},
        {"stdioTransport": {}, "httpTransport": {}, "deployment": {"image": "a:1", "cmd": "a"}},
        {"transportType": "sse", "deployment": {"image": "a:1", "cmd": "a"}},
    ],
    ids=["nothing tells", "both blocks", "another word"],
)
def test_a_transport_is_never_guessed(fields: Object) -> None:
    assert filled(**fields).get("transportType") == fields.get("transportType")


@pytest.mark.parametrize("server", [{}, {"spec": None}, {"spec": "text"}, {"spec": [1]}])
def test_what_is_no_spec_is_left_alone(server: Object) -> None:
    assert with_defaults(server, RUNNERS) == server


def test_parts_of_a_wrong_type_are_left_alone() -> None:
    spec = filled(transportType="http", httpTransport=8080, deployment=["a"])
    assert spec == {
        "transportType": "http",
        "timeout": "30s",
        "httpTransport": 8080,
        "deployment": ["a"],
    }


def test_what_a_template_left_empty_is_filled_in() -> None:
    spec = filled(
        httpTransport={"targetPort": 1, "path": ""}, deployment={"cmd": "npx", "image": ""}
    )
    assert spec["httpTransport"]["path"] == "/mcp"
    assert spec["deployment"]["image"] == RUNNERS.npx


def test_null_counts_as_absent() -> None:
    assert filled(timeout=None, deployment={"cmd": "uvx", "image": None, "replicas": None}) == {
        "transportType": "stdio",
        "timeout": "30s",
        "deployment": {"cmd": "uvx", "image": RUNNERS.uvx, **COMMON},
    }


@pytest.mark.parametrize("path", [*RIGHT, *WRONG], ids=lambda path: path.stem)
def test_defaults_come_once_and_change_nothing_that_is_there(path: Path) -> None:
    before = corpus.load(path)
    once = with_defaults(before, RUNNERS)
    assert with_defaults(once, RUNNERS) == once
    assert corpus.load(path) == before
    assert contains(once, before)


def test_the_skeleton_is_all_that_defaults_touch() -> None:
    server = {"metadata": {"name": "a"}, "spec": {"deployment": {"cmd": "npx", "port": 1}, "x": 2}}
    assert skeleton(server) == {"spec": {"deployment": {"port": 1}}}
    assert skeleton({"spec": {"deployment": 7}}) == {"spec": {"deployment": 7}}
    assert skeleton({}) == {"spec": {}}


@pytest.mark.parametrize("path", STORED, ids=".".join)
def test_a_value_is_put_at_every_stored_place(path: tuple[str, ...]) -> None:
    assert skeleton({"spec": put({}, path, "x")}) == {"spec": put({}, path, "x")}


def contains(whole: object, part: object) -> bool:
    """Say whether all of *part* is in *whole*, apart from nulls and texts left empty."""
    if is_map(part) and is_map(whole):
        return all(contains(whole.get(key), value) for key, value in part.items())
    return part in (None, "") or whole == part
