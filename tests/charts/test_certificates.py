"""A whole life of kmcp in each mode of certificates, while people go on creating things."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.adapter.client import begun
from tests.charts.installed import CHARTS, WAIT, greeter
from tests.charts.modes import CertManager, Mode, Provided, SelfSigned
from tests.charts.rendered import rendered
from tests.charts.site import Site, lives, packaged, site
from tests.charts.stream import Stream, creating, server
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.demo.__main__ import Forwarded
from tests.images import product
from tests.repository.lock import ROOT

pytestmark = [pytest.mark.node, pytest.mark.slow]

EXAMPLE = ROOT / "examples" / "greeter"
NEWEST = "charts/kmcp"
ANOTHER_TEMPLATE = "--set=webhook.podAnnotations.turn=second,podAnnotations.turn=second"
MODES: dict[str, Callable[[Path], Mode]] = {
    "self-signed": lambda _: SelfSigned(),
    "cert-manager": lambda _: CertManager(),
    "provided": Provided,
}
IN_ORDER = [
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "PodDisruptionBudget",
    "Service",
]
SOME_ROUNDS = 12
NEW_FIELD = '{"spec": {"news": "arrived"}}'


def test_helm_removes_the_service_of_the_webhook_after_all_that_names_it() -> None:
    kinds = [one["kind"] for one in rendered() if one["kind"] in IN_ORDER]
    assert kinds[-len(IN_ORDER) :] == IN_ORDER


@pytest.mark.long
@pytest.mark.parametrize("mode", ["self-signed", "cert-manager", "provided"])
def test_nothing_fails_from_installation_to_removal(
    rig: Session, mode: str, tmp_path: Path
) -> None:
    place, chosen = site(rig), MODES[mode](tmp_path)
    for image in (product.controller(), product.adapter(), str(greeter())):
        rig.load(image)
    place.helm.upgrade("kmcp-crds")
    with rig.namespace("drill") as users, chosen.prepared(place):
        before = packaged(place.helm, "kmcp", "0.0.9", tmp_path)
        with place.removed_at_last():
            place.install(before, *chosen.flags)
            servers = begin(users)
            with creating(users) as stream:
                stream.wait_rounds(SOME_ROUNDS)
                renew(place, chosen, before)
                upgrade_and_go_back(place, chosen)
                stream.is_installed = False
                place.helm("uninstall", "kmcp", "--wait")
                stream.wait_rounds(SOME_ROUNDS)
        print(mode, told(stream))
        assert stream.failures == []
        assert server_pods(users) == servers
        assert_served(users)


def renew(place: Site, chosen: Mode, chart: str) -> None:
    """Renew the certificate; the webhook's Pods go on as they are."""
    pods = place.webhook_pods()
    chosen.renew(place, lambda: place.install(chart, *chosen.flags))
    assert place.webhook_pods() == pods


def upgrade_and_go_back(place: Site, chosen: Mode) -> None:
    """Bring a newer chart whose Pods are all new, and go back to the one of before."""
    pods = place.webhook_pods()
    place.install(NEWEST, *chosen.flags, ANOTHER_TEMPLATE)
    place.home.wait_rollout("kmcp-webhook")
    assert not set(place.webhook_pods()) & set(pods)
    place.helm("rollback", "kmcp", "--wait", "--timeout=180s")
    releases = place.helm("list", "--output=json")
    assert "kmcp-0.0.9" in releases


def begin(users: Cluster) -> list[str]:
    """Start one server of each kind, and return who their Pods are."""
    for file in ("mcpserver", "deployment"):
        users.apply(EXAMPLE / f"{file}.yaml")
    users.wait_condition("mcpserver", "greeter", "Ready")
    users.wait_rollout("annotated")
    assert_served(users)
    return server_pods(users)


def server_pods(users: Cluster) -> list[str]:
    """Return who serves, and how often it restarted."""
    return [
        *lives(users, "app.kubernetes.io/instance=greeter"),
        *lives(users, "app=annotated"),
    ]


def assert_served(users: Cluster) -> None:
    """Call a tool of both servers."""
    for target in ("service/greeter", "deployment/annotated"):
        with users.port(target, 3000) as address:
            host, _, port = address.rpartition(":")
            there = Forwarded(host, int(port))
            assert begun(there).call("greet", name=target).text == f"Hello, {target}!"


def told(stream: Stream) -> str:
    """Return what a run was like."""
    return (
        f"{stream.rounds} rounds of creations, {len(stream.failures)} failed, "
        f"the slowest answer took {stream.slowest:.1f} s"
    )


def test_servers_outlive_the_chart_of_their_kind_and_a_newer_one_brings_its_fields(
    rig: Session, tmp_path: Path
) -> None:
    place = site(rig)
    place.helm.upgrade("kmcp-crds")
    with rig.namespace("kinds") as users:
        users.apply(server("kept", port=3000))
        place.helm("uninstall", "kmcp-crds", "--wait")
        assert users.get("mcpserver", "kept")["spec"]["deployment"]["port"] == 3000
        place.helm.upgrade("kmcp-crds")
        place.helm("upgrade", "kmcp-crds", newer_kinds(tmp_path), *WAIT)
        users.kubectl("patch", "mcpserver", "kept", "--type=merge", f"--patch={NEW_FIELD}")
        assert users.get("mcpserver", "kept")["spec"]["news"] == "arrived"
        place.helm.upgrade("kmcp-crds")


def newer_kinds(folder: Path) -> str:
    """Return the chart of our kind as it may be one day: with a field more."""
    chart = folder / "kmcp-crds"
    shutil.copytree(CHARTS / "kmcp-crds", chart)
    file = chart / "templates" / "mcpservers.yaml"
    definition = yaml.load(file.read_text(), yaml.CSafeLoader)
    (version,) = definition["spec"]["versions"]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["news"] = {"type": "string"}
    file.write_text(yaml.safe_dump(definition))
    return str(chart)
