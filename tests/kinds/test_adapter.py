"""The adapter reads what its schema accepts, and refuses what that refuses."""

from typing import Any

import msgspec
import pytest

from kinds.adapter import Adapter, Limits, Sessions
from kinds.schema import spec_schema
from kinds.shape import misfits
from tests.kinds.corpus import Object, said, spec

SETTINGS: Any = spec_schema()["properties"]["adapter"]
ACCEPTED: list[Object] = [
    {},
    {"image": "mirror.example.com/adapter:1"},
    {"allowedHosts": ["mcp.example.com", "*.example.org:8443", "localhost", "example.com."]},
    {"allowedOrigins": ["*", "null", "https://a.example:8443", "vscode-webview://x"]},
    {"sessions": {"maximum": 1, "idleTimeout": "1h30m", "spares": 0}},
    {"sessions": {"maximum": 100_000, "spares": 100}},
    {"limits": {"requestBytes": "1", "messageBytes": "1.5Gi", "requestTimeout": "+.5s"}},
    {"limits": {"concurrency": 1}},
    {"drainDelay": "0", "logLevel": "warning"},
    {"unknown": True},
]
REFUSED: list[Object] = [
    {"image": ""},
    {"image": "A"},
    {"image": None, "logLevel": "trace"},
    {"allowedHosts": "localhost"},
    {"allowedHosts": ["https://localhost"]},
    {"allowedHosts": ["a_b"]},
    {"allowedHosts": ["a"] * 101},
    {"allowedOrigins": ["localhost"]},
    {"allowedOrigins": ["https://a/b"]},
    {"sessions": {"maximum": 0}},
    {"sessions": {"maximum": "8"}},
    {"sessions": {"maximum": True}},
    {"sessions": {"spares": 101}},
    {"sessions": {"idleTimeout": "-1s"}},
    {"sessions": {"idleTimeout": 30}},
    {"sessions": []},
    {"limits": {"requestBytes": 4194304}},
    {"limits": {"requestBytes": "-1"}},
    {"limits": {"messageBytes": "64MB"}},
    {"limits": {"concurrency": 1.5}},
    {"drainDelay": "x" * 33},
    {"logLevel": "INFO"},
]


@pytest.mark.parametrize("settings", ACCEPTED, ids=repr)
def test_what_the_schema_accepts_is_read(settings: Object) -> None:
    assert list(misfits(settings, SETTINGS, "adapter")) == []
    msgspec.json.decode(msgspec.json.encode(settings), type=Adapter)


@pytest.mark.parametrize("settings", REFUSED, ids=repr)
def test_what_the_schema_refuses_is_not_read(settings: Object) -> None:
    assert list(misfits(settings, SETTINGS, "adapter")) != []
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, type=Adapter)


def test_settings_become_what_the_user_wrote() -> None:
    text = b'{"sessions": {"maximum": 8}, "limits": {"requestBytes": "1Mi"}, "logLevel": "debug"}'
    assert msgspec.json.decode(text, type=Adapter) == Adapter(
        sessions=Sessions(maximum=8), limits=Limits(request_bytes="1Mi"), log_level="debug"
    )


def test_nothing_that_was_left_out_is_written() -> None:
    assert msgspec.json.encode(Adapter()) == b"{}"


def test_a_mistake_in_the_settings_is_told_with_its_place() -> None:
    manifest = spec(deployment={"image": "a:1", "cmd": "a"}, adapter={"sessions": {"maximum": 0}})
    assert said(manifest) == [
        "spec.adapter.sessions.maximum: Invalid value: 0: must be 1 to 100000"
    ]
