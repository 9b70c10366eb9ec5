"""The witness, a server that tells where it runs, built for every kind of image."""

import hashlib
import os
import platform
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.cluster import places

SOURCE = Path(__file__).with_name("witness")
LOADERS = {
    "x86_64": {"musl": "/lib/ld-musl-x86_64.so.1", "glibc": "/lib64/ld-linux-x86-64.so.2"},
    "aarch64": {"musl": "/lib/ld-musl-aarch64.so.1", "glibc": "/lib/ld-linux-aarch64.so.1"},
}[platform.machine()]
SECRET = "correct-horse-battery"
"""What the environment of every witness holds, and no tail may."""
AWKWARD = ["", "two words", "'\"`\\", "$(reboot)", "$HOME", "*", "ünï ☃ 🙂", "a\nb", "--", "-h", ""]
"""Arguments that a shell would change, and a careless program would take for its own."""


@cache
def witness() -> Path:
    """Return a folder with the witness: `witness` is static, `witness-musl` is not."""
    folder = places.cache().parent / "adapter"
    target = folder / f"witness-{_digest()}"
    with places.locked(folder):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                made = Path(scratch) / "made"
                _build(made / "witness", [])
                for kind, loader in LOADERS.items():
                    _build(made / f"witness-{kind}", ["-buildmode=pie", f"-ldflags=-I {loader}"])
                made.rename(target)
    return target


def _build(target: Path, flags: list[str]) -> None:
    settings = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    words = ["go", "build", "-trimpath", "-buildvcs=false", *flags, f"-o={target}", "."]
    subprocess.run(words, cwd=SOURCE, env=settings, check=True)


def _digest() -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for file in sorted(SOURCE.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
