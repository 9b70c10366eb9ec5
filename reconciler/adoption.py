"""Whose an object is, how what upstream kmcp made becomes ours, and what is to be deleted."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from kinds import names
from kinds.reading import Fields, fields, items, text, within
from reconciler import managed
from reconciler.config import MANAGER
from reconciler.desired import Desired
from reconciler.observed import Failure, Observed

NAME_CONFLICT = "NameConflict"


class Owner(Enum):
    """Whose an object is."""

    NOBODY = "nobody"
    """There is no such object."""
    US = "us"
    UPSTREAM = "upstream"
    """Made by upstream kmcp for the same MCPServer: it is to be adopted."""
    OTHERS = "others"


def owner(live: Fields | None, server: Fields) -> Owner:
    """Return whose an object of the server's name is; decided by uid."""
    if live is None:
        return Owner.NOBODY
    uid = text(server, "metadata", "uid")
    references = [one for _, one in items(live, "metadata", "ownerReferences")]
    controllers = [one for one in references if one.get("controller") is True]
    if controllers:
        return Owner.US if text(controllers[0], "uid") == uid else Owner.OTHERS
    mentioned = any(text(one, "uid") == uid for one in references)
    return Owner.UPSTREAM if uid and mentioned else Owner.OTHERS


def pairs(wish: Desired, observed: Observed) -> Iterator[tuple[Fields, Fields | None]]:
    """Yield what is wanted beside what is there, in the order in which it is applied."""
    live = {
        "ServiceAccount": observed.service_account,
        "NetworkPolicy": observed.network_policy,
        "Service": observed.service,
        "Deployment": observed.deployment,
    }
    for manifest in wish.manifests():
        yield manifest, live[text(manifest, "kind")]


def conflicts(wish: Desired, observed: Observed, server: Fields) -> list[Failure]:
    """Return the wanted objects that are somebody else's: they must not be applied."""
    return [
        Failure(text(manifest, "kind"), _conflict(text(manifest, "kind"), live), NAME_CONFLICT)
        for manifest, live in pairs(wish, observed)
        if live is not None and owner(live, server) is Owner.OTHERS
    ]


def _conflict(kind: str, live: Fields) -> str:
    name = text(live, "metadata", "name")
    for _, one in items(live, "metadata", "ownerReferences"):
        if one.get("kind") == names.KIND and one.get("name") == name:
            return f"{kind} {name} is of an MCPServer {name} that was deleted; it goes soon"
        return (
            f"{kind} {name} belongs to {one.get('kind')} {one.get('name')}: "
            "rename the MCPServer, or delete it"
        )
    return f"{kind} {name} was there before and is not kmcp's: rename the MCPServer, or delete it"


def preparation(live: Fields, wanted: Fields, server: Fields) -> list[dict[str, Any]]:
    """Return the JSON patch without which applying would fail, or leave too much; mostly none.

    It goes out by the manager `config.MANAGER`, and then the object is asked about again, for
    there may be more to prepare. It tests the resourceVersion: a Conflict means to read anew.
    """
    return _patch(live, server, obstacles(live, wanted) or _migrated(live, wanted, server))


