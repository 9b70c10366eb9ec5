"""A server that stops says so to its clients, finishes what it owes, and then is closed."""

import asyncio
import socket
from contextlib import ExitStack
from pathlib import Path

from adapter.wire.limits import Limits
from adapter.wire.server import Server, run
from tests.adapter.wire.serving import (
    Asked,
    Serving,
    echo,
    read_all,
    read_until,
    serving,
    status,
    wait_until,
)

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def is_closed(running: Serving) -> bool:
    """Return whether nobody listens; a client that comes while it closes is cut off."""
    try:
        running.connect().close()
    except ConnectionRefusedError:
        return True
    except ConnectionError:
        return False
    return False


def test_a_draining_server_refuses_newcomers_and_finishes_what_it_owes() -> None:
    asked = Asked()
    with serving(asked) as running, running.connect() as busy, running.connect() as idle:
        busy.sendall(GET)
        _, reply = asked.next()
        assert wait_until(lambda: running.server.connections == 2)
        running.do(running.server.stop_accepting)
        assert wait_until(lambda: is_closed(running))
        assert wait_until(lambda: running.server.connections == 2)
        running.do(running.server.close_idle)
        assert idle.recv(1) == b""
        assert running.server.connections == 1
        running.loop.call_soon_threadsafe(reply.answer, 200, b"last")
        answer = read_all(busy)
        assert b"\r\nConnection: close\r\n" in answer
        assert answer.endswith(b"last")


def test_a_stream_that_ends_while_draining_ends_its_connection() -> None:
    asked = Asked()
    with serving(asked) as running, running.connect() as client:
        client.sendall(GET)
        _, reply = asked.next()
        running.do(reply.stream)
        running.do(running.server.stop_accepting)
        running.loop.call_soon_threadsafe(reply.end)
        assert read_all(client).endswith(b"0\r\n\r\n")


def test_too_many_clients_are_asked_to_come_back() -> None:
    limits = Limits(connections=2)
    with serving(echo, limits) as running, ExitStack() as open_clients:
        clients = [open_clients.enter_context(running.connect()) for _ in range(2)]
        for client in clients:
            client.sendall(GET)
            assert read_until(client, b"\r\n\r\n/")
        answer = running.exchange(GET)
        assert status(answer) == 503
        assert b"Retry-After: 1\r\n" in answer
        assert running.why_refused() == "too many connections"
        clients[0].close()
        assert wait_until(lambda: running.server.connections < 2)
        with running.connect() as newcomer:
            newcomer.sendall(GET)
            assert status(read_until(newcomer, b"\r\n\r\n/")) == 200


def test_a_crowd_that_does_not_go_away_is_not_kept_either() -> None:
    limits = Limits(connections=8)
    with serving(echo, limits) as running, ExitStack() as crowd:
        for _ in range(50):
            crowd.enter_context(running.connect())
        assert wait_until(lambda: 8 <= running.server.connections <= 11)


def test_a_unix_socket_will_do(tmp_path: Path) -> None:
    async def ask() -> bytes:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "socket"))
        server = Server(echo, Limits(), lambda _: None)
        await server.start([listener])
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "socket"))
        writer.write(GET)
        answer = await reader.readuntil(b"\r\n\r\n/")
        writer.close()
        await writer.wait_closed()
        server.stop_accepting()
        await server.closed
        return answer

    assert status(run(ask())) == 200
