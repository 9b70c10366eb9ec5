"""Fetch a document from an address that was checked, bounded in size and time. Blocks."""

import ssl
import time
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import cast
from urllib.error import HTTPError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from adapter.tokens.refusals import Absent, Unreachable

MOST_BYTES = 256 * 1024
PIECE = 16 * 1024
SECONDS = 5.0
HEADERS = {"Accept": "application/json", "User-Agent": "kmcp-adapter", "Connection": "close"}


def fetched(address: str) -> bytes:
    """Return what *address* answers; raise Unreachable when that is nothing good."""
    deadline = time.monotonic() + SECONDS
    try:
        with _opener(address).open(Request(address, headers=HEADERS), timeout=SECONDS) as response:
            return _bounded(cast("HTTPResponse", response), deadline)
    except HTTPError as error:
        error.close()
        raise Absent(f"{address} answered {error.code}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(f"{address} cannot be read: {error}") from error


def from_file(path: Path) -> bytes:
    """Return the content of a file; raise Unreachable when it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreachable(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise Unreachable(f"{path} is larger than {MOST_BYTES} bytes")
    return content


def _opener(address: str) -> OpenerDirector:
    """Return what opens addresses and follows no redirect: where keys come from is settled."""
    opener = OpenerDirector()
    handlers = [HTTPDefaultErrorHandler(), HTTPErrorProcessor()]
    if address.startswith("https:"):
        handlers += [ProxyHandler(), HTTPSHandler(context=ssl.create_default_context())]
    else:  # this machine, which no proxy needs to reach
        handlers += [HTTPHandler()]
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def _bounded(response: HTTPResponse, deadline: float) -> bytes:
    content = bytearray()
    while piece := response.read1(PIECE):
        content += piece
        if len(content) > MOST_BYTES:
            raise Unreachable(f"what was fetched is larger than {MOST_BYTES} bytes")
        if time.monotonic() > deadline:
            raise Unreachable(f"what was fetched took more than {SECONDS:g}s")
    return bytes(content)
