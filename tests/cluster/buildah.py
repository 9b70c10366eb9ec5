"""The few things that we ask of buildah, with a store of our own and without a daemon."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.cluster import packages
from tests.cluster.places import cache
from tests.cluster.processes import run

POLICY = '{"default": [{"type": "insecureAcceptAnything"}]}'
REGISTRIES = 'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "disabled"\n'


def has(name: str) -> bool:
    """Say whether the store holds the image *name*."""
    listed = _buildah("images", "--format", "{{.Name}}:{{.Tag}}", doing="listing images")
    return name in listed.split()


def identity(name: str) -> str:
    """Return the digest by which the content of *name* is known."""
    words = ["inspect", "--type", "image", "--format", "{{.FromImageID}}", name]
    return _buildah(*words, doing=f"inspecting {name}").strip()


def pull(name: str) -> None:
    """Fetch *name* from its registry."""
    _buildah("pull", *_trust(), name, doing=f"pulling {name}")


def build(
    dockerfile: Path,
    name: str,
    context: Path,
    arguments: Mapping[str, str] | None = None,
    mounts: Mapping[Path, str] | None = None,
) -> None:
    """Build *dockerfile* on the images of the store, keeping every layer for the next time.

    *arguments* fill its ARGs; folders of this machine in *mounts* are there while it runs commands.
    """
    words = ["bud", "--isolation=chroot", "--pull=never", "--layers", *_trust()]
    words += [f"--build-arg={key}={value}" for key, value in (arguments or {}).items()]
    words += [f"--volume={folder}:{place}:ro" for folder, place in (mounts or {}).items()]
    words += [f"--file={dockerfile.resolve()}", f"--tag={name}", str(context.resolve())]
    _buildah(*words, doing=f"building {name}")


def prune() -> None:
    """Drop the layers that no named image needs any more."""
    _buildah("rmi", "--prune", "--force", doing="pruning images")


def export(name: str, target: Path) -> Path:
    """Write *name* to the archive *target*, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch:
        half_done = Path(scratch) / "image.tar"
        words = ["push", "--quiet", *_trust(), name, f"docker-archive:{half_done}:{name}"]
        _buildah(*words, doing=f"exporting {name}")
        half_done.rename(target)
    return target


def _buildah(*words: str, doing: str) -> str:
    """Run buildah where its mounts are nobody else's and end with it."""
    packages.ensure_root()
    packages.ensure(packages.IMAGES)
    store = _store()
    with tempfile.TemporaryDirectory(prefix="kmcp-buildah-") as scratch:
        options = [f"--root={store}", f"--runroot={scratch}", "--storage-driver=overlay"]
        options += [f"--registries-conf={store.parent / 'registries.conf'}"]
        apart = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--mount-proc"]
        return run([*apart, "buildah", *options, *words], doing=doing)


def _store() -> Path:
    store = cache() / "images" / "store"
    store.mkdir(parents=True, exist_ok=True)
    (store.parent / "policy.json").write_text(POLICY)
    (store.parent / "registries.conf").write_text(REGISTRIES)
    return store


def _trust() -> list[str]:
    return [f"--signature-policy={_store().parent / 'policy.json'}"]
