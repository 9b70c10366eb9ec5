"""Fill in what the user left out, where only one value can be meant.

The same function serves the webhook, the reconciler and the command line, so that whoever reads a
server understands the same by it, with or without a webhook.

Only what follows from nothing else is stored. What follows from other fields (the transport from
the blocks, the target port from the port, the image from the command) is understood each time
anew: stored, it would outlive its reason, and no webhook can tell it from a value that a user
wrote, because an update does not say which of its fields were meant.
"""

from dataclasses import dataclass
from typing import Any

from kinds import transport
from kinds.reading import Fields, fields, is_map, within
from kinds.transport import HTTP

Path = tuple[str, ...]

STORED: tuple[Path, ...] = (
    ("timeout",),
    ("deployment", "port"),
    ("deployment", "imagePullPolicy"),
    ("deployment", "replicas"),
)
"""Where a default is filled in for good, because it follows from nothing else."""

EMPTY_IS_ABSENT: tuple[Path, ...] = (("deployment", "image"), ("httpTransport", "path"))
"""Texts that templates leave empty when nothing is set."""


@dataclass(frozen=True)
class Runners:
    """The images for programs that fetch the server themselves."""

    npx: str = "node:24-alpine3.21"
    """For `cmd: npx`."""
    uvx: str = "ghcr.io/astral-sh/uv:debian"
    """For `cmd: uvx`."""


def with_defaults(server: Fields, runners: Runners) -> Fields:
    """Return the server with its defaults; parts of a wrong type stay as they are."""
    spec = server.get("spec")
    if not is_map(spec):
        return server
    for path, value in _defaults(spec, runners):
        if _is_open(spec, path):
            spec = put(spec, path, value)
    return {**server, "spec": spec}


def as_stored(server: Fields, runners: Runners) -> Fields:
    """Return the server with those of its defaults that are stored."""
    complete, spec = with_defaults(server, runners), server.get("spec")
    if not is_map(spec):
        return server
    for path in STORED:
        value = within(complete, "spec", *path)
        if value is not None and within(spec, *path) is None:
            spec = put(spec, path, value)
    for block in transport.BLOCKS:
        if block in spec and spec[block] is None:
            spec = put(spec, (block,), {})
    return {**server, "spec": spec}


def put(spec: Fields, path: Path, value: object) -> Fields:
    """Return a copy with the value at *path*; a part that is no map is left alone."""
    key, rest = path[0], path[1:]
    if not rest:
        return {**spec, key: value}
    inner = spec.get(key)
    if inner is not None and not is_map(inner):
        return spec
    return {**spec, key: put(inner or {}, rest, value)}


def _is_open(spec: Fields, path: Path) -> bool:
    found = within(spec, *path)
    return found is None or (found == "" and path in EMPTY_IS_ABSENT)


def _defaults(spec: Fields, runners: Runners) -> list[tuple[Path, Any]]:
    """Return the defaults that this spec calls for."""
    found: list[tuple[Path, Any]] = [(("timeout",), "30s")]
    kind = transport.transport(spec)
    if kind is not None:
        found.append((("transportType",), kind))
    if kind == HTTP:
        found.append((("httpTransport", "path"), "/mcp"))
        given = within(spec, "deployment", "port")
        if transport.is_port(given):
            found.append((("httpTransport", "targetPort"), given))
    if is_map(spec.get("deployment")):
        found += _deployment_defaults(spec, runners)
    return found


def _deployment_defaults(spec: Fields, runners: Runners) -> list[tuple[Path, Any]]:
    found: list[tuple[Path, Any]] = [
        (("deployment", "imagePullPolicy"), "IfNotPresent"),
        (("deployment", "replicas"), 1),
    ]
    if transport.transport(spec) != HTTP or within(spec, "httpTransport", "targetPort") is not None:
        # An http server that says no port at all is refused. With a port filled in, the next call
        # would take it for the user's own and send the traffic there.
        found.append((("deployment", "port"), transport.DEFAULT_PORT))
    command = transport.command(spec)
    if command in transport.RUNNERS:
        found.append((("deployment", "image"), getattr(runners, command)))
    return found


def skeleton(server: Fields) -> Fields:
    """Return only where defaults are stored: all that a server and its stored form differ in."""
    spec = fields(server.get("spec"))
    kept = {block: spec[block] for block in transport.BLOCKS if block in spec}
    for key in {path[0] for path in STORED} & spec.keys():
        inner = [path[1] for path in STORED if path[0] == key and len(path) > 1]
        value = spec[key]
        if inner and is_map(value):
            kept[key] = {name: value[name] for name in inner if name in value}
        else:
            kept[key] = value
    return {"spec": kept}
