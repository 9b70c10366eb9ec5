"""One request to the API server as a value, and what a caller may say about a write."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict

from cluster.connection import JSON, TIMEOUT_SECONDS, Body
from cluster.resources import Resource


class Write(TypedDict, total=False):
    """What every write may be told."""

    timeout: float
    """How many seconds it may take, with all repetitions."""
    dry_run: bool
    """Whether the API server only says what would happen."""


class Creation(Write, total=False):
    """What a write may be told that does not say by itself who makes it."""

    manager: str
    """Whom the API server is to remember as the author of the fields."""


class Change(Creation, total=False):
    """What a write to an object that is there already may be told, too."""

    subresource: str
    """The part of the object that is meant, such as status."""


class Application(Write, total=False):
    """What a server-side apply may be told."""

    subresource: str
    """The part of the object that is meant, such as status."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request, and what may be done when it fails."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Body | None = None
    accept: str = JSON
    timeout: float = TIMEOUT_SECONDS
    idempotent: bool = True
    confidential: bool = False
    """Whether no error may repeat what the request or its answer says."""

    @property
    def doing(self) -> str:
        """Say what this is, for an error."""
        return f"{self.method} {self.path}"


def write(method: str, resource: Resource, path: str, body: Body, options: Creation) -> Call:
    """Return the call for a write, with what *options* add to its query."""
    confidential = resource.is_confidential
    manager = options.get("manager")
    dry_run = {"dryRun": "All"} if options.get("dry_run") else {}
    return Call(
        method=method,
        path=path,
        query=dry_run | ({"fieldManager": manager} if manager else {}),
        body=replace(body, confidential=confidential),
        timeout=options.get("timeout", TIMEOUT_SECONDS),
        confidential=confidential,
    )
