"""Serve the handshake era over stdio, or with --http PORT on every front without any bridge."""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

import uvicorn
from mcp.server.websocket import websocket_server
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from tests.mcp.servers import options
from tests.mcp.servers.legacy import calls, contents, hazards, resources, rounds
from tests.mcp.servers.legacy.server import lowlevel, server

ALL = (contents, calls, rounds, hazards, resources)
"""Imported for what they add to the server."""


async def talk(socket: WebSocket) -> None:
    """Serve one client over WebSocket."""
    async with websocket_server(socket.scope, socket.receive, socket._send) as (read, write):
        await lowlevel.run(read, write, lowlevel.create_initialization_options())


def main() -> None:
    """Serve until somebody ends us."""
    options.describe(server)
    port = options.port()
    if port is None:
        server.run(transport="stdio")
        return
    app = server.streamable_http_app()
    app.router.routes.extend([*server.sse_app().routes, WebSocketRoute("/ws", talk)])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
