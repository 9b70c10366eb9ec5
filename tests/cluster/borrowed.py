"""Somebody's own cluster, lent to the tests: asked for by name, checked, and left as it was."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from cluster.connection import Connection
from cluster.errors import NotFound
from tests.cluster import images
from tests.cluster.errors import RigError
from tests.cluster.facade import Object

GROUP = "kagent.dev"
OURS = "kmcp"
MCPSERVERS = f"/apis/{GROUP}/v1alpha1/mcpservers"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def is_wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether the tests shall run on the current kube-context."""
    choice = environment.get("CLUSTER", "own")
    if choice not in {"own", "current"}:
        raise RigError(f"CLUSTER={choice}: choose own (a throw-away cluster) or current")
    return choice == "current"


def confirm(context: str, environment: Mapping[str, str] = os.environ) -> None:
    """Raise RigError unless CLUSTER_CONTEXT repeats the current context's name."""
    confirmed = environment.get("CLUSTER_CONTEXT")
    if confirmed != context:
        said = f"CLUSTER_CONTEXT is {confirmed}" if confirmed else "nobody confirmed it"
        raise RigError(
            f"CLUSTER=current would run the tests in the context {context}, and {said}: "
            f"repeat with CLUSTER_CONTEXT={context} if you mean it"
        )


def objections(definitions: list[Object], servers: list[Object]) -> list[str]:
    """Return why the tests must not run there, in sentences; none means that they may."""
    found = [
        f"{definition['metadata']['name']} belongs to {owner}: the tests would replace it"
        for definition in definitions
        if definition["spec"]["group"] == GROUP and (owner := _owner(definition)) != OURS
    ]
    if servers:
        first = servers[0]["metadata"]
        found.append(
            f"{len(servers)} MCPServers exist ({first['namespace']}/{first['name']}, …): "
            "the tests could change them"
        )
    return found


def check(api: Connection) -> None:
    """Raise RigError when the cluster holds something that the tests could harm."""
    definitions: list[Object] = json.loads(api.request("GET", DEFINITIONS))["items"]
    try:
        servers: list[Object] = json.loads(api.request("GET", MCPSERVERS))["items"]
    except NotFound:
        servers = []
    if found := objections(definitions, servers):
        raise RigError("the tests refuse this cluster: " + "; ".join(found))


def loader(environment: Mapping[str, str] = os.environ) -> Callable[[str], None]:
    """Return what puts an image there: the command in CLUSTER_LOAD, with {archive} filled in."""
    template = environment.get("CLUSTER_LOAD")

    def load(image: str) -> None:
        if template is None:
            raise RigError(
                f"the tests need the image {image} in your cluster: say how to load one, "
                "for example CLUSTER_LOAD='kind load image-archive {archive}'"
            )
        archive = str(images.archive_of(image))
        words = [word.replace("{archive}", archive) for word in shlex.split(template)]
        subprocess.run(words, check=True)

    return load


def kubectl() -> Path:
    """Return the kubectl of this machine."""
    found = shutil.which("kubectl")
    if found is None:
        raise RigError("CLUSTER=current needs kubectl on the PATH")
    return Path(found)


def _owner(definition: Object) -> str:
    annotations = definition["metadata"].get("annotations", {})
    release = annotations.get("meta.helm.sh/release-name")
    if release:
        return f"the Helm release {release}"
    labels = definition["metadata"].get("labels", {})
    return str(labels.get("app.kubernetes.io/managed-by", "somebody else"))
