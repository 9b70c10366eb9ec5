"""Tools that answer at once, one for each kind of content, and two for schemas and headers."""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

from typing import Any

from mcp.types import (
    AudioContent,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)
from pydantic import AnyUrl, Field

from tests.mcp.servers.legacy.server import server
from tests.mcp.servers.shapes import PNG, SCHEMA_2020_12, WAV


def embedded(uri: str, text: str, mime: str = "text/plain") -> EmbeddedResource:
    """Return a resource that travels inside a result."""
    resource = TextResourceContents(uri=AnyUrl(uri), mimeType=mime, text=text)
    return EmbeddedResource(type="resource", resource=resource)


@server.tool()
def test_simple_text() -> str:
    return "This is a simple text response for testing."


@server.tool()
def test_image_content() -> ImageContent:
    return ImageContent(type="image", data=PNG, mimeType="image/png")


@server.tool()
def test_audio_content() -> AudioContent:
    return AudioContent(type="audio", data=WAV, mimeType="audio/wav")


@server.tool()
def test_embedded_resource() -> EmbeddedResource:
    return embedded("test://embedded-resource", "This is an embedded resource content.")


@server.tool(structured_output=False)
def test_multiple_content_types() -> list[Any]:
    data = '{"test":"data","value":123}'
    return [
        TextContent(type="text", text="Multiple content types test:"),
        ImageContent(type="image", data=PNG, mimeType="image/png"),
        embedded("test://mixed-content-resource", data, "application/json"),
    ]


@server.tool()
def test_error_handling() -> str:
    raise RuntimeError("This tool intentionally returns an error for testing")


@server.tool()
def json_schema_2020_12_tool() -> str:
    return "ok"


server._tool_manager._tools["json_schema_2020_12_tool"].parameters = SCHEMA_2020_12


@server.tool(name="test_x_mcp_header")
def mirrored(
    region: str = Field(default="<none>", json_schema_extra={"x-mcp-header": "Region"}),
) -> str:
    return f"region={region}"
