from __future__ import annotations

from wizfi_emu.air.segment import UNREACHABLE, Member, Neighbours, Server, Servers, soft_ap_server
from wizfi_emu.air.world import Dhcp

MASK = "255.255.255.0"
OWN, OTHER, GATEWAY = "192.168.12.10", "192.168.12.11", "192.168.12.1"


def network() -> Server:
    server = Servers().of(Dhcp())
    assert server.segment.enter(OWN, Member("127.0.0.1", isolated=False))
    assert server.segment.enter(OTHER, Member("127.0.0.2", isolated=False))
    return server


def test_networks_with_the_same_addresses_are_one() -> None:
    servers = Servers()
    first, second = servers.of(Dhcp()), servers.of(Dhcp(delay_ms=5, dns=()))
    assert first.segment is second.segment
    assert second.delay_ms == 5
    assert servers.of(Dhcp(start="192.168.12.20")).segment is not first.segment
    assert Servers().of(Dhcp()).segment is not first.segment


def test_others_are_seen_both_ways() -> None:
    here = Neighbours(network(), OWN, MASK, isolated=False)
    assert here.host_of(OTHER) == "127.0.0.2"
    assert here.address_of("127.0.0.2") == OTHER
    assert here.answers(OTHER) is True


def test_own_address_and_unknown_ones_are_nobodys() -> None:
    here = Neighbours(network(), OWN, MASK, isolated=False)
    for address in (OWN, GATEWAY, "192.168.12.77", "10.0.0.1", "no address", ""):
        assert here.host_of(address) is None
        assert here.answers(address) is None
    assert here.address_of("127.0.0.1") is None
    assert here.address_of("127.0.0.9") is None


def test_who_is_outside_of_the_own_netmask_is_not_reached() -> None:
    here = Neighbours(network(), OWN, "255.255.255.255", isolated=False)
    assert here.host_of(OTHER) is None
    assert here.answers(OTHER) is None


def test_isolated_module_reaches_the_router_alone() -> None:
    server = network()
    here = Neighbours(server, OWN, MASK, isolated=True)
    assert here.host_of(OTHER) == UNREACHABLE
    assert here.host_of("192.168.12.77") == UNREACHABLE
    assert here.host_of(GATEWAY) is None
    assert here.host_of("10.0.0.1") is None
    assert here.answers(OTHER) is False
    assert here.answers(GATEWAY) is None


def test_isolated_others_are_not_reached() -> None:
    server = network()
    server.segment.enter("192.168.12.12", Member("127.0.0.3", isolated=True))
    here = Neighbours(server, OWN, MASK, isolated=False)
    assert here.host_of("192.168.12.12") == UNREACHABLE
    assert here.answers("192.168.12.12") is False


def test_address_is_its_first_owners() -> None:
    segment = network().segment
    assert not segment.enter(OTHER, Member("127.0.0.3", isolated=False))
    segment.leave(OTHER)
    segment.leave(OTHER)
    assert segment.member(OTHER) is None
    assert segment.address_of("127.0.0.2") is None
    assert segment.enter(OTHER, Member("127.0.0.3", isolated=False))
    assert segment.address_of("127.0.0.3") == OTHER


def test_member_without_a_host_address_answers_and_is_not_connected_to() -> None:
    server = network()
    server.segment.enter("192.168.12.12", Member("", isolated=False))
    here = Neighbours(server, OWN, MASK, isolated=False)
    assert here.host_of("192.168.12.12") is None
    assert here.answers("192.168.12.12") is True


def test_module_is_router_and_name_server_of_its_own_network() -> None:
    server = soft_ap_server("192.168.1.1", MASK)
    assert (server.gateway, server.dns, server.netmask) == ("192.168.1.1", ("192.168.1.1",), MASK)
    assert server.segment.pool.take("a") == "192.168.1.2"
    assert soft_ap_server("nonsense", "").segment.pool.take("a") == "0.0.0.1"
