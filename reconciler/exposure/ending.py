"""Takes away what was made for workloads, once an administrator wants no more of it."""

import logging
from collections.abc import Iterable

from cluster.client import Client
from cluster.errors import ClusterError, NotFound
from cluster.events import Recorder
from cluster.objects import Object, Reference
from kinds.reading import Fields, text
from reconciler import managed
from reconciler.exposure.wish import was_made_here
from reconciler.exposure.workloads import EXPOSES, KINDS, controller
from reconciler.hand import Hand
from reconciler.leading import NotLeading, Term
from reconciler.shelves import OURS, SERVICES

log = logging.getLogger(__name__)

RETRY_SECONDS = 15.0
READ_SECONDS = 10.0
SELECTOR = f"{EXPOSES},{OURS}"


class Ending:
    """Removes the Services; one thread does."""

    def __init__(
        self, client: Client, scopes: Iterable[str | None], hand: Hand, recorder: Recorder
    ) -> None:
        """Look in *scopes*, delete with *hand*, and tell *recorder*."""
        self._client = client
        self._scopes = tuple(scopes)
        self._hand = hand
        self._recorder = recorder

    def run(self, term: Term) -> None:
        """Remove all of them, and end."""
        while not term.over.is_set():
            try:
                self.remove()
            except NotLeading:
                return
            except ClusterError as error:
                log.warning("cannot remove Services", extra={"reason": str(error)})
                term.over.wait(RETRY_SECONDS)
            else:
                return

    def remove(self) -> None:
        """Remove what is there now."""
        for scope in self._scopes:
            for one in self._client.list_metadata(SERVICES, scope, Object, SELECTOR).items:
                self._remove(one.metadata.namespace, one.metadata.name)

    def _remove(self, namespace: str, name: str) -> None:
        try:
            live: Fields = self._client.get(
                SERVICES, namespace, name, dict[str, object], READ_SECONDS
            )
        except NotFound:
            return
        by = controller(live)
        ours = was_made_here(live) and managed.ours(live) is not None
        if not ours or by.get("kind") not in KINDS:
            return
        if self._hand.delete({**live, "apiVersion": "v1", "kind": "Service"}):
            log.info("exposed no more", extra={"service": f"{namespace}/{name}"})
            workload = (text(by, "apiVersion"), text(by, "kind"), text(by, "name"))
            self._recorder.tell(
                Reference(*workload, namespace, text(by, "uid")),
                "Unexposed",
                f"Service {name} was removed: kmcp makes no Services for workloads any more",
            )
