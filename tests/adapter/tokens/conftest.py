"""An issuer, and a gate that trusts it."""

from collections.abc import Iterator

import pytest

from tests.adapter.tokens.gated import Gated, gated
from tests.adapter.tokens.issuing import Issuer, issuing


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """Run an issuer."""
    with issuing() as running:
        yield running


@pytest.fixture
def gate(issuer: Issuer) -> Iterator[Gated]:
    """Run a gate before a page that says who came in."""
    with gated(issuer.name) as running:
        yield running
