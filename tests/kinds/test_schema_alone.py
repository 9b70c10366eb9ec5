"""What holds on a real API server while the webhook is down."""

from pathlib import Path

import pytest

from tests.cluster.facade import Cluster
from tests.kinds import asking, corpus, golden
from tests.kinds.corpus import RIGHT, WRONG

RENEW = "run `python -m tests.kinds.golden` and read what changed"
NAMED = [path for path in RIGHT if "name" in corpus.load(path)["metadata"]]
GENERATED = [path for path in RIGHT if path not in NAMED]


@pytest.fixture(scope="module")
def applied(named_namespace: Cluster) -> Cluster:
    """Lend a namespace where every right manifest with a name has been applied."""
    assert outcomes(named_namespace) == {"created"}
    return named_namespace


def outcomes(cluster: Cluster) -> set[str]:
    """Apply every right manifest that has a name, and return what kubectl says of them."""
    lines = cluster.kubectl("apply", *(f"--filename={path}" for path in NAMED)).splitlines()
    print(*lines, sep="\n")
    assert len(lines) == len(NAMED)
    return {line.split()[-1] for line in lines}


def test_every_right_manifest_applies_and_applies_again_unchanged(applied: Cluster) -> None:
    assert outcomes(applied) == {"unchanged"}


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.stem)
def test_a_name_may_be_generated(applied: Cluster, path: Path) -> None:
    assert applied.kubectl("create", f"--filename={path}").endswith(" created\n")


def test_every_server_can_be_scaled(applied: Cluster) -> None:
    for path in NAMED:
        name = corpus.load(path)["metadata"]["name"]
        assert asking.scale(applied, name, 2)["spec"] == {"replicas": 2}
    assert applied.kubectl("scale", "mcps/everything", "--replicas=3").endswith(" scaled\n")
    assert applied.get("mcps", "everything")["spec"]["deployment"]["replicas"] == 3


def test_servers_can_be_listed_by_every_name(applied: Cluster) -> None:
    names = [applied.kubectl("get", word, "--output=name") for word in ("mcp", "mcps", "kagent")]
    assert names[0].count("mcpserver.kagent.dev/") >= len(NAMED)
    assert len(set(names)) == 1


def test_the_schema_alone_refuses_nearly_everything(servers: Cluster) -> None:
    accepted = asking.webhook_only(servers)
    share = 1 - len(accepted) / len(WRONG)
    print(f"the schema alone refuses {share:.0%} of {len(WRONG)} wrong manifests")
    assert "\n".join([*accepted, ""]) == golden.WEBHOOK_GOLDEN.read_text(encoding="utf-8"), RENEW
    assert share > 0.8
