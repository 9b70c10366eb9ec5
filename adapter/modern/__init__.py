"""Clients of revision 2026-07-28, which knows no sessions: every request stands alone."""

from typing import Protocol

from adapter.figures import Figures
from adapter.modern.front import Modern
from adapter.modern.policy import Policy, Sharing
from adapter.resident import Resident
from adapter.settings import Settings
from adapter.supply import Supply


class Bridge(Protocol):
    """What serving modern clients needs of the rest (adapter.bridge.Bridge)."""

    settings: Settings
    supply: Supply
    figures: Figures
    resident: Resident
    version: str


def modern(bridge: Bridge) -> Modern:
    """Return what serves modern clients, wherever the resident is."""
    settings = bridge.settings
    policy = Policy(
        version=bridge.version,
        sharing=Sharing(settings.isolation),
        start_seconds=settings.start_timeout,
        request_seconds=settings.request_timeout,
        parked=settings.parked_calls,
    )
    made = Modern(bridge.supply, policy, bridge.figures)
    bridge.resident.on_child = made.adopt
    return made
