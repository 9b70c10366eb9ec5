"""The lock files of the peers: `python -m tests.bench.adapter.lock` resolves them anew."""

import hashlib
import subprocess
import sys

from tests.bench.adapter.places import LOCKS, ROOT

PYTHON = ("fastmcp", "mcp", "mcp-proxy")
"""One environment each: they ask for different versions of the same SDK."""
NPM = (LOCKS / "supergateway",)
"""Folders with a package.json."""


def sealed(name: str, body: str) -> str:
    """Return the lock file for *body*: what it is, its digest, the pinned requirements."""
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f"# {name} and all it needs, made by `make lock`. Do not edit.\n# body {digest}\n{body}"


def resolve(name: str) -> str:
    """Return the pinned requirements of a package, with hashes and without any address."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11"]
    command += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
    words = [sys.executable, "-m", *command, "-"]
    return subprocess.run(
        words, cwd=ROOT, input=name, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def problem(name: str, lock: str) -> str | None:
    """Return what is wrong with a lock file, or None when it is just what was resolved."""
    body = "".join(lock.splitlines(keepends=True)[2:])
    if lock == sealed(name, body):
        return None
    return f"locks/peers/{name}.txt was edited by hand: run `make lock` instead"


def write() -> None:
    """Pin the newest versions."""
    for name in PYTHON:
        (LOCKS / f"{name}.txt").write_text(sealed(name, resolve(name)))


if __name__ == "__main__":
    write()
