"""Readers of single words; what a word cannot mean is a ValueError that says how to mend it."""

from collections.abc import Callable
from dataclasses import dataclass

from kinds.durations import seconds
from kinds.quantities import amount

LEVELS = ("debug", "info", "warning", "error")
LONGEST_SECONDS = 3600.0


def one_of(*words: str) -> Callable[[str], str]:
    """Return a reader of one of *words*."""

    def read(word: str) -> str:
        if word not in words:
            raise ValueError(f"must be {', '.join(words[:-1])} or {words[-1]}")
        return word

    return read


def truth(word: str) -> bool:
    """Return what true and false mean."""
    return one_of("true", "false")(word) == "true"


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers."""

    def read(word: str) -> int:
        if not (word.isascii() and word.isdigit() and least <= int(word) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(word)

    return read


def time(least: float, most: float = LONGEST_SECONDS) -> Callable[[str], float]:
    """Return a reader of durations, as seconds."""

    def read(word: str) -> float:
        exact = seconds(word)
        if exact is None:
            raise ValueError("must be a duration such as 10s, 500ms or 1m30s")
        found = float(exact)  # as the bounds are: 100ms is no less than 0.1
        if not least <= found <= most:
            raise ValueError(f"must be from {least:g}s to {most:g}s")
        return found

    return read


def size(least: int, most: int, example: str) -> Callable[[str], int]:
    """Return a reader of sizes, as bytes."""

    def read(word: str) -> int:
        found = amount(word)
        if found is None or found.denominator != 1:
            raise ValueError(f"must be a size such as {example} or a number of bytes")
        if not least <= found <= most:
            raise ValueError(f"must be from {least} to {most} bytes ({example})")
        return int(found)

    return read


def several(word: str) -> tuple[str, ...]:
    """Return the words between commas."""
    return tuple(one for part in word.split(",") if (one := part.strip()))


@dataclass(frozen=True)
class SecretName:
    """Which Secret, and where."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """Return it as it is given."""
        return f"{self.namespace}/{self.name}"


def secret(word: str) -> SecretName:
    """Return the Secret that a word names."""
    namespace, slash, name = word.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise ValueError("must be NAMESPACE/NAME")
    return SecretName(namespace, name)
