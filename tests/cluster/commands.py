"""What each verb of the command line does; results go to stdout, everything else to stderr."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.cluster import binaries, buildah, components, images, lifecycle, node, packages, ready
from tests.cluster.errors import RigError
from tests.cluster.processes import environment, marked, run
from tests.cluster.record import Owner, Record, Wish, age_seconds, existing, find, records


def up(arguments: argparse.Namespace) -> int:
    """Bring a cluster up and print its kubeconfig's path."""
    wish = Wish(
        name=arguments.name,
        kind=arguments.kind,
        kubernetes=arguments.kubernetes,
        family=arguments.ip_family,
        nodes=arguments.nodes,
        simulated_nodes=arguments.simulated_nodes,
    )
    owner = Owner.of(arguments.owner) if arguments.owner else None
    record = lifecycle.up(wish, owner)
    shown = record.kubeconfig
    if arguments.write:
        shown = arguments.write.resolve()
        _write_kubeconfig(record, shown)
    print(f"{wish.name} is up: {components.server(record)}", file=sys.stderr)
    print(f"use it with: export KUBECONFIG={shown}", file=sys.stderr)
    print('or, without a kubectl of your own: make rig ARGS="shell"', file=sys.stderr)
    print(shown)
    return 0


def down(arguments: argparse.Namespace) -> int:
    """Take a cluster down; that there is none is fine."""
    if find(arguments.name) is None:
        print(f"there is no cluster called {arguments.name}", file=sys.stderr)
    else:
        lifecycle.down(arguments.name)
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Print one line a cluster, or the programs of one."""
    if arguments.name:
        return _status_of(existing(arguments.name))
    known = records()
    if not known:
        print("no clusters", file=sys.stderr)
        return 0
    print(f"{'NAME':<20} {'KIND':<14} {'VERSION':<8} {'NODES':>5} {'AGE':>6}  STATE")
    for one in known:
        wish = one.wish
        nodes = wish.simulated_nodes if wish.kind == "control-plane" else wish.nodes
        minutes = f"{age_seconds(one) / 60:.0f}m"
        print(
            f"{wish.name:<20} {wish.kind:<14} {wish.kubernetes:<8} {nodes:>5} {minutes:>6}"
            f"  {_state(one)}"
        )
    return 0


def kubeconfig(arguments: argparse.Namespace) -> int:
    """Print the path for the variable KUBECONFIG."""
    print(existing(arguments.name).kubeconfig)
    return 0


def logs(arguments: argparse.Namespace) -> int:
    """Print the logs of one program, or the names of all."""
    record = existing(arguments.name)
    folder = record.logs / arguments.node if arguments.node else record.logs
    files = sorted(folder.rglob("*.log"))
    if arguments.component is None:
        print("\n".join(sorted({file.stem for file in files})))
        return 0
    chosen = [file for file in files if file.stem == arguments.component]
    if not chosen:
        known = ", ".join(sorted({file.stem for file in files}))
        raise RigError(f"there is no log of {arguments.component} (there are: {known})")
    for line in _lines(chosen, follow=arguments.follow):
        print(line, end="")
    return 0


def load(arguments: argparse.Namespace) -> int:
    """Put an image, by name or from an archive, into every node."""
    record = _with_nodes(arguments.name)
    node.load(record, images.archive_of(arguments.image).resolve())
    return 0


def build(arguments: argparse.Namespace) -> int:
    """Build an image and put it into every node."""
    record = None if arguments.no_load else _with_nodes(arguments.name)
    context = arguments.context or arguments.dockerfile.parent
    archive = images.build(arguments.dockerfile, arguments.tag, context)
    if record is None:
        print(archive)
    else:
        node.load(record, archive)
    return 0


def shell(arguments: argparse.Namespace) -> int:
    """Run a shell, or the words after `--`, with the cluster's programs and kubeconfig."""
    record = existing(arguments.name)
    words = arguments.words or [os.environ.get("SHELL", "/bin/sh")]
    words = words[1:] if words[0] == "--" else words
    enter = node.enter(record, arguments.node) if record.wish.kind == "node" else []
    inside = dict(environment(record))
    del inside[next(iter(record.mark))]  # a person's shell does not die with the cluster
    settings = {**os.environ, "PATH": inside["PATH"], "KUBECONFIG": str(record.kubeconfig)}
    settings["CONTAINERD_ADDRESS"] = components.CONTAINERD_SOCKET
    settings["CONTAINERD_NAMESPACE"] = "k8s.io"
    return subprocess.run([*enter, "env", "--", *words], env=settings, check=False).returncode


def prepare(arguments: argparse.Namespace) -> int:
    """Install and build all that the tests' clusters need, so that no test waits for it."""
    lifecycle.prepare(Wish(name="prepare", kind="control-plane", simulated_nodes=1))
    if os.geteuid() == 0:
        lifecycle.prepare(Wish(name="prepare", kind="node"))
    for name in arguments.images:
        print(images.archive_of(name))
    return 0


def prune(_: argparse.Namespace) -> int:
    """Delete what the cache holds of earlier versions."""
    for path in [*binaries.stale(), *images.stale()]:
        print(path)
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if os.geteuid() == 0 and not packages.missing(packages.IMAGES):
        buildah.prune()
    return 0


def _write_kubeconfig(record: Record, file: Path) -> None:
    """Write a kubeconfig that needs no other file, for the user who called us through sudo."""
    kubectl = [str(record.binaries / "kubectl"), f"--kubeconfig={record.kubeconfig}"]
    content = run([*kubectl, "config", "view", "--flatten", "--raw"], doing="reading kubeconfig")
    ours = [file] if file.parent.exists() else [file.parent, file]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)  # an old file could be open to others
        file.touch(mode=0o600)
        file.write_text(content)
        if "SUDO_UID" in os.environ:
            for path in ours:
                os.chown(path, int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"]))
    except OSError as error:
        raise RigError(f"--write {file}: {error.strerror}") from error


def _status_of(record: Record) -> int:
    print(f"name         {record.wish.name}\nstate        {_state(record)}")
    print(f"server       {components.server(record)}\nkubeconfig   {record.kubeconfig}")
    print(f"folder       {record.folder}\n\n{'PID':>8}  PROGRAM")
    for pid, name in sorted(marked(record).items()):
        print(f"{pid:>8}  {name}")
    for name, code in ready.ended(record).items():
        print(f"{'-':>8}  {name}: ended with exit code {code}")
    return 0


def _state(record: Record) -> str:
    if not marked(record):
        return "stopped (logs are kept until the next up or down)"
    return "broken" if ready.ended(record) else "running"


def _with_nodes(name: str) -> Record:
    record = existing(name)
    if record.wish.kind != "node":
        raise RigError(
            f"{name} has no nodes that could hold an image: bring one up with --kind node"
        )
    return record


def _lines(files: list[Path], *, follow: bool) -> Iterator[str]:
    """Yield the lines of *files*, and with *follow* those that are still to come."""
    streams = [file.open(errors="replace") for file in files]
    while True:
        for stream in streams:
            yield from stream
        if not follow:
            return
        time.sleep(0.2)
