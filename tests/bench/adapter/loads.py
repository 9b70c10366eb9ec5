"""Asks a bridge by means of the load generator, and reads what it found."""

import json
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.adapter.bridges import Bridge, Place
from tests.bench.adapter.peers import child
from tests.bench.adapter.places import program

LONGEST_SECONDS = 15


class LoadError(Exception):
    """The server did not do what it was asked."""


@dataclass(frozen=True)
class Load:
    """What clients do at once."""

    modern: bool = False
    clients: int = 1
    connections: int = 1
    """Connections of each client."""
    size: int = 64

    def words(self) -> list[str]:
        """Return the flags of the load generator."""
        words = [f"-clients={self.clients}", f"-connections={self.connections}"]
        warm = 1 if self.size > 10_000 or self.clients * self.connections > 100 else 5
        return [
            *words,
            f"-bytes={self.size}",
            f"-modern={str(self.modern).lower()}",
            f"-warm={warm}",
        ]


@dataclass(frozen=True)
class Found:
    """What one turn of asking found; times are milliseconds."""

    rate: float
    p50: float
    p99: float


def calls(bridge: Bridge, load: Load, seconds: float) -> Found:
    """Call for so many seconds."""
    return _found("calls", bridge, *load.words(), f"-for={seconds}s")


def sessions(bridge: Bridge, count: int, pause: float) -> Found:
    """Open and end *count* legacy sessions, one after another, with a pause before each."""
    return _found("sessions", bridge, f"-count={count}", f"-pause={pause}s")


def pipe(place: Place, load: Load, seconds: float) -> Found:
    """Call the child through its own pipes, without a bridge."""
    words = [
        str(program("load")),
        "pipe",
        f"-for={seconds}s",
        f"-bytes={load.size}",
        "--",
        *child(place.child),
    ]
    return _read([*place.other_words(), *words])


@contextmanager
def held(bridge: Bridge, load: Load) -> Generator[None]:
    """Keep legacy sessions open, each after one call, while the block lasts."""
    words = [str(program("load")), "hold", f"-url={bridge.url}", *load.words()]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            if process.stdout.readline() != "held\n":
                raise LoadError(process.stderr.read().strip())
            yield
            process.stdin.close()
            process.wait(LONGEST_SECONDS)
        finally:
            process.kill()


def _found(verb: str, bridge: Bridge, *flags: str) -> Found:
    words = [str(program("load")), verb, f"-url={bridge.url}", "-timeout=10s", *flags]
    return _read([*bridge.place.other_words(), *words])


def _read(words: Sequence[str]) -> Found:
    try:
        ended = subprocess.run(
            words, text=True, capture_output=True, check=False, timeout=LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise LoadError(f"no end within {LONGEST_SECONDS} s") from None
    if ended.returncode:
        raise LoadError(ended.stderr.strip())
    said = json.loads(ended.stdout)
    if said["failed"] or not said["calls"]:
        raise LoadError(
            f"{said['failed']} of {said['calls'] + said['failed']} failed: {said['said']}"
        )
    return Found(said["calls"] / said["seconds"], said["p50"], said["p99"])
