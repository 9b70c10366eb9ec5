"""The transport's exceptions, turned into ours at this door and nowhere else."""

from collections.abc import Generator
from contextlib import contextmanager
from ssl import SSLCertVerificationError

from urllib3.exceptions import (
    HTTPError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from cluster.errors import Interrupted, Unreachable, Untrusted


@contextmanager
def our_errors(doing: str) -> Generator[None]:
    """Say whether nobody was reached, or whether the request may have been carried out."""
    try:
        yield
    except HTTPError as error:
        raise _meaning(error)(f"{doing}: {error}") from error


def _meaning(error: HTTPError) -> type[Unreachable]:
    if isinstance(error, SSLError):
        foreign = any(isinstance(cause, SSLCertVerificationError) for cause in error.args)
        return Untrusted if foreign else Interrupted
    return Interrupted if isinstance(error, ProtocolError | ReadTimeoutError) else Unreachable
