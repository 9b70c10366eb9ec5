"""What an administrator forbids."""

import pytest

from kinds.policy import Policy, violations
from tests.kinds.corpus import Object, server, spec

STRICT = Policy(registries=("ghcr.io/me",), forbid_host_path=True, forbid_privileged=True)


def forbidden(manifest: Object, policy: Policy = STRICT) -> list[str]:
    return [str(one) for one in violations(manifest, policy)]


def test_without_a_policy_everything_is_allowed() -> None:
    manifest = server(securityContext={"privileged": True}, volumes=[{"hostPath": {"path": "/"}}])
    assert forbidden(manifest, Policy()) == []


def test_images_from_the_registry_are_allowed() -> None:
    manifest = server(
        image="ghcr.io/me/tool:1", sidecars=[{"name": "a", "image": "ghcr.io/me/agent:1"}]
    )
    assert forbidden(manifest) == []


def test_every_image_from_elsewhere_is_named() -> None:
    manifest = spec(
        deployment={
            "image": "ghcr.io/me/tool:1",
            "sidecars": [{"name": "a", "image": "ghcr.io/me/agent:1"}, {"image": "busybox"}],
            "volumes": [{"name": "models", "image": {"reference": "ghcr.io/you/models:1"}}],
        },
        adapter={"image": "example.com/adapter:1"},
    )
    told = "images come from ghcr.io/me here"
    assert forbidden(manifest) == [
        f'spec.adapter.image: Forbidden: {told}, "example.com/adapter:1" does not',
        f'spec.deployment.sidecars[1].image: Forbidden: {told}, "busybox" does not',
        f"spec.deployment.volumes[0].image.reference: Forbidden: {told}, "
        '"ghcr.io/you/models:1" does not',
    ]


def test_host_paths_are_named() -> None:
    manifest = server(
        image="ghcr.io/me/tool:1",
        volumes=[{"name": "a", "emptyDir": {}}, {"name": "b", "hostPath": {"path": "/"}}],
    )
    assert forbidden(manifest) == [
        "spec.deployment.volumes[1].hostPath: Forbidden: host paths are forbidden here: use "
        "another volume"
    ]


LIFTED = [
    ({"privileged": True}, "privileged"),
    ({"allowPrivilegeEscalation": True}, "allowPrivilegeEscalation"),
    ({"procMount": "Unmasked"}, "procMount"),
    ({"seccompProfile": {"type": "Unconfined"}}, "seccompProfile.type"),
    ({"appArmorProfile": {"type": "Unconfined"}}, "appArmorProfile.type"),
    ({"windowsOptions": {"hostProcess": True}}, "windowsOptions.hostProcess"),
    ({"capabilities": {"add": ["NET_BIND_SERVICE", "SYS_ADMIN"]}}, "capabilities.add[1]"),
]
PLACES = ["securityContext", "podSecurityContext", "initContainer", "sidecars"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("context", "field"), LIFTED, ids=[field for _, field in LIFTED])
def test_privileges_are_named_wherever_they_are(context: Object, field: str, place: str) -> None:
    path, value = {
        "initContainer": ("initContainer.securityContext", {"securityContext": context}),
        "sidecars": (
            "sidecars[0].securityContext",
            [{"image": "ghcr.io/me/a:1", "securityContext": context}],
        ),
    }.get(place, (place, context))
    assert forbidden(server(image="ghcr.io/me/tool:1", **{place: value})) == [
        f"spec.deployment.{path}.{field}: Forbidden: this privilege is forbidden here: remove it"
    ]


def test_a_context_that_lifts_nothing_is_allowed() -> None:
    context = {"privileged": False, "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]}}
    assert forbidden(server(image="ghcr.io/me/tool:1", securityContext=context)) == []
