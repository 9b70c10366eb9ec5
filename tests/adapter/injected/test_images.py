"""A server that has never heard of the adapter is served by it, in whatever image it comes."""

import pytest

from tests.adapter.injected import images
from tests.adapter.injected.images import FOUR, Served
from tests.adapter.injected.manifests import FORMS, deployment, injected, server, template
from tests.adapter.injected.reached import answers_in_both_eras, rolled_out
from tests.cluster import borrowed
from tests.cluster.facade import Cluster

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(borrowed.is_wanted(), reason="talks to Pods by their addresses"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("served", FOUR, ids=lambda served: served.name)
def test_an_unmodified_server_is_served_in_both_eras_and_its_stderr_stays_readable(
    cluster: Cluster, served: Served, form: str
) -> None:
    images.load(cluster, served)
    asked = deployment(template(server(served)))
    cluster.apply(injected(asked, FORMS[form]))
    pod = rolled_out(cluster)
    answers_in_both_eras(pod, served)
    assert served.said in cluster.logs("deployment/served", "--container=server")
