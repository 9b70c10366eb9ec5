"""Wait until a cluster is what its record wishes, and say why when it does not get there."""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.connection import Connection
from cluster.errors import ClusterError, NotFound
from tests.cluster.errors import RigError
from tests.cluster.processes import wait_until
from tests.cluster.record import Record

API_SECONDS = 180.0
NODES_SECONDS = 240.0
TAIL_LINES = 12


@dataclass(frozen=True)
class Start:
    """A cluster on its way up: its supervisors are our children, so their end cannot be missed."""

    record: Record
    api: Connection
    supervisors: Sequence[subprocess.Popen[bytes]]

    def wait_for_api(self) -> None:
        """Return once the API server is ready and hands out the accounts that Pods need."""
        self._wait(lambda: _answers(self.api, "/readyz"), "the API server", API_SECONDS)
        self.record.api_is_ready.touch()
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._wait(lambda: _answers(self.api, account), "the default ServiceAccount", API_SECONDS)

    def wait_for_nodes(self, count: int) -> None:
        """Return once *count* nodes are Ready."""
        self._wait(lambda: ready_nodes(self.api) >= count, f"{count} Ready nodes", NODES_SECONDS)

    def _wait(self, claim: Callable[[], bool], what: str, seconds: float) -> None:
        def holds() -> bool:
            dead = ended(self.record)
            for supervisor in self.supervisors:
                if supervisor.poll() is not None:
                    dead["supervisor"] = str(supervisor.returncode)
            if dead:
                names = ", ".join(f"{name} (exit code {code})" for name, code in dead.items())
                raise RigError(f"{names} ended while waiting for {what}\n{_explain(self.record)}")
            return claim()

        wait_until(holds, f"waiting for {what}", seconds, lambda: _explain(self.record))


def ready_nodes(api: Connection) -> int:
    """Return how many nodes are Ready."""
    nodes: list[dict[str, Any]] = json.loads(api.request("GET", "/api/v1/nodes"))["items"]
    return sum(_is_ready(node) for node in nodes)


def ended(record: Record) -> dict[str, str]:
    """Return the programs that ended by themselves, with their exit codes."""
    marks = sorted(record.logs.glob("**/*.ended"))
    return {mark.stem: code for mark in marks if (code := mark.read_text().strip()) != "0"}


def _explain(record: Record) -> str:
    dead = ended(record)
    logs = sorted(record.logs.glob("**/*.log"))
    shown = [log for log in logs if log.stem in dead] or logs
    return "\n".join(f"--- {log}\n{_tail(log)}" for log in shown)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])


def _answers(api: Connection, path: str) -> bool:
    try:
        api.request("GET", path)
    except NotFound:
        return False
    except ClusterError:  # not listening yet, or still starting its parts
        return False
    return True


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
