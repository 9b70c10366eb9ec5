"""Serve both eras over stdio, or with --http PORT on two fronts without any bridge."""
# mypy: disable-error-code="import-not-found", allow-untyped-decorators
# pyright: basic, reportMissingImports=false

import uvicorn

from tests.mcp.servers import options
from tests.mcp.servers.dual_era import calls, contents, hazards, resources, rounds
from tests.mcp.servers.dual_era.server import server

ALL = (contents, calls, rounds, hazards, resources)
"""Imported for what they add to the server."""


def main() -> None:
    """Serve until somebody ends us."""
    options.describe(server)
    port = options.port()
    if port is None:
        server.run(transport="stdio")
        return
    app = server.streamable_http_app()
    app.router.routes.extend(server.sse_app().routes)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
