"""What can be chosen about the adapter, and what it is when nobody has chosen."""

from dataclasses import dataclass
from pathlib import Path

from adapter import environments
from adapter.tokens import addresses
from adapter.wire.limits import Limits
from flags.options import option, optional
from flags.words import LEVELS, one_of, several, size, time, whole
from kinds.adapter import Adapter
from telemetry.listening import Address, address, address_or_off

SERVING, TOKENS, SERVER, SESSIONS, LIMITS, STOPPING, TELLING = (
    "serving",
    "tokens",
    "the server",
    "sessions",
    "limits",
    "stopping",
    "logs and probes",
)
DAY = 86_400.0
GIB = 2**30
SPEC = Adapter()
"""The defaults of spec.adapter are ours: an MCPServer says only what is to differ."""


def _path(word: str) -> str:
    if not word.startswith("/") or word.endswith("/") or not word.isprintable():
        raise ValueError("must be a path such as /mcp")
    return word


def _yes(word: str) -> bool:
    return one_of("true", "false")(word) == "true"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that can be chosen. The sentence of each field is what `--help` says of it."""

    listen: Address = option(
        SERVING, "Where clients reach MCP, as HOST:PORT.", address, "127.0.0.1:3000", "ADDR"
    )
    path: str = option(SERVING, "Where Streamable HTTP is served.", _path, "/mcp", "PATH")
    allowed_hosts: tuple[str, ...] = option(
        SERVING,
        "Host names beyond the local ones that clients may call us by; * for any.",
        several,
        "",
        "LIST",
    )
    allowed_origins: tuple[str, ...] = option(
        SERVING, "Web pages that may call (https://host:port); * for any.", several, "", "LIST"
    )
    cluster_domain: str = option(
        SERVING, "The domain of Services in this cluster.", str, "cluster.local", "NAME"
    )
    config: str = option(
        SERVING,
        "JSON as in spec.adapter of an MCPServer, or a file with it; flags and variables win.",
        str,
        "",
        "JSON",
    )

    token_issuer: tuple[str, ...] = option(
        TOKENS, "Ask for bearer tokens (JWT) of these issuers.", addresses.issuers, "", "URLS"
    )
    token_audience: tuple[str, ...] = option(
        TOKENS, "Whom tokens must be made for; one of these is enough.", several, "", "LIST"
    )
    token_jwks: str = option(
        TOKENS,
        "The keys of the issuer, if not where its metadata says: an https URL or a file.",
        addresses.key_source,
        "",
        "URL",
    )
    token_scopes: tuple[str, ...] = option(
        TOKENS, "Scopes that every token must have.", addresses.scopes, "", "LIST"
    )
    resource_url: str = option(
        TOKENS,
        "The address of --path for clients, as metadata tells it; else as they call us.",
        addresses.resource,
        "",
        "URL",
    )

    launcher_socket: Path | None = optional(
        SERVER, "Wait for the launcher here instead of starting COMMAND.", Path, "FILE"
    )
    end_with_server: bool = option(
        SERVER,
        "End when the launcher has and no other will come: true or false. A Job needs it where "
        "the adapter is no native sidecar.",
        _yes,
        "false",
        "WORD",
    )
    pass_environment: tuple[str, ...] = option(
        SERVER,
        "The variables that COMMAND gets to see besides PATH, HOME and the like (NAME or NAME*); "
        "all when none is named.",
        environments.names,
        "",
        "LIST",
    )
    era: str = option(
        SERVER,
        "Which protocol the server speaks: legacy, modern (2026-07-28), or auto to ask it.",
        one_of("auto", "legacy", "modern"),
        SPEC.era,
        "WORD",
    )
    isolation: str = option(
        SERVER,
        "Who shares a process of a legacy server among clients of 2026-07-28: "
        "shared, per-principal or per-request.",
        one_of("shared", "per-principal", "per-request"),
        SPEC.isolation,
        "WORD",
    )
    start_timeout: float = option(
        SERVER, "How long the server may take to shake hands.", time(0.1), "30s", "TIME"
    )
    probe_timeout: float = option(
        SERVER,
        "How long to wait for a server that does not say whether it is modern.",
        time(0.1),
        "5s",
        "TIME",
    )
    expose_stderr: bool = option(
        SERVER,
        "Whether clients read the end of stderr when the server dies: true or false.",
        _yes,
        "false",
        "WORD",
    )

    sessions: int = option(
        SESSIONS, "Sessions at a time.", whole(1, 100_000), str(SPEC.sessions.maximum), "N"
    )
    session_idle: float = option(
        SESSIONS,
        "A session that is silent for so long ends.",
        time(1.0, 30 * DAY),
        SPEC.sessions.idle_timeout,
        "TIME",
    )
    session_age: float = option(
        SESSIONS,
        "A session ends after so long; 0s for never.",
        time(0.0, 365 * DAY),
        SPEC.sessions.maximum_age,
        "TIME",
    )
    spares: int = option(
        SESSIONS,
        "Processes started ahead, so that a new session does not wait.",
        whole(0, 100),
        str(SPEC.sessions.spares),
        "N",
    )

    request_bytes: int = option(
        LIMITS, "The largest request.", size(1024, GIB, "16Mi"), SPEC.limits.request_bytes, "SIZE"
    )
    message_bytes: int = option(
        LIMITS,
        "The largest message of the server.",
        size(1024, GIB, "64Mi"),
        SPEC.limits.message_bytes,
        "SIZE",
    )
    queue_bytes: int = option(
        LIMITS,
        "What may wait for a client that reads slowly; then it is let go.",
        size(1024, GIB, "4Mi"),
        SPEC.limits.queue_bytes,
        "SIZE",
    )
    request_timeout: float = option(
        LIMITS,
        "How long a call may be silent; progress counts as a word.",
        time(0.1, DAY),
        SPEC.limits.request_timeout,
        "TIME",
    )
    concurrency: int = option(
        LIMITS, "Calls in flight at a time.", whole(1, 100_000), str(SPEC.limits.concurrency), "N"
    )
    connections: int = option(
        LIMITS, "Clients at a time.", whole(1, 100_000), str(Limits.connections), "N"
    )
    parked_calls: int = option(
        LIMITS,
        "Calls that wait for a client to answer a question, at a time.",
        whole(0, 10_000),
        str(SPEC.limits.parked_calls),
        "N",
    )

    drain_delay: float = option(
        STOPPING,
        "How long to go on accepting when the Pod ends, until every proxy has heard of it.",
        time(0.0),
        SPEC.drain_delay,
        "TIME",
    )
    grace: float = option(
        STOPPING, "How long calls may take to finish after that.", time(0.0), "20s", "TIME"
    )

    admin: Address | None = option(
        TELLING,
        'Where /healthz, /readyz, /metrics and /status answer; "0" turns them off.',
        address_or_off,
        "127.0.0.1:3901",
        "ADDR",
    )
    log_level: str = option(
        TELLING, "The least important lines to log.", one_of(*LEVELS), SPEC.log_level, "LEVEL"
    )
