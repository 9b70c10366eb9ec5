"""What becomes of a Pod that other webhooks broke: what it says itself, a refusal otherwise."""

from collections.abc import Callable

import pytest

from tests.webhook.test_injection import CONFIG, break_adapter, break_launcher, stored
from tests.webhook.workloads import Object, annotated, pod, request, server
from webhook.injection import checked
from webhook.verdict import Outcome


@pytest.mark.parametrize("spoil", [break_launcher, break_adapter])
def test_a_pod_that_others_broke_may_start_where_it_wants_that(
    spoil: Callable[[Object], None],
) -> None:
    made = stored()
    made["metadata"]["annotations"]["kmcp.dev/on-conflict"] = "warn"
    spoil(made)
    verdict = checked(request(made), CONFIG)
    assert (verdict.allowed, verdict.outcome) == (True, Outcome.TOLERATED)
    begins = "the Pod starts though another webhook broke it: "
    assert verdict.warnings[0].startswith(begins)
    assert verdict.notice is not None
    assert (verdict.notice.reason, verdict.notice.kind) == ("InjectionBroken", "Warning")
    made["metadata"]["annotations"]["kmcp.dev/on-conflict"] = "deny"
    assert not checked(request(made), CONFIG).allowed


def test_what_the_pods_own_author_did_is_refused_whatever_it_says_of_conflicts() -> None:
    made = annotated(pod(server(tty=True)), inject="true", on_conflict="warn")
    assert not checked(request(made), CONFIG).allowed
