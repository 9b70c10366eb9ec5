"""Why Pods do not run: the one true cause among everything that the cluster says of them."""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from kinds import names
from kinds.reading import Fields, fields, is_map, items, number, text, texts, within
from reconciler import answers
from reconciler.observed import Answer, Observed

REVISION = "deployment.kubernetes.io/revision"
MOST_ASKED = 3
WAITS = ("", "ContainerCreating", "PodInitializing")
"""What a container waits for that is on its way."""
STATUSES = ("initContainerStatuses", "containerStatuses")
FINISHED = ("Succeeded", "Failed")
BACK_OFF = "CrashLoopBackOff"
STARTING = "starting"


class Cause(Struct, frozen=True):
    """Why not all Pods are ready."""

    sentence: str
    fails: bool = True
    """Whether it will not get better by waiting a moment."""


def cause(observed: Observed) -> Cause:
    """Return why Pods of the newest version are missing or not ready."""
    found = next(_failures(observed), None)
    if found is not None:
        return Cause(found)
    waiting = [_waits_for(pod, observed) for pod in _unready(observed)]
    return Cause(": ".join([STARTING, *(one for one in waiting[:1] if one)]), fails=False)


def worth_asking(observed: Observed) -> list[Fields]:
    """Return the Pods whose adapter may tell more than the cluster knows, at most a few.

    Ask http://<status.podIP>:<admin port>/status and put the answers into `Observed.answers`.
    """
    return [
        pod
        for pod in _unready(observed)
        if text(pod, "status", "podIP")
        and any(
            one.get("name") == names.ADAPTER_CONTAINER and within(one, "state", "running")
            for one in _containers(pod)
        )
    ][:MOST_ASKED]


def newest(observed: Observed) -> Fields | None:
    """Return the ReplicaSet of the version that is wanted now."""

    def revision(one: Fields) -> int:
        told = texts(one, "metadata", "annotations").get(REVISION, "")
        return int(told) if told.isascii() and told.isdigit() else 0

    return max(observed.replica_sets, key=revision, default=None)


def _failures(observed: Observed) -> Iterator[str]:
    """Yield what goes wrong, that first which explains the rest."""
    yield from _refused(fields(newest(observed)))
    pods = _unready(observed)
    for reader in READERS:
        for pod in pods:
            yield from reader(pod, observed)
    for _, condition in items(observed.deployment, "status", "conditions"):
        if condition.get("reason") == "ProgressDeadlineExceeded":
            waits = [_waits_for(pod, observed) for pod in pods[:1]]
            yield ": ".join(["ProgressDeadlineExceeded", *(one for one in waits if one)])


def _refused(replica_set: Fields) -> Iterator[str]:
    """Yield why the API server takes no Pods: a quota, another webhook."""
    for _, condition in items(replica_set, "status", "conditions"):
        if (condition.get("type"), condition.get("status")) == ("ReplicaFailure", "True"):
            yield f"{text(condition, 'reason')}: {_of_no_pod(text(condition, 'message'))}"


def _of_no_pod(sentence: str) -> str:
    """Leave out the random name of the Pod that was refused: it changes with every try."""
    return re.sub(r'^pods "[^"]*" is forbidden: ', "", sentence)


def _unready(observed: Observed) -> list[Fields]:
    """Return the Pods of the newest version that are to serve and do not."""
    current = newest(observed)
    uid = text(current, "metadata", "uid")
    found = [
        pod
        for pod in observed.pods
        if (current is None or _is_of(pod, uid))
        and within(pod, "metadata", "deletionTimestamp") is None
        and not _is_ready(pod)
    ]
    return sorted(found, key=lambda pod: text(pod, "metadata", "name"))


def _is_of(pod: Fields, uid: str) -> bool:
    return any(text(one, "uid") == uid for _, one in items(pod, "metadata", "ownerReferences"))


def _condition(pod: Fields, kind: str) -> Fields:
    found = (one for _, one in items(pod, "status", "conditions") if one.get("type") == kind)
    return fields(next(found, None))


def _is_ready(pod: Fields) -> bool:
    return _condition(pod, "Ready").get("status") == "True"


def _containers(pod: Fields) -> Iterator[Fields]:
    for key in STATUSES:
        for _, one in items(pod, "status", key):
            yield one


Reader = Callable[[Fields, Observed], Iterator[str]]


def _unschedulable(pod: Fields, _observed: Observed) -> Iterator[str]:
    condition = _condition(pod, "PodScheduled")
    if condition.get("status") == "False":
        told = _FOR_SCHEDULERS.sub("", text(condition, "message"))
        yield f"{text(condition, 'reason') or 'Unschedulable'}: {told}"


