"""The typed verbs, tried on a real API server."""

import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from cluster.bodies import json_patch, merge_patch
from cluster.client import METADATA_ONLY, Client
from cluster.errors import ClusterError, Conflict, Invalid, NotFound, Unreadable
from cluster.resources import CONFIG_MAPS, MCPSERVERS, SECRETS, SERVICE_ACCOUNTS, Resource
from tests.cluster.facade import Cluster
from tests.door.objects import ConfigMap, Numbers, config_map
from tests.door.scripted import Answer, scripted


@pytest.fixture
def client(control_plane: Cluster) -> Client:
    return Client(control_plane.api, page_size=2)


def manifest(cluster: Cluster, name: str, **data: str) -> dict[str, Any]:
    found = config_map(name, **data)
    return {**found, "metadata": {"name": name, "namespace": cluster.namespace}}


def test_what_was_created_can_be_read_as_the_struct_of_the_caller(
    client: Client, control_plane: Cluster
) -> None:
    here = control_plane.namespace
    made = client.create(CONFIG_MAPS, here, config_map("settings", a="1"), ConfigMap)
    assert made.data == {"a": "1"}
    assert client.get(CONFIG_MAPS, here, "settings", ConfigMap) == made


def test_a_dry_run_leaves_nothing_behind(client: Client, control_plane: Cluster) -> None:
    here = control_plane.namespace
    made = client.create(CONFIG_MAPS, here, config_map("settings"), ConfigMap, dry_run=True)
    assert made.metadata.uid
    assert not client.exists(CONFIG_MAPS, here, "settings")


def test_replacing_a_version_that_is_not_the_newest_is_a_conflict(
    client: Client, control_plane: Cluster
) -> None:
    here = control_plane.namespace
    old = client.create(CONFIG_MAPS, here, config_map("settings", a="1"), ConfigMap)
    newer = msgspec.structs.replace(old, data={"a": "2"})
    assert client.replace(CONFIG_MAPS, here, "settings", newer, ConfigMap).data == {"a": "2"}
    with pytest.raises(Conflict):
        client.replace(CONFIG_MAPS, here, "settings", old, ConfigMap)


def test_a_merge_patch_changes_what_it_names(client: Client, control_plane: Cluster) -> None:
    here = control_plane.namespace
    client.create(CONFIG_MAPS, here, config_map("settings", a="1", b="2"), ConfigMap)
    changes = merge_patch({"data": {"a": None, "c": "3"}})
    patched = client.patch(CONFIG_MAPS, here, "settings", changes, ConfigMap)
    assert patched.data == {"b": "2", "c": "3"}


def test_a_merge_patch_of_an_old_version_is_a_conflict(
    client: Client, control_plane: Cluster
) -> None:
    here = control_plane.namespace
    old = client.create(CONFIG_MAPS, here, config_map("settings", a="1"), ConfigMap).metadata
    changes = {"metadata": {"resourceVersion": old.resource_version}, "data": {"a": "2"}}
    client.patch(CONFIG_MAPS, here, "settings", merge_patch(changes))
    with pytest.raises(Conflict):
        client.patch(CONFIG_MAPS, here, "settings", merge_patch(changes | {"data": {"a": "3"}}))


def test_a_json_patch_does_what_its_operations_say(client: Client, control_plane: Cluster) -> None:
    here = control_plane.namespace
    client.create(CONFIG_MAPS, here, config_map("settings", a="1"), ConfigMap)
    operations = json_patch([{"op": "replace", "path": "/data/a", "value": "2"}])
    client.patch(CONFIG_MAPS, here, "settings", operations, manager="door")
    found = control_plane.get("configmap", "settings")
    assert found["data"] == {"a": "2"}
    assert "door" in json.dumps(control_plane.kubectl(*MANAGERS))


MANAGERS = ("get", "configmap", "settings", "--output=json", "--show-managed-fields")


def test_a_part_of_an_object_is_patched_apart_from_the_rest(
    client: Client, control_plane: Cluster
) -> None:
    words = ("create", "deployment", "web", "--image=none", "--replicas=0")
    control_plane.kubectl(*words)
    changes = merge_patch({"spec": {"replicas": 5}})
    deployments = Resource("apps", "v1", "deployments")
    client.patch(deployments, control_plane.namespace, "web", changes, subresource="status")
    assert control_plane.get("deployment", "web")["spec"]["replicas"] == 0
    client.patch(deployments, control_plane.namespace, "web", changes)
    assert control_plane.get("deployment", "web")["spec"]["replicas"] == 5


