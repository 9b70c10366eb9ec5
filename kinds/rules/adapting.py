"""Rules about the adapter's settings: amounts and durations that can be lived with."""

from collections.abc import Iterator
from fractions import Fraction

from kinds import durations, quantities, reading
from kinds.patterns import DURATION, QUANTITY, fits
from kinds.problems import Problem, wrong
from kinds.reading import Fields
from kinds.rules.rule import Rule

ADAPTER = "spec.adapter"
KIBI, GIBI = 1024, 1024**3
BYTES = {"limits.requestBytes": (KIBI, GIBI), "limits.messageBytes": (KIBI, 4 * GIBI)}
"""The least that holds a message at all, and the most that a Pod could."""
DAY = 86400
SECONDS = {
    "limits.requestTimeout": (Fraction(1), Fraction(DAY)),
    "sessions.idleTimeout": (Fraction(1), Fraction(30 * DAY)),
    "drainDelay": (Fraction(0), Fraction(600)),
}


def adapter_amounts_are_sensible(server: Fields) -> Iterator[Problem]:
    """A message has to fit, into the limit and into the memory."""
    for path, (least, most) in BYTES.items():
        value = reading.text(server, *ADAPTER.split("."), *path.split("."))
        amount = quantities.amount(value)
        if fits(QUANTITY, value) and (amount is None or not least <= amount <= most):
            sentence = f"must be from 1Ki to {most // GIBI}Gi: write it like 4Mi"
            yield wrong(f"{ADAPTER}.{path}", value, sentence)


def adapter_durations_are_sensible(server: Fields) -> Iterator[Problem]:
    """Nothing can be done in no time, and nobody waits for ever."""
    for path, (least, most) in SECONDS.items():
        value = reading.text(server, *ADAPTER.split("."), *path.split("."))
        seconds = durations.seconds(value)
        if fits(DURATION, value) and (seconds is None or not least <= seconds <= most):
            sentence = f"must be from {least}s to {most}s: write it like 30s or 5m"
            yield wrong(f"{ADAPTER}.{path}", value, sentence)


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
