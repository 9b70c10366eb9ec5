"""A server process as the bridge sees it: messages in and out, calls, and how it ends."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from msgspec import Raw

from adapter import jsonrpc
from adapter.calls import Call, Calls, cancelled
from adapter.figures import Figures
from adapter.jsonrpc import Envelope, Malformed
from adapter.lines import Lines, TooLong
from adapter.processes import Ending, Process, Spawner
from kinds.reading import fields

log = logging.getLogger("adapter.child")

GONE = jsonrpc.SERVER_ERROR
MOST_BACKLOG = 64 * 2**20
"""Bytes that may wait for a server that does not read."""
LARGE = 64 * 1024
"""From here on a second piece costs less than a copy."""
SPACE, VERSION = rb"[ \t\r]*", rb'"jsonrpc"[ \t\r]*:[ \t\r]*"2\.0"'
NUMBER = rb'"id"[ \t\r]*:[ \t\r]*(\d+)'
COMMA = SPACE + b"," + SPACE
BEGIN = re.compile(rb"%b\{%b(?:%b%b)?%b%b," % (SPACE, SPACE, VERSION, COMMA, NUMBER, SPACE))
END = re.compile(rb"%b%b(?:%b%b)?%b\}%b$" % (COMMA, NUMBER, COMMA, VERSION, SPACE, SPACE))
"""Where the number of an answer can be read though the middle of it is gone: its members come
first or last, however much white space the server writes."""


class Owner(Protocol):
    """Whoever a child works for."""

    def said(self, child: "Child", message: bytes, envelope: Envelope) -> None:
        """Hear a request or a notification of the server; its progress went home by itself."""

    def gone(self, child: "Child", ending: Ending) -> None:
        """Hear that it has ended; its calls have been answered."""


class Failed(Exception):
    """A request of our own was answered by an error, or by nobody."""


@dataclass(frozen=True)
class Manner:
    """How the processes of one server are listened to."""

    longest: int
    """Bytes of the longest message."""
    exposes_stderr: bool
    """Whether clients read its last words when it dies."""


class Child:
    """A process that was never used before: who takes it is its owner, to its end."""

    def __init__(self, spawner: Spawner, manner: Manner, figures: Figures) -> None:
        """Start a process."""
        self.calls = Calls(figures)
        self.owner: Owner | None = None
        self.pid = 0
        self.began = self.asked = time.monotonic()
        """When it was started, and when it was first asked something."""
        self.ending: Ending | None = None
        self.handshaken = False
        self.stopping = False
        self.received_bytes = 0
        self.backlog = 0
        """Bytes that it was given since it stopped reading."""
        self.on_end: Callable[[Child], None] | None = None
        """Who started it, and counts it."""
        self._paused = False
        self._lines = Lines(manner.longest)
        self._manner = manner
        self._figures = figures
        self._process: Process = spawner.spawn(self)
        """Last: a process that cannot start has ended before this returns, or soon after."""

    # What its owner does with it

    def request(self, call: Call, message: bytes, envelope: Envelope) -> None:
        """Send a client's request; the answer goes to the call."""
        if self._listens(call):
            self.send(self.calls.outgoing(call, message, envelope))

    def forward(self, call: Call, spelled: Callable[[bytes], bytes]) -> None:
        """Send a request that is *spelled* anew anyway, given the number it goes by."""
        if self._listens(call):
            self.send(spelled(self.calls.begin(call)))

    def _listens(self, call: Call) -> bool:
        if self.ending is not None:
            call.fail(GONE, str(self.ending))
            return False
        if not self.handshaken:
            self.asked = time.monotonic()
        return True

    def send(self, message: bytes) -> None:
        """Send a message as it is."""
        data = jsonrpc.line(message)
        if self._paused:
            self.backlog += len(data)
        if len(data) < LARGE:
            self._process.write(data + b"\n")
        else:
            self._process.write(data)
            self._process.write(b"\n")

    async def page(self, method: str, params: object, seconds: float, what: str) -> dict[str, Raw]:
        """Return a page of the list *what*; raise Failed when the answer has no such list."""
        result = await self.ask(method, params, seconds)
        found = jsonrpc.members(result)
        if bytes(found.get(what, b""))[:1] != b"[":
            reason = f"the answer to {method} has no list of {what}"
            self.garbled(reason, len(bytes(result)))
            raise Failed(reason)
        return found

    async def ask(self, method: str, params: object, seconds: float) -> Raw:
        """Return the result of a request of our own; raise Failed when there is none."""
        answers: asyncio.Future[tuple[bytes, int | None]] = (
            asyncio.get_running_loop().create_future()
        )
        call = Call(b"0", method, _Waiting(answers))
        call.is_background = True
        self.request(call, jsonrpc.request(b"0", method, params), Envelope(method=method))
        try:
            async with asyncio.timeout(seconds):
                message, _ = await answers
        except TimeoutError:
            self.calls.forget(call)
            raise Failed(f"the server did not answer {method} within {seconds:g}s") from None
        answer = jsonrpc.parse(message)
        if not isinstance(answer.result, Raw):
            told = jsonrpc.value(answer.error) if isinstance(answer.error, Raw) else None
            raise Refused(fields(told))
        return answer.result

    def cancel(self, call: Call, reason: str) -> None:
        """Give a call up, and tell the server; what it still answers is dropped."""
        if self.calls.forget(call) and self.ending is None and call.method != "initialize":
            self.send(cancelled(call, reason))

    def shook_hands(self) -> None:
        """Remember that it has answered as a server."""
        if not self.handshaken:
            self.handshaken = True
            self._figures.handshakes += 1
            self._figures.handshake_seconds += time.monotonic() - self.asked
            self._process.handshaken()

    def stop(self) -> None:
        """End it: EOF first, and less polite the longer it takes."""
        if self.ending is None and not self.stopping:
            self.stopping = True
            self._process.stop()

    def garbled(self, reason: str, size: int) -> None:
        """Count what the server wrote and nobody can use, and say so now and then."""
        self._figures.garbage += 1
        if self._figures.may_tell("garbage"):
            extra = {"pid": self.pid, "bytes": size, "reason": reason}
            log.warning("the server wrote what is no message; it was skipped", extra=extra)

    def kill(self) -> None:
        """End it at once."""
        self.stopping = True
        self._process.kill()

    # What the process tells (adapter.processes.Listener)

    def started(self, pid: int) -> None:
        """Remember its number, for people."""
        self.pid = pid

    def received(self, chunk: bytes) -> None:
        """Take what it wrote."""
        self._figures.from_servers += len(chunk)
        self.received_bytes += len(chunk)
        for line in self._lines.feed(chunk):
            if isinstance(line, TooLong):
                self._too_long(line)
            else:
                self._heard(line)

    def pause_writing(self) -> None:
        """Count what it is given from now on."""
        self._paused = True

    def resume_writing(self) -> None:
        """Begin anew."""
        self._paused = False
        self.backlog = 0

    def ended(self, ending: Ending) -> None:
        """Answer everybody who waits, and tell the owner."""
        self.ending = ending
        if self.on_end is not None:
            self.on_end(self)
        self.calls.fail_all(GONE, str(ending), self._last_words(ending) or None)
        if self.owner is not None:
            self.owner.gone(self, ending)

    def _last_words(self, ending: Ending) -> dict[str, object]:
        told: dict[str, object] = {}
        if ending.code is not None:
            told["exitCode"] = ending.code
        if self._manner.exposes_stderr and ending.tail:
            told["stderr"] = ending.tail
        return told

    def _heard(self, line: bytes) -> None:
        try:
            envelope = jsonrpc.checked(line)
        except Malformed as error:
            self._garbage(line, error)
            return
        if envelope.is_answer:
            if not self.calls.answered(line, envelope):
                self._figures.unexpected += 1
        elif envelope.method == "notifications/progress":
            call = self.calls.progressed(line, envelope)
            if call is None:
                self._figures.unexpected += 1
            else:
                call.deadline = time.monotonic() + call.seconds
        elif envelope.method == "ping" and envelope.is_request:
            self.send(jsonrpc.result(envelope.identity or b"null", b"{}"))
        elif self.owner is not None:
            self.owner.said(self, line, envelope)

    def _garbage(self, line: bytes, error: Malformed) -> None:
        listed = jsonrpc.items(line) if line[:1] == b"[" and self.handshaken else []
        for one in listed:
            if one[:1] == b"[":
                self.garbled("a list in a list", len(one))
            else:
                self._heard(one)
        if not listed:
            self.garbled(str(error), len(line))

    def _too_long(self, ends: bytes) -> None:
        self._figures.garbage += 1
        log.warning("the server wrote a line that is too long", extra={"pid": self.pid})
        head, _, tail = ends.partition(b"\n")
        found = BEGIN.match(head) or END.search(tail)
        call = self.calls.take(found[1]) if found else None
        if call is not None:
            call.fail(jsonrpc.INTERNAL_ERROR, "the server's answer is longer than messageBytes")


class Refused(Failed):
    """The server answered a request of ours with an error."""

    def __init__(self, error: dict[str, object]) -> None:
        """Keep what it said."""
        super().__init__(str(error.get("message", "an error")))
        code = error.get("code")
        self.code = code if isinstance(code, int) else jsonrpc.INTERNAL_ERROR
        self.data = error.get("data")


class _Waiting:
    """A sink for one answer."""

    def __init__(self, answers: "asyncio.Future[tuple[bytes, int | None]]") -> None:
        self._answers = answers

    def answer(self, message: bytes, code: int | None) -> None:
        if not self._answers.done():
            self._answers.set_result((message, code))

    def event(self, message: bytes) -> None:
        """Nobody asked for progress."""
