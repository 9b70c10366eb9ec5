"""What the adapter tells about itself: metrics as Prometheus reads them, status as JSON."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from adapter.bridge import Bridge

Sample = tuple[str, dict[str, str], float]
Family = tuple[str, str, str, list[Sample]]


def families(bridge: "Bridge") -> Iterator[Family]:
    """Yield name, type, sentence and samples of every metric."""
    figures, supply = bridge.figures, bridge.supply

    def counted(name: str, label: str, counts: dict[Any, int]) -> list[Sample]:
        return [(name, {label: str(key)}, value) for key, value in sorted(counts.items())]

    def one(name: str, value: float) -> list[Sample]:
        return [(name, {}, value)]

    for name, sentence, label, counts in (
        ("requests_total", "Requests of clients, by front.", "front", figures.requests),
        ("refused_total", "Requests that reached no server.", "reason", figures.refused),
        ("errors_total", "Answers of servers that are errors, by code.", "code", figures.errors),
        ("sessions_total", "Sessions begun, by front.", "front", figures.sessions),
        ("processes_total", "Processes started and ended.", "what", figures.children),
    ):
        yield name, "counter", sentence, counted(name, label, dict(counts))
    for name, sentence, value in (
        ("client_bytes_total", "Bytes of requests.", figures.from_clients),
        ("server_bytes_total", "Bytes that servers wrote.", figures.from_servers),
        ("handshakes_total", "Handshakes with servers.", figures.handshakes),
        ("handshake_seconds_total", "What they took together.", figures.handshake_seconds),
        ("garbage_total", "Lines of servers that are no messages.", figures.garbage),
        ("unexpected_total", "Answers that nobody waited for.", figures.unexpected),
    ):
        yield name, "counter", sentence, one(name, value)
    for name, sentence, value in (
        ("in_flight", "Calls that wait for an answer.", figures.in_flight),
        ("sessions", "Sessions now.", len(bridge.keeper.sessions)),
        ("processes", "Processes now.", len(supply.children)),
        ("spares", "Processes that wait unused.", supply.spares),
        ("failed_starts", "Starts that failed since one succeeded.", supply.failed),
        ("connections", "Clients connected now.", sum(s.connections for s in bridge.servers)),
        ("ready", "Whether calls can be answered.", bridge.unready() is None),
    ):
        yield name, "gauge", sentence, one(name, value)


def exposition(bridge: "Bridge") -> bytes:
    """Return every metric as text."""
    lines: list[str] = []
    for name, kind, sentence, samples in families(bridge):
        lines += [f"# HELP kmcp_adapter_{name} {sentence}", f"# TYPE kmcp_adapter_{name} {kind}"]
        for sample, labels, value in samples:
            inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            told = f"{{{inside}}}" if inside else ""
            lines.append(f"kmcp_adapter_{sample}{told} {float(value):.15g}")
    return ("\n".join(lines) + "\n").encode()


def status(bridge: "Bridge") -> dict[str, Any]:
    """Return what a person wants to know, and what the reconciler reads."""
    reason = bridge.unready()
    knowledge = bridge.resident.knowledge
    return {
        "ready": reason is None,
        "reason": reason,
        "version": bridge.version,
        "server": None if knowledge is None else bridge.told(knowledge),
        "catalogue": bridge.resident.catalogue,
        "sessions": len(bridge.keeper.sessions),
        "inFlight": bridge.figures.in_flight,
        "processes": {
            "running": len(bridge.supply.children),
            "spare": bridge.supply.spares,
            "failedInARow": bridge.supply.failed,
        },
        "failures": [
            {
                "time": round(failure.at, 3),
                "reason": str(failure.ending),
                "stderr": failure.ending.tail,
            }
            for failure in bridge.supply.failures
        ],
        "launcher": msgspec.to_builtins(bridge.supply.spawner.facts()),
    }


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
