"""Addresses are read as Kubernetes programs write them, and opened for both families."""

import socket

import pytest

from telemetry.listening import Address, address, address_or_off, bound, listen, near


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (":9443", Address("", 9443)),
        ("127.0.0.1:80", Address("127.0.0.1", 80)),
        ("[::1]:0", Address("::1", 0)),
        ("localhost:65535", Address("localhost", 65535)),
    ],
)
def test_an_address_is_read_and_written_alike(text: str, found: Address) -> None:
    assert address(text) == found
    assert str(found) == text


@pytest.mark.parametrize("text", ["", "9443", ":", ":x", ":65536", ":-1", "::1:80", ":\u0663"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must"):
        address(text)


def test_zero_means_that_nothing_listens() -> None:
    assert address_or_off("0") is None
    assert address_or_off(":1") == Address("", 1)


@pytest.mark.parametrize("client", ["127.0.0.1", "::1"])
def test_no_host_means_ipv4_and_ipv6(client: str) -> None:
    with listen(address(":0")) as listener:
        port = bound(listener).port
        socket.create_connection((client, port), timeout=60).close()
        accepted, _ = listener.accept()
        accepted.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_host_means_that_host_alone(host: str) -> None:
    with listen(Address(host, 0)) as listener:
        assert bound(listener).host == host
        other = "::1" if host == "127.0.0.1" else "127.0.0.1"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((other, bound(listener).port), timeout=60)


def test_everywhere_is_near_on_the_loopback() -> None:
    assert near(Address("::", 1)) == near(Address("0.0.0.0", 1)) == Address("127.0.0.1", 1)
    assert near(Address("::1", 1)) == Address("::1", 1)
