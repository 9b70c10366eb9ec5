"""Refusals: what is answered to a request that never reaches the handler."""

import msgspec

INVALID_REQUEST = -32600
INTERNAL_ERROR = -32603
RETRY = b"Retry-After: 1\r\n"


class Refusal(Exception):
    """A request, or a whole connection, that is answered with an error and then closed."""

    def __init__(self, status: int, reason: str, headers: bytes = b"") -> None:
        """Keep the status, the *reason* that clients read and metrics count, and header lines."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers


def error_body(reason: str, code: int = INVALID_REQUEST) -> bytes:
    """Return *reason* as an error of JSON-RPC that answers no request in particular."""
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": reason}}
    return msgspec.json.encode(error)
