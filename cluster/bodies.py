"""What a request may carry: an object, or one of the three kinds of change to it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cluster.connection import Body

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"  # every JSON is YAML


def whole(object: object) -> Body:
    """Return a body with an object: a struct, a mapping, whatever msgspec can write."""
    return Body(msgspec.json.encode(object))


def merge_patch(changes: object) -> Body:
    """Return a body that sets the fields in *changes*, and removes those that are null there.

    With a metadata.resourceVersion it is a Conflict when the object has changed since.
    """
    return Body(msgspec.json.encode(changes), MERGE_PATCH)


def json_patch(operations: Sequence[Mapping[str, Any]]) -> Body:
    """Return a body with the *operations* of RFC 6902."""
    return Body(msgspec.json.encode(operations), JSON_PATCH)


def applied(manifest: Mapping[str, Any]) -> Body:
    """Return a body with all that one manager wants of an object."""
    return Body(msgspec.json.encode(manifest), APPLY_PATCH)


def is_idempotent(body: Body) -> bool:
    """Say whether making this change twice does the same as making it once."""
    return body.media_type != JSON_PATCH
