"""The same server by hand and with FastMCP: clients cannot tell one from the other."""

import sys

import pytest

from tests.adapter.client import begun
from tests.adapter.program import serving
from tests.mcp.foreign import MODERN, python
from tests.repository.lock import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["greeter", "fastmcp"])
def test_a_greeter_greets_through_the_adapter(name: str) -> None:
    program = sys.executable if name == "greeter" else python(MODERN)
    server = ROOT / "examples" / name / "server.py"
    with serving([program, str(server)]) as adapter:
        client = begun(adapter)
        (tool,) = client.request("tools/list").json["result"]["tools"]
        assert tool["name"] == "greet"
        assert tool["description"] == "Say hello to somebody."
        assert tool["inputSchema"]["required"] == ["name"]
        assert client.call("greet", name="Ada").text == "Hello, Ada!"
