"""The socket hears one launcher; whoever else dials, and whatever they say, does no harm."""

import array
import asyncio
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapter.link import MOST_STRANGERS
from adapter.link_packets import PROBE, Message, decode, encode
from adapter.processes import Ending
from tests.adapter.processes.ear import WITHIN, Ear, in_a_loop
from tests.adapter.processes.places import PATIENT, Linked, linked, open_descriptors

HELLO = encode(Message("hello", version=1, launcher="1.2.3"))


class Caller:
    """A launcher as a test plays it."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.connect(str(path))
        self._socket.settimeout(WITHIN)

    def say(self, packet: bytes, *descriptors: int) -> None:
        rights = array.array("i", descriptors)
        level = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if descriptors else []
        self._socket.sendmsg([packet], level)

    async def hear(self) -> Message | None:
        """Return the next message, or None when the adapter hung up."""
        try:
            data = await asyncio.to_thread(self._socket.recv, 65536)
        except ConnectionResetError:
            return None
        return decode(data) if data else None

    async def greeted(self) -> Message:
        reading, writing = os.pipe()
        os.write(writing, PROBE)
        self.say(HELLO, reading)
        os.close(reading)
        os.close(writing)
        welcome = await self.hear()
        assert welcome is not None
        return welcome

    def close(self) -> None:
        self._socket.close()


@contextmanager
def calling(path: Path) -> Generator[Caller]:
    caller = Caller(path)
    yield caller
    caller.close()


async def works(link: Linked, path: Path) -> None:
    """Prove that a launcher is still welcome."""
    with calling(path) as caller:
        assert (await caller.greeted()).type == "welcome"
    await link.until(connected=False)


@in_a_loop
async def test_descriptors_are_passed_where_the_probe_arrives(socket_path: Path) -> None:
    async with linked(socket_path) as link:
        with calling(socket_path) as caller:
            welcome = await caller.greeted()
            assert (welcome.type, welcome.descriptors) == ("welcome", True)
            assert welcome.after_eof == PATIENT.after_eof * 1000
            assert link.link.facts().launcher == "1.2.3"


@in_a_loop
async def test_bytes_are_relayed_where_it_does_not(socket_path: Path) -> None:
    async with linked(socket_path) as link:
        before = open_descriptors()
        with Path(os.devnull).open("rb") as no_pipe:
            for descriptors in ([], [no_pipe.fileno()], [no_pipe.fileno()] * 3):
                with calling(socket_path) as caller:
                    caller.say(HELLO, *descriptors)
                    welcome = await caller.hear()
                    assert welcome is not None
                    assert not welcome.descriptors
                await link.until(connected=False)
        assert open_descriptors() == before


@in_a_loop
async def test_a_second_launcher_is_refused_and_counted(socket_path: Path) -> None:
    async with linked(socket_path) as link:
        with calling(socket_path) as first, calling(socket_path) as second:
            await first.greeted()
            refusal = await second.greeted()
            assert refusal == Message("refused", reason="another launcher is connected")
            assert link.link.facts().refused == 1
            assert link.link.facts().connected


@in_a_loop
async def test_however_often_somebody_dials_the_log_stays_short(
    socket_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with linked(socket_path) as link:
        with calling(socket_path) as first:
            await first.greeted()
            for _ in range(50):
                with calling(socket_path) as other:
                    await other.hear()
        assert link.link.facts().refused == 50
    refusals = [one for one in caplog.records if one.message == "launcher refused"]
    assert [vars(one)["refused"] for one in refusals] == [1]


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="HTTP"),
        pytest.param(b"\xff" * 60_000, id="bytes"),
        pytest.param(b'{"type": 1}', id="another type"),
        pytest.param(b"[" * 10_000, id="depth"),
        pytest.param(encode(Message("hello", version=2)), id="another version"),
        pytest.param(encode(Message("welcome", version=1)), id="another message"),
    ],
)
@in_a_loop
async def test_whoever_says_no_hello_is_refused(socket_path: Path, packet: bytes) -> None:
    async with linked(socket_path) as link:
        with calling(socket_path) as caller:
            caller.say(packet)
            refusal = await caller.hear()
            assert refusal is not None
            assert refusal.type == "refused"
        assert link.link.facts().refused == 1
        await works(link, socket_path)


@in_a_loop
async def test_a_crowd_that_says_nothing_is_bounded(socket_path: Path) -> None:
    async with linked(socket_path) as link:
        crowd = [Caller(socket_path) for _ in range(MOST_STRANGERS + 3)]
        for late in crowd[MOST_STRANGERS:]:
            refusal = await late.hear()
            assert refusal is not None
            assert refusal.type == "refused"
        for caller in crowd:
            caller.close()
        assert link.link.facts().refused == 3


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(b"nonsense", id="no packet"),
        pytest.param(b"o", id="too short"),
        pytest.param(b"c\0\0\0\1\0", id="credit without a count"),
        pytest.param(b"{", id="broken JSON"),
        pytest.param(b'{"id": 1}', id="no type"),
    ],
)
@in_a_loop
async def test_a_launcher_that_talks_nonsense_is_hung_up_on(
    socket_path: Path, packet: bytes
) -> None:
    async with linked(socket_path) as link:
        with calling(socket_path) as caller:
            await caller.greeted()
            ear = Ear()
            link.link.spawn(ear)
            assert await caller.hear() == Message("start", id=1)
            caller.say(packet)
            reason = "the launcher is gone: it sent what is no packet"
            assert await ear.end() == Ending(reason=reason)
        await works(link, socket_path)


@in_a_loop
async def test_the_last_words_of_a_launcher_that_hung_up_without_listening_are_heard(
    socket_path: Path,
) -> None:
    async with linked(socket_path) as link:
        with calling(socket_path) as caller:
            await caller.greeted()
            ear = Ear()
            link.link.spawn(ear)  # what it says to that is never read
            caller.say(encode(Message("ended", id=1, code=3, tail="last words")))
        assert await ear.end() == Ending(code=3, tail="last words")


@in_a_loop
async def test_descriptors_that_nobody_asked_for_are_closed(socket_path: Path) -> None:
    async with linked(socket_path) as link:
        with calling(socket_path) as caller:
            await caller.greeted()
            before = open_descriptors()
            for kind in ("started", "ended", "what", "failed"):
                caller.say(encode(Message(kind, id=99)), 0, 1, 2)
            caller.say(encode(Message("draining")), *range(3), *range(3), *range(3), *range(3))
            await asyncio.wait_for(link.draining.wait(), WITHIN)
            assert open_descriptors() == before


@pytest.mark.parametrize("kind", ["none", "one", "swapped", "files"])
@in_a_loop
async def test_a_server_whose_pipes_do_not_arrive_is_ended(socket_path: Path, kind: str) -> None:
    reading, writing = os.pipe()
    with Path(os.devnull).open("r+b", buffering=0) as file:
        sent = {
            "none": [],
            "one": [writing],
            "swapped": [reading, writing],
            "files": [file.fileno(), file.fileno()],
        }
        async with linked(socket_path) as link:
            with calling(socket_path) as caller:
                await caller.greeted()
                ear = Ear()
                link.link.spawn(ear)
                await caller.hear()
                caller.say(encode(Message("started", id=1, pid=7)), *sent[kind])
                assert await caller.hear() == Message("stop", id=1)
                caller.say(encode(Message("ended", id=1, signal=15)))
                reason = "the pipes of the server did not arrive from the launcher"
                assert await ear.end() == Ending(reason=reason)
    os.close(reading)
    os.close(writing)


@in_a_loop
async def test_a_socket_left_by_an_adapter_before_is_replaced(socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as before:
        before.bind(str(socket_path))
    async with linked(socket_path) as link:
        await works(link, socket_path)
    assert not socket_path.exists()
