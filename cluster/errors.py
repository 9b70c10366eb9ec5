"""What can go wrong between us and the API server, as one family of exceptions."""

import msgspec


class Status(msgspec.Struct):
    """The part of the API server's answer to a failed request that a person wants to read."""

    message: str = ""


class ClusterError(Exception):
    """The cluster could not do what it was asked; the message says what that was, and why."""


class Unreachable(ClusterError):
    """Nobody answered: wrong address, no network, or a broken TLS handshake."""


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


def refusal(doing: str, status: int, body: bytes) -> ClusterError:
    """Return the error for an answer with *status*, in the API server's own words."""
    return MEANING.get(status, ClusterError)(f"{doing}: {_message(body) or f'HTTP {status}'}")


def _message(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=Status).message
    except msgspec.DecodeError:  # a proxy answered in prose
        return body[:LONGEST_PROSE].decode(errors="replace").strip()
