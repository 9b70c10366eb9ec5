"""What can go wrong between us and the API server, as one family of exceptions."""

import msgspec


class Cause(msgspec.Struct):
    """One reason why an object is not valid."""

    field: str = ""


class Details(msgspec.Struct):
    """What a program may want to know of a refusal."""

    causes: list[Cause] = []


class Status(msgspec.Struct):
    """The part of the API server's answer to a failed request that we read."""

    message: str = ""
    reason: str = ""
    details: Details | None = None


class ClusterError(Exception):
    """The cluster could not do what it was asked; the message says what that was, and why."""

    status: int = 0
    """The HTTP status of the refusal, or 0 when nobody answered."""
    retry_after: float | None = None
    """How many seconds the API server wants us to wait before we ask again."""


class Unreachable(ClusterError):
    """Nobody answered: wrong address, no network, or a broken TLS handshake."""


class Untrusted(Unreachable):
    """Somebody answered who could not prove to be the API server."""


class Interrupted(Unreachable):
    """The connection broke, or took too long; whether the request was carried out is unknown."""


class Misconfigured(ClusterError):
    """The kubeconfig is missing, unreadable, or does not have the context that was named."""


class Unauthorized(ClusterError):
    """The API server does not know who we are."""


class Forbidden(ClusterError):
    """We may not do this."""


class NotFound(ClusterError):
    """There is no such object, or no such kind."""


class Conflict(ClusterError):
    """Somebody else changed, made or owns what we wanted to write."""


class Gone(ClusterError):
    """The resource version asked for is older than what the API server remembers."""


class Invalid(ClusterError):
    """The object breaks a rule of its kind, or an admission webhook refused it."""


class Busy(ClusterError):
    """The API server asks us to come back later."""


class Unreadable(ClusterError):
    """The answer does not have the shape that we asked for."""


LONGEST_PROSE = 512

MEANING: dict[int, type[ClusterError]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: Busy,
    503: Busy,
}

NAMES_ONLY = frozenset({401, 404, 409})
"""Refusals in which the API server speaks of names and managers, never of values."""


def refusal(doing: str, status: int, body: bytes, confidential: bool = False) -> ClusterError:
    """Return the error for an answer with *status*, in the API server's own words.

    Words that may repeat a value which we sent are left out when that is *confidential*.
    """
    quoted = not confidential or status in NAMES_ONLY
    words = _message(body) if quoted else _gist(body)
    error = MEANING.get(status, ClusterError)(f"{doing}: {words or f'HTTP {status}'}")
    error.status = status
    return error


def _message(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=Status).message
    except msgspec.DecodeError:  # a proxy answered in prose
        return body[:LONGEST_PROSE].decode(errors="replace").strip()


def _gist(body: bytes) -> str:
    """Return why it was refused and which fields are to blame, but nothing of what is in them."""
    try:
        status = msgspec.json.decode(body, type=Status)
    except msgspec.DecodeError:
        return ""
    causes = status.details.causes if status.details else []
    return ": ".join(filter(None, [status.reason, ", ".join(cause.field for cause in causes)]))
