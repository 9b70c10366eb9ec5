"""Warnings: short, and only where they help; those about right manifests stand in warned.txt."""

from pathlib import Path

import pytest

from kinds.advice import LONGEST, shortened, warnings
from kinds.defaults import with_defaults
from tests.kinds import corpus
from tests.kinds.corpus import RIGHT, RUNNERS, WRONG, Object, server, spec


def warned(manifest: Object) -> list[str]:
    """Return what a user hears about a manifest."""
    return warnings(with_defaults(manifest, RUNNERS))


@pytest.mark.parametrize("path", [*RIGHT, *WRONG], ids=lambda path: path.stem)
def test_a_warning_is_short_and_names_its_field(path: Path) -> None:
    for line in corpus.warned(path):
        assert len(line) <= LONGEST
        assert line.startswith("spec.")


def test_a_server_that_names_a_version_is_fine() -> None:
    assert warned(server()) == []


WARNED: dict[str, tuple[Object, list[str]]] = {
    "runners bring versions of their own": (spec(deployment={"cmd": "npx"}), []),
    "one replica needs no word": (server(replicas=1), []),
    "http servers have no sessions of ours": (
        spec(
            transportType="http",
            httpTransport={"targetPort": 1},
            deployment={"image": "a:1", "replicas": 3},
        ),
        [],
    ),
    "an adapter of an http server": (
        spec(
            transportType="http",
            httpTransport={"targetPort": 1},
            adapter={},
            deployment={"image": "a:1"},
        ),
        ["spec.adapter: has no effect with transportType http"],
    ),
    "four secrets": (
        server(env={"A_TOKEN": "x", "B_SECRET": "x", "C_PASSWORD": "x", "D_APIKEY": "x"}),
        ["spec.deployment.env: A_TOKEN, B_SECRET, C_PASSWORD … can be read here: use secretRefs"],
    ),
    "a secret without a value": (server(env={"A_TOKEN": ""}), []),
    "our settings in the wrong place": (
        server(annotations={"kmcp.dev/inject": "true"}, labels={"kmcp.dev/x": "y"}),
        [
            "spec.deployment.labels: kmcp.dev/x has no effect here; settings are in the spec",
            "spec.deployment.annotations: kmcp.dev/inject has no effect here; settings are in "
            "the spec",
        ],
    ),
    "a ConfigMap twice": (
        server(configMapRefs=[{"name": "a"}, {"name": "a"}]),
        ["spec.deployment.configMapRefs[1]: a is listed twice"],
    ),
    "an image as a volume": (
        server(volumes=[{"name": "models", "image": {"reference": "models:latest"}}]),
        [
            "spec.deployment.volumes[0].image.reference: latest, or no tag, is another image "
            "tomorrow; name a version"
        ],
    ),
}


@pytest.mark.parametrize(("manifest", "lines"), WARNED.values(), ids=WARNED)
def test_warnings_come_where_they_help(manifest: Object, lines: list[str]) -> None:
    assert warned(manifest) == lines


def test_long_names_are_cut_so_that_the_reader_sees_it() -> None:
    (line,) = warned(server(env={"X" * 200 + "_TOKEN": "x"}))
    assert len(line) == LONGEST
    assert line.endswith("…")
    assert shortened("short") == "short"


def test_values_of_variables_are_never_repeated() -> None:
    assert "hunter2" not in "".join(warned(server(env={"DB_PASSWORD": "hunter2"})))
