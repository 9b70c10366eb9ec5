"""What clients can be asked is read from both spellings, and asked of nobody else."""

import json
from typing import Any

import pytest

from adapter.modern.capabilities import Capabilities, capabilities, discovered, lacking

FORM = Capabilities(form=True)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        pytest.param({}, Capabilities(), id="nothing"),
        pytest.param({"elicitation": {}}, FORM, id="forms unless said otherwise"),
        pytest.param({"elicitation": {"url": {}}}, Capabilities(url=True), id="pages alone"),
        pytest.param(
            {"elicitation": {"form": {}, "url": {}}}, Capabilities(form=True, url=True), id="both"
        ),
        pytest.param({"sampling": {"tools": {}}}, Capabilities(sampling=True, tools=True), id="s"),
        pytest.param({"roots": {"listChanged": True}}, Capabilities(roots=True), id="roots"),
        pytest.param({"sampling": None, "roots": True}, Capabilities(), id="ill-typed"),
    ],
)
def test_capabilities_are_read(said: dict[str, Any], meant: Capabilities) -> None:
    found = capabilities(json.dumps(said).encode())
    assert found == meant
    assert found.askable is (meant != Capabilities())


def test_a_server_hears_what_the_client_can() -> None:
    can = Capabilities(form=True, url=True, sampling=True, tools=True, roots=True)
    said = can.as_legacy()
    assert said == {
        "elicitation": {"form": {}, "url": {}},
        "sampling": {"tools": {}},
        "roots": {},
    }
    assert capabilities(json.dumps(said).encode()) == can


@pytest.mark.parametrize(
    ("method", "params", "needed"),
    [
        pytest.param("elicitation/create", {"message": "?"}, None, id="a form"),
        pytest.param(
            "elicitation/create", {"mode": "url"}, {"elicitation": {"url": {}}}, id="a page"
        ),
        pytest.param("sampling/createMessage", {}, {"sampling": {}}, id="sampling"),
        pytest.param(
            "sampling/createMessage", {"tools": []}, {"sampling": {"tools": {}}}, id="with tools"
        ),
        pytest.param("roots/list", None, {"roots": {}}, id="roots"),
    ],
)
def test_what_a_client_lacks_is_named(
    method: str, params: object, needed: dict[str, object] | None
) -> None:
    assert lacking(FORM, method, params) == needed


def test_discovery_offers_what_both_eras_know() -> None:
    offered = {"tools": {"listChanged": True}, "tasks": {}, "logging": {}}
    found = discovered(offered, {"name": "n", "version": "1"}, "read me", ("2025-11-25",))
    assert found["capabilities"] == {"tools": {"listChanged": True}, "logging": {}}
    assert found["supportedVersions"] == ["2026-07-28", "2025-11-25"]
    assert found["instructions"] == "read me"
