"""What people and controllers do to the objects of a server: undone where it is ours, else kept.

A real API server decides what is whose.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from cluster.bodies import merge_patch
from cluster.errors import Invalid
from kinds.reading import Fields, is_list, is_map
from tests.cluster.facade import Cluster
from tests.kinds import corpus
from tests.kinds.corpus import RIGHT
from tests.reconciler.applying import RESOURCES, Place

EVERYTHING = next(path for path in RIGHT if path.stem == "everything")
TEMPLATE = "/spec/template"


@pytest.fixture
def place(servers: Cluster) -> Place:
    return Place(servers)


def made(place: Place, name: str, **deployment: Any) -> Fields:  # noqa: ANN401 - JSON
    """Return a server whose objects are there."""
    server = place.create({**corpus.server(**deployment), "metadata": {"name": name}})
    assert place.reconcile(server) == ["ServiceAccount made", "Service made", "Deployment made"]
    assert place.reconcile(server) == []
    return server


def pointers(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Yield the way to every scalar, as a JSON patch spells it."""
    if is_map(value):
        for key, one in value.items():
            yield from pointers(one, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
    elif is_list(value):
        for position, one in enumerate(value):
            yield from pointers(one, f"{path}/{position}")
    else:
        yield path, value


def other(value: object) -> object:
    """Return another value that may pass for the one there."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


NAMES = ("/metadata/name", "/metadata/namespace", "/apiVersion", "/kind", "/metadata/ownerRef")


@pytest.mark.long
def test_every_edit_of_a_field_that_is_ours_is_found_and_undone(place: Place) -> None:
    server = place.create_file(EVERYTHING)
    place.reconcile(server)
    tried = 0
    for manifest in place.wish(server).manifests():
        kind = manifest["kind"]
        for path, value in pointers(manifest):
            if path.startswith(NAMES) or path.endswith(KEYS):
                continue
            for operation in ({"op": "replace", "value": other(value)}, {"op": "remove"}):
                before = told(place, kind, server)
                try:
                    place.edit(kind, server, {**operation, "path": path})
                except Invalid:
                    continue  # nobody can do that
                if told(place, kind, server) == before:
                    continue  # the API server filled the same in again
                assert place.reconcile(server) != [], f"{operation} {kind} {path}"
                assert place.reconcile(server) == [], f"{operation} {kind} {path}"
                is_other_item = path.endswith(
                    KEYS
                )  # what was renamed is another thing from then on
                assert told(place, kind, server) == before or is_other_item, f"{operation} {path}"
                tried += 1
    assert tried > 100


KEYS = ("/name", "/mountPath", "/containerPort")
"""An item of a list that is called otherwise is another one, of whoever called it so."""


def told(place: Place, kind: str, server: Fields) -> Fields:
    """Return what people say of an object, without what the cluster adds as it goes."""
    live = place.live(kind, server)
    assert live is not None
    annotations = {
        key: value
        for key, value in live["metadata"].get("annotations", {}).items()
        if not key.startswith("deployment.kubernetes.io/")
    }
    metadata = {**live["metadata"], "annotations": annotations}
    kept = ("labels", "annotations", "ownerReferences")
    rest = {key: one for key, one in live.items() if key not in ("metadata", "status")}
    return {**rest, "metadata": {key: metadata.get(key) for key in kept}}


def test_what_others_add_survives_ten_passes(place: Place) -> None:
    server = made(place, "added")
    annotations = f"{TEMPLATE}/metadata/annotations/"
    more = {"name": "istio-proxy", "image": "registry.example.com/proxy:1"}
    place.edit(
        "Deployment",
        server,
        {"op": "add", "path": f"{annotations}kubectl.kubernetes.io~1restartedAt", "value": "now"},
        {"op": "add", "path": f"{TEMPLATE}/spec/containers/-", "value": more},
        {"op": "add", "path": "/metadata/labels/team", "value": "mine"},
        {"op": "add", "path": f"{TEMPLATE}/spec/priority", "value": 5},
    )
    secrets = [{"name": "pulling"}]
    place.edit(
        "ServiceAccount", server, {"op": "add", "path": "/imagePullSecrets", "value": secrets}
    )
    kinds = ("Deployment", "ServiceAccount", "Service")
    before = [told(place, kind, server) for kind in kinds]
    assert before[0]["metadata"]["labels"]["team"] == "mine"
    for _ in range(10):
        assert place.reconcile(server) == []
    assert [told(place, kind, server) for kind in kinds] == before


def test_what_others_added_survives_when_we_apply(place: Place) -> None:
    server = made(place, "applied", env={"A": "1"})
    restarted = f"{TEMPLATE}/metadata/annotations/kubectl.kubernetes.io~1restartedAt"
    place.edit("Deployment", server, {"op": "add", "path": restarted, "value": "now"})
    server["spec"]["deployment"]["env"] = {"B": "2"}
    assert place.reconcile(server) != []
    live = place.live("Deployment", server)
    assert live is not None
    template = live["spec"]["template"]
    assert template["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] == "now"
    assert template["spec"]["containers"][0]["env"] == [{"name": "B", "value": "2"}]
    assert place.reconcile(server) == []


def replicas(place: Place, server: Fields) -> int:
    live = place.live("Deployment", server)
    assert live is not None
    found: int = live["spec"]["replicas"]
    return found


def scaled(place: Place, server: Fields, number: int) -> None:
    place.client.patch(
        RESOURCES["Deployment"],
        place.cluster.namespace,
        server["metadata"]["name"],
        merge_patch({"spec": {"replicas": number}}),
        subresource="scale",
        manager="autoscaler",
    )


def test_an_autoscaler_has_its_way_from_the_first_moment_on(place: Place) -> None:
    server = made(place, "scaled", replicas=3)
    server["metadata"]["annotations"] = {"kmcp.dev/replicas": "external"}
    place.reconcile(server)
    assert replicas(place, server) == 3
    scaled(place, server, 5)
    for _ in range(3):
        assert place.reconcile(server) == []
    assert replicas(place, server) == 5
    server["spec"]["deployment"]["env"] = {"B": "2"}
    assert place.reconcile(server) != []
    assert replicas(place, server) == 5


def test_an_autoscaler_that_targets_the_deployment_needs_no_annotation(place: Place) -> None:
    server = made(place, "targeted", replicas=2)
    scaled(place, server, 4)
    place.reconcile(server, autoscaled=True)
    assert place.reconcile(server, autoscaled=True) == []
    assert replicas(place, server) == 4
    assert place.reconcile(server) != []
    assert replicas(place, server) == 2


def test_the_affinity_of_clients_goes_when_it_is_needed_no_more(place: Place) -> None:
    server = made(place, "affine", replicas=2)
    server["spec"]["deployment"]["replicas"] = 1
    assert "Service spec.sessionAffinity" in place.reconcile(server)
    live = place.live("Service", server)
    assert live is not None
    assert live["spec"]["sessionAffinity"] == "None"
    assert place.reconcile(server) == []


def test_another_port_takes_the_place_of_the_first(place: Place) -> None:
    server = made(place, "moved")
    server["spec"]["deployment"]["port"] = 4000
    place.reconcile(server)
    live = place.live("Service", server)
    assert live is not None
    assert [one["port"] for one in live["spec"]["ports"]] == [4000]
    assert place.reconcile(server) == []


def test_sidecars_in_another_order_are_settled_at_once(place: Place) -> None:
    one = {"name": "one", "image": "registry.example.com/one:1"}
    two = {"name": "two", "image": "registry.example.com/two:1"}
    server = made(place, "ordered", sidecars=[one, two])
    server["spec"]["deployment"]["sidecars"] = [two, one]
    place.reconcile(server)
    assert place.reconcile(server) == []
