"""The official conformance suite: run it against a URL, and compare with what is expected."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.mcp.foreign import JAVASCRIPT, script

SUITE = "@modelcontextprotocol/conformance"
EXPECTED = Path(__file__).with_name("expected")
REVISIONS = ("2025-11-25", "2026-07-28")
SCENARIO_MILLISECONDS = 30_000
RUN_SECONDS = 600.0
RESULT = re.compile(r"server-(?P<scenario>.+)-\d{4}-\d\d-\d\dT[\d-]+Z")
SEVERITY = ("FAILURE", "WARNING")
"""What needs an explanation, worst first; the suite also knows SUCCESS, INFO and SKIPPED."""

UNSCORED = {
    "2025-11-25": ("server-session-lifecycle", "json-schema-2020-12", "server-sse-polling"),
    "2026-07-28": (
        "json-schema-2020-12",
        "http-header-validation",
        "http-custom-header-server-validation",
    ),
}
"""Scenarios that count for us though the suite does not score them yet."""

Problems = dict[str, dict[str, str]]
"""Scenario, check and status of what is neither passed nor beside the point."""


@dataclass(frozen=True)
class Check:
    """One check that the suite made; many carry the same identifier."""

    scenario: str
    id: str
    status: str
    message: str


def required(revision: str) -> set[str]:
    """Return the scenarios that we look at: those the revision requires, and a few more."""
    folder = JAVASCRIPT.ready() / "node_modules" / SUITE / "requirements"
    listed: dict[str, Any] = yaml.safe_load((folder / f"{revision}.yaml").read_text())
    return {*listed["server"], *UNSCORED[revision]}


def run(url: str, revision: str) -> tuple[Check, ...]:
    """Return every check of the scenarios we look at."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["server", "--url", url, "--requirements", revision, "--output-dir", folder]
        words += ["--timeout", str(SCENARIO_MILLISECONDS)]
        said = subprocess.run(
            [*script(f"{SUITE}/dist/index.js"), *words],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_SECONDS,
        ).stdout
        checks = tuple(_checks(Path(folder)))
    wanted = required(revision)
    missing = wanted - {check.scenario for check in checks}
    if missing:
        raise RuntimeError(f"the suite left out {sorted(missing)}:\n{said}")
    return tuple(check for check in checks if check.scenario in wanted)


def _checks(folder: Path) -> Iterable[Check]:
    for file in folder.glob("*/checks.json"):
        named = RESULT.fullmatch(file.parent.name)
        assert named, file.parent.name
        scenario = named["scenario"]
        found: list[dict[str, Any]] = json.loads(file.read_text())
        for one in found or [{"id": "nothing-checked", "status": "INFO"}]:
            yield Check(scenario, one["id"], one["status"], one.get("errorMessage") or "")


def expected(name: str) -> Problems:
    """Return the problems that are known and explained in expected/NAME.yaml, if there are any."""
    file = EXPECTED / f"{name}.yaml"
    return yaml.safe_load(file.read_text()) or {} if file.exists() else {}


def differences(checks: Iterable[Check], known: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return what is new and what is over, in sentences; nothing when all is as expected."""
    worst = _worst(checks)
    found = {key: check.status for key, check in worst.items()}
    awaited = {(name, id): known[name][id] for name in known for id in known[name]}
    news = [
        f"{name}: {id} is a {status}: {worst[name, id].message}"
        for (name, id), status in sorted(found.items())
        if awaited.get((name, id)) != status
    ]
    over = [
        f"{name}: {id} is expected to be a {awaited[name, id]} and is none: remove the line"
        for name, id in sorted(awaited.keys() - found.keys())
    ]
    return news + over


def _worst(checks: Iterable[Check]) -> dict[tuple[str, str], Check]:
    bad = [check for check in checks if check.status in SEVERITY]
    bad.sort(key=lambda check: SEVERITY.index(check.status), reverse=True)
    return {(check.scenario, check.id): check for check in bad}
