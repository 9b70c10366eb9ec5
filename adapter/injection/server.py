"""Finds the container that is the MCP server, its command, and what makes it unfit."""

from collections.abc import Iterator
from posixpath import normpath

from adapter.injection import draining, pods
from adapter.injection.chosen import Chosen
from adapter.injection.pods import Mark, Place
from adapter.injection.reasons import Finding, Reason, found, quoted
from kinds import names
from kinds.reading import Fields, items, number, text, texts

OURS = (names.ADAPTER_CONTAINER, names.INSTALLER_CONTAINER)


def container(pod: Fields, wish: str, before: Mark | None) -> Place | Finding:
    """Return the server's container, or why it cannot be told which one it is."""
    known = [
        Place(pods.CONTAINERS, position, one)
        for position, one in items(pod, "spec", pods.CONTAINERS)
        if text(one, "name") not in OURS
    ]
    by_name = {text(one.container, "name"): one for one in known}
    if wish and wish not in by_name:
        listed = ", ".join(by_name)
        return found(Reason.NO_SUCH_CONTAINER, value=quoted(wish), known=listed)
    usual = texts(pod, "metadata", "annotations").get(names.DEFAULT_CONTAINER, "")
    earlier = before.container if before else ""
    for name in (wish, earlier, usual, names.SERVER_CONTAINER):
        if name in by_name:
            return by_name[name]
    if not known:
        return found(Reason.NO_CONTAINER)
    if len(known) > 1:
        return found(Reason.AMBIGUOUS_CONTAINER, known=" or ".join(by_name))
    return known[0]


def command(server: Place, wish: tuple[str, ...]) -> tuple[str, ...] | Finding:
    """Return what starts the server; a launcher in front of it is ours, of an earlier pass."""
    written = pods.words(server.container)
    behind = pods.behind_launcher(written)
    if wish:
        return wish
    if behind:
        return tuple(behind)
    if not server.container.get("command"):
        return found(Reason.NO_COMMAND, field=server.field)
    return tuple(written)


def refusals(pod: Fields, server: Place, chosen: Chosen) -> Iterator[Finding]:
    """Yield what the adapter cannot live with, in a Pod that has none yet."""
    if server.container.get("tty") is True:
        yield found(Reason.TERMINAL, field=server.field)
    yield from _taken_names(pod)
    yield from _taken_mounts(server)
    yield from _taken_ports(pod, chosen)


def _taken_names(pod: Fields) -> Iterator[Finding]:
    for place in pods.containers(pod):
        if (name := text(place.container, "name")) in OURS:
            yield found(Reason.NAME_TAKEN, field=place.field, name=name)
    for position, volume in items(pod, "spec", "volumes"):
        if (name := text(volume, "name")) == names.SOCKET_VOLUME:
            yield found(Reason.NAME_TAKEN, field=f"spec.volumes[{position}]", name=name)


def _taken_mounts(server: Place) -> Iterator[Finding]:
    for key, path in (("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")):
        for position, mount in items(server.container, key):
            if f"{normpath(text(mount, path))}/".startswith(f"{names.SOCKET_FOLDER}/"):
                yield found(Reason.MOUNT_TAKEN, field=f"{server.field}.{key}[{position}]")


def _taken_ports(pod: Fields, chosen: Chosen) -> Iterator[Finding]:
    needed = {
        chosen.port: names.PORT_CHOICE,
        chosen.admin_port: names.ADMIN_PORT_CHOICE,
    }
    for place in pods.containers(pod):
        if not place.stays:
            continue
        for position, port in items(place.container, "ports"):
            taken = number(port, "containerPort")
            if taken in needed and port.get("protocol") in (None, "", "TCP"):
                field = f"{place.field}.ports[{position}].containerPort"
                yield found(Reason.PORT_TAKEN, field=field, port=taken, annotation=needed[taken])


def warnings(pod: Fields, server: Place, chosen: Chosen, unknown: list[str]) -> Iterator[Finding]:
    """Yield what is allowed, and still worth a word."""
    written = pods.words(server.container)
    is_new = pods.behind_launcher(written) is None
    if is_new and written and tuple(written) != chosen.command:
        yield found(Reason.COMMAND_REPLACED, field=server.field)
    signal = text(server.container, "lifecycle", "stopSignal")
    if signal not in ("", "SIGTERM"):
        yield found(Reason.STOP_SIGNAL, field=server.field, value=signal)
    left = draining.shortened(pod, chosen)
    if left is not None:
        yield found(Reason.SHORT_GRACE, seconds=left, delay=chosen.adapter.drain_delay)
    for annotation in unknown:
        yield found(Reason.UNKNOWN_ANNOTATION, annotation=annotation)
