"""The certificate for metrics: from files that may be renewed, or one that we sign ourselves."""

import os
import ssl
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from certs.authority import Pair, Subject, authority, leaf
from reconciler.settings import Settings

LIFETIME = timedelta(days=365)
RENEW_SECONDS = timedelta(days=180).total_seconds()
LOOK_SECONDS = 10.0


class Contexts:
    """Hands out a TLS context; threads share it, and what they race for is the same."""

    def __init__(self, chosen: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        """Read files when *chosen* names them; they must be good now, and may become bad later."""
        self._folder = chosen.metrics_cert_path
        self._names = (chosen.metrics_cert_name, chosen.metrics_cert_key)
        self._clock = clock
        self._stamp: tuple[int, ...] = self._stamped()
        self._context = self._made()
        self._again = self._next()

    def current(self) -> ssl.SSLContext:
        """Return the context for a new connection."""
        if self._clock() < self._again:
            return self._context
        self._again = self._next()
        try:
            stamp = self._stamped()
            if self._folder is None or stamp != self._stamp:
                self._context, self._stamp = self._made(), stamp
        except (OSError, ValueError):  # half written: the next look finds it whole
            return self._context
        return self._context

    def _next(self) -> float:
        return self._clock() + (RENEW_SECONDS if self._folder is None else LOOK_SECONDS)

    def _stamped(self) -> tuple[int, ...]:
        if self._folder is None:
            return ()
        return tuple((self._folder / name).stat().st_mtime_ns for name in self._names)

    def _made(self) -> ssl.SSLContext:
        if self._folder is None:
            return _signed_by_ourselves()
        certificate, key = (self._folder / name for name in self._names)
        return _context(certificate, key)


def _signed_by_ourselves() -> ssl.SSLContext:
    root = authority("kmcp-metrics", LIFETIME)
    pair = leaf(root, Subject("kmcp-metrics", hosts=["localhost", "127.0.0.1"]), LIFETIME)
    return _from_memory(Pair(pair.certificate + root.certificate, pair.key))


def _from_memory(pair: Pair) -> ssl.SSLContext:
    """Return a context from bytes: OpenSSL reads files only, so they are in memory for a moment."""
    content = pair.certificate + pair.key
    if not hasattr(os, "memfd_create"):
        with tempfile.NamedTemporaryFile() as scratch:
            scratch.write(content)
            scratch.flush()
            return _context(Path(scratch.name), Path(scratch.name))
    with os.fdopen(os.memfd_create("pair"), "wb") as memory:
        memory.write(content)
        memory.flush()
        file = Path(f"/proc/self/fd/{memory.fileno()}")
        return _context(file, file)


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key, password=_no_password)
    return context


def _no_password() -> str:
    raise ValueError("the key is encrypted")
