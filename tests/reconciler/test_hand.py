"""What is written when something has changed since it was read: nothing."""

from threading import Event

import pytest

from cluster.client import Client
from cluster.errors import Conflict
from reconciler.hand import Hand
from reconciler.leading import Term
from reconciler.managed import entries
from reconciler.shelves import Shelves
from tests.cluster.facade import Cluster
from tests.kinds import corpus
from tests.reconciler.applying import Place

RENUMBERED = {"op": "replace", "path": "/spec/ports/0/port", "value": 8080}


def hand(cluster: Cluster) -> Hand:
    """Return one that leads for ever."""
    return Hand(Client(cluster.api), Term(Event(), lambda: True), Shelves())


def test_what_has_changed_meanwhile_is_not_prepared(servers: Cluster) -> None:
    place = Place(servers)
    server = place.create({**corpus.server(), "metadata": {"name": "stale"}})
    place.reconcile(server)
    read = place.live("Service", server)
    assert read is not None
    place.edit("Service", server, {"op": "add", "path": "/metadata/annotations", "value": {}})
    place.edit("Service", server, RENUMBERED)
    version = read["metadata"]["resourceVersion"]
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
    with pytest.raises(Conflict):
        hand(servers).prepare(read, [test, {"op": "remove", "path": "/spec/ports/0"}])
    now = place.live("Service", server)
    assert now is not None
    assert now["spec"]["ports"][0]["port"] == 8080


def test_what_is_somebody_elses_is_never_overwritten(servers: Cluster) -> None:
    """Nobody looks first: the API server itself refuses to make what is there."""
    place = Place(servers)
    server = place.create({**corpus.server(), "metadata": {"name": "foreign"}})
    for manifest in place.wish(server).manifests():
        theirs = {**manifest, "metadata": {**manifest["metadata"], "labels": {"theirs": "yes"}}}
        del theirs["metadata"]["ownerReferences"]
        place.client.apply(theirs, "somebody")
        with pytest.raises(Conflict):
            hand(servers).create(manifest)
        after = place.live(manifest["kind"], server)
        assert after is not None
        assert after["metadata"]["labels"] == {"theirs": "yes"}
        assert "kmcp" not in [one["manager"] for one in entries(after)]


def test_what_is_made_is_ours_field_by_field(servers: Cluster) -> None:
    place = Place(servers)
    server = place.create({**corpus.server(), "metadata": {"name": "made"}})
    for manifest in place.wish(server).manifests():
        hand(servers).create(manifest)
    assert place.reconcile(server) == []
