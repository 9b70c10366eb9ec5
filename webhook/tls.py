"""TLS as the webhook speaks it: a context made from bytes, and sockets that run out of patience."""

import errno
import os
import socket
import ssl
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from certs.authority import Pair

MOST_AT_ONCE = 2**18
"""Bytes that are read from one client before the others have their turn."""
RECORD = 2**14
"""Bytes that TLS hands out at once; asking for fewer would leave some where no selector sees."""


class RequestSocket(ssl.SSLSocket):
    """A connection whose requests are received without waiting, before anybody reads them."""

    received: bytearray
    """What has been received and not yet read."""
    patience = 15.0
    """How many seconds a client may take to read an answer."""
    arrived = 0.0
    """When the request in hand began to arrive, in the time of time.monotonic()."""
    is_exhausted = False
    """Whether more was read than had been received: where the next request begins is unknown."""

    def receive(self) -> bool:
        """Receive what is there, without waiting, and say whether more can come."""
        for _ in range(MOST_AT_ONCE // RECORD):
            _forget()
            try:
                part = super().recv(RECORD)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return True
            if not part:
                return False
            self.received.extend(part)
        return True

    def do_handshake(self, block: bool = False) -> None:
        """Go on agreeing on TLS."""
        _forget()
        super().do_handshake(block)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:  # noqa: ARG002 - as sockets have it
        """Return what was received; when there is no more, nothing, as if the client hung up."""
        part = bytes(self.received[:buflen])
        del self.received[:buflen]
        self.is_exhausted = self.is_exhausted or not part
        return part

    def sendall(self, data: Any, flags: int = 0) -> None:  # noqa: ANN401 - any buffer
        """Send all of *data* to a client that reads it."""
        self.settimeout(self.patience)
        _forget()
        try:
            super().sendall(data, flags)
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "the client does not read") from error

    def finish(self) -> None:
        """Say that nothing more will be sent; from now on what comes can only be discarded."""
        self.setblocking(False)
        self.received.clear()
        self.shutdown(socket.SHUT_WR)

    def discard(self) -> bool:
        """Throw away what is there, and say whether more can come."""
        _forget()
        try:
            return len(super().recv(MOST_AT_ONCE)) > 0
        except BlockingIOError:
            return True


_NOTHING = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


def _forget() -> None:
    """Have OpenSSL forget what went wrong on this thread.

    It keeps errors for each thread and not for each connection. Where Python 3.13 leaves one there,
    the next call on the thread takes it for its own: a healthy connection seems to have hung up,
    because another has. To ask for ciphers that do not exist is the one way to empty that queue.
    """
    with suppress(ssl.SSLError):
        _NOTHING.set_ciphers("NONE-OF-THEM")


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
