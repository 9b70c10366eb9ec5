"""What our rules let pass, a real API server takes: schema and webhook never disagree."""

from hypothesis import HealthCheck, given, settings

from kinds.defaults import with_defaults
from kinds.rules.catalogue import problems
from tests.cluster.facade import Cluster
from tests.kinds import asking, broken
from tests.kinds.corpus import RUNNERS, Object

REPEATABLE = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_whatever_the_api_server_refuses_our_rules_refuse_too(servers: Cluster) -> None:
    outcomes: list[bool] = []

    @REPEATABLE
    @given(broken.servers())
    def agree(manifest: Object) -> None:
        complete = with_defaults(manifest, RUNNERS)
        found, refusal = problems(complete), asking.refusal(servers, complete)
        assert found or refusal is None, refusal
        outcomes.append(refusal is None)

    agree()
    assert outcomes.count(True) > 20
    assert outcomes.count(False) > 20
