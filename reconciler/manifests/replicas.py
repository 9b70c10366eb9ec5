"""How many Pods there are to be, and who says so."""

from kinds import names
from kinds.reading import Fields, number, texts
from reconciler import managed
from reconciler.observed import Observed

EXTERNAL = "external"


def are_external(server: Fields, observed: Observed) -> bool:
    """Say whether somebody else sets the replicas of the Deployment."""
    said = texts(server, "metadata", "annotations").get(names.REPLICAS)
    return said == EXTERNAL or observed.autoscaled


def replicas(server: Fields, observed: Observed) -> int | None:
    """Return the number to apply; None to leave the field to others.

    A field that nobody owns falls back to 1. So until somebody else owns it we go on saying what
    it is, whatever it is.
    """
    wished = number(server, "spec", "deployment", "replicas")
    if not are_external(server, observed) or observed.deployment is None:
        return 1 if wished is None else wished
    if managed.belongs_to_others(observed.deployment, "f:spec", "f:replicas"):
        return None
    return number(observed.deployment, "spec", "replicas")
