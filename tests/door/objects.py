"""The objects that these tests write, and the structs that they read them as."""

import msgspec

from cluster.objects import Metadata


class ConfigMap(msgspec.Struct, frozen=True):
    """A ConfigMap, with what the tests look at."""

    metadata: Metadata = Metadata()
    data: dict[str, str] = {}


class Numbers(msgspec.Struct, frozen=True):
    """A ConfigMap whose values are expected to be numbers, which they never are."""

    data: dict[str, int] = {}


def config_map(name: str, **data: str) -> dict[str, object]:
    """Return the manifest of a ConfigMap."""
    metadata = {"name": name}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
