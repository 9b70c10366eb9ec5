"""What a server sees of Secrets, ConfigMaps and volumes, and when its Pods are made anew."""

from typing import Any

import pytest

from kinds.reading import Fields
from reconciler.observed import Key, Presence, Referred
from reconciler.references import required, rolling, taken
from tests.reconciler.worlds import container, pod, server, stored, wish


def mounts(given: Fields, name: str = "mcp-server") -> dict[str, str]:
    listed = container(wish(given), name)["volumeMounts"]
    return {one["mountPath"]: one["name"] for one in listed}


def npx(**deployment: Any) -> Fields:  # noqa: ANN401 - JSON
    spec = {"deployment": {"cmd": "npx", "args": ["-y", "some-server"], **deployment}}
    return stored({"metadata": {"name": "tool"}, "spec": spec})


def test_a_single_config_map_is_at_config_too_and_several_are_not() -> None:
    one, two = {"name": "a.b"}, {"name": "c"}
    single = mounts(server(configMapRefs=[one, one]))
    assert sorted(single) == ["/config", "/configmaps/a.b", "/run/kmcp"]
    assert sorted(mounts(server(configMapRefs=[one, two]))) == [
        "/configmaps/a.b",
        "/configmaps/c",
        "/run/kmcp",
    ]
    assert all("." not in name for name in single.values())


@pytest.mark.parametrize("path", ["/config", "/config/", "/config/own"])
def test_where_something_of_the_users_is_mounted_nothing_else_is(path: str) -> None:
    own = {"name": "own", "mountPath": path}
    volumes: list[Fields] = [{"name": "own", "emptyDir": {}}]
    given = server(configMapRefs=[{"name": "a"}], volumes=volumes, volumeMounts=[own])
    assert mounts(given).get("/config") in (None, "own")


def test_a_mount_finds_the_volume_of_a_config_map_by_the_name_upstream_gave_it() -> None:
    own = {"name": "cm-a.b", "mountPath": "/mine"}
    sidecar = {"name": "s", "image": "b", "volumeMounts": [own]}
    given = server(configMapRefs=[{"name": "a.b"}], volumeMounts=[own], sidecars=[sidecar])
    made = wish(given)
    (volume,) = [one for one in pod(made)["spec"]["volumes"] if "configMap" in one]
    assert mounts(given)["/mine"] == volume["name"]
    assert container(made, "s")["volumeMounts"] == [{**own, "name": volume["name"]}]


def test_a_volume_of_the_users_that_has_our_name_stays_theirs() -> None:
    own: Fields = {"name": "secret-a", "emptyDir": {}}
    given = server(
        secretRefs=[{"name": "a"}],
        volumes=[own],
        volumeMounts=[{"name": "secret-a", "mountPath": "/own"}],
    )
    found = mounts(given)
    assert found["/own"] == "secret-a"
    assert found["/secrets/a"] not in ("", "secret-a")


def test_other_content_of_what_a_pod_sees_makes_other_pods() -> None:
    given = server(secretRefs=[{"name": "a"}], configMapRefs=[{"name": "b"}])
    keys = [Key("ConfigMap", "b"), Key("Secret", "a")]
    assert list(rolling(given)) == keys

    def noted(secret: Referred, live: Fields | None = None) -> str | None:
        found = {keys[0]: Referred(Presence.FOUND, "b1"), keys[1]: secret}
        made = wish(given, references=found, deployment=live)
        annotations: dict[str, str] = pod(made)["metadata"]["annotations"]
        return annotations.get("kmcp.dev/references")

    first = noted(Referred(Presence.FOUND, "a1"))
    assert first != noted(Referred(Presence.FOUND, "a2"))
    assert first != noted(Referred(Presence.MISSING))
    live = wish(given).deployment
    assert (
        noted(Referred(Presence.UNKNOWN), live)
        == (live["spec"]["template"]["metadata"]["annotations"]["kmcp.dev/references"])
    )
    assert noted(Referred(Presence.UNKNOWN)) is None


def test_everything_that_a_pod_reads_is_looked_at() -> None:
    variable = {"valueFrom": {"secretKeyRef": {"name": "a", "key": "k"}}, "name": "A"}
    sidecar = {
        "name": "s",
        "image": "i",
        "env": [variable],
        "envFrom": [{"configMapRef": {"name": "b"}}],
    }
    sources = [{"secret": {"name": "c"}}, {"configMap": {"name": "d"}}]
    volumes = [
        {"name": "p", "projected": {"sources": sources}},
        {"name": "v", "secret": {"secretName": "e", "optional": True}},
        {"name": "w", "configMap": {"name": "f"}},
        {"name": "x", "persistentVolumeClaim": {"claimName": "g"}},
    ]
    given = server(sidecars=[sidecar], volumes=volumes, imagePullSecrets=[{"name": "h"}])
    found = {(one.kind, one.name) for one in rolling(given)}
    assert found == {
        ("Secret", "a"),
        ("ConfigMap", "b"),
        ("Secret", "c"),
        ("ConfigMap", "d"),
        ("Secret", "e"),
        ("ConfigMap", "f"),
    }


def test_keys_that_volumes_take_are_named_by_their_fields() -> None:
    items = [{"key": "tls.crt", "path": "crt"}]
    sources = [{"configMap": {"name": "b", "items": items}}]
    given = server(
        volumes=[
            {"name": "v", "secret": {"secretName": "a", "items": items}},
            {"name": "w", "secret": {"secretName": "a", "items": items, "optional": True}},
            {"name": "x", "projected": {"sources": sources}},
        ]
    )
    assert [(one.field, one.holder.name, one.key) for one in taken(given)] == [
        ("spec.deployment.volumes[0].secret.items[0]", "a", "tls.crt"),
        ("spec.deployment.volumes[2].projected.sources[0].configMap.items[0]", "b", "tls.crt"),
    ]
    assert rolling(given)[Key("Secret", "a")] == {"tls.crt"}


def test_what_is_projected_has_to_be_there() -> None:
    sources = [
        {"secret": {"name": "a"}},
        {"configMap": {"name": "b", "optional": True}},
        {"serviceAccountToken": {"path": "token"}},
    ]
    given = server(volumes=[{"name": "p", "projected": {"sources": sources}}])
    assert [(one.field, one.kind, one.name) for one in required(given)] == [
        ("spec.deployment.volumes[0].projected.sources[0].secret", "Secret", "a")
    ]
