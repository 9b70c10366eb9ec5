"""One look at a workload that asks for a Service, or did: make it, keep it, or take it away."""

import logging
from collections.abc import Callable
from enum import Enum
from typing import Any

from cluster.client import Client
from cluster.errors import Forbidden, Invalid, NotFound
from cluster.events import Recorder
from cluster.resources import PODS, Resource
from cluster.series import Kind
from kinds import names
from kinds.reading import Fields, items, text, within
from reconciler import adoption
from reconciler.config import Config
from reconciler.difference import differences
from reconciler.exposure.wish import NO, YES, Refusal, is_of, wish, word
from reconciler.exposure.workloads import KINDS, Workload, controller, reference
from reconciler.hand import Hand
from reconciler.manifests.service import PATH_ANNOTATION
from reconciler.shelves import SERVICES

log = logging.getLogger(__name__)

READ_SECONDS = 10.0
SOON_SECONDS = 5.0
"""When to look again at a name that is taken for a moment only: the owner was just deleted."""
TAKEN_SECONDS = 30.0
"""When to look again at a name that somebody else has: nothing tells that it is free."""


class State(Enum):
    """How a workload that asks is."""

    EXPOSED = "exposed"
    TAKEN = "name taken"
    REFUSED = "refused"


class Visits:
    """Visits workloads; one thread does."""

    def __init__(
        self, client: Client, hand: Hand, recorder: Recorder, config: Callable[[], Config]
    ) -> None:
        """Write with *hand*, and tell *recorder* what changed."""
        self._client = client
        self._hand = hand
        self._recorder = recorder
        self._config = config
        self._told = dict[Workload, str]()
        """What was last said of a workload that got no Service."""
        self.states = dict[Workload, State]()

    def visit(self, key: Workload, pod: str | None) -> float | None:
        """Bring one workload to what it asks for; return in how many seconds to come again.

        *pod* is one of its Pods that has its adapter, if there is any.
        """
        workload = self._read(KINDS[key.kind], key.namespace, key.name)
        if workload is None or _is_somebody_elses(workload):
            self.forget(key)  # with its Service, that is the garbage collector's
            return None
        workload = {**workload, "apiVersion": KINDS[key.kind].api_version, "kind": key.kind}
        live = self._read(SERVICES, key.namespace, key.name)
        said = word(workload)
        if said != YES:
            self._withdraw(key, workload, live, said)
            return None
        return self._expose(key, workload, live, pod)

    def forget(self, key: Workload) -> None:
        """Take note that a workload is gone, or asks for nothing."""
        self._told.pop(key, None)
        self.states.pop(key, None)

    def _expose(
        self, key: Workload, workload: Fields, live: Fields | None, pod: str | None
    ) -> float | None:
        if live is not None and not is_of(live, workload):
            self._refuse(key, workload, State.TAKEN, _taken(live))
            return SOON_SECONDS if _goes_soon(live, key) else TAKEN_SECONDS
        seen = None if pod is None else self._read(PODS, key.namespace, pod)
        wanted = wish(workload, live, seen, self._config())
        if isinstance(wanted, Refusal):
            self._refuse(key, workload, State.REFUSED, wanted.sentence)
            return None
        try:
            made = self._applied(key, live, wanted)
        except (Forbidden, Invalid) as error:
            self._refuse(key, workload, State.REFUSED, str(error))
            raise
        self._told.pop(key, None)
        self.states[key] = State.EXPOSED
        if live is None:
            self._tell(workload, "Exposed", f"Service {key.name} leads to {self._address(made)}")
        return None

    def _applied(self, key: Workload, live: Fields | None, wanted: Fields) -> Fields:
        if live is None:
            log.info("exposing", extra={"workload": str(key)})
            return self._hand.apply(wanted, None)
        if obstacles := adoption.obstacles(live, wanted):
            version = text(live, "metadata", "resourceVersion")
            test = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
            live = {**self._hand.prepare(live, [test, *obstacles]), "kind": "Service"}
        paths = differences(live, wanted)
        if not paths:
            return live
        log.info("exposing", extra={"workload": str(key), "fields": paths})
        return self._hand.apply(wanted, live)

    def _withdraw(
        self, key: Workload, workload: Fields, live: Fields | None, said: str | None
    ) -> None:
        if live is not None and is_of(live, workload) and self._hand.delete(live):
            log.info("exposed no more", extra={"workload": str(key)})
            note = f"Service {key.name} was removed: the Pods do not ask for it any more"
            self._tell(workload, "Unexposed", note)
        self.forget(key)
        if said not in (None, NO):
            note = f'kmcp.dev/expose of its Pods is neither "{YES}" nor "{NO}"'
            self._refuse(key, workload, State.REFUSED, note)

    def _refuse(self, key: Workload, workload: Fields, state: State, why: str) -> None:
        """Say once why a workload gets no Service, or its Service no change."""
        self.states[key] = state
        if self._told.get(key) == why:
            return
        self._told[key] = why
        reason = "ExposeConflict" if state is State.TAKEN else "ExposeRefused"
        log.warning("not exposed", extra={"workload": str(key), "reason": why})
        self._tell(workload, reason, f"no Service is made for its Pods: {why}", "Warning")

    def _tell(self, workload: Fields, reason: str, note: str, kind: Kind = "Normal") -> None:
        self._recorder.tell(reference(workload), reason, note, kind)

    def _address(self, made: Fields) -> str:
        metadata = made["metadata"]
        port = next((one.get("port") for _, one in items(made, "spec", "ports")), "")
        host = f"{metadata['name']}.{metadata['namespace']}.svc"
        path = text(metadata, "annotations", PATH_ANNOTATION) or names.MCP_PATH
        return f"http://{host}.{self._config().adapter.cluster_domain}:{port}{path}"

    def _read(self, resource: Resource, namespace: str, name: str) -> Fields | None:
        try:
            found = self._client.get(resource, namespace, name, dict[str, Any], READ_SECONDS)
        except NotFound:
            return None
        return found


def _is_somebody_elses(workload: Fields) -> bool:
    """Say whether it goes, or belongs to what has a Service or a say of its own."""
    made_by = text(controller(workload), "kind")
    is_ending = within(workload, "metadata", "deletionTimestamp") is not None
    return is_ending or made_by in (names.KIND, *KINDS)


def _goes_soon(live: Fields, key: Workload) -> bool:
    """Say whether a Service is of a workload that had the same name, so that it is collected."""
    by = controller(live)
    return (text(by, "kind"), text(by, "name")) == (key.kind, key.name)


def _taken(live: Fields) -> str:
    name = text(live, "metadata", "name")
    by = controller(live)
    if by:
        return f"Service {name} belongs to {by.get('kind')} {by.get('name')}"
    return f"Service {name} was there before and is not kmcp's: rename or delete it"
