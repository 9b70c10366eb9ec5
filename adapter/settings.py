"""What can be chosen about the adapter: read once, from flags, variables and one JSON text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from adapter.tokens import addresses
from flags.options import BadSetting, Program, complaining, option, optional, read
from flags.words import LEVELS, one_of, several, size, time, whole
from kinds.adapter import Adapter
from kinds.reading import is_list
from telemetry.listening import Address, address, address_or_off

PROGRAM = Program(
    "python -m adapter",
    "Serve a stdio MCP server over Streamable HTTP, HTTP+SSE and WebSocket.",
    "KMCP_ADAPTER_",
    " -- COMMAND [ARGUMENT ...]",
)
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
    era: str = option(
        SERVER,
        "Which protocol the server speaks: legacy, modern (2026-07-28), or auto to ask it.",
        one_of("auto", "legacy", "modern"),
        "auto",
        "WORD",
    )
    isolation: str = option(
        SERVER,
        "Who shares a process of a legacy server among clients of 2026-07-28: "
        "shared, per-principal or per-request.",
        one_of("shared", "per-principal", "per-request"),
        "shared",
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

    sessions: int = option(SESSIONS, "Sessions at a time.", whole(1, 100_000), "64", "N")
    session_idle: float = option(
        SESSIONS, "A session that is silent for so long ends.", time(1.0, 30 * DAY), "30m", "TIME"
    )
    session_age: float = option(
        SESSIONS, "A session ends after so long; 0s for never.", time(0.0, 365 * DAY), "0s", "TIME"
    )
    spares: int = option(
        SESSIONS,
        "Processes started ahead, so that a new session does not wait.",
        whole(0, 100),
        "1",
        "N",
    )

    request_bytes: int = option(
        LIMITS, "The largest request.", size(1024, GIB, "16Mi"), "16Mi", "SIZE"
    )
    message_bytes: int = option(
        LIMITS, "The largest message of the server.", size(1024, GIB, "64Mi"), "64Mi", "SIZE"
    )
    queue_bytes: int = option(
        LIMITS,
        "What may wait for a client that reads slowly; then it is let go.",
        size(1024, GIB, "4Mi"),
        "4Mi",
        "SIZE",
    )
    request_timeout: float = option(
        LIMITS,
        "How long a call may be silent; progress counts as a word.",
        time(0.1, DAY),
        "5m",
        "TIME",
    )
    concurrency: int = option(LIMITS, "Calls in flight at a time.", whole(1, 100_000), "512", "N")
    connections: int = option(LIMITS, "Clients at a time.", whole(1, 100_000), "1024", "N")
    parked_calls: int = option(
        LIMITS,
        "Calls that wait for a client to answer a question, at a time.",
        whole(0, 10_000),
        "64",
        "N",
    )

    drain_delay: float = option(
        STOPPING,
        "How long to go on accepting when the Pod ends, until every proxy has heard of it.",
        time(0.0),
        "3s",
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
        TELLING, "The least important lines to log.", one_of(*LEVELS), "info", "LEVEL"
    )


@dataclass(frozen=True)
class Choice:
    """Settings, and the command to serve."""

    settings: Settings
    command: tuple[str, ...]


def choice(words: Sequence[str], environment: Mapping[str, str]) -> Choice:
    """Return what was chosen, or end the program with one line that says what to mend."""
    flags, command = _split(words)
    with complaining(PROGRAM):
        settings = read(Settings, flags, environment, PROGRAM)
        if settings.config:
            beneath = {
                PROGRAM.prefix + name.upper(): word for name, word in _given(settings.config)
            }
            above = {name: word for name, word in environment.items() if word}
            settings = read(Settings, flags, {**beneath, **above}, PROGRAM)
        if settings.launcher_socket is None and not command:
            raise BadSetting("needs a command: python -m adapter [FLAG ...] -- COMMAND")
        if settings.launcher_socket is not None and command:
            raise BadSetting("--launcher-socket takes no command: the launcher has its own")
        if problem := addresses.problem(settings):
            raise BadSetting(problem)
        return Choice(settings, command)


def _split(words: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Part our flags from the command: whatever follows the first `--` is never ours."""
    listed = list(words)
    if "--" not in listed:
        return listed, ()
    at = listed.index("--")
    return listed[:at], tuple(listed[at + 1 :])


def _given(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a JSON text chooses, as fields of Settings and words for them."""
    try:
        found = msgspec.json.decode(_content(text), type=Adapter)
    except (msgspec.MsgspecError, OSError) as error:
        raise BadSetting(f"--config cannot be used: {error}") from error
    given = msgspec.to_builtins(found)
    for block in (given, given.get("sessions", {}), given.get("limits", {})):
        for name, value in block.items():
            if name in FIELDS:
                yield FIELDS[name], _word(value)


FIELDS = {
    "allowedHosts": "allowed_hosts",
    "allowedOrigins": "allowed_origins",
    "era": "era",
    "isolation": "isolation",
    "exposeStderr": "expose_stderr",
    "drainDelay": "drain_delay",
    "logLevel": "log_level",
    "maximum": "sessions",
    "idleTimeout": "session_idle",
    "maximumAge": "session_age",
    "spares": "spares",
    "requestBytes": "request_bytes",
    "messageBytes": "message_bytes",
    "queueBytes": "queue_bytes",
    "requestTimeout": "request_timeout",
    "concurrency": "concurrency",
    "parkedCalls": "parked_calls",
}
"""Which setting a member of spec.adapter is; `image` is not for the program itself."""


def _content(text: str) -> bytes:
    return text.encode() if text.lstrip().startswith("{") else Path(text).read_bytes()


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_list(value):
        return ",".join(str(one) for one in value)
    return str(value)
