"""Package the charts for publication: `make charts`.

The same commit gives the same bytes, whenever and wherever: what Helm packs is packed once more,
in order, with the time of the commit. The folder (dist/charts) can be served as it is by any web
server, for it has an index.yaml of all packages that lie in it, those of earlier versions too.
"""

import argparse
import gzip
import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
CHARTS = ("kmcp-crds", "kmcp")


def main(words: Sequence[str] | None = None) -> int:
    """Package both charts, write the index, and print the paths."""
    parser = argparse.ArgumentParser(description="Package the charts for publication.")
    parser.add_argument("--into", type=Path, default=ROOT / "dist" / "charts", metavar="FOLDER")
    parser.add_argument("--helm", default="helm", metavar="PROGRAM")
    chosen = parser.parse_args(words)
    chosen.into.mkdir(parents=True, exist_ok=True)
    made = [packaged(chosen.helm, name, chosen.into) for name in CHARTS]
    for path in [*made, indexed(chosen.helm, chosen.into)]:
        print(path)
    return 0


def packaged(helm: str, name: str, folder: Path) -> Path:
    """Write the package of a chart into *folder*, and return its path."""
    with tempfile.TemporaryDirectory() as scratch:
        words = [helm, "package", str(ROOT / "charts" / name), f"--destination={scratch}"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        (draft,) = Path(scratch).iterdir()
        target = folder / draft.name
        target.write_bytes(settled(draft.read_bytes(), moment()))
    return target


def settled(package: bytes, seconds: int) -> bytes:
    """Return the same package, with nothing in it that tells who packed it, or when."""
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(package)) as before,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as after,
    ):
        for member in sorted(before.getmembers(), key=lambda one: one.name):
            entry = tarfile.TarInfo(member.name)
            entry.size, entry.mode, entry.mtime = member.size, 0o644, seconds
            after.addfile(entry, before.extractfile(member))
    return gzip.compress(packed.getvalue(), mtime=0)


def moment() -> int:
    """Return when the charts were last changed, or what SOURCE_DATE_EPOCH says."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    words = ["git", "log", "-1", "--format=%ct", "--", "charts"]
    return int(subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def indexed(helm: str, folder: Path) -> Path:
    """Write the index of the packages in *folder*, and return its path."""
    subprocess.run([helm, "repo", "index", str(folder)], check=True)
    path = folder / "index.yaml"
    index: dict[str, Any] = yaml.safe_load(path.read_text())
    times = [0]
    for version in (one for versions in index["entries"].values() for one in versions):
        times.append(packed_at(folder / version["urls"][0]))
        version["created"] = written(times[-1])
    index["generated"] = written(max(times))
    path.write_text(yaml.safe_dump(index))
    return path


def packed_at(package: Path) -> int:
    """Return the time that the first file of a package has."""
    with tarfile.open(package) as archive:
        first = archive.next()
    return int(first.mtime) if first else 0


def written(seconds: int) -> str:
    """Return a time as Helm writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


if __name__ == "__main__":
    raise SystemExit(main())
