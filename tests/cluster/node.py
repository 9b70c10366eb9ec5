"""A cluster with real nodes: each is a set of namespaces on this machine with all its programs."""

from pathlib import Path
from subprocess import Popen

from tests.cluster import addons, archive, cgroups, components, network, node_files, pki
from tests.cluster.components import Launch
from tests.cluster.errors import RigError
from tests.cluster.processes import command_line, marked, run, supervise
from tests.cluster.ready import Start
from tests.cluster.record import Record
from tests.cluster.supervisor import Plan


def node_names(record: Record) -> list[str]:
    """Return the nodes' names."""
    return [f"node{number}" for number in range(1, record.wish.nodes + 1)]


def start_nodes(record: Record) -> list[Popen[bytes]]:
    """Make networks and control groups, start every node, and return their supervisors."""
    _write_pki(record)
    (record.folder / "Corefile").write_text(components.corefile(record))
    pause = record.folder / "pause.tar"
    archive.write(pause, node_files.PAUSE_IMAGE, {"/pause": record.binaries / "pause"}, ["/pause"])
    network.create(record)
    return [_start_node(record, number) for number in range(1, record.wish.nodes + 1)]


def finish(start: Start) -> None:
    """Wait for the nodes, then add what a cluster has besides them: names and metrics."""
    addons.apply(start.record)
    start.wait_for_nodes(start.record.wish.nodes)


def remove(record: Record) -> None:
    """Remove networks and control groups; every process must have ended before."""
    network.remove(record)
    for number in range(1, record.wish.nodes + 1):
        cgroups.remove(cgroup(record, number))


def cgroup(record: Record, number: int) -> str:
    """Return the control group of node *number*."""
    return network.namespace(record, number)


def enter(record: Record, node: str) -> list[str]:
    """Return the words that run a command inside *node*, where its sockets and mounts are."""
    words = ["nsenter", "--target", str(_first_process(record, node)), "--mount", "--net", "--pid"]
    return [*words, f"--wd={Path.cwd()}"]


def load(record: Record, image: Path) -> None:
    """Put the image archive into the container runtime of every node."""
    for node in node_names(record):
        ctr = [str(record.binaries / "ctr"), "-a", components.CONTAINERD_SOCKET, "-n", "k8s.io"]
        words = [*enter(record, node), *ctr, "images", "import", str(image)]
        run(words, doing=f"loading {image.name} into {node}")


def _write_pki(record: Record) -> None:
    numbers = range(1, record.wish.nodes + 1)
    nodes = {f"node{number}": [*record.addresses.node(number), "127.0.0.1"] for number in numbers}
    api = [*record.addresses.node(1), *record.addresses.api_service]
    pki.write(record.folder / "pki", components.server(record), api, nodes)


def _start_node(record: Record, number: int) -> Popen[bytes]:
    folder = record.folder / f"node{number}"
    cgroups.create(cgroup(record, number))
    node_files.write(record, number, folder, f"/{cgroup(record, number)}")
    plan = Plan(
        folder=str(folder),
        is_node=True,
        logs=str(record.logs / f"node{number}"),
        launches=_launches(record, number, folder),
    )
    # nsenter, not `ip netns exec`: that one mounts a new /sys, in which there are no cgroups.
    inside = ["nsenter", f"--net=/run/netns/{network.namespace(record, number)}"]
    apart = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    return supervise(record, plan, [*inside, *apart])


def _launches(record: Record, number: int, folder: Path) -> list[Launch]:
    first = [
        components.etcd(record),
        components.apiserver(record),
        components.controller_manager(record),
        components.scheduler(record),
        components.coredns(record),
        components.metrics_server(record),
    ]
    every = [
        components.containerd(str(folder)),
        components.pause_image(str(record.folder / "pause.tar")),
        components.kubelet(record, f"node{number}", str(folder)),
        components.kube_proxy(str(folder)),
    ]
    return [*first, *every] if number == 1 else every


def _first_process(record: Record, node: str) -> int:
    """Return the process number, as seen from outside, of the node's PID 1."""
    plan = str(record.folder / node / "plan.json").encode()
    for pid in marked(record):
        words = command_line(pid)
        if plan in words and Path(words[0].decode()).name not in {"unshare", "nsenter"}:
            return pid
    raise RigError(f"{node} of {record.wish.name} is not running")
