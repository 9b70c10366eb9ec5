"""What a run found: every figure of every turn, and why there is none."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.adapter.rows import Line

DIRECT = "direct"
"""The child's own pipe, which stands among the peers where only latency is asked for."""

REASON_LENGTH = 160

Values = dict[str, dict[str, list[float]]]
Words = dict[str, dict[str, str]]


@dataclass
class Results:
    """Figures by line and peer."""

    peers: list[str]
    machine: str
    date: str
    quick: bool
    values: Values = field(default_factory=dict[str, dict[str, list[float]]])
    failures: Words = field(default_factory=dict[str, dict[str, str]])

    def add(self, line: Line, peer: str, value: float) -> None:
        """Keep one figure."""
        self.values.setdefault(line.key, {}).setdefault(peer, []).append(value)

    def fail(self, title: str, peer: str, why: str) -> None:
        """Keep why a peer has no figures for a way of asking; some name folders of the machine."""
        said = " ".join(why.split())[:REASON_LENGTH].replace(str(Path.home()), "~")
        self.failures.setdefault(title, {})[peer] = said

    def failure(self, title: str, peer: str) -> str | None:
        """Return why a peer did not do what it was asked, if so."""
        return self.failures.get(title, {}).get(peer)

    def median(self, line: Line, peer: str) -> float | None:
        """Return the figure of a peer, or None when it has none or failed."""
        if self.failure(line.title, peer):
            return None
        if line.figure == "added":
            return self._added(line, peer)
        found = self.values.get(line.key, {}).get(peer)
        return statistics.median(found) if found else None

    def _added(self, line: Line, peer: str) -> float | None:
        """Return how much longer a call takes than over the child's own pipe."""
        whole = self.median(Line(line.title, "p50"), peer)
        direct = self.median(Line(line.title, "p50"), DIRECT)
        return None if whole is None or direct is None else whole - direct

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_rounded(asdict(self)), indent=1) + "\n")


def read(path: Path) -> Results:
    """Return what an earlier run wrote."""
    return Results(**json.loads(path.read_text()))


def _rounded(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value
