"""The account of a server."""

from kinds.reading import Fields


def service_account(server: Fields) -> Fields:
    """Return the manifest."""
    raise NotImplementedError
