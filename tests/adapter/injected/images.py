"""The images that injected Pods run: one server in each of four kinds of image."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.adapter import puppet
from tests.adapter.contained.witness import witness
from tests.cluster.facade import Cluster
from tests.images.product import adapter
from tests.images.recipes import Recipe, built

HERE = Path(__file__).parent
SERVERS = HERE / "servers"
ADAPTER = "kmcp.test/adapter:1"
PYTHON_FILES = [Path(str(puppet.__file__)), *SERVERS.glob("*.py")]


@dataclass(frozen=True)
class Served:
    """An image with a server, and what this server is good for."""

    name: str
    base: str
    files: Callable[[], list[Path]]
    command: tuple[str, ...]
    tool: str
    arguments: dict[str, object] = field(default_factory=dict[str, object])
    answer: str = ""
    """What is in the answer to a call of that tool."""
    said: str = ""
    """What it says on stderr by then."""

    @property
    def image(self) -> str:
        """What Pods call it."""
        return f"kmcp.test/{self.name}:1"


def _static() -> list[Path]:
    return [witness() / "witness"]


def _musl() -> list[Path]:
    return [witness() / "witness-musl"]


PYTHON = Served(
    "puppet",
    "python:3.13-slim",
    lambda: PYTHON_FILES,
    ("python", "/server/puppet.py"),
    "stderr",
    {"kib": 1},
    "flooded",
    "e" * 1023,
)
NODE = Served(
    "greeter",
    "node:24-slim",
    lambda: [SERVERS / "greeter.mjs"],
    ("node", "/server/greeter.mjs"),
    "greet",
    {"name": "Ada"},
    "Hello, Ada!",
    "greeting Ada",
)
MUSL = Served(
    "musl",
    "alpine:3.22",
    _musl,
    ("/server/witness-musl",),
    "about",
    {},
    "ld-musl",
    "the witness is heard",
)
SCRATCH = Served(
    "scratch",
    "scratch",
    _static,
    ("/server/witness",),
    "about",
    {},
    '"loader":""',
    "the witness is heard",
)
INTRUDER = Served(
    "intruder", "python:3.13-slim", lambda: PYTHON_FILES, ("python", "/server/intruder.py"), "ping"
)
FOUR = (PYTHON, NODE, MUSL, SCRATCH)


def load(cluster: Cluster, *servers: Served) -> None:
    """Have the adapter's image and those of servers on every node."""
    cluster.load(adapter())
    for server in servers:
        cluster.load(_archive(server))


def _archive(server: Served) -> str:
    files = server.files()

    def fill(folder: Path) -> None:
        target = folder / "server"
        target.mkdir()
        for file in files:
            shutil.copy(file, target)

    arguments = {"BASE": server.base}
    return built(Recipe(server.name, HERE / "server.Dockerfile", files, fill, None, arguments))
