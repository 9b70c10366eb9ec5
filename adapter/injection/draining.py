"""How the time that a Pod has to end is shared out: to the server, to the calls in flight."""

from fractions import Fraction

from adapter.injection import pods
from adapter.injection.chosen import Chosen
from kinds.adapter import Adapter
from kinds.durations import seconds
from kinds.reading import Fields, number

USUAL_SECONDS = 30
RESERVE_SECONDS = 5
"""What the server has to end in, once the calls are answered."""
STEP_SECONDS = 2
"""Between the last answer and the moment when the launcher waits no longer."""

LONGEST_SECONDS = Fraction(3600)
"""The adapter takes no longer time."""


def grace(pod: Fields, server: Fields) -> int:
    """Return how many seconds the launcher may wait for the adapter after SIGTERM.

    A preStop hook that sleeps has used up some of the Pod's time by then.
    """
    slept = number(server, "lifecycle", "preStop", "sleep", "seconds") or 0
    return max(1, _all(pod) - slept - RESERVE_SECONDS)


def flags(pod: Fields, chosen: Chosen) -> list[str]:
    """Return what the adapter is told: how long to go on accepting, how long calls may take."""
    whole = Fraction(_patience(pod, chosen))
    delay = _delay(chosen.adapter)
    shorter = min(delay, whole / 2)
    told = [] if shorter == delay else [f"--drain-delay={_duration(shorter)}"]
    rest = min(max(Fraction(0), whole - shorter - STEP_SECONDS), LONGEST_SECONDS)
    return [*told, f"--grace={_duration(rest)}"]


def shortened(pod: Fields, chosen: Chosen) -> int | None:
    """Return the seconds there are to drain, when a user wants to accept calls for longer."""
    if chosen.adapter.drain_delay == Adapter().drain_delay:
        return None
    whole = _patience(pod, chosen)
    return whole if _delay(chosen.adapter) > Fraction(whole) / 2 else None


def _patience(pod: Fields, chosen: Chosen) -> int:
    """Return how long the launcher of this Pod's server waits."""
    servers = pods.named(pod, chosen.container)
    return grace(pod, servers[0].container if servers else {})


def _all(pod: Fields) -> int:
    given = number(pod, "spec", "terminationGracePeriodSeconds")
    return USUAL_SECONDS if given is None else given


def _delay(adapter: Adapter) -> Fraction:
    return seconds(adapter.drain_delay) or Fraction(0)


def _duration(exact: Fraction) -> str:
    return f"{exact}s" if exact.denominator == 1 else f"{round(exact * 1000)}ms"
