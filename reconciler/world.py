"""Gathers what there is to know about one MCPServer: from the shelves, and by asking."""

from threading import Lock

import msgspec

from cluster.client import METADATA_ONLY, Client
from cluster.errors import NotFound
from cluster.resources import CONFIG_MAPS
from kinds.reading import Fields, text
from reconciler import adoption, causes, leftovers, references
from reconciler.inquiry import Inquiry
from reconciler.observed import Key, Observed
from reconciler.referred import References
from reconciler.shelf import Name
from reconciler.shelves import KINDS, MANAGED_BY, OUR_NAME, Shelves

FIELDS = {
    "ServiceAccount": "service_account",
    "NetworkPolicy": "network_policy",
    "Service": "service",
    "Deployment": "deployment",
}
"""Where an object of a kind is in Observed."""
READ_SECONDS = 10.0


class World:
    """What is known, and whom to ask for more; threads share it."""

    def __init__(
        self, client: Client, shelves: Shelves, referred: References, inquiry: Inquiry
    ) -> None:
        """Look at *shelves*, and ask the others for what is not on them."""
        self._client = client
        self._shelves = shelves
        self._referred = referred
        self._inquiry = inquiry
        self._lock = Lock()
        self._strangers: dict[Name, set[str]] = {}
        """Kinds of which a server's namesake lacks our label, so that no list shows it."""

    def observed(self, name: Name, server: Fields) -> Observed:
        """Return the world around a server whose defaults are filled in, but for its Pods."""
        deployment = self._object("Deployment", name)
        return Observed(
            service_account=self._object("ServiceAccount", name),
            network_policy=self._object("NetworkPolicy", name),
            service=self._object("Service", name),
            deployment=deployment,
            config_map=self._config_map(name, server),
            replica_sets=self._controlled("ReplicaSet", name, [deployment]),
            autoscaled=bool(self._shelves["HorizontalPodAutoscaler"].owned(name)),
            references=self._referred.look(
                name,
                {Key(one.kind, one.name) for one in references.required(server)},
                references.rolling(server),
            ),
        )

    def with_pods(self, name: Name, observed: Observed) -> Observed:
        """Return the same world with the Pods in it, and what their adapters say."""
        pods = self._controlled("Pod", name, [*observed.replica_sets])
        found = msgspec.structs.replace(observed, pods=pods)
        answers = self._inquiry.answers(name, causes.worth_asking(found))
        return msgspec.structs.replace(found, answers=answers)

    def read(self, kind: str, name: Name) -> Fields | None:
        """Return an object as it is right now, ours or not."""
        resource = KINDS[kind].resource
        try:
            raw = self._client.get(resource, *name, msgspec.Raw, READ_SECONDS)
        except NotFound:
            self._note(kind, name, is_there=False)
            self._shelves.absent(kind, name)
            return None
        self._shelves.put(kind, raw)
        found: Fields = msgspec.json.decode(raw)
        self._note(kind, name, is_there=kind in FIELDS and not _is_labelled(found))
        return found

    def refresh(self, name: Name) -> None:
        """Look at everything by name: something is not as we believe."""
        for kind in ("MCPServer", *FIELDS):
            self.read(kind, name)

    def note(self, kind: str, name: Name) -> None:
        """Take note of an object that no list shows: from now on it is asked for by name."""
        self._note(kind, name, is_there=True)

    def suspect(self, name: Name) -> None:
        """Ask by name for all that upstream makes along with what was met of its objects."""
        for kind in leftovers.KINDS:
            self._note(kind, name, is_there=True)

    def forget(self, name: Name) -> None:
        """Take note that a server is gone."""
        self._referred.forget(name)
        with self._lock:
            self._strangers.pop(name, None)

    def _object(self, kind: str, name: Name) -> Fields | None:
        if self._is_strange(kind, name):
            return self.read(kind, name)
        return self._shelves.fields(kind, name)

    def _config_map(self, name: Name, server: Fields) -> Fields | None:
        """Return what upstream keeps for a server; a namesake of somebody else's is nothing."""
        if not self._is_strange("ConfigMap", name):
            return None
        found = self._config_map_read(name)
        others = (adoption.Owner.NOBODY, adoption.Owner.OTHERS)
        is_its = adoption.owner(found, server) not in others
        self._note("ConfigMap", name, is_there=is_its)
        return found if is_its else None

    def _config_map_read(self, name: Name) -> Fields | None:
        """Return the metadata of a ConfigMap: what upstream keeps in it is secret."""
        path = CONFIG_MAPS.path(*name)
        try:
            raw = self._client.connection.request(
                "GET", path, timeout=READ_SECONDS, accept=METADATA_ONLY
            )
        except NotFound:
            return None
        found: Fields = msgspec.json.decode(raw)
        return {**found, "apiVersion": "v1", "kind": "ConfigMap"}

    def _is_strange(self, kind: str, name: Name) -> bool:
        with self._lock:
            return kind in self._strangers.get(name, ())

    def _note(self, kind: str, name: Name, *, is_there: bool) -> None:
        """Remember that an object has to be asked for by name, because lists leave it out."""
        with self._lock:
            if is_there:
                self._strangers.setdefault(name, set()).add(kind)
            elif kinds := self._strangers.get(name):
                kinds.discard(kind)

    def _controlled(self, kind: str, name: Name, owners: list[Fields | None]) -> tuple[Fields, ...]:
        uids = {text(one, "metadata", "uid") for one in owners if one is not None}
        return tuple(
            one for one in self._shelves.owned(kind, name) if _controller(one) in uids - {""}
        )


def _is_labelled(fields: Fields) -> bool:
    return text(fields, "metadata", "labels", MANAGED_BY) == OUR_NAME


def _controller(fields: Fields) -> str:
    for one in fields.get("metadata", {}).get("ownerReferences") or ():
        if one.get("controller"):
            return text(one, "uid")
    return ""
