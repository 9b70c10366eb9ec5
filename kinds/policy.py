"""What an administrator may forbid beyond what is wrong: registries, host paths, privileges."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kinds import images, reading
from kinds.problems import Problem, forbidden, shown
from kinds.reading import Fields, fields, is_list, text, within

DEPLOYMENT = "spec.deployment"
HARMLESS_CAPABILITIES = ("NET_BIND_SERVICE",)


@dataclass(frozen=True)
class Policy:
    """The administrator's choices; everything is allowed until one is made."""

    registries: tuple[str, ...] = ()
    """Registries, or folders in them, that images may come from; none listed means any."""
    forbid_host_path: bool = False
    """Whether volumes of the node's own files are refused."""
    forbid_privileged: bool = False
    """Whether contexts are refused that lift a container's limits."""


def violations(server: Fields, policy: Policy) -> list[Problem]:
    """Return what the policy forbids in an MCPServer whose defaults are filled in."""
    found: list[Problem] = []
    if policy.registries:
        found += _foreign_images(server, policy.registries)
    if policy.forbid_host_path:
        sentence = "host paths are forbidden here: use another volume"
        found += [
            replace(forbidden(path, sentence, value), rule="host_path")
            for path, value in host_paths(server)
        ]
    if policy.forbid_privileged:
        sentence = "this privilege is forbidden here: remove it"
        found += [
            replace(forbidden(path, sentence, value), rule="privileged")
            for path, value in privileges(server)
        ]
    return found


def image_fields(server: Fields) -> Iterator[tuple[str, str]]:
    """Yield every image that would run or be mounted, with its path."""
    deployment = fields(within(server, "spec", "deployment"))
    yield f"{DEPLOYMENT}.image", text(deployment, "image")
    yield "spec.adapter.image", text(server, "spec", "adapter", "image")
    for position, sidecar in reading.items(deployment, "sidecars"):
        yield f"{DEPLOYMENT}.sidecars[{position}].image", text(sidecar, "image")
    for position, volume in reading.items(deployment, "volumes"):
        path = f"{DEPLOYMENT}.volumes[{position}].image.reference"
        yield path, text(volume, "image", "reference")


def host_paths(server: Fields) -> Iterator[tuple[str, object]]:
    """Yield every volume that is a part of the node, with its path."""
    for position, volume in reading.items(server, "spec", "deployment", "volumes"):
        if volume.get("hostPath") is not None:
            yield f"{DEPLOYMENT}.volumes[{position}].hostPath", volume["hostPath"]


LIFTS: tuple[tuple[tuple[str, ...], object], ...] = (
    (("privileged",), True),
    (("allowPrivilegeEscalation",), True),
    (("procMount",), "Unmasked"),
    (("seccompProfile", "type"), "Unconfined"),
    (("appArmorProfile", "type"), "Unconfined"),
    (("windowsOptions", "hostProcess"), True),
)
"""Settings of a context, and the value that lifts a limit."""


def privileges(server: Fields) -> Iterator[tuple[str, object]]:
    """Yield every setting that lifts a container's limits, with its path."""
    for path, context in _contexts(fields(within(server, "spec", "deployment"))):
        for keys, lifting in LIFTS:
            if within(context, *keys) == lifting:
                yield ".".join([path, *keys]), lifting
        added = within(context, "capabilities", "add")
        for position, name in enumerate(added if is_list(added) else []):
            if name not in HARMLESS_CAPABILITIES:
                yield f"{path}.capabilities.add[{position}]", name


def _contexts(deployment: Fields) -> Iterator[tuple[str, Fields]]:
    for key in ("securityContext", "podSecurityContext"):
        yield f"{DEPLOYMENT}.{key}", fields(deployment.get(key))
    inner = fields(within(deployment, "initContainer", "securityContext"))
    yield f"{DEPLOYMENT}.initContainer.securityContext", inner
    for position, sidecar in reading.items(deployment, "sidecars"):
        context = fields(sidecar.get("securityContext"))
        yield f"{DEPLOYMENT}.sidecars[{position}].securityContext", context


def _foreign_images(server: Fields, registries: tuple[str, ...]) -> Iterator[Problem]:
    for path, image in image_fields(server):
        known = images.reference(image)
        if image and not any(known.is_from(prefix) for prefix in registries):
            allowed = ", ".join(registries)
            sentence = f"images come from {allowed} here, {shown(path, image)} does not"
            yield replace(forbidden(path, sentence, image), rule="registry")
