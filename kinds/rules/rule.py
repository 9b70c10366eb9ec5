"""What a rule is: a function that finds mistakes, and what the API server can check by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kinds.problems import Problem
from kinds.reading import Fields

Check = Callable[[Fields], Iterator[Problem]]
"""Yield the mistakes of a whole MCPServer, defaults filled in, types not yet trusted."""


@dataclass(frozen=True)
class Cel:
    """The rule in the API server's expression language, for the day when the webhook is down."""

    at: str
    """Where in the schema it stands: spec.deployment, or spec.deployment.volumes[] for each item
    of a list; an empty text is the whole object."""
    rule: str
    message: str
    on_create_only: bool = False
    """For what never changes: such a rule must not lock up objects older than itself."""


@dataclass(frozen=True)
class Rule:
    """One rule: the check, and its repetition in the CRD where the API server can express it."""

    check: Check
    cel: tuple[Cel, ...] = ()

    @property
    def name(self) -> str:
        """Return the rule's name, which metrics and logs use."""
        return self.check.__name__
