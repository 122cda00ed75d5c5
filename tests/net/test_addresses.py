from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.hostnetwork import HostRule as Rule
from wizfi_emu.air.segment import Member, Neighbours, Servers
from wizfi_emu.air.world import Dhcp, World
from wizfi_emu.net.addresses import REMEMBERED_PEERS, AddressMap, Blocked, Endpoint

HOST = "127.0.0.5"
ELSEWHERE = ("192.0.2.0/24",)
"""Allowed, so that a rule may pass something; no rule of these tests leads there."""


def reach(host_map: HostMap, address: str, port: int = 80) -> Endpoint | Blocked:
    return AddressMap(HOST, host_map).reach(address, port)


def test_default_world_is_at_the_host_address_on_the_same_port() -> None:
    for address in ("192.168.12.60", "8.8.8.8", "255.255.255.255", "127.0.0.1"):
        assert AddressMap(HOST).reach(address, 5000) == (HOST, 5000)


@pytest.mark.parametrize("address", ["0.0.0.0", "", "1.2.3", "1.2.3.256", "::1", "example.org", "1.2.3.4/8"])
def test_what_is_no_destination(address: str) -> None:
    assert AddressMap(HOST).reach(address, 80) is Blocked.NOWHERE


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_what_is_no_port(port: int) -> None:
    assert AddressMap(HOST).reach("10.0.0.1", port) is Blocked.NOWHERE


def test_longest_prefix_wins_whatever_the_order() -> None:
    rules = (
        Rule("0.0.0.0/0", "refuse"),
        Rule("10.0.0.0/8", "silent"),
        Rule("10.1.0.0/16", "map", host="127.0.0.9"),
        Rule("10.1.2.3", "map", port=8080),
    )
    for host_map in (HostMap(rules), HostMap(rules[::-1])):
        assert reach(host_map, "11.0.0.1") is Blocked.REFUSED
        assert reach(host_map, "10.9.9.9") is Blocked.SILENT
        assert reach(host_map, "10.1.9.9") == ("127.0.0.9", 80)
        assert reach(host_map, "10.1.2.3") == (HOST, 8080)


def test_among_equals_a_rule_for_the_port_wins_then_the_first() -> None:
    rules = (
        Rule("10.0.0.1", "refuse"),
        Rule("10.0.0.1", "silent"),
        Rule("10.0.0.1", "map", port=8080, match_port=80),
    )
    assert reach(HostMap(rules), "10.0.0.1", 80) == (HOST, 8080)
    assert reach(HostMap(rules), "10.0.0.1", 81) is Blocked.REFUSED


def test_nothing_leaves_the_machine_unless_allowed() -> None:
    inside = (Rule("10.0.0.0/8", "pass"), Rule("127.0.0.1", "pass"))
    assert reach(HostMap(inside, allow=ELSEWHERE), "10.0.0.1") is Blocked.FORBIDDEN
    assert reach(HostMap(inside, allow=ELSEWHERE), "127.0.0.1") == ("127.0.0.1", 80)
    rules = (*inside, Rule("11.0.0.0/8", "map", host="10.0.0.1"))
    for address in ("10.0.0.1", "11.0.0.1"):
        assert reach(HostMap(rules, allow=("10.0.0.1",)), address) == ("10.0.0.1", 80)
    assert reach(HostMap(rules, allow=("10.0.0.1",)), "10.0.0.2") is Blocked.FORBIDDEN
    with pytest.raises(ValueError, match=r"10\.0\.0\.1 is outside of this machine"):
        HostMap(rules, allow=ELSEWHERE)


@settings(max_examples=30)
@given(
    addresses=st.ip_addresses(v=4),
    rules=st.lists(
        st.tuples(
            st.ip_addresses(v=4),
            st.integers(0, 32),
            st.sampled_from(["map", "pass"]),
            st.ip_addresses(network="127.0.0.0/8"),
        )
    ),
)
def test_no_rule_leads_out_of_the_machine(
    addresses: IPv4Address, rules: list[tuple[IPv4Address, int, str, IPv4Address]]
) -> None:
    made = tuple(
        Rule(str(IPv4Network((address, prefix), strict=False)), "map", host=str(host))
        if action == "map"
        else Rule(str(address), "pass")
        for address, prefix, action, host in rules
    )
    found = reach(HostMap(made, allow=("127.0.0.0/8",)), str(addresses))
    assert isinstance(found, Blocked) or IPv4Address(found.address) in IPv4Network("127.0.0.0/8")


