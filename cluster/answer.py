"""What somebody behind the API server says: a Service or a Pod that a request was passed on to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from urllib3 import BaseHTTPResponse

from cluster.errors import Unreadable

LARGEST = 16 * 2**20


@dataclass(frozen=True)
class Answer:
    """The whole of it, whatever it is."""

    status: int
    headers: Mapping[str, str]
    """By their names in small letters."""
    content: bytes = field(repr=False)


def whole(response: BaseHTTPResponse, doing: str) -> Answer:
    """Return all that is said, unless that is too much."""
    content = response.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Unreadable(f"{doing}: the answer is longer than {LARGEST >> 20} MiB")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, content)
