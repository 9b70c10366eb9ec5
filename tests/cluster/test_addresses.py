"""No two clusters ever share an address or a port."""

import itertools

import pytest

from tests.cluster.addresses import (
    LARGEST_INDEX,
    LARGEST_NODE,
    PORTS_EACH,
    Addresses,
    Network,
    addresses,
    url_host,
)

ALL = [addresses(index, "dual") for index in range(LARGEST_INDEX + 1)]


def networks(one: Addresses) -> list[Network]:
    return [net for block in one.blocks for net in (block.nodes, block.pods, block.services)]


def test_no_network_overlaps_another() -> None:
    everything = [net for one in ALL for net in networks(one)]
    for one, other in itertools.combinations(everything, 2):
        assert one.version != other.version or not one.overlaps(other)


def test_every_node_hands_out_a_part_of_the_pods_network_of_its_own() -> None:
    for block in (block for one in ALL for block in one.blocks):
        parts = [block.pods_of(number) for number in range(1, LARGEST_NODE + 1)]
        assert len(set(parts)) == LARGEST_NODE
        assert all(part.subnet_of(block.pods) for part in parts)  # type: ignore[arg-type]


def test_no_port_belongs_to_two_clusters() -> None:
    ports = [one.port(number) for one in ALL for number in range(PORTS_EACH)]
    assert len(set(ports)) == len(ports)
    assert max(ports) < 32768, "from there on the kernel hands out ports by itself"


@pytest.mark.parametrize(
    ("family", "api"),
    [("ipv4", "10.200.3.2"), ("ipv6", "fd6b:6d63:7003::2"), ("dual", "10.200.3.2")],
)
def test_the_family_decides_where_the_api_server_is(family: str, api: str) -> None:
    assert addresses(3, family).api == api  # type: ignore[arg-type]


def test_the_well_known_services_have_their_well_known_numbers() -> None:
    assert addresses(1, "dual").api_service == ["10.211.16.1", "fd6b:6d63:7001:200::1"]
    assert addresses(1, "dual").dns == ["10.211.16.10", "fd6b:6d63:7001:200::a"]


def test_an_ipv6_address_stands_in_brackets_in_a_url() -> None:
    assert url_host("fd00::1") == "[fd00::1]"
    assert url_host("10.0.0.1") == "10.0.0.1"
