"""Addresses to listen on, written as Kubernetes programs write them, and sockets for them."""

import socket
from dataclasses import dataclass

BACKLOG = 1024
OFF = "0"


@dataclass(frozen=True)
class Address:
    """A port, and the host on which it is open; no host means every interface, IPv4 and IPv6."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return what a person would type."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address(text: str) -> Address:
    """Return the address that *text* means (`:9443`, `127.0.0.1:9443`, `[::1]:9443`)."""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or (":" in host and not bracketed):
        raise ValueError("must be HOST:PORT or :PORT, an IPv6 host in brackets")
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ValueError("must end in a port between 0 and 65535")
    return Address(host.strip("[]"), int(port))


def address_or_off(text: str) -> Address | None:
    """Return the address that *text* means; None for "0", which turns the listener off."""
    return None if text == OFF else address(text)


def listen(where: Address) -> socket.socket:
    """Return a socket that accepts connections at *where*; raise OSError when it cannot."""
    everywhere = where.host in ("", "::")
    if everywhere and socket.has_dualstack_ipv6():
        return socket.create_server(
            ("", where.port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=True
        )
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    return socket.create_server((where.host, where.port), family=family, backlog=BACKLOG)


def bound(listener: socket.socket) -> Address:
    """Return where *listener* accepts connections, with the port that the system chose."""
    host, port = listener.getsockname()[:2]
    return Address(str(host), int(port))


def near(where: Address) -> Address:
    """Return how a program on the same machine reaches *where*."""
    return Address("127.0.0.1", where.port) if where.host in ("", "0.0.0.0", "::") else where
