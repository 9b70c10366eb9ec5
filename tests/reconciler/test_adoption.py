"""Whose an object is, and how what upstream kmcp made becomes ours."""

from typing import Any

import pytest

from cluster.resources import CONFIG_MAPS
from kinds.reading import Fields
from reconciler.adoption import Owner, conflicts, owner, preparation, superfluous
from reconciler.desired import desired
from reconciler.observed import Observed
from tests.cluster.facade import Cluster
from tests.kinds import corpus
from tests.reconciler import upstream
from tests.reconciler.applying import RESOURCES, Place
from tests.reconciler.server_side import applied
from tests.reconciler.worlds import CONFIG, UID, http, server, wish

GIVEN = server()
OURS = {"uid": UID, "controller": True}
THEIRS = {"uid": "another", "controller": True, "kind": "Helm", "name": "tool"}
DELETED = {"uid": "another", "controller": True, "kind": "MCPServer", "name": "tool"}


def live(*owners: Fields, **more: Any) -> Fields:  # noqa: ANN401 - JSON
    return {"metadata": {"name": "tool", "ownerReferences": list(owners)}, **more}


@pytest.mark.parametrize(
    ("found", "whose"),
    [
        pytest.param(None, Owner.NOBODY, id="not there"),
        pytest.param(live(OURS), Owner.US, id="our controller reference"),
        pytest.param(live({"uid": UID}), Owner.UPSTREAM, id="a reference that is no controller's"),
        pytest.param(live({"uid": UID}, THEIRS), Owner.OTHERS, id="somebody else controls it"),
        pytest.param(live(), Owner.OTHERS, id="without owner"),
        pytest.param(live(DELETED), Owner.OTHERS, id="of a server of this name that was deleted"),
        pytest.param({}, Owner.OTHERS, id="odd"),
    ],
)
def test_an_object_is_known_by_the_uid_of_its_owner(found: Fields | None, whose: Owner) -> None:
    assert owner(found, GIVEN) is whose


@pytest.mark.parametrize(
    ("found", "message"),
    [
        pytest.param(
            live(),
            "Service tool was there before and is not kmcp's: rename the MCPServer, or delete it",
            id="without owner",
        ),
        pytest.param(
            live(THEIRS),
            "Service tool belongs to Helm tool: rename the MCPServer, or delete it",
            id="of somebody",
        ),
        pytest.param(
            live(DELETED),
            "Service tool is of an MCPServer tool that was deleted; it goes soon",
            id="of a server of this name that was deleted",
        ),
    ],
)
def test_a_foreign_object_is_named(found: Fields, message: str) -> None:
    (failure,) = conflicts(wish(GIVEN), Observed(service=found), GIVEN)
    assert (failure.kind, failure.reason, failure.message) == ("Service", "NameConflict", message)


def test_what_is_ours_or_upstreams_is_no_conflict() -> None:
    observed = Observed(service=live(OURS), deployment=live({"uid": UID}))
    assert conflicts(wish(GIVEN), observed, GIVEN) == []


def test_an_account_that_is_not_wanted_any_more_goes() -> None:
    given = server(serviceAccountName="mine")
    observed = Observed(service_account=live(OURS))
    assert superfluous(wish(given), observed, given) == [live(OURS)]
    assert superfluous(wish(given), Observed(service_account=live(THEIRS)), given) == []
    assert superfluous(wish(GIVEN), observed, GIVEN) == []


def test_a_network_policy_that_is_not_wanted_any_more_goes() -> None:
    observed = Observed(network_policy=live(OURS))
    assert superfluous(wish(GIVEN), observed, GIVEN) == [live(OURS)]


def template(config_map: str) -> Fields:
    volumes = [{"name": "config", "configMap": {"name": config_map}}]
    return {"template": {"spec": {"volumes": volumes}}}


def test_the_old_config_map_stays_while_old_pods_run() -> None:
    old = {"spec": {"replicas": 1, **template("tool")}}
    observed = Observed(config_map=live({"uid": UID}), replica_sets=(old,))
    assert superfluous(wish(GIVEN), observed, GIVEN) == []
    done = {"spec": {"replicas": 0, **template("tool")}, "status": {"replicas": 0}}
    observed = Observed(config_map=live({"uid": UID}), replica_sets=(done,))
    assert superfluous(wish(GIVEN), observed, GIVEN) == [live({"uid": UID})]


def test_a_config_map_of_the_users_is_never_deleted() -> None:
    given = server(configMapRefs=[{"name": "tool"}])
    assert superfluous(wish(given), Observed(config_map=live({"uid": UID})), given) == []
    assert superfluous(wish(GIVEN), Observed(config_map=live()), GIVEN) == []


