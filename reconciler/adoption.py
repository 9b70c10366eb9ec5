"""Whose an object is, how what upstream kmcp made becomes ours, and what is to be deleted."""

from enum import Enum
from typing import Any

from kinds.reading import Fields
from reconciler.desired import Desired
from reconciler.observed import Failure, Observed


class Owner(Enum):
    """Whose an object is."""

    NOBODY = "nobody"
    """There is no such object."""
    US = "us"
    UPSTREAM = "upstream"
    """Made by upstream kmcp for the same MCPServer: it is to be adopted."""
    OTHERS = "others"


def owner(live: Fields | None, server: Fields) -> Owner:
    """Return whose an object of the server's name is; decided by uid."""
    raise NotImplementedError


def conflicts(wish: Desired, observed: Observed, server: Fields) -> list[Failure]:
    """Return the wanted objects that are somebody else's: they must not be applied."""
    raise NotImplementedError


def migration(live: Fields, server: Fields) -> list[dict[str, Any]]:
    """Return the JSON patch that makes upstream's fields ours, before we apply; [] when none.

    It tests the resourceVersion: a Conflict means that the object is to be read anew.
    """
    raise NotImplementedError


def superfluous(wish: Desired, observed: Observed, server: Fields) -> list[Fields]:
    """Return the objects that are ours and not wanted, to be deleted with their uid as a
    precondition; upstream's ConfigMap only when no Pod mounts it any more."""
    raise NotImplementedError
