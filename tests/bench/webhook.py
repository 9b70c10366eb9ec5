"""How long admission over TLS takes at a steady rate, and what it weighs.

`python -m tests.bench.webhook` starts the no-op webhook, sends requests when they are due, whether
or not earlier ones have been answered, and counts the time from when each was due.
"""

import argparse
import http.client
import json
import queue
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from certs.authority import Subject, authority, leaf

NOOP = "tests.bench.noop_webhook"
DAY = timedelta(days=1)
PATH = "/mutate/mcpservers?timeout=10s"


@dataclass(frozen=True)
class Running:
    """A webhook under load: its port, its process, and whom to trust."""

    port: int
    process: int
    trusted: ssl.SSLContext


@contextmanager
def webhook(module: str, *flags: str) -> Generator[Running]:
    """Run a webhook on a port of its own for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = authority("bench", DAY)
        pair = leaf(root, Subject("webhook", hosts=["127.0.0.1"]), DAY)
        files = {"certificate": pair.certificate, "key": pair.key, "ca": root.certificate}
        for part, content in files.items():
            (folder / part).write_bytes(content)
        words = [f"--{part}-file={folder / part}" for part in files]
        command = [sys.executable, "-m", module, "--bind=127.0.0.1:0", "--probes=0", *words, *flags]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            lines = (json.loads(line) for line in process.stderr)
            address: str = next(line["address"] for line in lines if "address" in line)
            trusted = ssl.create_default_context(cadata=root.certificate.decode())
            try:
                yield Running(int(address.rpartition(":")[2]), process.pid, trusted)
            finally:
                process.kill()


def review(size: int) -> bytes:
    """Return a review of about *size* bytes."""
    filler = {f"key-{number}": "x" * 90 for number in range(size // 104)}
    request = {"uid": "1", "object": {"spec": {"deployment": {"env": filler}}}}
    return json.dumps({"kind": "AdmissionReview", "request": request}).encode()


def load(running: Running, rate: float, seconds: float, body: bytes, senders: int) -> list[float]:
    """Return how long each request took, counted from when it was due."""
    due: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    took: list[float] = []
    connected = threading.Barrier(senders + 1)

    def send() -> None:
        connection = http.client.HTTPSConnection("127.0.0.1", running.port, context=running.trusted)
        connection.connect()
        connected.wait()
        while (moment := due.get()) is not None:
            connection.request("POST", PATH, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            took.append(time.perf_counter() - moment)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(senders)]
    for thread in threads:
        thread.start()
    connected.wait()
    begun = time.perf_counter()
    for number in range(int(rate * seconds)):
        moment = begun + number / rate
        time.sleep(max(moment - time.perf_counter(), 0.0))
        due.put(moment)
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.join()
    return took


def memory(process: int) -> dict[str, float]:
    """Return the resident and the proportional size of a process, in MiB."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    sizes = {line.split()[0]: int(line.split()[1]) / 1024 for line in text.splitlines()[1:]}
    return {"RSS": sizes["Rss:"], "PSS": sizes["Pss:"]}


def told(took: Sequence[float]) -> str:
    """Return the figures of a run in milliseconds."""
    cuts = statistics.quantiles(took, n=100)
    worst = max(took)
    return f"p50 {cuts[49] * 1e3:.2f}  p99 {cuts[98] * 1e3:.2f}  max {worst * 1e3:.2f} ms"


def main() -> None:
    """Run the load and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.webhook", description=__doc__)
    parser.add_argument("--module", default=NOOP, help=f"what to start ({NOOP})")
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second (100)")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long (20)")
    parser.add_argument("--size", type=int, default=100_000, help="bytes of a request (100000)")
    parser.add_argument("--senders", type=int, default=25, help="connections (25)")
    given, flags = parser.parse_known_args()
    with webhook(given.module, *flags) as running:
        before = memory(running.process)
        took = load(running, given.rate, given.seconds, review(given.size), given.senders)
        after = memory(running.process)
    print(f"{len(took)} requests of {given.size} bytes at {given.rate:g}/s: {told(took)}")
    for name, figures in (("before", before), ("after", after)):
        print(f"{name}: " + ", ".join(f"{kind} {size:.1f} MiB" for kind, size in figures.items()))


if __name__ == "__main__":
    main()
