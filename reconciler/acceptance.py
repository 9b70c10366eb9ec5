"""What the reconciler understands by a stored MCPServer, and what keeps it from being run."""

from kinds.defaults import with_defaults
from kinds.reading import Fields
from kinds.rules.catalogue import problems
from kinds.schema import spec_fits
from reconciler.config import Config


def understood(server: Fields, config: Config) -> Fields:
    """Return the server with its defaults: everything else here wants it so."""
    return with_defaults(server, config.runners)


def mistakes(server: Fields) -> tuple[str, ...]:
    """Return why a server whose defaults are filled in cannot run, as lines for people."""
    return tuple(str(one) for one in problems(server))


def prepare() -> None:
    """Have ready what the first look at a server would wait for, and each thread make anew."""
    spec_fits()
