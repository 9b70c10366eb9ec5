"""What an adapter says of its server, as a sentence that stays the same until something is new."""

import re

from reconciler.observed import Answer

WAITS = ("waiting ", "the adapter is stopping")
"""How reasons begin that are no fault of the server."""
OURS = "ended by signal 15"
"""How a process ends that had to go because another one failed; it explains nothing."""
AGAIN = "the handshake failed: "
"""What the label says already."""
LABELS = (
    ("Unresponsive", ("answers nothing",)),
    ("HandshakeFailed", ("handshake", "did not answer", "server/discover")),
    ("ServerFailed", ("",)),
)
"""What is wrong in one word: the first of which one of the phrases was said."""

_COUNTS = re.compile(r"^the server fails to start \(\d+ times in a row\): |,? for \d+s\b")
"""What changes from one look to the next though nothing else does."""


def fault(answer: Answer) -> tuple[str, str, str] | None:
    """Return what goes wrong in a word and in a sentence, and what the server itself wrote.

    None means that nothing does, or that there is nothing to tell yet.
    """
    if answer.ready:
        return None
    reason = "" if answer.reason.startswith(WAITS) else _COUNTS.sub("", answer.reason)
    if OURS in reason:
        reason = ""
    failures = (one.partition("\n") for one in reversed(answer.failures))
    ending, _, written = next((one for one in failures if OURS not in one[0]), ("", "", ""))
    if reason and ending not in reason and reason not in ending:
        written = ""  # that failure was another time
    said = ending if reason in ending else reason
    return (_label(said), said.removeprefix(AGAIN), written.strip()) if said else None


def _label(said: str) -> str:
    return next(label for label, phrases in LABELS if any(one in said for one in phrases))