@settings(max_examples=50)
@given(address=st.text(), port=st.integers())
def test_reach_never_raises(address: str, port: int) -> None:
    found = AddressMap(HOST).reach(address, port)
    assert found is Blocked.NOWHERE or found == (HOST, port)


def test_source_is_the_module_inside_and_any_outside() -> None:
    addresses = AddressMap(HOST)
    assert addresses.source_for("127.200.0.1") == HOST
    assert addresses.source_for("10.0.0.1") == "0.0.0.0"
    outside = AddressMap("10.0.0.5", HostMap(allow=("10.0.0.0/8",)))
    assert outside.source_for("10.0.0.1") == "10.0.0.5"


def test_peers_appear_under_the_address_used_last_then_their_name_then_themselves() -> None:
    addresses = AddressMap(HOST, HostMap(rules=(Rule("10.0.0.1", "map", port=8080),), peers={HOST: "192.168.12.9"}))
    assert addresses.virtual_endpoint(HOST, 7000) == ("192.168.12.9", 7000)
    assert addresses.virtual_endpoint("127.0.0.6", 7000) == ("127.0.0.6", 7000)
    addresses.reach("10.0.0.2", 7000)
    addresses.reach("10.0.0.3", 7000)
    addresses.reach("10.0.0.1", 80)
    assert addresses.virtual_endpoint(HOST, 7000) == ("10.0.0.3", 7000)
    assert addresses.virtual_endpoint(HOST, 8080) == ("10.0.0.1", 80)
    addresses.forget()
    assert addresses.virtual_endpoint(HOST, 8080) == ("192.168.12.9", 8080)


def test_memory_is_bounded_and_drops_who_was_addressed_longest_ago() -> None:
    addresses = AddressMap(HOST)
    for port in range(1, REMEMBERED_PEERS + 1):
        addresses.reach("10.0.0.1", port)
    addresses.reach("10.0.0.2", 1)
    addresses.reach("10.0.0.2", REMEMBERED_PEERS + 1)
    assert addresses.virtual_endpoint(HOST, 1) == ("10.0.0.2", 1)
    assert addresses.virtual_endpoint(HOST, 2) == (HOST, 2)
    assert addresses.virtual_endpoint(HOST, 3) == ("10.0.0.1", 3)


def test_an_answer_goes_to_whom_the_module_saw() -> None:
    """Also where the rules lead elsewhere: a client at 127.0.0.1 of a module at another address."""
    addresses = AddressMap("127.0.0.2", HostMap(peers={"127.0.0.6": "10.0.0.6"}))
    for host in (("127.0.0.1", 40000), ("127.0.0.6", 40000), ("127.0.0.2", 40000)):
        assert addresses.reach(*addresses.virtual_endpoint(*host)) == host
        assert addresses.locate(*addresses.virtual_endpoint(*host)) == host
    assert addresses.reach("127.0.0.1", 40001) == ("127.0.0.2", 40001)  # nobody was seen there
    addresses.forget()
    assert addresses.reach("127.0.0.1", 40000) == ("127.0.0.2", 40000)


def test_a_rule_against_an_address_is_meant_for_answers_too() -> None:
    rules = (Rule("10.0.0.6", "silent"), Rule("10.0.0.7", "refuse"))
    addresses = AddressMap(HOST, HostMap(rules=rules, peers={"127.0.0.6": "10.0.0.6", "127.0.0.7": "10.0.0.7"}))
    assert addresses.reach(*addresses.virtual_endpoint("127.0.0.6", 1)) is Blocked.SILENT
    assert addresses.reach(*addresses.virtual_endpoint("127.0.0.7", 1)) is Blocked.REFUSED


def test_there_is_no_way_back_to_what_is_not_allowed() -> None:
    addresses = AddressMap("10.0.0.5", HostMap(allow=("10.0.0.5",)))
    assert addresses.reach(*addresses.virtual_endpoint("10.0.0.9", 1)) == ("10.0.0.5", 1)


def test_ways_back_are_bounded_and_the_oldest_is_dropped() -> None:
    addresses = AddressMap(HOST)
    for port in range(1, REMEMBERED_PEERS + 2):
        addresses.virtual_endpoint("127.0.0.6", port)
    assert addresses.locate("127.0.0.6", 1) == (HOST, 1)
    assert addresses.locate("127.0.0.6", 2) == ("127.0.0.6", 2)


