"""Makes what others said fit for a condition: short, printable, without the server's secrets."""

import re
from collections.abc import Iterable

from kinds.reading import Fields, texts

LONGEST = 512
SHORTEST_SECRET = 6
"""Shorter values stand in every other sentence."""
PLAIN = ("PATH", "HOME", "LANG", "TZ", "PWD", "USER", "SHELL", "TERM", "HOSTNAME", "LOG_LEVEL")
MASK = "***"

_SPACE = re.compile(r"\s+")


def message(sentence: str, server: Fields) -> str:
    """Return the sentence as a condition may have it; somebody else wrote parts of it."""
    plain = "".join(letter if letter.isprintable() else " " for letter in sentence[: 16 * LONGEST])
    masked = _masked(_SPACE.sub(" ", plain).strip(), server)
    return masked if len(masked) <= LONGEST else f"{masked[: LONGEST - 1]}…"


def listed(sentences: Iterable[str]) -> str:
    """Return several sentences in one."""
    return "; ".join(dict.fromkeys(sentences))


def _masked(sentence: str, server: Fields) -> str:
    """Return it without what the manifest says in its environment: people put passwords there."""
    given = texts(server, "spec", "deployment", "env")
    secrets = {
        value
        for name, value in given.items()
        if len(value) >= SHORTEST_SECRET and name not in PLAIN and value in sentence
    }
    for value in sorted(secrets, key=len, reverse=True):
        sentence = sentence.replace(value, MASK)
    return sentence
