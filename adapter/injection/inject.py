"""Puts the adapter into a Pod, or mends what others made of one that is there; changes no input.

Another webhook may run between two passes of ours. What it changed in our containers stays, an
image from a mirror or other resources, but for what the adapter cannot do without.
"""

from typing import Any

import msgspec

from adapter.injection import containers, pods
from adapter.injection.chosen import Chosen
from adapter.injection.config import Config
from adapter.injection.pods import CONTAINERS, INIT_CONTAINERS, Mark
from kinds import names
from kinds.reading import Fields, is_list, is_map, text


def inject(pod: Fields, chosen: Chosen, config: Config) -> Fields:
    """Return the Pod, or template of one, with exactly one adapter."""
    made: Fields = _copied(pod)
    spec = _map(made, "spec")
    _put_volume(spec)
    if pods.named(pod, names.ADAPTER_CONTAINER):
        _mend(made)
    else:
        _add(made, chosen, config)
    if not pods.is_native(made):
        _put_installer(made, chosen, config)
    is_fronted = _front(made, chosen)
    _lend_secrets(spec, config)
    before = pods.traces(pod)
    if before is None or is_fronted:
        _note(made, chosen, before or Mark(config.version, template_digest(chosen, config)))
    return made


def template_digest(chosen: Chosen, config: Config) -> str:
    """Return a digest of what would be put into a Pod of these choices now."""
    parts = [
        containers.volume(),
        containers.adapter({}, chosen, config),
        containers.installer({}, chosen, config),
        containers.command({}, {}, chosen),
        list(config.pull_secrets),
    ]
    return pods.digest(parts)


def is_outdated(pod: Fields, chosen: Chosen, config: Config) -> bool:
    """Say whether an injected Pod would be given something else today."""
    mark = pods.mark(pod)
    return mark is not None and mark.template != template_digest(chosen, config)


def _add(pod: Fields, chosen: Chosen, config: Config) -> None:
    """Add the adapter last: after the sidecars of a network, which it needs."""
    group = INIT_CONTAINERS if containers.is_native(chosen, config) else CONTAINERS
    _list(pod["spec"], group).append(containers.adapter(pod, chosen, config))


def _put_installer(pod: Fields, chosen: Chosen, config: Config) -> None:
    if not pods.named(pod, names.INSTALLER_CONTAINER):
        installer = containers.installer(pod, chosen, config)
        _list(pod["spec"], INIT_CONTAINERS).append(installer)


def _mend(pod: Fields) -> None:
    """Give the adapter back what it cannot do without."""
    for place in pods.named(pod, names.ADAPTER_CONTAINER):
        _mount(place.container, containers.SHARED)
        if place.group == INIT_CONTAINERS:
            place.container["restartPolicy"] = pods.ALWAYS
            _hook(place.container)


def _hook(adapter: Fields) -> None:
    _map(adapter, "lifecycle")["postStart"] = {"exec": {"command": [*containers.INSTALL]}}


def _front(pod: Fields, chosen: Chosen) -> bool:
    """Put the launcher in front of the server, and say whether that had to be done.

    Whoever stands in front of it already, or added arguments behind, stays.
    """
    is_done = False
    for place in pods.named(pod, chosen.container):
        server = place.container
        _mount(server, containers.server_mount())
        behind = pods.behind_launcher(pods.words(server)) or []
        if tuple(behind[: len(chosen.command)]) != chosen.command:
            server["command"] = containers.command(pod, server, chosen)
            server.pop("args", None)
            is_done = True
    return is_done


def _mount(container: Fields, wanted: Fields) -> None:
    """Mount the volume where it belongs, and as it belongs."""
    mounts = _list(container, "volumeMounts")
    for mount in mounts:
        if is_map(mount) and text(mount, "mountPath") == wanted["mountPath"]:
            mount.update(wanted)
            if "readOnly" not in wanted:
                mount.pop("readOnly", None)
            return
    mounts.append({**wanted})


def _put_volume(spec: Fields) -> None:
    volumes = _list(spec, "volumes")
    if not any(is_map(one) and one.get("name") == names.SOCKET_VOLUME for one in volumes):
        volumes.append(containers.volume())


def _lend_secrets(spec: Fields, config: Config) -> None:
    if config.pull_secrets:
        listed = _list(spec, "imagePullSecrets")
        known = {text(one, "name") for one in listed}
        listed += [{"name": name} for name in config.pull_secrets if name not in known]


def _note(pod: Fields, chosen: Chosen, mark: Mark) -> None:
    """Say in the Pod who was here; the server's command is told by its digest."""
    noted = msgspec.structs.replace(
        mark,
        container=chosen.container,
        words=len(chosen.command),
        command=pods.digest(list(chosen.command)),
    )
    annotations = _map(_map(pod, "metadata"), "annotations")
    annotations[names.INJECTED] = msgspec.json.encode(noted).decode()


def _copied(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a copy that shares nothing, not even what YAML made of an anchor in two places."""
    if is_map(value):
        return {key: _copied(member) for key, member in value.items()}
    return [_copied(item) for item in value] if is_list(value) else value


def _map(owner: Fields, key: str) -> Fields:
    """Return the map of that name, made where there is none."""
    if not is_map(owner.get(key)):
        owner[key] = {}
    found: Fields = owner[key]
    return found


def _list(owner: Fields, key: str) -> list[Any]:
    """Return the list of that name, made where there is none."""
    if not is_list(owner.get(key)):
        owner[key] = []
    found: list[Any] = owner[key]
    return found
