"""What npx and uvx need, which fetch the server when it starts: a home that can be written."""

from kinds import transport
from kinds.reading import Fields, fields, text
from reconciler.config import Config

HOME_VOLUME = "kmcp-home"
HOME = "/home/kmcp"
CACHES = {"npx": {"npm_config_cache": f"{HOME}/.npm"}, "uvx": {"UV_CACHE_DIR": f"{HOME}/.cache/uv"}}


def is_runner(server: Fields) -> bool:
    """Say whether the server is fetched when it starts."""
    return _command(server) in transport.RUNNERS


def environment(server: Fields) -> dict[str, str]:
    """Return the variables that lead to the home; what a user says otherwise holds."""
    return {"HOME": HOME, **CACHES[_command(server)]} if is_runner(server) else {}


def has_our_image(server: Fields, config: Config) -> bool:
    """Say whether the image is the one that we chose, of which we know that it needs no root."""
    image = text(server, "spec", "deployment", "image")
    return is_runner(server) and image == getattr(config.runners, _command(server))


def _command(server: Fields) -> str:
    return transport.command(fields(server.get("spec")))
