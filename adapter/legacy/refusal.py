"""Requests that reach no server: a status, and an error that a client can read."""

from adapter import jsonrpc
from adapter.wire.replies import Reply

NOT_FOUND = "no such session: it has ended, or never was; send initialize to begin another"
NO_SESSION = "the header Mcp-Session-Id is missing: send initialize first, and what it answers"


def refuse(
    reply: Reply,
    status: int,
    sentence: str,
    code: int = jsonrpc.INVALID_REQUEST,
    *,
    identity: bytes | None = None,
    headers: bytes = b"",
) -> None:
    """Answer with an error of ours."""
    reply.answer(status, jsonrpc.error(identity, code, sentence), headers=headers)


def no_session(reply: Reply, identity: bytes | None = None) -> None:
    """Answer that a session is unknown, which tells clients to begin a new one."""
    refuse(reply, 404, NOT_FOUND, jsonrpc.SESSION_NOT_FOUND, identity=identity)


def unavailable(reply: Reply, sentence: str, seconds: int, identity: bytes | None = None) -> None:
    """Answer that there is no room now, and when to try again."""
    headers = b"Retry-After: %d\r\n" % seconds
    refuse(reply, 503, sentence, jsonrpc.SERVER_ERROR, identity=identity, headers=headers)
