"""The manifests beside this file: those that kmcp takes, and those that it refuses."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kinds import advice, defaults
from kinds.problems import Problem
from kinds.rules.catalogue import problems

HERE = Path(__file__).parent
RIGHT = sorted(HERE.joinpath("right").glob("*.yaml"))
WRONG = sorted(HERE.joinpath("wrong").glob("*.yaml"))
RUNNERS = defaults.Runners()

Object = dict[str, Any]


def load(path: Path) -> Object:
    """Return the manifest."""
    found: Object = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return found


@cache
def complete(path: Path) -> Object:
    """Return the manifest with its defaults, as rules and advice want it; do not change it."""
    return defaults.with_defaults(load(path), RUNNERS)


@cache
def found(path: Path) -> list[Problem]:
    """Return the mistakes in a manifest."""
    return problems(complete(path))


def warned(path: Path) -> list[str]:
    """Return what a user hears about a manifest."""
    return advice.warnings(complete(path))


def server(**deployment: Any) -> Object:  # noqa: ANN401 - JSON
    """Return a small server that runs, with these fields of its deployment changed."""
    return spec(deployment={"image": "registry.example.com/tool:1", "cmd": "tool", **deployment})


def spec(**fields: Any) -> Object:  # noqa: ANN401 - JSON
    """Return a stdio server with these fields of its spec."""
    return {"metadata": {"name": "tool"}, "spec": {"transportType": "stdio", **fields}}


def said(manifest: Object) -> list[str]:
    """Return the mistakes in an object as the lines that a user reads."""
    return [str(one) for one in problems(defaults.with_defaults(manifest, RUNNERS))]
