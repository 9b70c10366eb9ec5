"""What a real API server makes of the manifests: it takes them, and nothing differs afterwards."""

from pathlib import Path

import pytest

from reconciler.acceptance import understood
from reconciler.desired import desired
from reconciler.difference import differences
from reconciler.observed import Observed
from tests.cluster.facade import Cluster
from tests.kinds import corpus
from tests.kinds.corpus import RIGHT
from tests.reconciler.applying import Place
from tests.reconciler.worlds import CONFIG, present

NAMED = [path for path in RIGHT if "name" in corpus.load(path)["metadata"]]


@pytest.fixture
def place(servers: Cluster) -> Place:
    return Place(servers)


@pytest.mark.parametrize("path", NAMED, ids=lambda path: path.stem)
def test_what_was_applied_does_not_differ_afterwards(place: Place, path: Path) -> None:
    server = place.create_file(path)
    for manifest in desired(server, Observed(references=present(server)), CONFIG).manifests():
        place.apply(manifest)
    after = desired(server, place.observed(server), CONFIG)
    for manifest in after.manifests():
        live = place.live(manifest["kind"], server)
        assert live is not None
        assert [str(one) for one in differences(live, manifest)] == []
    assert understood(server, CONFIG) == server
