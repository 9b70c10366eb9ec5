"""Events, as a test finds them."""

from tests.cluster.facade import Cluster, Object
from tests.webhook.program import wait


def told(cluster: Cluster, reason: str) -> Object:
    """Return the Event with this reason, once it is there."""

    def found() -> list[Object]:
        return [one for one in cluster.find("events") if one["reason"] == reason]

    wait(found, lambda: str(cluster.find("events")))
    event: Object = found()[0]
    return event


def about(event: Object) -> tuple[str, str, str]:
    """Return what kind of Event it is, and of whom."""
    regarding = event["involvedObject"]
    return event["type"], regarding["kind"], regarding["name"]
