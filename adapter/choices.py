"""What was chosen: settings, read once from flags, variables and a JSON text, and a command."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from adapter.settings import Settings
from adapter.tokens import addresses
from flags.options import BadSetting, Program, complaining, read
from kinds.adapter import Adapter
from kinds.reading import is_list

PROGRAM = Program(
    "python -m adapter",
    "Serve a stdio MCP server over Streamable HTTP, HTTP+SSE and WebSocket.",
    "KMCP_ADAPTER_",
    " -- COMMAND [ARGUMENT ...]",
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
        if settings.launcher_socket is not None and settings.pass_environment:
            raise BadSetting("--pass-environment is for a command that is started here")
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
