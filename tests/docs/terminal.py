"""A terminal in which commands run as the documents show them, but for addresses and files."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.repository.lock import ROOT

SECONDS = 180.0


class CommandError(Exception):
    """A command failed; the message is the command, and what it printed."""


class Terminal:
    """A shell in the folder of the repository, with programs and a home of its own."""

    def __init__(self, home: Path, kubeconfig: Path | None, **programs: Path) -> None:
        """Have *programs* on the PATH, each by the name that it is given here."""
        folder = home / "bin"
        folder.mkdir(parents=True)
        for name, path in programs.items():
            (folder / name).symlink_to(path)
        chosen = {"KUBECONFIG": str(kubeconfig)} if kubeconfig else {}
        self._environment = {
            **os.environ,
            **chosen,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "HELM_CACHE_HOME": str(home / "cache"),
            "HELM_CONFIG_HOME": str(home / "config"),
            "HELM_DATA_HOME": str(home / "data"),
        }
        self.means: dict[str, str] = {}
        """What stands in a document, and what is meant by it here."""

    def __call__(self, command: str, also: Mapping[str, str] | None = None) -> str:
        """Return what a command prints."""
        for shown, meant in {**self.means, **(also or {})}.items():
            command = command.replace(shown, meant)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            env=self._environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if done.returncode != 0:
            raise CommandError(f"$ {command}\n{done.stdout}{done.stderr}".strip())
        return done.stdout
