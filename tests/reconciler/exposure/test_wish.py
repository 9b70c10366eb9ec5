"""The Service of a workload: what it says, and why there is none."""

import pytest

from adapter.injection.annotations import EXPOSE
from kinds.reading import Fields
from reconciler.config import Config
from reconciler.exposure.wish import Refusal, is_of, wish, word
from reconciler.exposure.workloads import KINDS
from tests.reconciler.exposure.workloads import CONFIG, injected, workload

HOUSE = Config(adapter=CONFIG)


def stored(kind: str = "Deployment", **annotations: str) -> Fields:
    """Return a workload as the API server has it."""
    made = workload(kind, **annotations)
    return {**made, "metadata": {"name": "web", "namespace": "shop", "uid": "u1"}}


def pod(made: Fields, port: int = 3000) -> Fields:
    """Return a Pod of a workload that has its adapter."""
    found: Fields = injected(made, port)["spec"]["template"]
    return found


def made_for(given: Fields, port: int = 3000, live: Fields | None = None) -> Fields:
    found = wish(given, live, pod(given, port), HOUSE)
    assert not isinstance(found, Refusal), found
    return found


def refused(given: Fields) -> str:
    found = wish(given, None, pod(stored()), HOUSE)
    assert isinstance(found, Refusal), found
    return found.sentence


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_is_called_like_its_workload_and_owned_by_it(kind: str) -> None:
    made = made_for(stored(kind))
    owner = {"apiVersion": "apps/v1", "kind": kind, "name": "web", "uid": "u1", "controller": True}
    assert made == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "labels": {
                "app.kubernetes.io/managed-by": "kmcp",
                "kmcp.dev/exposes": kind.lower(),
            },
            "ownerReferences": [owner],
        },
        "spec": {
            "type": "ClusterIP",
            "selector": {"app": "web"},
            "sessionAffinity": "ClientIP",
            "ports": [
                {
                    "name": "http",
                    "protocol": "TCP",
                    "port": 3000,
                    "targetPort": 3000,
                    "appProtocol": "kgateway.dev/mcp",
                }
            ],
        },
    }


def ports(made: Fields) -> tuple[int, int]:
    (one,) = made["spec"]["ports"]
    return one["port"], one["targetPort"]


def test_the_port_is_the_chosen_one() -> None:
    assert ports(made_for(stored(port="4000"))) == (4000, 4000)


def test_a_port_that_the_installation_chose_is_found_in_the_pods() -> None:
    assert ports(made_for(stored(), port=4100)) == (4100, 4100)


def test_without_pods_the_port_stays() -> None:
    live = made_for(stored(), port=4100)
    found = wish(stored(), live, None, HOUSE)
    assert not isinstance(found, Refusal)
    assert ports(found) == (4100, 4100)


def test_another_path_is_told_where_kagent_looks() -> None:
    annotations = made_for(stored(path="/tools"))["metadata"]["annotations"]
    assert annotations == {"kagent.dev/mcp-service-path": "/tools"}


def test_a_selector_that_a_service_cannot_have_is_refused() -> None:
    given = stored()
    expression = {"key": "tier", "operator": "Exists"}
    given["spec"]["selector"] = {"matchLabels": {"app": "web"}, "matchExpressions": [expression]}
    assert refused(given) == "spec.selector.matchExpressions cannot be the selector of a Service"
    given["spec"]["selector"] = {}
    assert refused(given).startswith("spec.selector.matchLabels is empty")


def test_a_choice_that_cannot_be_is_refused_with_the_mend() -> None:
    assert refused(stored(port="80")).startswith(
        "annotation kmcp.dev/port: must be a whole number from 1024 to 65535"
    )


def test_pods_without_an_adapter_get_no_service() -> None:
    found = wish(stored(), None, None, HOUSE)
    assert found == Refusal('its Pods have no adapter: kmcp.dev/inject: "true" asks for one')


@pytest.mark.parametrize(
    ("label", "annotation", "said"),
    [
        (None, None, None),
        ("true", None, "true"),
        (None, "true", "true"),
        ("true", "false", "false"),
        ("false", "true", "false"),
        ("yes", None, "yes"),
        ("yes", "true", "yes"),
    ],
)
def test_a_no_comes_first_then_what_is_not_understood(
    label: str | None, annotation: str | None, said: str | None
) -> None:
    given = stored()
    metadata = given["spec"]["template"]["metadata"]
    for kind, value in (("labels", label), ("annotations", annotation)):
        metadata[kind] = {} if value is None else {EXPOSE: value}
    assert word(given) == said


def test_a_service_is_ours_by_the_uid_of_its_workload() -> None:
    made = made_for(stored())
    assert is_of(made, stored())
    another = stored()
    another["metadata"]["uid"] = "u2"
    assert not is_of(made, another)
    del made["metadata"]["labels"]["kmcp.dev/exposes"]
    assert not is_of(made, stored())