def test_applying_creates_and_then_keeps_what_others_own(
    client: Client, control_plane: Cluster
) -> None:
    here = control_plane.namespace
    first = client.apply(manifest(control_plane, "settings", a="1"), "kmcp")
    client.patch(CONFIG_MAPS, here, "settings", merge_patch({"data": {"b": "2"}}), manager="user")
    again = client.apply(manifest(control_plane, "settings", a="3"), "kmcp", type=ConfigMap)
    assert again.metadata.uid == first.metadata.uid
    assert again.data == {"a": "3", "b": "2"}


def test_applying_the_same_twice_changes_nothing(client: Client, control_plane: Cluster) -> None:
    wanted = manifest(control_plane, "settings", a="1")
    assert client.apply(wanted, "kmcp") == client.apply(wanted, "kmcp")


def test_a_field_of_another_manager_is_a_conflict_unless_forced(
    client: Client, control_plane: Cluster
) -> None:
    client.apply(manifest(control_plane, "settings", a="1"), "somebody")
    with pytest.raises(Conflict, match="somebody"):
        client.apply(manifest(control_plane, "settings", a="2"), "kmcp")
    forced = client.apply(manifest(control_plane, "settings", a="2"), "kmcp", True, type=ConfigMap)
    assert forced.data == {"a": "2"}


def test_applying_a_kind_without_namespaces_works_too(
    client: Client, control_plane: Cluster
) -> None:
    name = control_plane.namespace
    wanted = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    assert client.apply(wanted, "kmcp", dry_run=True).metadata.name == name


