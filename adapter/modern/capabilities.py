"""What clients can be asked, and what servers offer, as the two eras spell it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adapter import jsonrpc
from adapter.modern.vocabulary import REVISION, SERVER
from kinds.reading import fields

ELICIT = "elicitation/create"
SAMPLE = "sampling/createMessage"
ROOTS = "roots/list"
QUESTIONS = frozenset({ELICIT, SAMPLE, ROOTS})

OFFERED = ("completions", "experimental", "extensions", "logging", "prompts", "resources", "tools")
"""Server capabilities that mean the same in both eras; `tasks` do not."""


@dataclass(frozen=True)
class Capabilities:
    """What a client can be asked; equal ones may share a server process."""

    form: bool = False
    url: bool = False
    sampling: bool = False
    tools: bool = False
    context: bool = False
    roots: bool = False

    @property
    def askable(self) -> bool:
        """Whether anything may be asked at all."""
        return self.form or self.url or self.sampling or self.roots

    def as_legacy(self) -> dict[str, Any]:
        """Return what `initialize` says of such a client."""
        said: dict[str, Any] = {}
        if self.form or self.url:
            modes = {"form": self.form, "url": self.url}
            said["elicitation"] = {mode: {} for mode, can in modes.items() if can}
        if self.sampling:
            extras = {"tools": self.tools, "context": self.context}
            said["sampling"] = {extra: {} for extra, can in extras.items() if can}
        if self.roots:
            said["roots"] = {}
        return said


@lru_cache(maxsize=256)
def capabilities(spelled: bytes) -> Capabilities:
    """Read `clientCapabilities`; what is not there, or no object, cannot be asked."""
    said = fields(jsonrpc.value(spelled))
    elicitation, sampling = said.get("elicitation"), said.get("sampling")
    asks, samples = fields(elicitation), fields(sampling)
    return Capabilities(
        form=isinstance(elicitation, dict) and ("form" in asks or "url" not in asks),
        url="url" in asks,
        sampling=isinstance(sampling, dict),
        tools="tools" in samples,
        context="context" in samples,
        roots=isinstance(said.get("roots"), dict),
    )


def lacking(can: Capabilities, method: str, params: object) -> dict[str, object] | None:
    """Return the capability that a client lacks to be asked this, None when it lacks none."""
    said = fields(params)
    if method == ELICIT:
        url = said.get("mode") == "url"
        mode = "url" if url else "form"
        return None if (can.url if url else can.form) else {"elicitation": {mode: {}}}
    if method == SAMPLE:
        tools = "tools" in said or "toolChoice" in said
        if can.sampling and (can.tools or not tools):
            return None
        return {"sampling": {"tools": {}} if tools else {}}
    return None if can.roots else {"roots": {}}


def discovered(
    offered: dict[str, Any], info: dict[str, Any], instructions: str, versions: tuple[str, ...]
) -> dict[str, Any]:
    """Return the result of `server/discover` for a server that has only heard `initialize`."""
    result: dict[str, Any] = {
        "resultType": "complete",
        "supportedVersions": [REVISION, *versions],
        "capabilities": {key: offered[key] for key in OFFERED if key in offered},
        "ttlMs": 0,
        "cacheScope": "private",
        "_meta": {SERVER: info},
    }
    if instructions:
        result["instructions"] = instructions
    return result
