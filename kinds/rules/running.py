"""Rules about what runs: image, accounts, resources, tolerations."""

from collections.abc import Iterator

from kinds import patterns, quantities, reading, transport
from kinds.problems import Problem, child, forbidden, missing, wrong
from kinds.reading import Fields, fields, is_map, within
from kinds.rules.naming import is_qualified
from kinds.rules.rule import Cel, Rule

DEPLOYMENT = "spec.deployment"
RESOURCES = ("cpu", "memory", "ephemeral-storage")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
WAYS = ("exec", "grpc", "httpGet", "tcpSocket")


def image_is_named(server: Fields) -> Iterator[Problem]:
    """Only for programs that fetch the server themselves does kmcp know an image."""
    deployment = fields(within(server, "spec", "deployment"))
    known = transport.command(fields(server.get("spec"))) in transport.RUNNERS
    if within(deployment, "image") in (None, "") and not known:
        yield missing(f"{DEPLOYMENT}.image", "name the server's image; only npx and uvx need none")


def one_service_account(server: Fields) -> Iterator[Problem]:
    """Either kmcp makes it, or you do."""
    deployment = fields(within(server, "spec", "deployment"))
    if deployment.get("serviceAccount") is not None and deployment.get("serviceAccountName"):
        yield forbidden(
            f"{DEPLOYMENT}.serviceAccountName",
            "serviceAccount and serviceAccountName are mutually exclusive: remove one",
        )


def requests_fit_into_limits(server: Fields) -> Iterator[Problem]:
    """The API server refuses the Pod otherwise, where nobody looks."""
    for place, container in _containers(server):
        limits = fields(within(container, "resources", "limits"))
        for resource, request in fields(within(container, "resources", "requests")).items():
            wanted, limit = quantities.amount(request), quantities.amount(limits.get(resource))
            if wanted is not None and limit is not None and wanted > limit:
                path = child(f"{place}.resources.requests", resource)
                yield wrong(path, request, f"must not exceed the limit {limits[resource]}")


def quantities_are_not_negative(server: Fields) -> Iterator[Problem]:
    """Nobody can have less than nothing."""
    for place, container in _containers(server):
        for part in ("limits", "requests"):
            for resource, value in fields(within(container, "resources", part)).items():
                amount = quantities.amount(value)
                if amount is not None and amount < 0:
                    path = child(f"{place}.resources.{part}", resource)
                    yield wrong(path, value, "must be 0 or more")


def resources_are_known(server: Fields) -> Iterator[Problem]:
    """What nodes have: cpu and memory, and what a device plugin offers under a domain's name."""
    sentence = "no such resource: write cpu, memory, ephemeral-storage, or a name like domain/gpu"
    for place, container in _containers(server):
        for part in ("limits", "requests"):
            for resource in fields(within(container, "resources", part)):
                known = resource in RESOURCES or resource.startswith("hugepages-")
                if not known and ("/" not in resource or not is_qualified(resource)):
                    yield forbidden(child(f"{place}.resources.{part}", resource), sentence)


def tolerations_make_sense(server: Fields) -> Iterator[Problem]:
    """What the API server asks of a toleration in a Pod."""
    for position, toleration in reading.items(server, "spec", "deployment", "tolerations"):
        place = f"{DEPLOYMENT}.tolerations[{position}]"
        exists = toleration.get("operator") == "Exists"
        if exists and toleration.get("value"):
            yield wrong(f"{place}.value", toleration["value"], "Exists takes no value: remove it")
        if not exists and not toleration.get("key"):
            yield missing(f"{place}.key", "name the taint's key; for all taints: operator: Exists")
        lasting = toleration.get("tolerationSeconds") is not None
        if lasting and toleration.get("effect") != "NoExecute":
            sentence = "goes with effect: NoExecute only: write that, or remove this"
            yield forbidden(f"{place}.tolerationSeconds", sentence)


def probes_have_one_way(server: Fields) -> Iterator[Problem]:
    """A probe asks in exactly one way."""
    for number, sidecar in reading.items(server, "spec", "deployment", "sidecars"):
        for name in PROBES:
            place = f"{DEPLOYMENT}.sidecars[{number}].{name}"
            probe = sidecar.get(name)
            if is_map(probe) and sum(probe.get(way) is not None for way in WAYS) != 1:
                yield forbidden(place, f"a probe asks in one way: keep one of {', '.join(WAYS)}")


def sidecar_images_are_names(server: Fields) -> Iterator[Problem]:
    """A sidecar runs an image, spelled as container runtimes read it."""
    for position, sidecar in reading.items(server, "spec", "deployment", "sidecars"):
        place = f"{DEPLOYMENT}.sidecars[{position}].image"
        image = sidecar.get("image")
        if image in (None, ""):
            yield missing(place, "name the image of this container")
        elif isinstance(image, str) and not patterns.fits(patterns.IMAGE, image):
            yield wrong(place, image, "write it like registry/name:tag, in lower case")


def _containers(server: Fields) -> Iterator[tuple[str, Fields]]:
    """Yield every part of the spec that has resources, with its path."""
    deployment = fields(within(server, "spec", "deployment"))
    yield DEPLOYMENT, deployment
    yield f"{DEPLOYMENT}.initContainer", fields(deployment.get("initContainer"))
    for position, sidecar in reading.items(deployment, "sidecars"):
        yield f"{DEPLOYMENT}.sidecars[{position}]", sidecar


RULES = (
    Rule(
        image_is_named,
        (
            Cel(
                DEPLOYMENT,
                "has(self.image) && size(self.image) > 0 || "
                "has(self.cmd) && self.cmd in ['npx', 'uvx']",
                "image: name the server's image; only npx and uvx need none",
            ),
        ),
    ),
    Rule(
        one_service_account,
        (
            Cel(
                DEPLOYMENT,
                "!(has(self.serviceAccount) && has(self.serviceAccountName) && "
                "size(self.serviceAccountName) > 0)",
                "serviceAccount and serviceAccountName are mutually exclusive: remove one",
            ),
        ),
    ),
    Rule(requests_fit_into_limits),
    Rule(quantities_are_not_negative),
    Rule(resources_are_known),
    Rule(
        tolerations_make_sense,
        (
            Cel(
                f"{DEPLOYMENT}.tolerations",
                "self.all(one, has(one.operator) && one.operator == 'Exists' ? "
                "!has(one.value) || one.value == '' : has(one.key) && one.key != '')",
                "a toleration without a key needs the operator Exists, and Exists takes no value",
            ),
            Cel(
                f"{DEPLOYMENT}.tolerations",
                "self.all(one, !has(one.tolerationSeconds) || "
                "has(one.effect) && one.effect == 'NoExecute')",
                "tolerationSeconds goes with the effect NoExecute",
            ),
        ),
    ),
    Rule(probes_have_one_way),
    Rule(
        sidecar_images_are_names,
        (
            Cel(
                f"{DEPLOYMENT}.sidecars[]",
                "has(self.image) && self.image != ''",
                "image: every sidecar names its image",
            ),
        ),
    ),
)
