"""Keeps a newer kmcp from restarting every server at once."""

from enum import Enum

from kinds.reading import Fields


class Change(Enum):
    """Why a Deployment would change, so that somebody can decide when it may."""

    NONE = "none"
    NOW = "now"
    """The server's own change, somebody's edit, or one that restarts no Pod."""
    KMCP = "kmcp"
    """Only because kmcp makes Pods otherwise today; it may wait."""


def change(live: Fields | None, wanted: Fields) -> Change:
    """Return what applying the manifest of a Deployment would be."""
    raise NotImplementedError


def held_back(live: Fields, wanted: Fields) -> Fields:
    """Return the manifest with the Pods as they are, all else (replicas, labels) as wanted."""
    raise NotImplementedError


def is_rolling(live: Fields) -> bool:
    """Say whether a Deployment is busy replacing its Pods: such a one counts among the N."""
    raise NotImplementedError
