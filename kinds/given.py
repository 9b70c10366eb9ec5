"""Tell what a user wrote from what a default filled in earlier.

The API server notes in managedFields who set a field; what a webhook fills in is noted for nobody.
And kubectl keeps the last manifest in an annotation, where a field stands that was added with the
very value that it had. A field that neither knows is an old default: it is forgotten before the
defaults are computed anew, so that it never outlives the reason that it had.
"""

import json
from typing import Any

from kinds import names
from kinds.defaults import DERIVED, Path
from kinds.reading import Fields, fields, is_list, is_map, within


def without_old_defaults(server: Fields, old: Fields) -> Fields:
    """Return the changed *server* without the defaults that were filled in when it was *old*."""
    managers = fields(server.get("metadata")).get("managedFields")
    spec = server.get("spec")
    if not managers or not is_list(managers) or not is_map(spec):
        return server
    manifest = _last_applied(server)
    for path in DERIVED:
        value = within(spec, *path)
        unchanged = value is not None and value == within(old, "spec", *path)
        if unchanged and not _is_given(path, managers, manifest):
            spec = _without(spec, path)
    block = spec.get("httpTransport")
    if block == {} and not _is_given(("httpTransport",), managers, manifest):
        spec = _without(spec, ("httpTransport",))
    return {**server, "spec": spec}


def _is_given(path: Path, managers: list[Any], manifest: Fields) -> bool:
    if within(manifest, "spec", *path) is not None:
        return True
    keys = [f"f:{key}" for key in ("spec", *path)]
    return any(within(entry, "fieldsV1", *keys) is not None for entry in managers)


def _last_applied(server: Fields) -> Fields:
    text = within(server, "metadata", "annotations", names.LAST_APPLIED)
    if not isinstance(text, str):
        return {}
    try:
        return fields(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _without(spec: Fields, path: Path) -> Fields:
    key, rest = path[0], path[1:]
    if not rest:
        return {name: value for name, value in spec.items() if name != key}
    return {**spec, key: _without(spec[key], rest)}
