"""What a server writes to stderr: into our log, bounded, and its end kept for the day it fails."""

import logging
import os
import re
import time
from collections.abc import Mapping

log = logging.getLogger("adapter.server")

TAIL = 4096
"""How many bytes of the end are kept."""
LONGEST_LINE = 2048
LINES_PER_SECOND = 50
MOST_LINES_AT_ONCE = 200
SHORTEST_SECRET = 6
"""Shorter values (true, 8080) would take ordinary words out of a message."""
MASK = b"***"
BLANKS = re.compile(rb"\0+")
PUBLIC = frozenset(
    (
        *("PATH", "HOME", "PWD", "OLDPWD", "USER", "LOGNAME", "SHELL", "SHLVL"),
        *("LANG", "LANGUAGE", "TERM", "TZ", "TMPDIR", "HOSTNAME"),
    )
)
PUBLIC_PREFIXES = ("LC_", "KUBERNETES_")


class Masking:
    """Replaces the values of an environment, whole or line by line."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        secrets: set[bytes] = set()
        for name, value in environment.items():
            if name not in PUBLIC and not name.startswith(PUBLIC_PREFIXES):
                secrets.update((os.fsencode(value), *os.fsencode(value).splitlines()))
        found = (secret.strip() for secret in secrets)
        self._secrets = sorted({one for one in found if len(one) >= SHORTEST_SECRET}, key=len)[::-1]
        self.longest = len(self._secrets[0]) if self._secrets else 0

    def end(self, text: bytes, most: int) -> bytes:
        """Return the last *most* bytes of *text* without any of them."""
        return _shown(self._blanked(text)[-most:])

    def beginning(self, text: bytes, most: int) -> bytes:
        """Return the first *most* bytes of *text* without any of them."""
        return _shown(self._blanked(text)[:most])

    def _blanked(self, text: bytes) -> bytes:
        """Overwrite secrets and move nothing: half a secret beyond the cut stays beyond it."""
        text = text.replace(b"\0", b" ")
        for secret in self._secrets:
            text = text.replace(secret, bytes(len(secret)))
        return text


def _shown(blanked: bytes) -> bytes:
    return BLANKS.sub(MASK, blanked)


class Stderr:
    """Hears stderr in chunks of any size and forgets all but its end."""

    def __init__(self, masking: Masking, pid: int) -> None:
        self._masking = masking
        self._pid = pid
        self._end = bytearray()
        self._unfinished = b""
        self._tokens = float(MOST_LINES_AT_ONCE)
        self._filled = time.monotonic()
        self._dropped = 0

    def received(self, chunk: bytes) -> None:
        """Keep the end of it, and log its lines as far as the rate allows."""
        self._keep(chunk)
        self._refill()
        lines = (self._unfinished + chunk).split(b"\n", MOST_LINES_AT_ONCE)
        rest = lines.pop()
        for line in lines:
            self._line(line)
        self._dropped += rest.count(b"\n")
        self._unfinished = rest.rpartition(b"\n")[2][: LONGEST_LINE + self._masking.longest]

    def closed(self) -> None:
        """Log what is left."""
        if self._unfinished:
            self._line(self._unfinished)
            self._unfinished = b""
        if self._dropped:
            self._say_dropped()

    def tail(self) -> str:
        """Return the end of all that was heard, without secrets and broken characters."""
        masked = self._masking.end(bytes(self._end), TAIL)
        return masked.decode(errors="replace").strip()

    def _keep(self, chunk: bytes) -> None:
        # More than is told: a secret must not escape by being cut in two.
        most = TAIL + self._masking.longest
        self._end += chunk[-most:]
        del self._end[:-most]

    def _refill(self) -> None:
        now = time.monotonic()
        earned = (now - self._filled) * LINES_PER_SECOND
        self._tokens = min(self._tokens + earned, MOST_LINES_AT_ONCE)
        self._filled = now

    def _line(self, line: bytes) -> None:
        if self._tokens < (LINES_PER_SECOND if self._dropped else 1):
            self._dropped += 1  # until there is a second's worth: not one line at a time
            return
        if self._dropped:
            self._say_dropped()
        self._tokens -= 1
        text = self._masking.beginning(line, LONGEST_LINE).decode(errors="replace").rstrip()
        log.info("stderr", extra={"pid": self._pid, "line": text})

    def _say_dropped(self) -> None:
        log.warning("stderr left out", extra={"pid": self._pid, "lines": self._dropped})
        self._dropped = 0
