"""The queries of dashboard and alerts in the chart, and what Prometheus makes of them."""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tests.adapter.programs import go_program
from tests.charts.installed import CHARTS

FILES = CHARTS / "kmcp" / "files"
READER = Path(__file__).with_name("promql")
VARIABLES = {"$__rate_interval": "5m", "$namespace": "a"}


@dataclass(frozen=True)
class Query:
    """One query."""

    place: str
    text: str
    told: str = ""
    """The sentences that are filled with labels of its result."""


class Matcher(msgspec.Struct):
    """A condition on a label, as a regular expression."""

    label: str
    pattern: str
    negated: bool


class Selected(msgspec.Struct):
    """A series that a query reads."""

    name: str
    matchers: list[Matcher]


class Grouping(msgspec.Struct):
    """Labels that a query keeps or joins by, and the series that have to have them."""

    labels: list[str] | None
    series: list[str]
    alone: bool
    """Whether no other labels are left."""


class Reading(msgspec.Struct):
    """What Prometheus' parser says of a query."""

    problem: str
    series: list[Selected] = field(default_factory=list[Selected])
    groupings: list[Grouping] = field(default_factory=list[Grouping])


def dashboard() -> dict[str, Any]:
    """Return the dashboard."""
    found: dict[str, Any] = json.loads((FILES / "dashboard.json").read_text())
    return found


def alerts() -> Iterator[dict[str, Any]]:
    """Yield every alert."""
    for file in sorted((FILES / "alerts").iterdir()):
        for group in yaml.safe_load(file.read_text()):
            yield from group["rules"]


def queries() -> Iterator[Query]:
    """Yield the queries of both."""
    for alert in alerts():
        yield Query(alert["alert"], alert["expr"], " ".join(alert["annotations"].values()))
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield Query(panel["title"], _filled(target["expr"]), target["legendFormat"])
    for variable in dashboard()["templating"]["list"]:
        if asked := re.fullmatch(r"label_values\((\w+), (\w+)\)", variable.get("definition", "")):
            yield Query(variable["name"], f"sum by ({asked[2]}) ({asked[1]})")


def readings(texts: Sequence[str]) -> list[Reading]:
    """Return what Prometheus' own parser says of queries."""
    done = subprocess.run([_reader()], input=json.dumps(texts).encode(), stdout=-1, check=True)
    return msgspec.json.decode(done.stdout, type=list[Reading])


@cache
def _reader() -> Path:
    return go_program("promql", READER)


def _filled(text: str) -> str:
    for name, value in VARIABLES.items():
        text = text.replace(name, value)
    return text
