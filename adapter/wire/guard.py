"""Guard: who may ask, by the Host and Origin that a browser cannot lie about. Pure."""

import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

ANY = "*"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
DEFAULT_PORTS = {"http": 80, "https": 443}
MOST_VERDICTS = 512
LONGEST_KEY = 300
"""Longer ones are judged anew each time, so that the cache stays small."""

ALLOWED_HEADERS = ("authorization", "content-type", "accept", "last-event-id", "traceparent")
ALLOWED_PREFIX = "mcp-"
EXPOSED = (
    b"Access-Control-Expose-Headers: Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate\r\n"
)
PREFLIGHT = (
    b"Access-Control-Allow-Methods: GET, POST, DELETE\r\n"
    b"Access-Control-Allow-Headers: %b\r\n"
    b"Access-Control-Max-Age: 600\r\n"
)
USUAL_HEADERS = (
    "Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version, "
    "Mcp-Method, Mcp-Name"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may be handled, and what its answer tells a browser."""

    status: int = 0
    """What to answer instead of handling the request; 0 when it may be handled."""
    reason: str = ""
    headers: bytes = b""
    """Header lines for the answer, whatever it is."""


class Guard:
    """Judges by lists of hosts and origins, and keeps its verdicts."""

    def __init__(
        self,
        hosts: Collection[str] = (),
        origins: Collection[str] = (),
        *,
        in_pod: bool = False,
        cluster_domain: str = "cluster.local",
    ) -> None:
        """Allow *hosts* and *origins* besides those that are safe where the adapter listens."""
        self._services = (".svc", f".svc.{cluster_domain.lower().rstrip('.')}")
        self._hosts = frozenset(host.lower().rstrip(".") for host in hosts)
        self._origins = frozenset(normal for text in origins if (normal := _origin(text)))
        self._in_pod = in_pod
        self._verdicts: dict[tuple[bytes | None, bytes | None], Verdict] = {}

    def judge(self, headers: Mapping[bytes, bytes]) -> Verdict:
        """Return the verdict on a request, an upgrade to WebSocket included."""
        key = headers.get(b"host"), headers.get(b"origin")
        known = self._verdicts.get(key)
        if known is not None:
            return known
        verdict = self._judge(_text(key[0]), None if key[1] is None else _text(key[1]))
        if sum(len(part) for part in key if part) <= LONGEST_KEY:
            if len(self._verdicts) >= MOST_VERDICTS:
                self._verdicts.clear()
            self._verdicts[key] = verdict
        return verdict

    def preflight(self, headers: Mapping[bytes, bytes]) -> bytes:
        """Return the header lines of the answer to a preflight that `judge` let pass."""
        asked = _text(headers.get(b"access-control-request-headers"))
        names = [name.strip() for name in asked.split(",")] if asked else []
        fit = names and len(asked) <= LONGEST_KEY and all(map(_may_be_sent, names))
        return PREFLIGHT % (", ".join(names) if fit else USUAL_HEADERS).encode()

    def _judge(self, host: str, origin: str | None) -> Verdict:
        if not self._allows_host(host):
            return Verdict(421, "this host is not served here")
        if origin is None:
            return Verdict()
        if ANY in self._origins:
            return Verdict(headers=b"Access-Control-Allow-Origin: *\r\n" + EXPOSED)
        if not self._allows_origin(origin):
            return Verdict(403, "this origin is not allowed", b"Vary: Origin\r\n")
        line = b"Access-Control-Allow-Origin: %b\r\n" % origin.encode("ascii")
        return Verdict(headers=line + EXPOSED + b"Vary: Origin\r\n")

    def _allows_host(self, value: str) -> bool:
        if ANY in self._hosts:
            return True
        host = _host(value)
        if host is None:
            return False
        if host in LOOPBACK or _is_listed(host, self._hosts):
            return True
        return self._in_pod and (
            host.endswith(self._services) or "." not in host or _is_address(host)
        )

    def _allows_origin(self, value: str) -> bool:
        origin = _origin(value)
        if not origin:
            return False
        if origin in self._origins:
            return True
        return not self._in_pod and origin != "null" and urlsplit(origin).hostname in LOOPBACK


def _is_listed(host: str, hosts: Collection[str]) -> bool:
    """Return whether *host* is allowed by name, or as one below a name (`*.example.com`)."""
    labels = host.split(".")
    return host in hosts or any(
        ".".join(["*", *labels[start:]]) in hosts for start in range(1, len(labels))
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _text(value: bytes | None) -> str:
    """Return *value* as text; what is not ASCII matches no list."""
    return (value or b"").decode("ascii", errors="replace")


def _host(value: str) -> str | None:
    """Return the host in *value* without its port, None when that is no host."""
    if any(byte in value for byte in "/@?#\\ ,"):
        return None
    try:
        parts = urlsplit(f"//{value}")
        _ = parts.port  # raises when it is none
    except ValueError:
        return None
    return (parts.hostname or "").rstrip(".") or None


def _origin(value: str) -> str | None:
    """Return an origin as browsers write it (`https://example.com`), None when it is none."""
    if value in (ANY, "null"):
        return value
    scheme, separator, host = value.lower().partition("://")
    name = _host(host)
    if not separator or not scheme.isalnum() or name is None or not host.isascii():
        return None
    port = urlsplit(f"//{host}").port
    shown = f"[{name}]" if ":" in name else name
    usual = port is None or port == DEFAULT_PORTS.get(scheme)
    return f"{scheme}://{shown}" + ("" if usual else f":{port}")


def _may_be_sent(name: str) -> bool:
    lower = name.lower()
    known = lower in ALLOWED_HEADERS or lower.startswith(ALLOWED_PREFIX)
    return known and name.isascii() and name.replace("-", "").isalnum()
