"""The network of a server."""

from kinds.reading import Fields
from reconciler.config import Config


def network_policy(server: Fields, config: Config) -> Fields:
    """Return the manifest."""
    raise NotImplementedError
