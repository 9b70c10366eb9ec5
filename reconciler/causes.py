"""Why Pods do not run: the one true cause among everything that the cluster says of them."""

from kinds.reading import Fields
from reconciler.observed import Observed


def worth_asking(observed: Observed) -> list[Fields]:
    """Return the Pods whose adapter may tell more than the cluster knows, at most a few.

    Ask http://<status.podIP>:<admin port>/status and put the answers into `Observed.answers`.
    """
    raise NotImplementedError
