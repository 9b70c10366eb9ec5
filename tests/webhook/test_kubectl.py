"""What `kubectl apply` prints about the manifests beside tests/kinds, word for word."""

import os
import re
from pathlib import Path

import pytest
import yaml

from tests.cluster.facade import Cluster, KubectlError
from tests.kinds.corpus import RIGHT, WRONG

GOLDEN = Path(__file__).with_name("kubectl.txt")
RENEW = "KMCP_GOLDEN=write"
"""Set to have the file written anew; then read what changed."""
PLACES = re.compile(r"error when creating \"[^\"]*\"")


def printed(cluster: Cluster, manifests: list[Path]) -> str:
    """Return what kubectl prints when it is given all of these at once."""
    words = [f"--filename={path}" for path in manifests]
    with pytest.raises(KubectlError) as raised:
        cluster.kubectl("apply", *words)
    return PLACES.sub("error when creating", str(raised.value)) + "\n"


def by_namespace(manifests: list[Path], otherwise: str) -> dict[str, list[Path]]:
    """Return the manifests that have a name, by the namespace that they ask for."""
    found: dict[str, list[Path]] = {otherwise: []}
    for path in manifests:
        metadata = yaml.safe_load(path.read_text(encoding="utf-8"))["metadata"]
        if "name" in metadata:
            found.setdefault(metadata.get("namespace", otherwise), []).append(path)
    return found


def applied(cluster: Cluster, namespace: str, manifests: list[Path]) -> set[str]:
    """Return what became of the manifests, each outcome once."""
    words = [f"--filename={path}" for path in manifests]
    lines = cluster.kubectl("apply", f"--namespace={namespace}", *words).splitlines()
    assert len(lines) == len(manifests)
    return {line.rpartition(" ")[2] for line in lines}


def test_kubectl_prints_every_mistake_and_its_mend(checked: Cluster) -> None:
    told = printed(checked, WRONG)
    if os.environ.get("KMCP_GOLDEN") == "write":
        GOLDEN.write_text(told, encoding="utf-8")
    assert told == GOLDEN.read_text(encoding="utf-8"), f"run it once more with {RENEW}"
    assert checked.find("mcpservers") == []


def test_several_mistakes_in_one_object_come_out_together(checked: Cluster) -> None:
    several = Path(__file__).parents[1] / "kinds/wrong/several-nulls.yaml"
    assert printed(checked, [several]).count("\n* ") >= 3


def test_what_is_right_is_stored_and_applying_it_again_changes_nothing(checked: Cluster) -> None:
    groups = by_namespace(RIGHT, checked.namespace)
    others = groups.keys() - {checked.namespace}
    for name in others:
        checked.kubectl("create", "namespace", name)
        checked.kubectl("label", "namespace", name, "kmcp.dev/admission-test=on")
    for namespace, manifests in groups.items():
        assert applied(checked, namespace, manifests) == {"created"}
        assert applied(checked, namespace, manifests) == {"unchanged"}
    for name in others:
        checked.kubectl("delete", "namespace", name, "--wait=false")
