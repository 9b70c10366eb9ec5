"""How long admission takes, beside a webhook that decides nothing on the same stack: `make bench`.

Figures of the two come from the same run, in turns, because the machine's mood changes: what counts
is their ratio.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from certs.authority import Pair, Subject, authority, leaf
from cluster.connection import Body, connect
from tests.bench.open_loop import Figures, Target, burst, steady
from tests.cluster import session
from tests.cluster.facade import Cluster
from tests.kinds import asking
from tests.webhook.configured import register
from tests.webhook.program import Program, running
from tests.webhook.reviews import body, server

DAY = timedelta(days=1)
NOOP = "tests.bench.noop_webhook"
PRODUCT = "webhook"
PATH = "/mutate/mcpservers"
RATE = 100.0
TURNS = 6
BURST = 100
OBJECT_BYTES = 100_000
LARGEST_BYTES = 6_900_000
CROWD = 32
SERVERS = 500
CLIENTS = 8
SELECTED = {"kmcp.dev/bench": "on"}


def big_server() -> dict[str, Any]:
    """Return an MCPServer of about 100 kB, as a generous user would write it."""
    sidecar = {
        "name": "side",
        "image": "registry.example.com/side:1",
        "env": [{"name": f"SETTING_{n}", "value": "x" * 60} for n in range(200)],
        "volumeMounts": [{"name": f"data-{n}", "mountPath": f"/data/{n}"} for n in range(50)],
    }
    deployment: dict[str, Any] = {
        "image": "registry.example.com/server:1",
        "cmd": "/server",
        "env": {f"SETTING_{n}": "x" * 100 for n in range(500)},
        "args": [f"--flag-{n}=value" for n in range(200)],
        "volumes": [{"name": f"data-{n}", "emptyDir": {}} for n in range(50)],
        "volumeMounts": [{"name": f"data-{n}", "mountPath": f"/data/{n}"} for n in range(50)],
        "sidecars": [sidecar],
    }
    made = server({"deployment": deployment})
    missing = OBJECT_BYTES - len(json.dumps(made))
    made["metadata"]["annotations"] = {"note": "x" * max(missing, 0)}
    return made


@dataclass(frozen=True)
class Side:
    """One of the two webhooks, running."""

    name: str
    program: Program
    target: Target

    def memory(self, which: str = "VmRSS") -> float:
        """Return the resident memory of the process in MiB; VmHWM is the most there ever was."""
        status = Path(f"/proc/{self.program.process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith(which))
        return int(line.split()[1]) / 1024


@contextmanager
def side(folder: Path, module: str, root: Pair, *flags: str) -> Generator[Side]:
    """Run one webhook, with a certificate of *root*."""
    pair = leaf(root, Subject("bench", hosts=["127.0.0.1"]), DAY)
    files = {"certificate": pair.certificate, "key": pair.key, "ca": root.certificate}
    for name, content in files.items():
        (folder / f"{module}.{name}").write_bytes(content)
    words = [f"--{name}-file={folder / f'{module}.{name}'}" for name in files]
    with running(*words, *flags, module=module) as program:
        target = Target(program.port, PATH, folder / f"{module}.ca", body(big_server()))
        yield Side(module, program, target)


def compared(sides: Sequence[Side], seconds: float) -> None:
    """Ask both at the same rate, in turns, and print the figures and their ratio."""
    found = {one.name: Figures() for one in sides}
    for _ in range(TURNS):
        for one in sides:
            turn = steady(one.target, RATE, seconds / TURNS)
            found[one.name].seconds += turn.seconds
            found[one.name].failed += turn.failed
    for name, figures in found.items():
        print(f"{RATE:g} reviews/s of 100 kB for {seconds:g} s, {name}: {figures.line()}")
    ratio = found[PRODUCT].percentile(0.99) / found[NOOP].percentile(0.99)
    print(f"p99 is {ratio:.2f} times that of the webhook that decides nothing (at most 5)")


def bursts(sides: Sequence[Side]) -> None:
    """Ask both many times at once, and print when the last answer came."""
    for one in sides:
        slowest = [max(burst(one.target, BURST).seconds) for _ in range(3)]
        middle = statistics.median(slowest)
        print(f"a burst of {BURST}, {one.name}: answered within {middle:.2f} s (median of 3)")


def crowded(one: Side) -> None:
    """Ask with the largest requests, more of them at once than are held, and print the memory.

    Many small values take the most: the limit of the webhook's container follows from this.
    """
    per_value = len('"SETTING_000000": "xxxxxxxxxxxxxxxxxxxx", ')
    env = {f"SETTING_{n:06}": "x" * 20 for n in range(LARGEST_BYTES // per_value)}
    document = server({"deployment": {"image": "example/server:1", "cmd": "/server", "env": env}})
    found = burst(replace(one.target, body=body(document)), CROWD)
    answered = f"{len(found.seconds)} answered, {found.failed} turned away"
    most = one.memory("VmHWM")
    print(f"{CROWD} requests of {LARGEST_BYTES / 1e6:.1f} MB at once: {most:.0f} MiB, {answered}")


def created(cluster: Cluster, prefix: str) -> Figures:
    """Create many servers from several clients at once, and return how long each took."""
    path = f"/apis/kagent.dev/v1alpha1/namespaces/{cluster.namespace}/mcpservers"

    def create(number: int) -> float:
        document = server(name=f"{prefix}-{number}", namespace=cluster.namespace)
        started = time.monotonic()
        cluster.api.request("POST", path, body=Body(json.dumps(document).encode()))
        return time.monotonic() - started

    with ThreadPoolExecutor(CLIENTS) as pool:
        return Figures([*pool.map(create, range(SERVERS))])


def through_the_api_server(folder: Path) -> None:
    """Print what admission adds to the time that a user waits for."""
    root = authority("bench", DAY)
    with session.own("control-plane") as rig, rig.namespace("bench") as cluster:
        asking.install(cluster)
        cluster.kubectl("label", "namespace", cluster.namespace, "kmcp.dev/bench=on")
        created(cluster, "warm-up")
        bare = created(cluster, "bare")
        with side(folder, PRODUCT, root, f"--kubeconfig={rig.kubeconfig}") as one:
            url = f"https://127.0.0.1:{one.target.port}"
            api = connect(rig.kubeconfig)
            with register(api, "kmcp-bench", url, root.certificate, SELECTED):
                checked = created(cluster, "checked")
            api.close()
            print(f"{SERVERS} MCPServers from {CLIENTS} clients, no webhook: {bare.line()}")
            print(f"{SERVERS} MCPServers from {CLIENTS} clients, checked: {checked.line()}")
            added = (checked.percentile(0.99) - bare.percentile(0.99)) * 1000
            print(f"admission adds {added:.1f} ms at p99; memory {one.memory():.0f} MiB")


def main() -> None:
    """Run every comparison and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.admission", description=__doc__)
    help_text = "how long to ask each of the two (60)"
    parser.add_argument("--seconds", type=float, default=60, metavar="N", help=help_text)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = authority("bench", DAY)
        nobody = folder / "nobody"
        nobody.write_text("{}")
        with (
            side(folder, NOOP, root) as noop,
            side(folder, PRODUCT, root, f"--kubeconfig={nobody}") as product,
        ):
            compared([noop, product], seconds)
            bursts([noop, product])
            print(f"memory of the worker under this load: {product.memory():.0f} MiB (under 90)")
            crowded(product)
        through_the_api_server(folder)


if __name__ == "__main__":
    main()
