"""Tell what a user wrote from what a default filled in earlier.

The API server notes in managedFields who set a field; what a webhook fills in is noted for nobody.
And kubectl keeps the last manifest in an annotation, where a field stands that was added with the
very value that it had. A field that neither knows, and that holds what a default would have put
there, is an old default: it is forgotten before the defaults are computed anew, so that it never
outlives the reason that it had.
"""

import json
from typing import Any

from kinds import names, transport
from kinds.defaults import DERIVED, Path, Runners, with_defaults
from kinds.reading import Fields, fields, is_list, is_map, within

IMAGE = ("deployment", "image")


def without_old_defaults(server: Fields, old: Fields, runners: Runners) -> Fields:
    """Return the changed *server* without the defaults that were filled in when it was *old*."""
    managers = fields(server.get("metadata")).get("managedFields")
    spec, before = server.get("spec"), old.get("spec")
    if not managers or not is_list(managers) or not is_map(spec) or not is_map(before):
        return server
    manifest = _last_applied(server)
    nobodys = [path for path in DERIVED if not _is_given(path, managers, manifest)]
    bare = before
    for path in nobodys:
        bare = _without(bare, path)
    filled_in = fields(with_defaults({**old, "spec": bare}, runners).get("spec"))
    for path in nobodys:
        value = within(before, *path)
        was_default = value == within(filled_in, *path) or _was_fetched(path, before)
        if value is not None and value == within(spec, *path) and was_default:
            spec = _without(spec, path)
    if spec.get("httpTransport") == {} and not _is_given(("httpTransport",), managers, manifest):
        spec = _without(spec, ("httpTransport",))
    return {**server, "spec": spec}


def _was_fetched(path: Path, spec: Fields) -> bool:
    """Say whether an image was there for a runner, even if an earlier kmcp took another one."""
    return path == IMAGE and transport.command(spec) in transport.RUNNERS


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
    inner = spec.get(key)
    return {**spec, key: _without(inner, rest)} if is_map(inner) else spec
