"""How a server speaks, where it listens: said by the user, or told from the rest of the spec."""

from kinds import reading
from kinds.reading import Fields

STDIO = "stdio"
HTTP = "http"
RUNNERS = ("npx", "uvx")
"""Programs that fetch the server themselves, so that kmcp knows an image for them."""

DEFAULT_PORT = 3000
BLOCKS = ("stdioTransport", "httpTransport")


def transport(spec: Fields) -> str | None:
    """Return stdio or http; None when it is neither said nor to be told without guessing."""
    said = spec.get("transportType")
    if said is not None:
        return said if said in (STDIO, HTTP) else None
    return told_transport(spec)


def told_transport(spec: Fields) -> str | None:
    """Return the transport that the blocks and the command tell of, whatever is said."""
    stdio, http = has_block(spec, "stdioTransport"), has_block(spec, "httpTransport")
    if stdio and http:
        return None
    if http:
        return HTTP
    return STDIO if stdio or command(spec) else None


def has_block(spec: Fields, name: str) -> bool:
    """Say whether the block is there, even with nothing in it: `stdioTransport:` is null in YAML.

    Server-side apply leaves a null, too, where the last member of a block was dropped.
    """
    return name in spec


def command(spec: Fields) -> str:
    """Return the command, or an empty text."""
    return reading.text(spec, "deployment", "cmd")


def is_port(value: object) -> bool:
    """Say whether the value is a port."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535


def port(spec: Fields) -> int:
    """Return the Service's port."""
    given = reading.number(spec, "deployment", "port")
    return DEFAULT_PORT if given is None else given