_FOR_SCHEDULERS = re.compile(r"\.?( no new claims to deallocate,?| preemption: .*)+$|\. not found$")
"""What the scheduler adds about what else it tried, and could not do either."""


def _stuck(pod: Fields, _observed: Observed) -> Iterator[str]:
    """Yield why a container cannot even begin: its image, a Secret that is not there."""
    for container in _containers(pod):
        waiting = fields(within(container, "state", "waiting"))
        reason = text(waiting, "reason")
        if reason in WAITS or reason == BACK_OFF:
            continue
        told = _plain(text(waiting, "message"))
        said = f"container {text(container, 'name')}" + (f": {told}" if told else "")
        yield f"{IMAGE_REASONS.get(reason, reason)}: {said}"


IMAGE_REASONS = {"ErrImagePull": "ImagePullBackOff"}
"""The kubelet takes turns between the two, and it is one cause."""


def _plain(sentence: str) -> str:
    """Return what the kubelet says without what it says only between two tries."""
    plain = re.sub(r'^Back-off pulling image "[^"]*":? ?(ErrImagePull: )?', "", sentence)
    return re.sub(r"\S+:\d+->", "", plain)  # who asked: with another port each time


def _crashed(pod: Fields, _observed: Observed) -> Iterator[str]:
    """Yield how a container ended, if it has not been ready since."""
    for container in _containers(pod):
        ended = _ending(container, pod)
        if ended is None:
            continue
        is_again = (number(container, "restartCount") or 0) > 0
        reason = text(ended, "reason")
        label = BACK_OFF if is_again and reason in ("", "Error", "Completed") else reason
        said = f"container {text(container, 'name')} ended with code {number(ended, 'exitCode')}"
        told = text(ended, "message").strip()
        yield f"{label or 'Error'}: {said}" + (f": {_last_lines(told)}" if told else "")


def _last_lines(told: str) -> str:
    """Return the end of what a program wrote: there it says why.

    It is cut between words, lest half of a secret is left, which nobody would recognise.
    """
    if len(told) <= LONGEST_TOLD:
        return told
    _, _, whole = told[-LONGEST_TOLD:].replace("\n", " ").partition(" ")
    return f"…{whole}"


LONGEST_TOLD = 300


def _ending(container: Fields, pod: Fields) -> Fields | None:
    state = fields(container.get("state"))
    ended = state.get("terminated")
    if is_map(ended):
        is_init = text(ended, "reason") == "Completed" and container.get("ready") is True
        return None if is_init else ended
    last = within(container, "lastState", "terminated")
    if not is_map(last):
        return None
    since = text(state, "running", "startedAt")
    is_old = since and text(_condition(pod, "Ready"), "lastTransitionTime") > since
    return None if is_old else last


def _evicted(pod: Fields, _observed: Observed) -> Iterator[str]:
    if text(pod, "status", "phase") in FINISHED:
        reason = text(pod, "status", "reason") or text(pod, "status", "phase")
        yield f"{reason}: {text(pod, 'status', 'message')}"


def _told(pod: Fields, observed: Observed) -> Iterator[str]:
    """Yield what the adapter says of a server that does not answer, or does not even start."""
    found = answers.fault(_answer(pod, observed))
    if found is not None:
        label, said, written = found
        yield f"{label}: {said}" + (f": {_last_lines(written)}" if written else "")


READERS: tuple[Reader, ...] = (
    _unschedulable,
    _stuck,
    _crashed,  # before what the adapter says, which then only waits for the launcher
    _told,
    _evicted,  # last: another Pod takes the place of such a one
)


def _waits_for(pod: Fields, observed: Observed) -> str:
    """Return what a Pod that has not failed is waiting for."""
    answer = _answer(pod, observed)
    if not answer.ready and answer.reason:
        return answer.reason
    for container in _containers(pod):
        if reason := text(container, "state", "waiting", "reason"):
            return f"{reason} of {text(container, 'name')}"
    if (port := _silent_port(pod)) is not None:
        return f"nothing answers at port {port} of container {names.SERVER_CONTAINER}"
    return text(_condition(pod, "Ready"), "message")


def _silent_port(pod: Fields) -> int | None:
    """Return the port of a server that has no adapter, runs, and is not ready."""
    runs = any(
        one.get("name") == names.SERVER_CONTAINER and within(one, "state", "running")
        for one in _containers(pod)
    )
    for _, one in items(pod, "spec", "containers"):
        if runs and one.get("name") == names.SERVER_CONTAINER:
            return next((number(port, "containerPort") for _, port in items(one, "ports")), None)
    return None


def _answer(pod: Fields, observed: Observed) -> Answer:
    return observed.answers.get(text(pod, "metadata", "name"), Answer())
