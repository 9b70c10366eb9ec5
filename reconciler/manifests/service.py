"""The service of a server."""

from kinds.reading import Fields
from reconciler.config import Config
from reconciler.observed import Observed


def service(server: Fields, observed: Observed, config: Config) -> Fields:
    """Return the manifest."""
    raise NotImplementedError
