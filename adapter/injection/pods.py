"""Where things stand in a Pod: its containers, which is the server, what was injected before."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from kinds import names
from kinds.reading import Fields, is_list, items, text, texts, within

CONTAINERS = "containers"
INIT_CONTAINERS = "initContainers"
ALWAYS = "Always"


@dataclass(frozen=True)
class Place:
    """A container, and where in the Pod it stands."""

    group: str
    position: int
    container: Fields

    @property
    def field(self) -> str:
        """Return the path that a person looks for."""
        return f"spec.{self.group}[{self.position}]"

    @property
    def stays(self) -> bool:
        """Say whether it runs beside the server: plain init containers have ended by then."""
        return self.group == CONTAINERS or self.container.get("restartPolicy") == ALWAYS


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """The annotation of a Pod that has its adapter."""

    version: str = ""
    template: str = ""
    """A digest of what was put in, so that Pods of an older installation can be told."""
    container: str = ""
    words: int = 0
    """How long the server's command is, and a digest of it: both must be found again."""
    command: str = ""

    def knows(self, words: list[str]) -> bool:
        """Say whether these words are the command that was there, whatever was added behind."""
        return digest(words[: self.words]) == self.command


def digest(value: object) -> str:
    """Return a few letters that stand for a value."""
    return sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()[:16]


def mark(pod: Fields) -> Mark | None:
    """Return what the Pod says of its injection, if that can be read."""
    try:
        return msgspec.json.decode(
            texts(pod, "metadata", "annotations").get(names.INJECTED, ""), type=Mark
        )
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def containers(pod: Fields) -> Iterator[Place]:
    """Yield the containers, in the order in which the kubelet starts them."""
    for group in (INIT_CONTAINERS, CONTAINERS):
        for position, container in items(pod, "spec", group):
            yield Place(group, position, container)


def named(pod: Fields, name: str) -> list[Place]:
    """Return the containers of that name; there should be one at most."""
    return [place for place in containers(pod) if text(place.container, "name") == name]


def traces(pod: Fields) -> Mark | None:
    """Return the mark of an earlier pass, if there is more of it than an annotation or a name."""
    found = mark(pod)
    if found is None or named(pod, names.ADAPTER_CONTAINER):
        return found
    servers = named(pod, found.container)
    fronted = any(behind_launcher(words(one.container)) is not None for one in servers)
    return found if fronted else None


def is_native(pod: Fields) -> bool:
    """Say whether the adapter that is there is a native sidecar, or is meant to be one."""
    return any(place.group == INIT_CONTAINERS for place in named(pod, names.ADAPTER_CONTAINER))


def words(container: Fields) -> list[str]:
    """Return command and args in one."""
    found: list[str] = []
    for key in ("command", "args"):
        listed = within(container, key)
        found += [str(word) for word in (listed if is_list(listed) else [])]
    return found


def behind_launcher(listed: list[str]) -> list[str] | None:
    """Return the server's command behind the launcher; None when there is no launcher."""
    if names.LAUNCHER not in listed:
        return None
    rest = listed[listed.index(names.LAUNCHER) + 1 :]
    return rest[rest.index("--") + 1 :] if "--" in rest else None
