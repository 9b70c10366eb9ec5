"""Which addresses and ports the cluster number *index* uses; two clusters never share one."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, get_args

Family = Literal["ipv4", "ipv6", "dual"]
FAMILIES: tuple[Family, ...] = get_args(Family)

LARGEST_INDEX = 15
LARGEST_NODE = 15
FIRST_PORT = 21000  # below the range from which the kernel hands out ports by itself
PORTS_EACH = 10

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Block:
    """The networks of one address family: one for nodes, one for Pods, one for Services."""

    nodes: Network
    pods: Network
    services: Network

    @property
    def host(self) -> str:
        """This machine, as the nodes see it."""
        return str(self.nodes[1])

    def node(self, number: int) -> str:
        """Return the address of node *number*, counted from 1."""
        return str(self.nodes[1 + number])

    def pods_of(self, number: int) -> Network:
        """Return the part of the Pod network that node *number* hands out."""
        prefix = 24 if self.pods.version == 4 else 64
        return _subnet(self.pods, prefix, number)


@dataclass(frozen=True)
class Addresses:
    """All addresses of one cluster; the first block's family is the one that Services prefer."""

    index: int
    blocks: tuple[Block, ...]

    @property
    def api(self) -> str:
        """The address of the API server of a cluster with nodes."""
        return self.blocks[0].node(1)

    @property
    def api_service(self) -> list[str]:
        """The cluster addresses of the Service `kubernetes`."""
        return [str(block.services[1]) for block in self.blocks]

    @property
    def dns(self) -> list[str]:
        """The cluster addresses of the name server."""
        return [str(block.services[10]) for block in self.blocks]

    def node(self, number: int) -> list[str]:
        """Return the addresses of node *number*, counted from 1."""
        return [block.node(number) for block in self.blocks]

    def port(self, number: int) -> int:
        """Return port *number* of those that this cluster may open on 127.0.0.1."""
        return FIRST_PORT + PORTS_EACH * self.index + number


def addresses(index: int, family: Family = "ipv4") -> Addresses:
    """Return the addresses of the cluster number *index*."""
    blocks = {
        "ipv4": (_ipv4(index),),
        "ipv6": (_ipv6(index),),
        "dual": (_ipv4(index), _ipv6(index)),
    }
    return Addresses(index, blocks[family])


def _ipv4(index: int) -> Block:
    return Block(
        nodes=ip_network(f"10.200.{index}.0/24"),
        pods=ip_network(f"10.210.{16 * index}.0/20"),
        services=ip_network(f"10.211.{16 * index}.0/20"),
    )


def _ipv6(index: int) -> Block:
    prefix = f"fd6b:6d63:70{index:02x}"
    return Block(
        nodes=ip_network(f"{prefix}::/64"),
        pods=ip_network(f"{prefix}:100::/60"),
        services=ip_network(f"{prefix}:200::/112"),
    )


def _subnet(network: Network, prefix: int, number: int) -> Network:
    first = int(network.network_address) + (number << (network.max_prefixlen - prefix))
    return ip_network((first, prefix)) if network.version == 4 else IPv6Network((first, prefix))


def url_host(address: str) -> str:
    """Return *address* as it stands in a URL."""
    return f"[{address}]" if ":" in address else address
