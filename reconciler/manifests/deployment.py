"""The Deployment of a server.

Where the annotation SOURCE stays the same and the Pods would change, only kmcp has changed.
"""

from adapter.injection.annotations import REFERENCES, SOURCE
from adapter.injection.pods import digest
from kinds import transport
from kinds.reading import Fields, fields, text, texts, within
from reconciler import references
from reconciler.config import Config
from reconciler.manifests import metadata, runner
from reconciler.manifests.replicas import replicas
from reconciler.manifests.template import template
from reconciler.observed import Observed, Presence, Referred

OF_NO_POD = ("replicas", "serviceAccount")


def deployment(server: Fields, observed: Observed, config: Config) -> Fields:
    """Return the manifest; a selector that is there stays, as nobody can change it."""
    live = observed.deployment
    selected = texts(live, "spec", "selector", "matchLabels") or metadata.selector(server)
    noted = contents(server, observed)
    count = replicas(server, observed)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata.metadata(server, {}, {SOURCE: source(server, noted, config)}),
        "spec": {
            **({} if count is None else {"replicas": count}),
            "selector": {"matchLabels": selected},
            "template": template(server, selected, noted, config),
        },
    }


def contents(server: Fields, observed: Observed) -> dict[str, str]:
    """Return the annotation that makes the Pods anew when what they refer to has other content.

    While somebody does not answer it stays as it is: that is no reason to restart a server.
    """
    keys = references.rolling(server)
    unknown = Referred(Presence.UNKNOWN)
    found = {key: observed.references.get(key, unknown) for key in keys}
    if any(one.presence is Presence.UNKNOWN for one in found.values()):
        path = ("spec", "template", "metadata", "annotations")
        before = texts(observed.deployment, *path).get(REFERENCES)
        return {} if before is None else {REFERENCES: before}
    known = [[key.kind, key.name, one.digest] for key, one in found.items() if one.digest]
    return {REFERENCES: digest(known)} if known else {}


def source(server: Fields, noted: dict[str, str], config: Config) -> str:
    """Return a digest of what the user says of the Pods, without what only kmcp says."""
    spec = fields(server.get("spec"))
    said = {
        key: value
        for key, value in fields(spec.get("deployment")).items()
        if key not in OF_NO_POD and value is not None
    }
    if runner.has_our_image(server, config):
        said.pop("image")
    others = {key: spec.get(key) for key in ("httpTransport", "adapter", "timeout")}
    kind = transport.transport(spec)
    account = text(server, "spec", "deployment", "serviceAccountName")
    return digest([kind, account, said, others, noted, within(server, "metadata", "name")])
