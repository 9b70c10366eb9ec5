"""Fill the environment of an image; runs while that is built, with nothing but Python and pip.

furnish.py TARGET packages LOCK ARCHITECTURE   what others wrote, as locked
furnish.py TARGET ours FOLDER …                what we wrote
"""

import compileall
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from email.message import Message
from pathlib import Path
from py_compile import PycInvalidationMode
from re import Pattern
from re import compile as pattern

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
LIBRARIES = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")
"""What the base image, Debian trixie, can run."""
HERE = Path("/source")
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
UNUSED = pattern(
    r"/(config-[^/]*|ensurepip|idlelib|lib2to3|pydoc_data|test|tests|tkinter|turtledemo"
    r"|site-packages|dist-packages)/"
)
"""Large parts of Python's library that we never import, and what is not part of it."""
NEEDLESS = ("bin", "kubernetes/aio")
"""What packages bring and nobody calls: commands, and a second client of Kubernetes, of 70 MB."""


def packages(target: Path, lock: str, architecture: str) -> None:
    """Install the locked packages for *architecture*, and compile Python's library."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", target], check=True)
    machine = MACHINES[architecture]
    words = ["install", "--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile"]
    words += ["--no-cache-dir", "--no-warn-script-location", "--disable-pip-version-check"]
    words += [f"--platform={library}_{machine}" for library in LIBRARIES]
    words += [f"--target={_site(target)}", f"--requirement={lock}"]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True)
    for one in NEEDLESS:
        shutil.rmtree(_site(target) / one, ignore_errors=True)
    _compile(target, Path(sysconfig.get_path("stdlib")), UNUSED)
    _compile(target, _site(target))


def ours(target: Path, *folders: str) -> None:
    """Install our packages, under the name by which they ask for their version."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    about = _site(target) / f"kmcp-{project['version']}.dist-info"
    about.mkdir()
    metadata = Message()
    metadata["Metadata-Version"] = "2.4"
    for name in ("name", "version", "license"):
        metadata["License-Expression" if name == "license" else name.title()] = project[name]
    (about / "METADATA").write_text(metadata.as_string())
    shutil.copy(HERE / "LICENSE", about)
    for folder in folders:
        shutil.copytree(HERE / folder, _site(target) / folder)
        _compile(target, _site(target) / folder)


def _site(target: Path) -> Path:
    return target / "lib" / PYTHON / "site-packages"


def _compile(target: Path, folder: Path, apart: Pattern[str] | None = None) -> None:
    """Compile what is in *folder* into the target, so that no clock or check matters at start."""
    sys.pycache_prefix = str(target / "bytecode")
    mode = PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(folder, 20, quiet=1, rx=apart, invalidation_mode=mode):
        sys.exit(f"{folder} cannot be compiled")


if __name__ == "__main__":
    into, what, *others = sys.argv[1:]
    {"packages": packages, "ours": ours}[what](Path(into), *others)
