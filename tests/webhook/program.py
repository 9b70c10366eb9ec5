"""`python -m webhook` as a process of its own, on ports of its own, and what it says."""

import json
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread
from typing import IO, Any

from certs.authority import Pair

READY_SECONDS = 30.0
Line = dict[str, Any]


@dataclass
class Program:
    """A webhook that runs."""

    process: "subprocess.Popen[str]"
    lines: list[Line] = field(default_factory=list[Line])
    _heard: Condition = field(default_factory=Condition)

    def listen(self, stream: IO[str]) -> None:
        """Keep every line that it logs; a line that is no JSON is kept as a complaint."""
        for text in stream:
            with self._heard:
                self.lines.append(_parsed(text))
                self._heard.notify_all()

    def wait(self, claim: Callable[[Line], bool], seconds: float = READY_SECONDS) -> Line:
        """Return the first line that *claim* holds for, as soon as it is there."""
        with self._heard:
            found = self._heard.wait_for(lambda: [*filter(claim, self.lines)], seconds)
        if not found:
            raise AssertionError(f"no such line among {self.lines}")
        return found[0]

    def port(self, what: str) -> int:
        """Return the port of "admission" or "probes"."""
        line = self.wait(lambda line: line.get("what") == what)
        return int(line["address"].rpartition(":")[2])

    def decisions(self) -> list[Line]:
        """Return the lines about decisions, oldest first."""
        with self._heard:
            return [line for line in self.lines if line["message"] == "decided"]

    def probe(self, path: str) -> tuple[int, str]:
        """Return status and text of a probe."""
        url = f"http://127.0.0.1:{self.port('probes')}{path}"
        try:
            with urllib.request.urlopen(url, timeout=READY_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metrics(self, authority: bytes) -> str:
        """Return the figures, asked over TLS as Prometheus would."""
        url = f"https://127.0.0.1:{self.port('admission')}/metrics"
        context = ssl.create_default_context(cadata=authority.decode())
        with urllib.request.urlopen(url, timeout=READY_SECONDS, context=context) as answer:
            text: str = answer.read().decode()
            return text

    def terminate(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(READY_SECONDS)


@contextmanager
def program(words: Sequence[str], module: str = "webhook") -> Generator[Program]:
    """Run the webhook for as long as the block lasts."""
    flags = ["--bind=127.0.0.1:0", "--probes=127.0.0.1:0", "--shutdown-delay=0s", *words]
    command = [sys.executable, "-m", module, *flags]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        running = Program(process)
        assert process.stderr is not None
        listener = Thread(target=running.listen, args=(process.stderr,), daemon=True)
        listener.start()
        try:
            yield running
        finally:
            process.kill()
            process.wait(READY_SECONDS)
            listener.join(READY_SECONDS)


def certificate_files(folder: Path, pair: Pair, authority: bytes) -> list[str]:
    """Write the files of a certificate, and return the flags that name them."""
    parts = {"certificate": pair.certificate, "key": pair.key, "ca": authority}
    for name, content in parts.items():
        (folder / f"{name}.pem").write_bytes(content)
    return [f"--{name}-file={folder / name}.pem" for name in parts]


def _parsed(text: str) -> Line:
    try:
        line: Line = json.loads(text)
    except ValueError:
        return {"message": "not JSON", "text": text}
    return line
