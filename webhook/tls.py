"""TLS as the webhook speaks it: a context made from bytes, and sockets that run out of patience."""

import errno
import os
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gunicorn.util import close_graceful

from certs.authority import Pair

MOST_UNREAD = 16 * 2**20
"""Bytes of a refused request that are thrown away, so that its sender gets to read the refusal."""
SOONEST_SECONDS = 0.001
"""A timeout of 0 would make a socket non-blocking instead of impatient."""


class RequestSocket(ssl.SSLSocket):
    """A connection whose every request must have been read within *patience* seconds.

    A thread that takes the connection up makes it blocking; that is when the clock starts. Once the
    time is over the socket behaves as if the client had hung up, which every reader can handle.
    """

    patience = 15.0
    arrived = 0.0
    """When the request in hand began to arrive, in the time of time.monotonic()."""
    _deadline = 0.0
    _given_up = False

    def setblocking(self, flag: bool) -> None:
        """Start the clock, or hand the connection back to the loop."""
        if flag:
            self._deadline = time.monotonic() + self.patience
            self.settimeout(self.patience)
        else:
            super().setblocking(flag)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Return what came, or nothing when the client is gone or was too slow."""
        if self._given_up:
            return b""
        self.settimeout(max(self._deadline - time.monotonic(), SOONEST_SECONDS))
        try:
            return super().recv(buflen, flags)
        except TimeoutError:
            self._given_up = True
            return b""

    def sendall(self, data: Any, flags: int = 0) -> None:  # noqa: ANN401 - any buffer
        """Send all of *data* to a client that reads it."""
        self.settimeout(self.patience)
        try:
            super().sendall(data, flags)
        except TimeoutError as error:
            self._given_up = True
            raise ConnectionResetError(errno.ECONNRESET, "the client does not read") from error

    def linger(self, seconds: float) -> None:
        """Close after the client did, or after *seconds*: what was sent last is not torn off."""
        self._deadline = time.monotonic() + seconds
        close_graceful(self, seconds, MOST_UNREAD)


def server_context(pair: Pair, oldest: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a context that serves *pair*; raise ssl.SSLError when the two do not belong together.

    The key never touches a disk where the system can avoid it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = oldest
    context.sslsocket_class = RequestSocket
    with _file(pair.certificate + b"\n" + pair.key) as file:
        context.load_cert_chain(file, password=_no_password)
    return context


def handshake(where: tuple[str, int], bundle: bytes, name: str | None, seconds: float) -> None:
    """Agree on TLS with *where*, trusting *bundle* alone; raise OSError or ValueError if not.

    With a *name* the certificate must be for it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = name is not None
    context.load_verify_locations(cadata=bundle.decode())
    with (
        socket.create_connection(where, timeout=seconds) as connection,
        context.wrap_socket(connection, server_hostname=name),
    ):
        return


def _no_password() -> str:
    raise ValueError("the key is encrypted")


@contextmanager
def _file(content: bytes) -> Generator[Path]:
    """Yield a file that holds *content*, because OpenSSL reads keys from files only."""
    if sys.platform == "linux":
        with os.fdopen(os.memfd_create("pair"), "wb") as file:
            file.write(content)
            file.flush()
            yield Path(f"/proc/self/fd/{file.fileno()}")
    else:
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield Path(file.name)
