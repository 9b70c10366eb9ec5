"""What is written on every object of a server: its name, its labels, its owner."""

from collections.abc import Mapping

from kinds import names
from kinds.reading import Fields, text

MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
MANAGED_BY = "kmcp"


def selector(server: Fields) -> dict[str, str]:
    """Return the labels by which the Pods of a server are found."""
    return dict.fromkeys(names.SELECTOR_LABELS, text(server, "metadata", "name"))


def labels(server: Fields, given: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that a user wants, and ours, which nobody may set otherwise."""
    kept = {key: value for key, value in given.items() if not is_ours(key)}
    return {**kept, **selector(server), MANAGED_BY_LABEL: MANAGED_BY}


def annotations(given: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, str]:
    """Return the annotations that a user wants, and ours."""
    return {**{key: value for key, value in given.items() if not is_ours(key)}, **ours}


def is_ours(key: str) -> bool:
    """Say whether a label or annotation is kmcp's own, so that nobody speaks in its name."""
    return key.startswith(f"{names.DOMAIN}/")


def metadata(
    server: Fields, given: Mapping[str, str], annotated: Mapping[str, str] | None = None
) -> Fields:
    """Return the metadata of an object that is called like the server and belongs to it."""
    made: Fields = {
        "name": text(server, "metadata", "name"),
        "namespace": text(server, "metadata", "namespace"),
        "labels": labels(server, given),
        "ownerReferences": [owner(server)],
    }
    return {**made, "annotations": dict(annotated)} if annotated else made


def owner(server: Fields) -> Fields:
    """Return the reference by which the garbage collector deletes what a server leaves behind."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "name": text(server, "metadata", "name"),
        "uid": text(server, "metadata", "uid"),
        "controller": True,
        "blockOwnerDeletion": True,
    }
