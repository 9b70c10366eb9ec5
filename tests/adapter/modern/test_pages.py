"""Where an older server wants a page to be opened first, the client is asked to open it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapter.modern.clients import Modern, error
from tests.adapter.modern.pages import PAGE
from tests.adapter.program import Adapter, serving

pytestmark = pytest.mark.slow

SERVER = (sys.executable, str(Path(__file__).with_name("pages.py")))
URL: dict[str, Any] = {"elicitation": {"url": {}}}


@pytest.fixture
def adapter() -> Iterator[Adapter]:
    with serving(SERVER) as running:
        yield running.wait_ready()


def asked(client: Modern) -> tuple[str, str]:
    result = client.call("open").json["result"]
    ((key, question),) = result["inputRequests"].items()
    assert question == {"method": "elicitation/create", "params": PAGE}
    return result["requestState"], key


def test_after_the_page_the_request_is_made_again(adapter: Adapter) -> None:
    client = Modern(adapter, **URL)
    state, key = asked(client)
    assert client.retry("open", state, {key: {"action": "accept"}}).text == "opened"


def test_who_does_not_open_the_page_hears_that(adapter: Adapter) -> None:
    client = Modern(adapter, **URL)
    state, key = asked(client)
    assert error(client.retry("open", state, {key: {"action": "decline"}})) == (200, -32000)


def test_a_client_that_opens_no_pages_hears_what_is_needed(adapter: Adapter) -> None:
    answer = Modern(adapter).call("open")
    assert error(answer) == (400, -32021)
    assert answer.json["error"]["data"] == {"requiredCapabilities": URL}
