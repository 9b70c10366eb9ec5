"""`python -m tests.kinds.golden` writes anew what is said about the manifests: read the change!"""

from collections.abc import Callable, Iterable
from pathlib import Path

from tests.cluster import session
from tests.kinds import asking, corpus
from tests.kinds.corpus import HERE, RIGHT, WRONG

WRONG_GOLDEN = HERE / "wrong.txt"
WARNED_GOLDEN = HERE / "warned.txt"
WEBHOOK_GOLDEN = HERE / "webhook-only.txt"


def refused() -> str:
    """Return every wrong manifest with what a user reads about it."""
    return _chapters(WRONG, lambda path: map(str, corpus.found(path)))


def warned() -> str:
    """Return every right manifest about which there is a warning."""
    return _chapters([path for path in RIGHT if corpus.warned(path)], corpus.warned)


def _chapters(paths: list[Path], lines: Callable[[Path], Iterable[str]]) -> str:
    return "\n".join(
        "\n".join([path.stem, *(f"  {line}" for line in lines(path)), ""]) for path in paths
    )


if __name__ == "__main__":
    WRONG_GOLDEN.write_text(refused(), encoding="utf-8")
    WARNED_GOLDEN.write_text(warned(), encoding="utf-8")
    with session.own("control-plane") as running, running.namespace("golden") as namespace:
        asking.install(namespace)
        accepted = asking.webhook_only(namespace)
    WEBHOOK_GOLDEN.write_text("\n".join([*accepted, ""]), encoding="utf-8")
