"""The lock files: made by `make lock` with hashes and no addresses, verified by `make check`."""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.bench.adapter import lock as peers

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "locks" / "dev.txt"
FOREIGN = sorted((ROOT / "locks").glob("mcp-*.in"))
"""What others wrote and we test against: each list is an environment of its own."""
NPM = (
    ROOT / "locks" / "mcp-node",
    ROOT / "locks" / "peers" / "supergateway",
    ROOT / "locks" / "pyright",
    ROOT / "tests" / "cluster" / "images" / "node",
)
NOTICE = (
    "# Made by `make lock` from pyproject.toml. Do not edit: `make check` compares the digests."
)


def inputs_digest(pyproject: str) -> str:
    """Return a digest of all that decides the lock: the declared requirements and nothing else."""
    document = tomllib.loads(pyproject)
    project = document["project"]
    decisive = [
        project["requires-python"],
        project["dependencies"],
        project["optional-dependencies"],
        document["dependency-groups"],
        document["build-system"],
    ]
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def sealed(body: str, pyproject: str) -> str:
    """Return the lock file for *body*: the notice, both digests, the pinned requirements."""
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f"{NOTICE}\n# inputs {inputs_digest(pyproject)}\n# body {digest}\n{body}"


def problem(lock: str, pyproject: str) -> str | None:
    """Return what is wrong with *lock*, or None when it is just what `make lock` wrote."""
    lines = lock.splitlines(keepends=True)
    body = "".join(lines[3:])
    if lock == sealed(body, pyproject):
        return None
    if f"# inputs {inputs_digest(pyproject)}\n" not in lines[:3]:
        return "pyproject.toml asks for other packages than locks/dev.txt pins: run `make lock`"
    return "locks/dev.txt was edited by hand: run `make lock` instead"


def foreign(body: str, wanted: str) -> str:
    """Return the lock file for a list of packages that our tests run beside us."""
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in (wanted, body)]
    return (
        f"# Made by `make lock`. Do not edit.\n# inputs {digests[0]}\n# body {digests[1]}\n{body}"
    )


def foreign_problem(lock: str, wanted: str) -> str | None:
    """Return what is wrong with such a lock file, or None when it is just what was written."""
    if lock == foreign("".join(lock.splitlines(keepends=True)[3:]), wanted):
        return None
    return "edited by hand, or older than its list: run `make lock`"


def resolve(*wanted: str) -> str:
    """Return the pinned requirements with hashes and without any address."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11"]
    command += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
    uv = [sys.executable, "-m", *command, *wanted]
    return subprocess.run(uv, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def resolve_npm(folder: Path) -> None:
    """Pin what a package.json asks for, and drop the addresses that npm adds for human readers."""
    npm = str(Path(sys.executable).with_name("npm"))
    words = [npm, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    file = folder / "package-lock.json"
    lock = json.loads(file.read_text())
    for package in lock["packages"].values():
        for key in ("funding", "resolved"):
            package.pop(key, None)
    file.write_text(json.dumps(lock, indent=2) + "\n")


if __name__ == "__main__":
    from tests.repository import shipped  # which reads what is written here

    ours = resolve("--all-extras", "--group=dev", "pyproject.toml")
    LOCK.write_text(sealed(ours, (ROOT / "pyproject.toml").read_text()))
    shipped.write()
    for listed in FOREIGN:
        pinned = resolve(str(listed.relative_to(ROOT)))
        listed.with_suffix(".txt").write_text(foreign(pinned, listed.read_text()))
    peers.write()
    for npm_folder in NPM:
        resolve_npm(npm_folder)
