"""The base and the overlays of kustomize, as kubectl builds and the API server takes them."""

import pytest
import yaml

from kinds.reading import Fields
from tests.cluster.session import Session
from tests.repository.lock import ROOT

OVERLAYS = ROOT / "examples" / "kustomize" / "overlays"


def built(session: Session, overlay: str) -> dict[str, Fields]:
    """Return the objects of an overlay by their kind."""
    with session.namespace("kustomize") as cluster:
        text = cluster.kubectl("kustomize", str(OVERLAYS / overlay))
    return {one["kind"]: one for one in yaml.safe_load_all(text)}


def test_development_has_an_image_and_a_level_of_its_own(kinds_session: Session) -> None:
    objects = built(kinds_session, "development")
    deployment = objects["MCPServer"]["spec"]["deployment"]
    assert deployment["image"] == "registry.example.com/weather:1.5.0-rc.1"
    assert deployment["env"] == {"LOG_LEVEL": "debug"}
    assert deployment["configMapRefs"] == [{"name": objects["ConfigMap"]["metadata"]["name"]}]


def test_production_has_replicas_limits_and_a_secret(kinds_session: Session) -> None:
    objects = built(kinds_session, "production")
    deployment = objects["MCPServer"]["spec"]["deployment"]
    assert deployment["image"] == "registry.example.com/weather:1.4.2"
    assert deployment["replicas"] == 3
    assert deployment["resources"]["limits"] == {"cpu": "1", "memory": "512Mi"}
    for kind, field in (("Secret", "secretRefs"), ("ConfigMap", "configMapRefs")):
        name = objects[kind]["metadata"]["name"]
        assert name.startswith("weather-")  # with the digest of what is in it
        assert deployment[field] == [{"name": name}]


@pytest.mark.parametrize("overlay", ["development", "production"])
def test_the_api_server_takes_an_overlay(overlay: str, kinds_session: Session) -> None:
    with kinds_session.namespace(overlay) as cluster:
        folder = cluster.kubectl("kustomize", str(OVERLAYS / overlay))
        text = folder.replace(f"namespace: {overlay}\n", f"namespace: {cluster.namespace}\n")
        said = cluster.kubectl("apply", "--dry-run=server", "--filename=-", stdin=text)
    assert "mcpserver.kagent.dev/weather created (server dry run)" in said