def _patch(live: Fields, server: Fields, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not found or owner(live, server) not in (Owner.US, Owner.UPSTREAM):
        return []
    version = text(live, "metadata", "resourceVersion")
    return [{"op": "test", "path": "/metadata/resourceVersion", "value": version}, *found]


def obstacles(live: Fields, wanted: Fields) -> list[dict[str, Any]]:
    """Return the changes that make way for our port in a Service.

    Ports are told apart by their numbers. Where somebody changed the number of ours, applying
    would add a second port of the same name, which the API server refuses.
    """
    if text(wanted, "kind") != "Service":
        return []
    ports = [one for _, one in items(wanted, "spec", "ports")]
    there = [managed.found(within(live, "spec", "ports"), _number(one)) for one in ports]
    return [
        {"op": "remove", "path": f"/spec/ports/{position}"}
        if there[0]
        else {"op": "replace", "path": f"/spec/ports/{position}", "value": ports[0]}
        for position, one in reversed(list(items(live, "spec", "ports")))
        if one.get("name") == ports[0]["name"] and one is not there[0]
    ]


def _number(port: Fields) -> Fields:
    return {key: port[key] for key in ("port", "protocol")}


def _migrated(live: Fields, wanted: Fields, server: Fields) -> list[dict[str, Any]]:
    """Return the change that makes fields ours which upstream kmcp set, or we by a patch.

    Fields that stayed another manager's would never be removed by us.
    """
    entries = list(managed.entries(live))
    before = [one for one in entries if managed.is_our_entry(one)]
    upstreams = [one for one in entries if _is_upstreams(one, server)]
    patched = [one for one in entries if _is_our_update(one) and _port(one, before, wanted)]
    if not upstreams and not patched:
        return []
    gained = [_port(one, before, wanted) for one in patched]
    made = {**(upstreams + patched)[0], "manager": MANAGER, "operation": managed.APPLY}
    trees = [fields(one.get("fieldsV1")) for one in (*before, *upstreams)]
    made["fieldsV1"] = _joined([*trees, *gained])
    rest = [one for one in entries if one not in (*before, *upstreams, *patched)]
    for one, port in zip(patched, gained, strict=True):
        if left := _without(fields(one.get("fieldsV1")), port):
            rest.append({**one, "fieldsV1": left})
    return [{"op": "replace", "path": "/metadata/managedFields", "value": [*rest, made]}]


def _port(entry: Fields, before: list[Fields], wanted: Fields) -> Fields:
    """Return what an entry says of our port, unless we applied that.

    Nothing else of such an entry becomes ours: what admission adds while we apply is told there as
    well, and what is ours and not wanted would be removed, to be added again for ever.
    """
    nodes = fields(within(entry, "fieldsV1", *PORTS))
    applied = [within(one, "fieldsV1", *PORTS) for one in before]
    ports = [one for _, one in items(wanted, "spec", "ports")]
    found = {
        key: node
        for key, node in nodes.items()
        if any(managed.found([one], managed.keys(key)) for one in ports)
        and not any(key in fields(one) for one in applied)
    }
    return {PORTS[0]: {PORTS[1]: found}} if found else {}


def _without(tree: Fields, gone: Fields) -> Fields:
    """Return a tree without the ports of another one."""
    left: Fields = {}
    for key, node in tree.items():
        if key not in gone:
            left[key] = node
        elif key in PORTS and (rest := _without(fields(node), fields(gone[key]))):
            left[key] = rest
    return left


PORTS = ("f:spec", "f:ports")


def _is_our_update(entry: Fields) -> bool:
    is_plain = entry.get("operation") == "Update" and not entry.get("subresource")
    return is_plain and entry.get("manager") == MANAGER


def _is_upstreams(entry: Fields, server: Fields) -> bool:
    """Say whether an entry is of whoever wrote the reference to our server: upstream's manager."""
    if entry.get("operation") != "Update" or entry.get("subresource"):
        return False
    uid = text(server, "metadata", "uid")
    nodes = fields(within(entry, "fieldsV1", "f:metadata", "f:ownerReferences"))
    return any(managed.keys(key).get("uid") == uid for key in managed.inner(nodes))


def _joined(trees: list[Fields]) -> Fields:
    """Return all fields of several trees; a status is nobody's wish."""
    made: Fields = {}
    for tree in trees:
        for key, node in tree.items():
            if key != "f:status":
                made[key] = _joined([fields(made.get(key)), fields(node)])
    return made


def superfluous(wish: Desired, observed: Observed, server: Fields) -> list[Fields]:
    """Return the objects that are ours and not wanted, to be deleted with their uid as a
    precondition; upstream's ConfigMap only when no Pod mounts it any more."""
    unwanted: list[Fields | None] = []
    if wish.service_account is None:
        unwanted.append(observed.service_account)
    if wish.network_policy is None:
        unwanted.append(observed.network_policy)
    if not _mounts_old_config(wish, observed):
        unwanted.append(observed.config_map)
    ours = (Owner.US, Owner.UPSTREAM)
    return [one for one in unwanted if one is not None and owner(one, server) in ours]


def _mounts_old_config(wish: Desired, observed: Observed) -> bool:
    """Say whether the ConfigMap of the server's name is still in use, if only by old Pods."""
    name = text(wish.deployment, "metadata", "name")
    running = [
        within(one, "spec", "template", "spec")
        for one in observed.replica_sets
        if within(one, "spec", "replicas") or within(one, "status", "replicas")
    ]
    live = within(observed.deployment, "spec", "template", "spec")
    wanted = within(wish.deployment, "spec", "template", "spec")
    return any(
        text(volume, "configMap", "name") == name
        for pod in (*running, live, wanted)
        for _, volume in items(pod, "volumes")
    )
