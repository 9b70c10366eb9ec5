"""Helm 3 and Helm 4 make the same of the chart."""

import pytest

from tests.charts.rendered import place, rendered_by

pytestmark = pytest.mark.long

ROLES_ALONE = ("--set=rbac.namespaces={kmcp-system,a}", "--set=webhook.enabled=false")


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param((), id="as it comes"),
        pytest.param(("--set=webhook.certificates.mode=cert-manager",), id="cert-manager"),
        pytest.param(ROLES_ALONE, id="Roles"),
        pytest.param(("--set=rbac.minimal=true", "--set=networkPolicy.enabled=true"), id="least"),
        pytest.param(("--set=expose=true",), id="expose"),
    ],
)
def test_helm_4_makes_the_same_objects(flags: tuple[str, ...]) -> None:
    third, fourth = (sorted(rendered_by(one, *flags), key=place) for one in ("helm", "helm-4"))
    assert third == fourth
