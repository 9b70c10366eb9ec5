"""The ServiceAccount of a server: clouds give rights to it, by what is written on it."""

from kinds.reading import Fields, text, texts
from reconciler.manifests import metadata

ACCOUNT = ("spec", "deployment", "serviceAccount")


def service_account(server: Fields) -> Fields | None:
    """Return the manifest; None when the server brings an account of its own."""
    if own_account(server):
        return None
    given = metadata.annotations(texts(server, *ACCOUNT, "annotations"), {})
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata.metadata(server, texts(server, *ACCOUNT, "labels"), given),
    }


def own_account(server: Fields) -> str:
    """Return the account that the user made, or nothing."""
    return text(server, "spec", "deployment", "serviceAccountName")
