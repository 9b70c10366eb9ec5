"""The words of revision 2026-07-28: its keys, methods and error codes, and their HTTP status."""

from adapter import jsonrpc

REVISION = "2026-07-28"
KEY = "io.modelcontextprotocol/"
VERSION = f"{KEY}protocolVersion"
CAPABILITIES = f"{KEY}clientCapabilities"
CLIENT = f"{KEY}clientInfo"
LEVEL = f"{KEY}logLevel"
SERVER = f"{KEY}serverInfo"
SUBSCRIPTION = f"{KEY}subscriptionId"

HEADER_MISMATCH = -32020
MISSING_CAPABILITY = -32021
UNSUPPORTED_VERSION = -32022
OLD_NOT_FOUND = -32002
"""What older servers call a resource that is not there."""
OLD_URL_NEEDED = -32042
"""How older servers say that the user must open a page first."""

STATUS = {
    jsonrpc.PARSE_ERROR: 400,
    jsonrpc.INVALID_REQUEST: 400,
    jsonrpc.INVALID_PARAMS: 400,
    HEADER_MISMATCH: 400,
    MISSING_CAPABILITY: 400,
    UNSUPPORTED_VERSION: 400,
    jsonrpc.METHOD_NOT_FOUND: 404,
}

DISCOVER = "server/discover"
LISTEN = "subscriptions/listen"
CALL = "tools/call"
LIST_TOOLS = "tools/list"

NAMED_BY = {CALL: "name", "prompts/get": "name", "resources/read": "uri"}
"""Methods whose target stands in `Mcp-Name`; they alone may end with questions to the client."""

REMOVED = frozenset(
    {
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
    }
)
"""Methods of older revisions, which an older server would still answer."""

CACHEABLE = frozenset(
    {
        DISCOVER,
        LIST_TOOLS,
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "resources/read",
    }
)
"""Methods whose results must say how long they may be kept."""

LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")


def status(code: int | None) -> int:
    """Return the HTTP status of an answer, given the code of its error."""
    return 200 if code is None else STATUS.get(code, 200)
