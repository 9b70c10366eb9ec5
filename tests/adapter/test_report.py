"""Figures are told to the last digit: a rate is the difference of two large numbers."""

import re

import pytest

from tests.adapter.client import Client
from tests.adapter.program import serving

pytestmark = pytest.mark.slow

MILLION = 2**20


def test_large_figures_lose_no_digit() -> None:
    with serving() as adapter:
        client = Client(adapter.wait_ready())
        client.initialize()
        told = list[int]()
        for text in ("x" * MILLION, "y"):
            assert client.call("echo", text=text).status == 200
            page = adapter.ask("/metrics")[1]
            found = re.search(r"^kmcp_adapter_client_bytes_total (\d+)$", page, re.MULTILINE)
            assert found is not None, page
            told.append(int(found[1]))
        assert told[0] > MILLION
        assert 0 < told[1] - told[0] < 1000
