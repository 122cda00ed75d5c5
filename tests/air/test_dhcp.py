from wizfi_emu.air.dhcp import AddressPool, soft_ap_pool
from wizfi_emu.air.values import address_number


def number(text: str) -> int:
    found = address_number(text)
    assert found is not None
    return found


def pool_of(low: str, high: str, skip: str = "10.0.0.1") -> AddressPool:
    return AddressPool(number(low), number(high), first=number(low), skip=number(skip))


def test_addresses_ascend_and_stay_with_their_station() -> None:
    pool = pool_of("10.0.0.10", "10.0.0.20")
    assert [pool.take(mac) for mac in ("a", "b", "a")] == ["10.0.0.10", "10.0.0.11", "10.0.0.10"]


def test_gateway_is_never_leased() -> None:
    pool = pool_of("10.0.0.1", "10.0.0.3")
    assert [pool.take(mac) for mac in ("a", "b")] == ["10.0.0.2", "10.0.0.3"]


def test_full_pool_has_nothing_until_someone_leaves() -> None:
    pool = pool_of("10.0.0.10", "10.0.0.10")
    pool.take("a")
    assert pool.take("b") == ""
    pool.give_back("a")
    assert pool.take("b") == "10.0.0.10"


def test_station_that_returns_gets_its_last_address() -> None:
    pool = pool_of("10.0.0.10", "10.0.0.20")
    for mac in ("a", "b"):
        pool.take(mac)
    pool.give_back("a")
    pool.give_back("b")
    assert pool.take("b") == "10.0.0.11"


def test_station_whose_address_went_to_another_gets_a_new_one() -> None:
    pool = pool_of("10.0.0.10", "10.0.0.20")
    pool.take("a")
    pool.give_back("a")
    assert pool.take("b") == "10.0.0.10"
    assert pool.take("a") == "10.0.0.11"
    pool.give_back("b")
    assert pool.take("b") == "10.0.0.10"


def test_giving_back_nothing_changes_nothing() -> None:
    pool = pool_of("10.0.0.10", "10.0.0.10")
    pool.take("a")
    pool.give_back("b")
    assert pool.take("b") == ""


def test_soft_ap_begins_after_its_own_address_and_goes_round() -> None:
    pool = soft_ap_pool(number("192.168.12.1"), number("255.255.255.0"))
    assert [pool.take(mac) for mac in ("a", "b")] == ["192.168.12.2", "192.168.12.3"]
    pool = soft_ap_pool(number("10.0.0.5"), number("255.255.255.248"))
    assert [pool.take(mac) for mac in "abcdef"] == ["10.0.0.6", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", ""]


def test_soft_ap_begins_where_it_is_told() -> None:
    pool = soft_ap_pool(number("192.168.0.1"), number("255.255.0.0"), number("192.168.0.100"))
    assert [pool.take(mac) for mac in ("a", "b")] == ["192.168.0.100", "192.168.0.101"]


def test_soft_ap_in_a_network_without_room_has_no_addresses() -> None:
    for own, mask in (("10.0.0.5", "255.255.255.255"), ("10.0.0.4", "255.255.255.254")):
        assert soft_ap_pool(number(own), number(mask)).take("a") == ""


def test_soft_ap_takes_masks_that_are_none() -> None:
    assert soft_ap_pool(number("10.0.0.255"), number("255.255.255.0")).take("a") == "10.0.0.1"
    assert soft_ap_pool(number("10.1.2.3"), number("255.0.255.0")).take("a") == "10.1.2.4"
    assert soft_ap_pool(0, 0).take("a") == "0.0.0.1"


def test_module_keeps_the_addresses_of_its_last_clients() -> None:
    pool = soft_ap_pool(number("192.168.1.1"), number("255.255.255.0"))
    for mac in "abc":
        pool.take(mac)
    pool.give_back("a")
    assert pool.take("d") == "192.168.1.5"
    assert pool.take("a") == "192.168.1.2"


def test_module_remembers_five_clients() -> None:
    pool = soft_ap_pool(number("192.168.1.1"), number("255.255.255.0"))
    for mac in "abcdef":
        pool.take(mac)
        pool.give_back(mac)
    assert pool.take("b") == "192.168.1.3"
    assert pool.take("a") == "192.168.1.2"  # as to a new one


def test_kept_address_is_given_when_there_is_no_other() -> None:
    pool = soft_ap_pool(number("10.0.0.1"), number("255.255.255.252"))
    assert pool.take("a") == "10.0.0.2"
    pool.give_back("a")
    assert pool.take("b") == "10.0.0.2"
    assert pool.take("a") == ""


def test_a_station_that_is_moved_has_the_next_free_address() -> None:
    pool = pool_of("10.0.0.10", "10.0.0.12")
    assert [pool.take(mac) for mac in ("a", "b")] == ["10.0.0.10", "10.0.0.11"]
    pool.move("a")
    assert [pool.take(mac) for mac in ("a", "c")] == ["10.0.0.12", "10.0.0.10"]
    pool.move("a")
    assert pool.take("a") == "10.0.0.12", "no other one is free"


def test_a_station_without_an_address_is_not_moved() -> None:
    pool = pool_of("10.0.0.10", "10.0.0.12")
    pool.take("a")
    pool.give_back("a")
    pool.move("a")
    pool.move("b")
    assert pool.take("a") == "10.0.0.10"
