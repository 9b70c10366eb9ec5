"""A real TLS handshake inside one process, with a client as strict as Python 3.13's."""

import socket
import ssl
import threading
from pathlib import Path

from certs.authority import Pair


def serve_once(directory: Path, pair: Pair) -> socket.socket:
    """Return the client's end of a connection whose other end shakes hands with *pair*."""
    ours, theirs = socket.socketpair()
    (directory / "pair.pem").write_bytes(pair.certificate + pair.key)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(directory / "pair.pem")

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except ssl.SSLError:  # the client refused: that is what some tests are about
            theirs.close()

    threading.Thread(target=serve, daemon=True).start()
    return ours


def client(trusted: bytes) -> ssl.SSLContext:
    """Return what a client needs that trusts the bundle *trusted* and nobody else."""
    context = ssl.create_default_context(cadata=trusted.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def shake(directory: Path, pair: Pair, trusted: bytes, host: str) -> str | None:
    """Return the version of TLS that both ends agreed upon."""
    ours = serve_once(directory, pair)
    with ours, client(trusted).wrap_socket(ours, server_hostname=host) as connection:
        return connection.version()
