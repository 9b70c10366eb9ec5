"""The spellings that fields must have, as regular expressions that Go and Python read alike."""

import re
from collections.abc import Callable
from functools import cache

MEND = "x-mend"
"""The key of our schemas under which stands, for people, how to mend a value that does not fit."""

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"

SERVER_NAME = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"
"""A Service is called like the server, and a Service's name starts with a letter."""

DNS_LABEL = rf"^{_LABEL}$"
DNS_SUBDOMAIN = rf"^{_LABEL}(\.{_LABEL})*$"

DURATION = r"^\+?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$"
"""What Go reads as a duration, without a minus."""

QUANTITY = r"^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)(([KMGTPE]i)|[munkMGTPE]|([eE][+-]?[0-9]+))?$"
SIGNED_QUANTITY = QUANTITY.replace(r"^\+?", "^[+-]?")

HTTP_PATH = r"^/[^\s?#]*$"

IMAGE = (
    r"^((localhost|\[[0-9a-fA-F:]+\]|[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+|[a-zA-Z0-9.-]+:[0-9]+)"
    r"(:[0-9]+)?/)?"
    r"[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*"
    r"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[a-z0-9]+([+._-][a-z0-9]+)*:[0-9a-fA-F]{32,})?$"
)
"""registry/path/name:tag@digest, as container runtimes parse it."""

HOST = rf"^(\*\.)?{_LABEL}(\.{_LABEL})*\.?(:[0-9]{{1,5}})?$"
ORIGIN = r"^(\*|null|[a-z][a-z0-9+.-]*://[^/\s]+)$"

LABEL_KEY = rf"^({_LABEL}(\.{_LABEL})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
LABEL_VALUE = r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"

PORT_NAME = r"^(([a-z0-9]+-)*[a-z0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*)?$"

VARIABLE = r"^[ -<>-~]+$"
"""Printable ASCII without the equals sign, as the API server asks of a variable's name."""

LONGEST = 1024
"""Longer texts fit no pattern; this bounds what a hostile one can cost."""


def fits(pattern: str, value: str) -> bool:
    """Say whether the API server would find the value fitting."""
    return searcher(pattern)(value)


@cache
def searcher(pattern: str) -> Callable[[str], bool]:
    """Return a function that says so of any value.

    The pattern is read as Go means it: $ is the very end, spaces and digits are ASCII.
    """
    search = re.compile(pattern.replace("$", r"\Z"), re.ASCII).search
    return lambda value: len(value) <= LONGEST and search(value) is not None
