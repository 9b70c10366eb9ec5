"""Whether the API server could reach us: a certificate is served, and the bundle vouches for it."""

from collections.abc import Callable, Sequence

from telemetry.listening import Address
from webhook.tls import handshake

HANDSHAKE_SECONDS = 2.0


def handshake_problem(where: Address, bundle: bytes, name: str | None) -> str | None:
    """Return why a client that trusts the published *bundle* cannot talk to us; None if it can."""
    try:
        handshake((where.host, where.port), bundle, name, HANDSHAKE_SECONDS)
    except (OSError, ValueError) as error:
        return f"no TLS with {where} by the published bundle: {error}"
    return None


def handshake_check(
    where: Callable[[], Address | None],
    bundles: Callable[[], Sequence[bytes]],
    name: str | None,
) -> Callable[[], str | None]:
    """Return a check that shakes hands with our own port, as the API server would.

    *where* is None as long as the port is closed; the *bundles*, each of which has to vouch for us,
    are read at each look.
    """

    def check() -> str | None:
        address = where()
        if address is None:
            return "the port is not open yet"
        published = bundles()
        if not published or not all(published):
            return "no bundle has been published yet"
        problems = (handshake_problem(address, bundle, name) for bundle in published)
        return next((problem for problem in problems if problem), None)

    return check
