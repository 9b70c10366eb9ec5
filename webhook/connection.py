"""A client's connection, as the loop that accepts looks after it."""

import ssl
from typing import Any

from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from webhook.arrival import Arrival
from webhook.tls import RequestSocket

HUNG_UP, TOO_SLOW, TOO_MANY = "hung up", "timeout", "too many clients"


class Connection(TConn):
    """A client's connection, from the first byte to the last."""

    arrival: Arrival | None = None
    """The request of which something has arrived, but not everything."""
    is_agreed = False
    """Whether there is TLS."""
    deadline = 0.0
    """Until when the loop waits for what comes next."""

    def __init__(self, cfg: Config, sock: RequestSocket, client: Any, server: Any) -> None:  # noqa: ANN401 - addresses
        """Begin without TLS; *client* and *server* are the addresses of the two ends."""
        super().__init__(cfg, sock, client, server)
        self.patient = sock
        self.host = str(client[0])
        self.data_ready = True  # it gets a thread when there is a request, not before


def reason(error: Exception) -> str:
    """Return why a connection failed, in the words of the TLS library where it has some."""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
        return HUNG_UP
    return getattr(error, "reason", None) or type(error).__name__