@pytest.mark.parametrize("given", [GIVEN, http()], ids=["stdio", "http"])
def test_what_we_applied_needs_no_preparation(given: Fields) -> None:
    for manifest in wish(given).manifests():
        assert preparation(applied(manifest), manifest, given) == []


def test_what_is_not_ours_is_not_prepared() -> None:
    manifest = wish(GIVEN).service
    foreign = applied(manifest, manager="kmcp", operation="Update")
    foreign["metadata"]["ownerReferences"] = [THEIRS]
    assert preparation(foreign, manifest, GIVEN) == []


def test_a_port_whose_number_somebody_changed_makes_way() -> None:
    manifest = wish(GIVEN).service
    (port,) = manifest["spec"]["ports"]
    live = applied(manifest)
    metrics = {**port, "name": "metrics", "port": 9100}
    live["spec"]["ports"] = [metrics, {**port, "port": 4001}]
    assert preparation(live, manifest, GIVEN)[1:] == [
        {"op": "replace", "path": "/spec/ports/1", "value": port}
    ]
    live["spec"]["ports"] = [metrics, {**port, "port": 4001}, port]
    assert preparation(live, manifest, GIVEN)[1:] == [{"op": "remove", "path": "/spec/ports/1"}]


def told(manager: str, operation: str, tree: Fields) -> Fields:
    """Return an entry of managedFields."""
    return {"manager": manager, "operation": operation, "fieldsV1": tree}


PORT = 'k:{"port":3000,"protocol":"TCP"}'
OTHER = 'k:{"port":9100,"protocol":"TCP"}'


def test_only_our_port_becomes_ours_of_what_was_written_in_our_name() -> None:
    manifest = wish(GIVEN).service
    live = applied(manifest)
    (ours,) = live["metadata"]["managedFields"]
    port = ours["fieldsV1"]["f:spec"]["f:ports"].pop(PORT)
    added: Fields = {"f:spec": {"f:ports": {PORT: port, OTHER: {}}, "f:externalName": {}}}
    live["metadata"]["managedFields"].append(told("kmcp", "Update", added))
    (_, patch) = preparation(live, manifest, GIVEN)
    rest, made = patch["value"]
    assert rest["fieldsV1"] == {"f:spec": {"f:ports": {OTHER: {}}, "f:externalName": {}}}
    assert made["fieldsV1"]["f:spec"]["f:ports"] == {PORT: port}


def test_what_admission_adds_while_we_apply_is_not_ours() -> None:
    for manifest in wish(GIVEN).manifests():
        live = applied(manifest)
        added: Fields = {"f:metadata": {"f:annotations": {"f:example.com/policy": {}}}}
        live["metadata"]["managedFields"].append(told("kmcp", "Update", added))
        assert preparation(live, manifest, GIVEN) == []


@pytest.fixture
def place(servers: Cluster) -> Place:
    return Place(servers)


def test_a_server_of_upstream_kmcp_is_adopted_with_nothing_of_the_old_left(place: Place) -> None:
    given = place.create({**corpus.server(), "metadata": {"name": "adopted"}})
    kinds = {**RESOURCES, "ConfigMap": CONFIG_MAPS}
    for made in upstream.objects(given):
        resource = kinds[made["kind"]]
        namespace = place.cluster.namespace
        place.client.create(resource, namespace, made, dict[str, Any], manager=upstream.MANAGER)
    selected = live_of(place, "Deployment", given)["spec"]["selector"]
    observed = place.observed(given)
    assert conflicts(desired(given, observed, CONFIG), observed, given) == []
    for kind in ("ServiceAccount", "Service", "Deployment"):
        assert owner(live_of(place, kind, given), given) is Owner.UPSTREAM
    assert place.reconcile(given) != []
    assert place.reconcile(given) == []
    deployment = live_of(place, "Deployment", given)
    assert owner(deployment, given) is Owner.US
    assert deployment["spec"]["selector"] == selected
    written = str(deployment["spec"]) + str(deployment["metadata"]["managedFields"])
    for old in ("adapterbin", "agentgateway", "OLD", "config-hash", "local.yaml", "copy-binary"):
        assert old not in written
    assert upstream.MANAGER not in {
        one["manager"] for one in deployment["metadata"]["managedFields"]
    }
    old_map = place.client.get(CONFIG_MAPS, place.cluster.namespace, "adopted", dict[str, Any])
    observed = place.observed(given, config_map=old_map)
    assert superfluous(desired(given, observed, CONFIG), observed, given) == [old_map]


def live_of(place: Place, kind: str, given: Fields) -> Fields:
    found = place.live(kind, given)
    assert found is not None
    return found
