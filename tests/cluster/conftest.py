"""Fixtures for tests of the rig itself, which bring up clusters of their own."""

import os
from collections.abc import Iterator

import pytest

from tests.cluster.session import rig


@pytest.fixture
def names() -> Iterator[list[str]]:
    """Lend two names for clusters, and take down what was brought up by them."""
    chosen = [f"t{os.getpid()}-{letter}" for letter in "ab"]
    yield chosen
    for name in chosen:
        rig("down", f"--name={name}")
