"""The network of a cluster with nodes: a bridge on this machine, a network namespace per node."""

import hashlib
import json
import socket
from ipaddress import ip_network
from pathlib import Path

from tests.cluster.addresses import PORTS_EACH, Addresses, Network
from tests.cluster.processes import run
from tests.cluster.record import Record

NAMESPACES = Path("/run/netns")
BRIDGE_FILTER = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
"""Without it, answers between two Pods of a node bypass the Service proxy's translation."""


def bridge(record: Record) -> str:
    """Return the bridge's name, which follows from the cluster's, so that `down` finds it."""
    return f"kmcp{_digest(record)}"


def namespace(record: Record, number: int) -> str:
    """Return the name of node *number*'s network namespace."""
    return f"{bridge(record)}-{number}"


def is_free(wanted: Addresses) -> bool:
    """Say whether no route of this machine leads into one of the networks already."""
    routes = [*_ip_json("-4", "route"), *_ip_json("-6", "route")]
    taken = [ip_network(route["dst"]) for route in routes if route["dst"] != "default"]
    return not any(_is_inside(one, net) for net in _networks(wanted) for one in taken)


def ports_are_free(wanted: Addresses) -> bool:
    """Say whether nobody listens on a port that a cluster without nodes would open."""
    return all(_is_free_port(wanted.port(number)) for number in range(PORTS_EACH))


def create(record: Record) -> None:
    """Make bridge, namespaces, cables, addresses and routes."""
    if not BRIDGE_FILTER.exists():
        run(["modprobe", "br_netfilter"], doing="loading the kernel module br_netfilter")
    _ip("link", "add", bridge(record), "type", "bridge")
    for block in record.addresses.blocks:
        nodad = ["nodad"] if block.nodes.version == 6 else []
        host = f"{block.host}/{block.nodes.prefixlen}"
        _ip("address", "add", host, "dev", bridge(record), *nodad)
    _ip("link", "set", bridge(record), "up")
    for number in range(1, record.wish.nodes + 1):
        _connect(record, number)
    _route_to_pods(record)


def remove(record: Record) -> None:
    """Undo *create*, however far it got."""
    links = {link["ifname"] for link in _ip_json("link")}
    names = {entry["name"] for entry in _ip_json("netns")}
    for number in range(1, record.wish.nodes + 1):
        if _cable(record, number) in links:
            _ip("link", "delete", _cable(record, number))
        if namespace(record, number) in names:
            _ip("netns", "delete", namespace(record, number))
    if bridge(record) in links:
        _ip("link", "delete", bridge(record))
    if NAMESPACES.is_mount() and not any(NAMESPACES.iterdir()):  # `ip netns add` leaves it behind
        run(["umount", NAMESPACES], doing=f"unmounting {NAMESPACES}")
        NAMESPACES.rmdir()


def _connect(record: Record, number: int) -> None:
    inside, cable = namespace(record, number), _cable(record, number)
    _ip("netns", "add", inside)
    _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", inside)
    _ip("link", "set", cable, "master", bridge(record), "up")
    for device in ("lo", "eth0"):
        _ip("-n", inside, "link", "set", device, "up")
    for block in record.addresses.blocks:
        nodad = ["nodad"] if block.nodes.version == 6 else []
        own = f"{block.node(number)}/{block.nodes.prefixlen}"
        _ip("-n", inside, "address", "add", own, "dev", "eth0", *nodad)
        _ip("-n", inside, "route", "add", "default", "via", block.host)


def _route_to_pods(record: Record) -> None:
    """Let this machine and every node reach the Pods of every node, and this machine Services."""
    numbers = range(1, record.wish.nodes + 1)
    for block in record.addresses.blocks:
        _ip("route", "add", str(block.services), "via", block.node(1))
        for there in numbers:
            pods, way = str(block.pods_of(there)), block.node(there)
            _ip("route", "add", pods, "via", way)
            for here in numbers:
                if here != there:
                    _ip("-n", namespace(record, here), "route", "add", pods, "via", way)


def _cable(record: Record, number: int) -> str:
    return f"kmcp{_digest(record)}{number:02d}"


def _digest(record: Record) -> str:
    """Return six letters that differ between clusters, also of other users and checkouts."""
    return hashlib.sha256(str(record.folder).encode()).hexdigest()[:6]


def _networks(wanted: Addresses) -> list[Network]:
    return [net for block in wanted.blocks for net in (block.nodes, block.pods, block.services)]


def _is_inside(route: Network, ours: Network) -> bool:
    """Say whether *route* would win over ours; a wider one, such as a VPN's, would not."""
    return route.version == ours.version and route.subnet_of(ours)  # type: ignore[arg-type]


def _ip(*words: str) -> None:
    run(["ip", *words], doing=f"ip {' '.join(words)}")


def _ip_json(*words: str) -> list[dict[str, str]]:
    printed = run(["ip", "-json", *words], doing=f"ip {' '.join(words)}")
    found: list[dict[str, str]] = json.loads(printed or "[]")
    return found


def _is_free_port(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
