"""What the Dockerfiles of the stand-ins copy from: gathered from Debian, npm and our own build."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import binaries, packages
from tests.cluster.places import cache
from tests.cluster.processes import run
from tests.cluster.programs import programs

RELEASE = "trixie"
FALLBACK_MIRROR = "http://deb.debian.org/debian"


@contextmanager
def context(source: Path) -> Generator[Path]:
    """Yield a folder with the Dockerfile in *source* and all that it copies."""
    # Not in /tmp: that is often a small tmpfs on which debootstrap refuses to make devices.
    with tempfile.TemporaryDirectory(dir=cache() / "images", prefix=".context-") as scratch:
        folder = Path(scratch)
        shutil.copytree(source, folder, dirs_exist_ok=True)
        if gather := GATHER.get(source.name):
            gather(folder)
        yield folder


def _debian(folder: Path) -> None:
    """Bootstrap a minimal Debian: it stands in for the slim image, and under all the others."""
    packages.ensure(packages.IMAGES)
    root = folder / "bootstrap"
    words = ["debootstrap", "--variant=minbase", "--include=ca-certificates", RELEASE]
    apart = ["unshare", "--mount", "--propagation=private"]
    run([*apart, *words, root, _mirror()], doing=f"bootstrapping Debian {RELEASE}")
    tar = ["tar", "--one-file-system", "--exclude=./var/cache/apt/archives/*.deb"]
    tar += ["--exclude=./dev/*", "--exclude=./var/lib/apt/lists/*", "--numeric-owner"]
    run(
        [*tar, f"--directory={root}", f"--file={folder / 'root.tar'}", "--create", "."],
        doing="packing Debian",
    )
    shutil.rmtree(root)


def _node(folder: Path) -> None:
    """Fetch Node and npm, as locked beside the Dockerfile."""
    npm = Path(sys.executable).with_name("npm")
    words: list[str | Path] = [
        npm,
        "ci",
        "--prefix",
        folder,
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]
    run(words, doing="fetching Node from npm")


def _alpine(folder: Path) -> None:
    """Unpack BusyBox, which needs no library at all, and musl, which is the only one there."""
    root = folder / "root"
    for place in ("bin", "etc", "lib", "tmp", "proc", "sys", "dev"):
        (root / place).mkdir(parents=True)
    run(["apt-get", "update", "--quiet"], doing="reading Debian's package lists")
    for package in ("busybox-static", "musl"):
        fetch = ["sh", "-c", f"cd {folder} && apt-get download {package}"]
        run(fetch, doing=f"downloading {package}")
        unpacked = folder / package
        archive = next(folder.glob(f"{package}_*.deb"))
        run(["dpkg-deb", "-x", archive, unpacked], doing=f"unpacking {package}")
    busybox = next(folder.glob("busybox-static/**/bin/busybox"))
    shutil.copy(busybox, root / "bin")
    for library in (folder / "musl").glob("**/libc.so"):
        loader = f"ld-musl-{library.parent.name.partition('-')[0]}.so.1"
        shutil.copy(library, root / "lib" / loader)
    for applet in run([busybox, "--list"], doing="listing BusyBox").split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "tmp").chmod(0o1777)


def _probe(folder: Path) -> None:
    """Copy our own static program."""
    shutil.copy(binaries.ensure(programs(("probe",)))["probe"], folder / "probe")


GATHER: dict[str, Callable[[Path], None]] = {
    "debian": _debian,
    "node": _node,
    "alpine": _alpine,
    "probe": _probe,
}


def _mirror() -> str:
    """Return the Debian mirror that this machine uses."""
    sites = run(["apt-get", "indextargets", "--format", "$(SITE)"], doing="asking apt").split()
    return next((site for site in sites if site.rstrip("/").endswith("/debian")), FALLBACK_MIRROR)
