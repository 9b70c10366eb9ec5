"""Looks at what became of a Pod: is the adapter in it as it must be, does one lack that asks?"""

from collections.abc import Iterator

from adapter.injection import containers, pods
from adapter.injection.config import Config, Namespace
from adapter.injection.decision import Deny, Inject, Skip, asks, decide
from adapter.injection.pods import INIT_CONTAINERS, Mark, Place
from adapter.injection.reasons import Finding, Reason, found
from kinds import names
from kinds.reading import Fields, is_map, items, text, within

ENDED = ("Succeeded", "Failed")


def problems(pod: Fields, namespace: Namespace, config: Config) -> tuple[Finding, ...]:
    """Return what keeps a Pod from working that has the adapter or asks for it itself.

    It is meant for the end, when every webhook has run.
    """
    decided = decide(pod, namespace, config)
    mark = pods.traces(pod)
    if isinstance(decided, Skip) and not (mark and _is_silent(decided)):
        return ()
    if isinstance(decided, Deny):
        return decided.findings
    if mark is not None:
        return tuple(_intact(pod, mark))
    return (found(Reason.ADAPTER_MISSING),) if asks(pod) else ()


def uninjected(pod: Fields, namespace: Namespace, config: Config) -> tuple[Finding, ...]:
    """Return why a Pod that runs without its adapter should not: nothing when all is well."""
    is_over = text(pod, "status", "phase") in ENDED
    if is_over or within(pod, "metadata", "deletionTimestamp") is not None:
        return ()
    fresh = {key: value for key, value in pod.items() if key != "status"}
    decided = decide(fresh, namespace, config)
    if isinstance(decided, Deny):
        return decided.findings
    if isinstance(decided, Inject) and not decided.again:
        return (found(Reason.ADAPTER_MISSING),)
    return ()


def _is_silent(skip: Skip) -> bool:
    """Say whether only the namespace may have asked, whose labels are not known to everybody."""
    return skip.findings[0].reason in (Reason.NOT_ASKED, Reason.NOTHING_NAMED)


def _intact(pod: Fields, mark: Mark) -> Iterator[Finding]:
    ours = pods.named(pod, names.ADAPTER_CONTAINER)
    if len(ours) != 1:
        yield found(Reason.ADAPTER_TWICE if ours else Reason.ADAPTER_MISSING)
        return
    (adapter,) = ours
    yield from _native(adapter) if adapter.group == INIT_CONTAINERS else _plain(pod)
    yield from _mounted(adapter, writable=True)
    yield from _volume(pod)
    for server in pods.named(pod, mark.container):
        yield from _mounted(server, writable=False)
        yield from _command(server, mark)
        return
    yield found(Reason.NO_CONTAINER)


def _native(adapter: Place) -> Iterator[Finding]:
    if adapter.container.get("restartPolicy") != pods.ALWAYS:
        yield found(Reason.RESTART_POLICY_LOST, field=adapter.field)
    hook = within(adapter.container, "lifecycle", "postStart", "exec", "command")
    if hook != containers.INSTALL:
        yield found(Reason.INSTALLER_MISSING)


def _plain(pod: Fields) -> Iterator[Finding]:
    if not pods.named(pod, names.INSTALLER_CONTAINER):
        yield found(Reason.INSTALLER_MISSING)


def _mounted(place: Place, *, writable: bool) -> Iterator[Finding]:
    for _, mount in items(place.container, "volumeMounts"):
        if (mount.get("name"), mount.get("mountPath")) == _SHARED:
            if not writable and mount.get("readOnly") is not True:
                yield found(Reason.MOUNT_WRITABLE, field=place.field)
            return
    yield found(Reason.MOUNT_MISSING, field=place.field)


_SHARED = (names.SOCKET_VOLUME, names.SOCKET_FOLDER)


def _volume(pod: Fields) -> Iterator[Finding]:
    for _, volume in items(pod, "spec", "volumes"):
        if volume.get("name") == names.SOCKET_VOLUME and is_map(volume.get("emptyDir")):
            return
    yield found(Reason.VOLUME_MISSING)


def _command(server: Place, mark: Mark) -> Iterator[Finding]:
    behind = pods.behind_launcher(pods.words(server.container))
    if behind is None:
        yield found(Reason.LAUNCHER_MISSING, field=server.field)
    elif not mark.knows(behind):
        yield found(Reason.COMMAND_CHANGED, field=server.field)
