"""A server that has never heard of the adapter is served by it, in whatever image it comes.

What a user applies goes through the webhook here; all other tests of this folder have the same
functions change the manifest before it is applied.
"""

import pytest

from kinds import names
from tests.adapter.injected import images
from tests.adapter.injected.images import FOUR, Served
from tests.adapter.injected.manifests import deployment, server, template
from tests.adapter.injected.reached import answers_in_both_eras, pods, rolled_out
from tests.cluster import borrowed
from tests.cluster.facade import Cluster
from tests.webhook.program import Program

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="talks to Pods by their addresses"),
]
FORMS: dict[str, dict[str, str]] = {"native": {}, "plain": {names.NATIVE_CHOICE: "false"}}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("served", FOUR, ids=lambda served: served.name)
def test_an_unmodified_server_is_served_in_both_eras_and_its_stderr_stays_readable(
    cluster: Cluster, injecting: Program, served: Served, form: str
) -> None:
    images.load(cluster, served)
    made = template(server(served))
    made["metadata"]["annotations"] |= FORMS[form]
    cluster.apply(deployment(made))
    pod = rolled_out(cluster)
    answers_in_both_eras(pod, served)
    assert served.said in cluster.logs("deployment/served", "--container=server")
    (found,) = pods(cluster)
    begun = [one["name"] for one in found["spec"]["initContainers"]]
    group = names.ADAPTER_CONTAINER if form == "native" else names.INSTALLER_CONTAINER
    assert begun == [group]
    asked = [one["namespace"] for one in injecting.decisions() if one["kind"] == "Pod"]
    assert cluster.namespace in asked
