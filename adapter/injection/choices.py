"""The annotations by which a user chooses, each read strictly, all mistakes told at once."""

from typing import Any

import msgspec

from adapter.injection.chosen import Choice, Chosen
from adapter.injection.config import Config
from adapter.injection.configuration import adapter, json_object
from adapter.injection.reasons import Finding, bad, quoted
from adapter.injection.resources import contradictions
from kinds import names
from kinds.patterns import DNS_LABEL, HTTP_PATH, IMAGE, fits
from kinds.quantities import amount
from kinds.reading import Fields, is_list, is_map, texts

LEAST_PORT = 1024
"""The adapter has no right to open one below."""
TAKEN_PATHS = ("/sse", "/messages", "/ws", "/health")
RESOURCES = ("cpu", "memory", "ephemeral-storage")
CONFLICT_CHOICE = f"{names.DOMAIN}/on-conflict"


def chosen(pod: Fields, config: Config) -> tuple[Chosen, list[Finding]]:
    """Return what a Pod's annotations choose, and what is wrong with them."""
    given = texts(pod, "metadata", "annotations")
    parts: dict[str, Any] = {
        "port": config.port,
        "admin_port": config.admin_port,
        "path": config.path,
    }
    mistakes: list[Finding] = []
    for choice in CHOICES:
        if choice.annotation not in given:
            continue
        try:
            parts[choice.part] = choice.read(given[choice.annotation])
        except ValueError as error:
            mistakes += [bad(choice.annotation, str(mend)) for mend in error.args]
    if parts["port"] == parts["admin_port"]:
        mistakes.append(bad(names.ADMIN_PORT_CHOICE, f"{parts['port']} is the port for clients"))
    return Chosen(**parts), mistakes


def _container(word: str) -> str:
    if not fits(DNS_LABEL, word):
        raise ValueError(f"must be the name of a container, not {quoted(word)}")
    return word


def _command(text: str) -> tuple[str, ...]:
    """Read a list of words; they are not repeated, for people put passwords there."""
    mend = """must be a list of texts in JSON, such as '["python", "server.py"]'"""
    try:
        words: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise ValueError(mend) from None
    if not is_list(words) or not all(isinstance(word, str) for word in words):
        raise ValueError(mend)
    if not words or not words[0]:
        raise ValueError("must begin with a program, such as '[\"python\", …]'")
    if any("\0" in word for word in words):
        raise ValueError("must not hold a NUL, which no program can be given")
    return tuple(words)


def _port(word: str) -> int:
    is_number = word.isascii() and word.isdigit() and len(word) <= 5
    if not is_number or not LEAST_PORT <= int(word) <= 65535:
        raise ValueError(
            f'must be a whole number from {LEAST_PORT} to 65535, such as "3000", not {quoted(word)}'
        )
    return int(word)


def _path(word: str) -> str:
    if not fits(HTTP_PATH, word) or word.endswith("/") or not word.isprintable():
        raise ValueError(f"must be a path such as /mcp, not {quoted(word)}")
    if word in TAKEN_PATHS:
        raise ValueError(f"the adapter serves something else at {word}: choose another")
    return word


def _image(word: str) -> str:
    if not fits(IMAGE, word):
        raise ValueError(f"write it like registry/name:tag, in lower case, not {quoted(word)}")
    return word


def _native(word: str) -> bool | None:
    if word not in NATIVE:
        raise ValueError(f'must be "auto", "true" or "false", not {quoted(word)}')
    return NATIVE[word]


NATIVE = {"auto": None, "true": True, "false": False}


def _conflict(word: str) -> bool:
    if word not in CONFLICTS:
        raise ValueError(f'must be "deny" or "warn", not {quoted(word)}')
    return CONFLICTS[word]


CONFLICTS = {"deny": False, "warn": True}


def _resources(text: str) -> Fields:
    given = json_object(text)
    mends = [f"{key[:63]} is neither requests nor limits" for key in given if key not in KINDS]
    for kind in KINDS:
        amounts = given.get(kind)
        if amounts is not None and not is_map(amounts):
            mends.append(f"{kind} must be a map, such as {{{kind}: {{memory: 128Mi}}}}")
        elif amounts is not None:
            mends += [mend for name in amounts if (mend := _no_amount(kind, name, amounts[name]))]
    mends = mends or [f"requests.{name} is above limits.{name}" for name in contradictions(given)]
    if mends:
        raise ValueError(*mends)
    return given


KINDS = ("requests", "limits")


def _no_amount(kind: str, name: str, value: object) -> str | None:
    if name not in RESOURCES:
        return f"{kind}.{name[:63]}: the adapter uses only {', '.join(RESOURCES)}"
    found = amount(value)
    if value is not None and (found is None or found < 0):
        return f"{kind}.{name}: write a quantity such as 100m or 128Mi, or null for none"
    return None


CHOICES: tuple[Choice, ...] = (
    Choice(
        names.CONTAINER_CHOICE,
        "container",
        _container,
        f"`{names.DEFAULT_CONTAINER}`, else `{names.SERVER_CONTAINER}`, else the only one",
        "Which container is the MCP server.",
    ),
    Choice(
        names.COMMAND_CHOICE,
        "command",
        _command,
        "the container's `command` and `args`",
        "JSON list: what starts the server. Needed where the container names no `command`.",
    ),
    Choice(names.PORT_CHOICE, "port", _port, f"`{names.MCP_PORT}`", "Where clients reach MCP."),
    Choice(
        names.ADMIN_PORT_CHOICE,
        "admin_port",
        _port,
        f"`{names.ADMIN_PORT}`",
        "Where probes, metrics and status are.",
    ),
    Choice(
        names.PATH_CHOICE,
        "path",
        _path,
        f"`{names.MCP_PATH}`",
        "Where Streamable HTTP is served.",
    ),
    Choice(names.IMAGE_CHOICE, "image", _image, "the installation's", "The adapter's image."),
    Choice(
        names.RESOURCES_CHOICE,
        "resources",
        _resources,
        "the installation's",
        "JSON of `requests` and `limits`; what is not named stays, `null` removes.",
    ),
    Choice(
        names.NATIVE_CHOICE,
        "native",
        _native,
        "`auto`",
        "Whether the adapter is a native sidecar: `auto`, `true` or `false`.",
    ),
    Choice(
        names.CONFIG_CHOICE,
        "adapter",
        adapter,
        "",
        "JSON of `spec.adapter` of an MCPServer: sessions, limits, allowed hosts and so on.",
    ),
    Choice(
        CONFLICT_CHOICE,
        "lets_broken_start",
        _conflict,
        "`deny`",
        "What becomes of the Pod when another webhook breaks what was injected: `deny`, or `warn`, "
        "which lets it start all the same.",
    ),
)
