"""Rules about the adapter's settings: amounts and durations that can be lived with."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from kinds import durations, quantities, reading
from kinds.patterns import DURATION, QUANTITY, fits
from kinds.problems import Problem, wrong
from kinds.reading import Fields
from kinds.rules.rule import Rule

ADAPTER = "spec.adapter"
Bounds = Mapping[str, tuple[int, int]]
KIBI, GIBI = 1024, 1024**3
BYTES: Bounds = {"limits.requestBytes": (KIBI, GIBI), "limits.messageBytes": (KIBI, 4 * GIBI)}
"""The least that holds a message at all, and the most that a Pod could."""
DAY = 86400
SECONDS: Bounds = {
    "limits.requestTimeout": (1, DAY),
    "sessions.idleTimeout": (1, 30 * DAY),
    "drainDelay": (0, 600),
}


def adapter_amounts_are_sensible(server: Fields) -> Iterator[Problem]:
    """A message has to fit, into the limit and into the memory."""
    for path, value, most in _outside(server, BYTES, quantities.amount, QUANTITY):
        sentence = f"must be from 1Ki to {most // GIBI}Gi: write it like 4Mi"
        yield wrong(path, value, sentence)


def adapter_durations_are_sensible(server: Fields) -> Iterator[Problem]:
    """Nothing can be done in no time, and nobody waits for ever."""
    for path, value, most in _outside(server, SECONDS, durations.seconds, DURATION):
        least = SECONDS[path.removeprefix(f"{ADAPTER}.")][0]
        yield wrong(path, value, f"must be from {least}s to {most}s: write it like 30s or 5m")


def _outside(
    server: Fields, bounds: Bounds, read: Callable[[object], Fraction | None], spelling: str
) -> Iterator[tuple[str, str, int]]:
    """Yield the well-spelled settings that are out of bounds: field, value, the most."""
    for name, (least, most) in bounds.items():
        path = f"{ADAPTER}.{name}"
        value = reading.text(server, *path.split("."))
        amount = read(value)
        if fits(spelling, value) and (amount is None or not least <= amount <= most):
            yield path, value, most


def spares_are_sessions(server: Fields) -> Iterator[Problem]:
    """A process that no session may ever use is a waste."""
    maximum = reading.number(server, "spec", "adapter", "sessions", "maximum")
    spares = reading.number(server, "spec", "adapter", "sessions", "spares")
    if maximum is not None and spares is not None and spares > maximum:
        yield wrong(f"{ADAPTER}.sessions.spares", spares, f"must not exceed maximum, {maximum}")


RULES = (
    Rule(adapter_amounts_are_sensible),
    Rule(adapter_durations_are_sensible),
    Rule(spares_are_sessions),
)
