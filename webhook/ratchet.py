"""Tell an old mistake from a new one, so that an edit elsewhere is not held up by what is stored.

A mistake is old when the same value was wrong in the same way at the same place before. Items of a
list keep their place when others are put before them; a value that changed is no old one, even if
the sentence about it is the same.
"""

import json
import re
from collections.abc import Hashable, Iterable

from kinds.problems import Problem
from kinds.reading import Fields, is_list, is_map

TOKEN = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")
KEYS = ("name", "mountPath")
"""By which the items of most lists are told apart."""


def fresh(found: Iterable[Problem], server: Fields, known: set[Hashable]) -> list[Problem]:
    """Return the mistakes in *server* that are not among the known ones."""
    return [one for one in found if identity(one, server) not in known]


def identities(found: Iterable[Problem], server: Fields) -> set[Hashable]:
    """Return by what the mistakes in *server* will be known."""
    return {identity(one, server) for one in found}


def identity(problem: Problem, server: Fields) -> Hashable:
    """Return what stays the same of a mistake as long as nobody touches it."""
    return (*_anchors(problem.field, server), problem.reason, problem.sentence, problem.evidence)


def _anchors(field: str, server: Fields) -> Iterable[str]:
    """Yield the steps to a field, those into a list by what they lead to."""
    node: object = server
    for bracketed, plain in TOKEN.findall(field):
        step = bracketed or plain
        if is_list(node) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
            yield _label(node)
        else:
            node = node.get(step) if is_map(node) else None
            yield step


def _label(item: object) -> str:
    for key in KEYS:
        if is_map(item) and isinstance(item.get(key), str):
            return f"{key}={item[key]}"
    return json.dumps(item, sort_keys=True, default=str)