def test_host_address_must_be_loopback_or_allowed() -> None:
    with pytest.raises(ValueError, match=r"host address 10\.0\.0\.1 is not within"):
        AddressMap("10.0.0.1")
    assert AddressMap("10.0.0.1", HostMap(allow=("10.0.0.0/24",))).host_address == "10.0.0.1"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rules", [{"match": "10.0.0.1/8", "action": "map"}]),
        ("rules", [{"match": "10.0.0.1", "action": "drop"}]),
        ("rules", [{"match": "10.0.0.1", "action": "pass", "host": "127.0.0.1"}]),
        ("rules", [{"match": "10.0.0.1", "action": "refuse", "port": 80}]),
        ("rules", [{"match": "10.0.0.1", "action": "map", "host": "localhost"}]),
        ("rules", [{"match": "10.0.0.1", "action": "map", "port": 65536}]),
        ("rules", [{"match": "10.0.0.1", "action": "map", "match_port": -1}]),
        ("rules", [{"match": "10.0.0.1", "action": "map", "hots": "127.0.0.1"}]),
        ("allow", ["every thing"]),
        ("peers", {"127.0.0.1": "me"}),
        ("peers", {"me": "127.0.0.1"}),
    ],
)
def test_mistakes_in_a_world_are_named_with_their_place(field: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError, match=rf"\$|{field}"):
        msgspec.convert({"host": {field: value}}, World)


# --- other modules --------------------------------------------------------------------------------------------------

HERE, THERE = "192.168.12.10", "192.168.12.11"


def with_neighbour(host_map: HostMap | None = None, *, isolated: bool = False) -> AddressMap:
    server = Servers().of(Dhcp())
    server.segment.enter(HERE, Member("127.0.0.1", isolated))
    server.segment.enter(THERE, Member("127.0.0.2", isolated))
    addresses = AddressMap("127.0.0.1", host_map)
    addresses.set_neighbours(Neighbours(server, HERE, "255.255.255.0", isolated=isolated))
    return addresses


def test_another_module_is_reached_at_its_host_address_and_seen_under_its_own() -> None:
    addresses = with_neighbour()
    assert addresses.reach(THERE, 5000) == ("127.0.0.2", 5000)
    assert addresses.locate(THERE, 5000) == ("127.0.0.2", 5000)
    assert addresses.virtual_endpoint("127.0.0.2", 40000) == (THERE, 40000)
    addresses.set_neighbours(None)
    assert addresses.reach(THERE, 5000) == ("127.0.0.1", 5000)
    assert addresses.virtual_endpoint("127.0.0.2", 40000) == ("127.0.0.2", 40000)


def test_another_module_has_its_address_before_any_rule() -> None:
    rules = (Rule(THERE, "refuse"), Rule("10.0.0.1", "map", host="127.0.0.2"))
    addresses = with_neighbour(HostMap(rules=rules, peers={"127.0.0.2": "10.9.9.9"}))
    assert addresses.reach(THERE, 5000) == ("127.0.0.2", 5000)
    assert addresses.virtual_endpoint("127.0.0.2", 40000) == (THERE, 40000)
    assert addresses.reach("10.0.0.1", 5000) == ("127.0.0.2", 5000)
    assert addresses.virtual_endpoint("127.0.0.2", 5000) == ("10.0.0.1", 5000)


def test_client_isolation_swallows_what_goes_to_other_stations() -> None:
    addresses = with_neighbour(isolated=True)
    assert addresses.reach(THERE, 5000) is Blocked.SILENT
    assert addresses.reach("192.168.12.77", 5000) is Blocked.SILENT
    assert addresses.locate(THERE, 5000) is None
    assert addresses.reach("192.168.12.1", 5000) == ("127.0.0.1", 5000)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_another_module_has_no_port_like_this(port: int) -> None:
    assert with_neighbour().reach(THERE, port) is Blocked.NOWHERE


def test_the_module_can_listen_elsewhere_than_where_its_peers_are() -> None:
    addresses = AddressMap("10.0.0.5", HostMap(allow=("10.0.0.5",)), "127.0.0.3")
    assert addresses.reach("192.168.12.60", 80) == ("10.0.0.5", 80)
    assert addresses.listen_address == addresses.source_for("127.0.0.9") == "127.0.0.3"
    assert addresses.source_for("10.0.0.5") == "0.0.0.0"
    assert AddressMap("127.0.0.5").listen_address == "127.0.0.5"


def test_a_module_that_listens_everywhere_leaves_the_choice_of_its_source_to_the_host() -> None:
    addresses = AddressMap(HOST, listen_address="0.0.0.0")
    assert addresses.source_for(HOST) == addresses.source_for("10.0.0.5") == "0.0.0.0"