@pytest.mark.parametrize(
    ("wanted", "kind", "said"),
    [
        pytest.param({"apiVersion": "v1", "kind": "Oops"}, NotFound, "kind Oops in v1", id="kind"),
        pytest.param({"apiVersion": "a/v1", "kind": "B"}, NotFound, "/apis/a/v1", id="group"),
        pytest.param({"kind": "Secret"}, Invalid, "''", id="no apiVersion"),
        pytest.param({"apiVersion": "v1", "kind": "Secret"}, Invalid, "no namespace", id="nowhere"),
        pytest.param({"apiVersion": 1}, Invalid, "no manifest", id="not even text"),
        pytest.param({"apiVersion": "../v1", "kind": "A"}, Invalid, r"\.\.", id="another path"),
    ],
)
def test_a_manifest_that_cannot_be_placed_is_refused(
    control_plane: Cluster, wanted: dict[str, Any], kind: type[ClusterError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        Client(control_plane.api).apply(wanted, "kmcp")


def test_deleting_says_whether_there_was_something(client: Client, control_plane: Cluster) -> None:
    here = control_plane.namespace
    client.create(CONFIG_MAPS, here, config_map("settings"), ConfigMap)
    assert client.delete(CONFIG_MAPS, here, "settings")
    assert not client.delete(CONFIG_MAPS, here, "settings")


def test_another_object_of_the_same_name_is_not_deleted(
    client: Client, control_plane: Cluster
) -> None:
    here = control_plane.namespace
    made = client.create(CONFIG_MAPS, here, config_map("settings"), ConfigMap)
    with pytest.raises(Conflict):
        client.delete(CONFIG_MAPS, here, "settings", uid="6a0b9c1e-0000-0000-0000-000000000000")
    assert client.delete(CONFIG_MAPS, here, "settings", uid=made.metadata.uid)


def test_a_list_goes_over_all_pages(client: Client, control_plane: Cluster) -> None:
    here = control_plane.namespace
    for name in "abcde":
        client.create(CONFIG_MAPS, here, config_map(name), ConfigMap)
    listing = client.list(CONFIG_MAPS, here, ConfigMap)
    assert {found.metadata.name for found in listing.items} >= set("abcde")
    assert len(listing.items) == len({found.metadata.name for found in listing.items})
    assert listing.resource_version


def test_a_list_has_only_what_the_selector_picks(client: Client, control_plane: Cluster) -> None:
    here = control_plane.namespace
    for name in "abc":
        client.create(CONFIG_MAPS, here, config_map(name), ConfigMap)
    control_plane.kubectl("label", "configmap", "b", "picked=yes")
    listing = client.list(CONFIG_MAPS, here, ConfigMap, selector="picked=yes")
    assert [found.metadata.name for found in listing.items] == ["b"]


def test_one_broken_object_is_named_and_spoils_no_other(
    client: Client, control_plane: Cluster
) -> None:
    here = control_plane.namespace
    client.create(CONFIG_MAPS, here, {**config_map("empty"), "data": {}}, ConfigMap)
    made = client.create(CONFIG_MAPS, here, config_map("words", a="x"), ConfigMap).metadata
    control_plane.kubectl("label", "configmap", "empty", "words", "mine=yes")
    listing = client.list(CONFIG_MAPS, here, Numbers, selector="mine=yes")
    assert listing.items == (Numbers(),)
    (broken,) = listing.broken
    assert (broken.metadata.name, broken.metadata.uid) == ("words", made.uid)
    assert broken.problem == "Expected `int`, got `str` - at `$.data[...]`"


def test_an_object_that_does_not_fit_is_unreadable(client: Client, control_plane: Cluster) -> None:
    client.create(CONFIG_MAPS, control_plane.namespace, config_map("words", a="x"), ConfigMap)
    with pytest.raises(Unreadable, match=r"GET /api/v1/.*/words: Expected `int`, got `str`"):
        client.get(CONFIG_MAPS, control_plane.namespace, "words", Numbers)


def test_the_existence_of_a_secret_is_checked_without_reading_it(
    client: Client, control_plane: Cluster
) -> None:
    here = control_plane.namespace
    control_plane.kubectl("create", "secret", "generic", "key", "--from-literal=a=hunter2")
    path = SECRETS.path(here, "key")
    answer: dict[str, Any] = json.loads(
        control_plane.api.request("GET", path, accept=METADATA_ONLY)
    )
    assert (answer["kind"], "data" in answer) == ("PartialObjectMetadata", False)
    assert client.exists(SECRETS, here, "key")
    assert not client.exists(SECRETS, here, "lock")


def test_a_check_for_existence_asks_for_nothing_more(tmp_path: Path) -> None:
    with scripted(tmp_path, [Answer()]) as script:
        assert Client(script.api).exists(SECRETS, "a", "key")
    assert script.accepted == [METADATA_ONLY]


def test_a_kind_that_is_not_installed_does_not_exist(
    client: Client, control_plane: Cluster
) -> None:
    assert not client.exists(MCPSERVERS, control_plane.namespace, "weather")
    with pytest.raises(NotFound):
        client.list(MCPSERVERS, control_plane.namespace, ConfigMap)


class Choosy(msgspec.Struct, frozen=True):
    """A Secret that is expected to be of a type which it is not."""

    type: Literal["Opaque"]


PASSWORD = "hunter2-hunter2"
SECRET: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "type": PASSWORD}


def invalid(client: Client, here: str) -> object:
    return client.create(SECRETS, here, {"metadata": {"name": PASSWORD + "!"}}, ConfigMap)


def applied_in_another_shape(client: Client, here: str) -> object:
    metadata = {"name": "there", "namespace": here}
    return client.apply({**SECRET, "metadata": metadata, "data": [PASSWORD]}, "kmcp")


def patched_in_another_shape(client: Client, here: str) -> object:
    return client.patch(SECRETS, here, "there", merge_patch({"data": PASSWORD}))


def read_in_another_shape(client: Client, here: str) -> object:
    return client.get(SECRETS, here, "there", Choosy)


@pytest.mark.parametrize(
    "fail",
    [invalid, applied_in_another_shape, patched_in_another_shape, read_in_another_shape],
)
def test_no_error_repeats_what_a_secret_says(
    client: Client, control_plane: Cluster, fail: Callable[[Client, str], object]
) -> None:
    here = control_plane.namespace
    client.create(SECRETS, here, {**SECRET, "metadata": {"name": "there"}}, ConfigMap)
    with pytest.raises(ClusterError) as raised:
        fail(client, here)
    assert PASSWORD not in "".join(traceback.format_exception(raised.value))


def test_a_service_account_is_there_by_default(client: Client, control_plane: Cluster) -> None:
    control_plane.wait("serviceaccount", "default", lambda _: True, "made")
    assert client.metadata(SERVICE_ACCOUNTS, control_plane.namespace, "default").uid
