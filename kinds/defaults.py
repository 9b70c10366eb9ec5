"""Fill in what the user left out, where only one value can be meant.

The same function serves the webhook, the reconciler and the command line, so that what
`kubectl get` shows is what runs, and what runs without a webhook is the same.
"""

from dataclasses import dataclass
from typing import Any

from kinds import transport
from kinds.reading import Fields, fields, is_map, within
from kinds.transport import HTTP

Path = tuple[str, ...]

DERIVED: tuple[Path, ...] = (
    ("transportType",),
    ("timeout",),
    ("deployment", "port"),
    ("deployment", "image"),
    ("deployment", "imagePullPolicy"),
    ("deployment", "replicas"),
    ("httpTransport", "targetPort"),
    ("httpTransport", "path"),
)
"""Every place in a spec where a default may be filled in."""

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


def as_stored(complete: Fields, written: Fields) -> Fields:
    """Return the server with the texts that were left empty on purpose: they stay as written.

    A default in their place would make every `kubectl apply` find a difference. Whoever uses the
    stored server fills in its defaults anyhow.
    """
    spec = complete.get("spec")
    for path in EMPTY_IS_ABSENT:
        if is_map(spec) and within(written, "spec", *path) == "":
            spec = put(spec, path, "")
    return {**complete, "spec": spec}


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
    """Return only what defaults can touch: all that a version and its defaults can differ in."""
    spec = fields(server.get("spec"))
    kept: Fields = {}
    for key in {path[0] for path in DERIVED} & spec.keys():
        inner = [path[1] for path in DERIVED if path[0] == key and len(path) > 1]
        value = spec[key]
        if inner and is_map(value):
            kept[key] = {name: value[name] for name in inner if name in value}
        else:
            kept[key] = value
    return {"spec": kept}
