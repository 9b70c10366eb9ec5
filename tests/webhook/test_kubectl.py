"""What `kubectl apply` prints about the manifests beside tests/kinds, word for word."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.facade import Cluster, KubectlError
from tests.kinds.corpus import RIGHT, WRONG, load
from tests.webhook.configured import LABEL
from tests.webhook.conftest import Installed

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


def applied(cluster: Cluster, manifests: list[Path]) -> set[str]:
    """Return what became of the manifests, each outcome once."""
    lines = cluster.kubectl("apply", *(f"--filename={path}" for path in manifests)).splitlines()
    assert len(lines) == len(manifests)
    return {line.rpartition(" ")[2] for line in lines}


@pytest.fixture
def named(installed: Installed, named_namespace: Cluster) -> Iterator[Cluster]:
    """Lend the namespace that some manifests name, empty, with the webhook watching over it."""
    assert installed.program.process.poll() is None
    place = ("namespace", named_namespace.namespace)
    servers = f"/apis/kagent.dev/v1alpha1/namespaces/{named_namespace.namespace}/mcpservers"
    named_namespace.api.request("DELETE", servers)
    named_namespace.kubectl("label", *place, *(f"{key}={value}" for key, value in LABEL.items()))
    yield named_namespace
    named_namespace.api.request("DELETE", servers)
    named_namespace.kubectl("label", *place, *(f"{key}-" for key in LABEL))


def test_kubectl_prints_every_mistake_and_its_mend(checked: Cluster) -> None:
    told = printed(checked, WRONG)
    if os.environ.get("KMCP_GOLDEN") == "write":
        GOLDEN.write_text(told, encoding="utf-8")
    assert told == GOLDEN.read_text(encoding="utf-8"), f"run it once more with {RENEW}"
    assert checked.find("mcpservers") == []


def test_several_mistakes_in_one_object_come_out_together(checked: Cluster) -> None:
    several = Path(__file__).parents[1] / "kinds/wrong/several-nulls.yaml"
    assert printed(checked, [several]).count("\n* ") >= 3


def test_what_is_right_is_stored_and_applying_it_again_changes_nothing(named: Cluster) -> None:
    manifests = [path for path in RIGHT if "name" in load(path)["metadata"]]
    assert applied(named, manifests) == {"created"}
    assert applied(named, manifests) == {"unchanged"}
