"""What Helm makes of the chart, without a cluster."""

import subprocess
from functools import cache
from typing import Any

import pytest
import yaml

from tests.charts.installed import CHARTS, HOME, HelmError, helm
from tests.cluster.programs import NEWEST

Object = dict[str, Any]
HELMS = ("helm", pytest.param("helm-4", marks=pytest.mark.long))
"""Helm 3, and Helm 4, which takes minutes to build."""


def rendered(*flags: str, release: str = "kmcp", chart: str = "kmcp") -> tuple[Object, ...]:
    """Return the objects of a chart."""
    return rendered_by("helm", *flags, release=release, chart=chart)


def place(found: Object) -> tuple[str, str, str]:
    """Return what tells an object from all others; the order of kinds is each Helm's own."""
    metadata = found["metadata"]
    return found["kind"], metadata.get("namespace", ""), metadata["name"]


@cache
def rendered_by(
    program: str, *flags: str, release: str = "kmcp", chart: str = "kmcp"
) -> tuple[Object, ...]:
    """Return the objects of a chart; raise HelmError when it cannot be rendered."""
    words = ["template", release, str(CHARTS / chart), f"--namespace={HOME}"]
    words += [f"--kube-version={NEWEST}", *flags]
    done = subprocess.run([helm(program), *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise HelmError(done.stderr.strip())
    found = yaml.load_all(done.stdout, yaml.CSafeLoader)
    return tuple(one for document in found if document for one in inside(document))


def inside(document: Object) -> list[Object]:
    """Return what a document holds: itself, or in a List some more."""
    items: list[Object] = document["items"] if document["kind"] == "List" else [document]
    return items


def chosen(**values: str) -> tuple[str, ...]:
    """Return flags that choose values as JSON; a key's dots are written as two underscores."""
    return tuple(f"--set-json={name.replace('__', '.')}={text}" for name, text in values.items())


def of(objects: tuple[Object, ...], kind: str, name: str) -> Object:
    """Return one object."""
    (found,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def names(objects: tuple[Object, ...]) -> set[str]:
    """Return what each object is called, as kind/name, hooks apart."""
    return {
        f"{one['kind']}/{one['metadata']['name']}"
        for one in objects
        if "helm.sh/hook" not in one["metadata"].get("annotations", {})
    }


def within(value: Any, path: str) -> Any:  # noqa: ANN401 - YAML
    """Return what is at a path such as spec.template.0.name; None where there is nothing."""
    for key in path.split("."):
        if value is None:
            return None
        if key.isdigit():
            value = value[int(key)] if int(key) < len(value) else None
        else:
            value = value.get(key)
    return value
