"""Which resource a manifest's kind is kept as; the API server is asked once per group."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from cluster.decoding import decode
from cluster.errors import NotFound
from cluster.resources import Resource, group_version


class _Kind(msgspec.Struct, frozen=True):
    name: str
    kind: str
    namespaced: bool


class _Kinds(msgspec.Struct, frozen=True):
    resources: list[_Kind]


@dataclass(frozen=True)
class Place:
    """Where objects of one kind are kept."""

    resource: Resource
    is_namespaced: bool


class Discovery:
    """What the API server told of its kinds, remembered."""

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        """Ask with *fetch*, which returns the answer to a GET."""
        self._fetch = fetch
        self._known: dict[tuple[str, str], Place] = {}

    def place(self, api_version: str, kind: str) -> Place:
        """Return where such objects are kept; NotFound when the API server has no such kind."""
        if (api_version, kind) not in self._known:
            self._known.update(self._told(api_version))
        try:
            return self._known[api_version, kind]
        except KeyError:
            raise NotFound(f"the API server has no kind {kind} in {api_version}") from None

    def _told(self, api_version: str) -> dict[tuple[str, str], Place]:
        group, version = group_version(api_version)
        path = Resource(group, version, "any").path().removesuffix("/any")
        kinds = decode(self._fetch(path), _Kinds, f"GET {path}").resources
        return {
            (api_version, one.kind): Place(Resource(group, version, one.name), one.namespaced)
            for one in kinds
            if "/" not in one.name  # a subresource
        }
