"""The names of images, and what a Dockerfile stands on."""

import pytest

from tests.cluster.errors import RigError
from tests.cluster.images import bases, can_pull, full_name


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("alpine:3.22", "docker.io/library/alpine:3.22"),
        ("alpine", "docker.io/library/alpine:latest"),
        ("mcp/fetch:1", "docker.io/mcp/fetch:1"),
        ("ghcr.io/kagent-dev/kmcp/controller:0.1.0", "ghcr.io/kagent-dev/kmcp/controller:0.1.0"),
        ("localhost/mine", "localhost/mine:latest"),
        ("localhost:5000/mine", "localhost:5000/mine:latest"),
        ("alpine@sha256:00", "docker.io/library/alpine@sha256:00"),
    ],
)
def test_a_name_is_completed_as_the_container_runtime_does_it(short: str, full: str) -> None:
    assert full_name(short) == full


def test_the_bases_are_the_images_that_no_stage_makes() -> None:
    dockerfile = """
FROM --platform=$BUILDPLATFORM python:3.13-slim AS builder
RUN true
from alpine:3.22
COPY --from=builder /x /x
FROM builder AS last
FROM scratch
"""
    assert bases(dockerfile) == [
        "docker.io/library/python:3.13-slim",
        "docker.io/library/alpine:3.22",
    ]


@pytest.mark.parametrize(
    ("arguments", "image"),
    [
        ({}, "docker.io/library/python:3.13-slim"),
        ({"PYTHON": "registry.test/python:3"}, "registry.test/python:3"),
        ({"DIGEST": "sha256:00"}, "docker.io/library/python:3.13-slim@sha256:00"),
    ],
)
def test_a_base_may_be_an_argument_of_the_build(arguments: dict[str, str], image: str) -> None:
    dockerfile = """
ARG PYTHON=python:3.13-slim
ARG DIGEST=
FROM ${PYTHON}${DIGEST:+@$DIGEST} AS builder
ARG PYTHON=another
FROM $PYTHON${DIGEST:+@$DIGEST}
"""
    assert bases(dockerfile, arguments) == [image]


def test_a_wrong_choice_of_base_images_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KMCP_BASE_IMAGES", "never")
    with pytest.raises(RigError, match="KMCP_BASE_IMAGES=never: choose auto, pull or stand-in"):
        can_pull()
