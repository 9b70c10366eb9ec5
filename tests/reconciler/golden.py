"""`python -m tests.reconciler.golden` writes the objects of servers anew: read the change!"""

from pathlib import Path

import yaml

from reconciler.desired import desired
from reconciler.observed import Observed
from tests.kinds.corpus import RIGHT
from tests.reconciler.worlds import CONFIG, of_file, present

FOLDER = Path(__file__).with_name("golden")
KEPT = (
    "filesystem-mcp",  # the examples of the guide: 1 to 6, and the short ones
    "aws-s3-mcp",
    "api-mcp-server",
    "configured-mcp",
    "http-native-mcp",
    "advanced-mcp",
    "filesystem-server",
    "http-mcp-server",
    "mi-mcp-server",
    "service-account-of-three-clouds",
    "everything",
    "npx-without-image",
    "uvx-without-image",
    "privileged",
    "service-account-of-yours",
    "sidecar-mounts-the-config-volume",
    "replicas-left-to-an-autoscaler",
)
INPUTS = [path for path in RIGHT if path.stem in KEPT]


def golden(path: Path) -> Path:
    """Return where the objects are kept."""
    return FOLDER / path.name


def text(path: Path) -> str:
    """Return the objects of a server of the corpus."""
    server = of_file(path)
    wish = desired(server, Observed(references=present(server)), CONFIG)
    return yaml.dump_all(wish.manifests(), Dumper=_Whole, sort_keys=False, allow_unicode=True)


class _Whole(yaml.SafeDumper):
    """Spells out what is in two places."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - of the base
        return True


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for given in INPUTS:
        golden(given).write_text(text(given), encoding="utf-8")
