"""Rules about the adapter's settings: amounts and durations that can be lived with."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from kinds import durations, quantities, reading
from kinds.patterns import DURATION, QUANTITY, fits
from kinds.problems import Problem, wrong
from kinds.reading import Fields
from kinds.rules.rule import Rule

ADAPTER = "spec.adapter"
Bounds = Mapping[str, tuple[str, str]]
BYTES: Bounds = {
    "limits.requestBytes": ("1Ki", "1Gi"),
    "limits.messageBytes": ("1Ki", "1Gi"),
    "limits.queueBytes": ("1Ki", "1Gi"),
}
"""The least that holds a message at all, and the most that the adapter takes."""
SECONDS: Bounds = {
    "limits.requestTimeout": ("1s", "24h"),
    "sessions.idleTimeout": ("1s", "720h"),
    "sessions.maximumAge": ("0s", "8760h"),
    "drainDelay": ("0s", "10m"),
}


def adapter_amounts_are_sensible(server: Fields) -> Iterator[Problem]:
    """A message has to fit, into the limit and into the memory."""
    return _outside(server, BYTES, quantities.amount, QUANTITY)


def adapter_durations_are_sensible(server: Fields) -> Iterator[Problem]:
    """Nothing can be done in no time, and nobody waits for ever."""
    return _outside(server, SECONDS, durations.seconds, DURATION)


def _outside(
    server: Fields, bounds: Bounds, read: Callable[[object], Fraction | None], spelling: str
) -> Iterator[Problem]:
    """Yield the well-spelled settings that are out of bounds."""
    for name, (least, most) in bounds.items():
        path = f"{ADAPTER}.{name}"
        value = reading.text(server, *path.split("."))
        if fits(spelling, value) and not _is_between(read(value), read(least), read(most)):
            yield wrong(path, value, f"must be from {least} to {most}")


def _is_between(amount: Fraction | None, least: Fraction | None, most: Fraction | None) -> bool:
    if amount is None or least is None or most is None:
        return False
    return least <= amount <= most


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
