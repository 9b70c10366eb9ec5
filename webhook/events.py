"""Tells what became of Pods as Events on what a user applied; no admission ever waits for it."""

from dataclasses import dataclass

from cluster.events import Recorder
from cluster.objects import Reference
from cluster.owners import Owners
from kinds.reading import Fields, text, within
from webhook.review import Request
from webhook.verdict import Verdict


@dataclass(frozen=True)
class Teller:
    """Finds whom an Event is about, later, in the recorder's own thread."""

    recorder: Recorder
    owners: Owners

    def tell(self, request: Request, decided: Verdict) -> None:
        """Have the verdict's notice written soon, unless it was only asked what would be."""
        notice = decided.notice
        if notice is None or request.dry_run:
            return
        owned = {"metadata": {"ownerReferences": within(request.object, *OWNERS)}}
        itself = _itself(request, decided)

        def regarding() -> Reference | None:
            return self.owners.owner(owned, request.namespace) or itself

        self.recorder.tell(regarding, notice.reason, notice.note, notice.kind, related=itself)


OWNERS = ("metadata", "ownerReferences")
"""All that is kept of a Pod while its Event waits."""


def _itself(request: Request, decided: Verdict) -> Reference | None:
    """Return the Pod, if there will be one; its name and uid are known in the last step only."""
    pod: Fields = request.object or {}
    uid = text(pod, "metadata", "uid")
    if not decided.allowed or not uid:
        return None
    return Reference("v1", "Pod", text(pod, "metadata", "name"), request.namespace, uid)
