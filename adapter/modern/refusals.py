"""Refusals: why a request is answered with an error before a server hears of it."""

from dataclasses import dataclass

from adapter import jsonrpc
from adapter.modern import vocabulary


@dataclass(frozen=True)
class Refusal:
    """An error of JSON-RPC."""

    code: int
    sentence: str
    data: object = None

    def answer(self, identity: bytes | None) -> bytes:
        """Return the answer to the request with this id."""
        return jsonrpc.error(identity, self.code, self.sentence, self.data)


def malformed(sentence: str) -> Refusal:
    """Refuse what the parameters say."""
    return Refusal(jsonrpc.INVALID_PARAMS, sentence)


def mismatch(sentence: str) -> Refusal:
    """Refuse headers that say something else than the body."""
    return Refusal(vocabulary.HEADER_MISMATCH, sentence)


def unsupported(supported: tuple[str, ...], requested: str) -> Refusal:
    """Refuse a revision."""
    data = {"supported": list(supported), "requested": requested}
    return Refusal(vocabulary.UNSUPPORTED_VERSION, "unsupported protocol version", data)


def unknown(method: str) -> Refusal:
    """Refuse a method that this revision, or the server, does not know."""
    return Refusal(jsonrpc.METHOD_NOT_FOUND, f"method not found: {method[:100]}")


def missing(required: dict[str, object]) -> Refusal:
    """Refuse a client that cannot be asked what the server wants to ask."""
    return Refusal(
        vocabulary.MISSING_CAPABILITY,
        f"the server needs a client that can do {', '.join(required)}",
        {"requiredCapabilities": required},
    )


def failed(sentence: str) -> Refusal:
    """Say what went wrong on our side."""
    return Refusal(jsonrpc.SERVER_ERROR, sentence)
