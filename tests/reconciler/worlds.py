"""Servers, and what is observed around them, for tests of the reconciler."""

from pathlib import Path
from typing import Any

from kinds.names import API_VERSION, KIND
from kinds.reading import Fields, text
from reconciler import references
from reconciler.acceptance import mistakes, understood
from reconciler.config import Config
from reconciler.desired import Desired, desired
from reconciler.observed import Key, Observed, Presence, Referred
from tests.adapter.injection.pods import CONFIG as ADAPTER
from tests.kinds import corpus

CONFIG = Config(adapter=ADAPTER)
UID = "5e1f0000-0000-4000-8000-000000000001"


def server(**deployment: Any) -> Fields:  # noqa: ANN401 - JSON
    """Return a stored stdio server; more goes into its deployment."""
    return stored(corpus.server(**deployment))


def http(**deployment: Any) -> Fields:  # noqa: ANN401 - JSON
    """Return a stored http server that listens on port 8080."""
    given = {"image": "registry.example.com/tool:1", "port": 3000, **deployment}
    spec = {"transportType": "http", "httpTransport": {"targetPort": 8080}, "deployment": given}
    return stored({"metadata": {"name": "tool"}, "spec": spec})


def stored(manifest: Fields) -> Fields:
    """Return the manifest as the API server would have it, with its defaults."""
    metadata = {"name": "tool", "namespace": "here", "uid": UID, "generation": 1}
    whole = {"apiVersion": API_VERSION, "kind": KIND, **manifest}
    return understood({**whole, "metadata": {**metadata, **manifest["metadata"]}}, CONFIG)


def of_file(path: Path) -> Fields:
    """Return the server of a file in the corpus."""
    found = stored(corpus.load(path))
    assert mistakes(found) == ()
    return found


def wish(given: Fields, config: Config = CONFIG, **observed: Any) -> Desired:  # noqa: ANN401
    """Return what a server is to have, where everything is there that it refers to."""
    around: Fields = {"references": present(given), **observed}
    return desired(given, Observed(**around), config)


def present(given: Fields) -> dict[Key, Referred]:
    """Return everything that a server refers to, found."""
    named = {Key(one.kind, one.name) for one in references.required(given)}
    contents = set(references.rolling(given))
    return {
        key: Referred(Presence.FOUND, f"digest-of-{key.name}" if key in contents else "")
        for key in named | contents
    }


def pod(made: Desired) -> Fields:
    """Return the template of the Pods."""
    found: Fields = made.deployment["spec"]["template"]
    return found


def container(made: Desired, name: str = "mcp-server") -> Fields:
    """Return a container of the Pods."""
    spec = pod(made)["spec"]
    listed = [*spec["containers"], *spec.get("initContainers", [])]
    (found,) = [one for one in listed if text(one, "name") == name]
    return dict(found)
