"""Faults of access points, DHCP and name servers, on the bench in virtual time."""

from __future__ import annotations

from random import Random

import pytest

from tests.desk import JOINING, LINK_DOWN, LINK_UP, MS, OK, SSID, Desk, S
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import ApOff, DhcpLate, DhcpRefuse, DnsFail, KeyChanged, LeaseChange, When
from wizfi_emu.faults.plan import FaultPlan
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

ERROR = b"[ERROR]\r\n"
LOOKUP = "AT+FDNS=www.google.com,5000"
ADDRESS = b"173.194.33.38\r\n"


def test_an_access_point_that_is_off_and_on_again() -> None:
    desk = Desk(joined=True)
    desk.faults().add(ApOff(access_point=SSID, duration=10))
    assert LINK_DOWN in desk.quiet(1 * S)
    assert LINK_UP in desk.quiet(11 * S)


def test_another_key() -> None:
    desk = Desk(joined=True)
    faults = desk.faults()
    faults.add(KeyChanged(access_point=SSID, key="another key"))
    assert LINK_DOWN in desk.quiet(1 * S)
    assert b"Failed to join" in desk.at("AT+WJOIN", 60 * S)
    faults.heal("key-changed")
    assert LINK_UP in desk.at("AT+WJOIN", 60 * S), "it has the one from before"


def test_a_key_that_was_changed_twice_is_the_first_one_again() -> None:
    desk = Desk(joined=True)
    faults = desk.faults()
    faults.add(KeyChanged(access_point=SSID, key="another key"))
    faults.add(KeyChanged(access_point=SSID, key="a third one"))
    faults.heal("key-changed-2")
    assert LINK_UP in desk.quiet(10 * S)


def test_in_the_middle_of_an_association() -> None:
    desk = Desk()
    desk.ok(f"AT+WSET=0,{SSID}", "AT+WSEC=0,WPA2,12345678")
    desk.faults().add(ApOff(access_point=SSID, when=When(event="Join", nth=2)))
    desk.faults().add(ApOff(access_point=SSID, when=When(event="JoinEnded")))
    printed = desk.at("AT+WJOIN", 60 * S)
    assert b"Successfully joined" in printed
    assert LINK_UP not in printed


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (ApOff(access_point="Nowhere"), "the world has no access point 'Nowhere'"),
        (KeyChanged(access_point=SSID, key="short"), "key: expected 8 to 63 characters, or 128 hex digits"),
    ],
)
def test_a_fault_that_does_not_fit_the_world_is_refused(fault: ApOff, message: str) -> None:
    desk = Desk()
    faults = desk.faults()
    with pytest.raises(UserError) as caught:
        faults.add(fault)
    assert str(caught.value) == message
    assert faults.show() == []


def test_a_probability_that_does_not_come_about() -> None:
    desk = Desk(joined=True)
    faults = desk.faults()
    faults.add(ApOff(access_point=SSID, probability=0))
    assert desk.quiet(1 * S) == b""
    assert [(one.state, one.hits) for one in faults.show()] == [("over", 0)]


def test_no_address() -> None:
    desk = Desk()
    faults = desk.faults()
    faults.add(DhcpRefuse())
    joined = desk.join() + desk.quiet(60 * S)
    assert joined.endswith(ERROR)
    assert LINK_UP not in joined
    faults.heal("dhcp-refuse")
    assert desk.at("AT+WJOIN").endswith(LINK_UP + OK)


def test_an_address_comes_late() -> None:
    desk = Desk()
    desk.faults().add(DhcpLate(delay_ms=3000))
    assert desk.join() == JOINING
    assert desk.quiet(2800 * MS) == b""
    assert desk.quiet(200 * MS) == LINK_UP + OK


def test_an_address_comes_too_late() -> None:
    desk = Desk()
    desk.faults().add(DhcpLate(delay_ms=60_000))
    joined = desk.join() + desk.quiet(59 * S)
    assert joined.endswith(ERROR)


@pytest.mark.parametrize(("delay_ms", "asked"), [(4999, True), (5000, False), (5001, False)])
def test_an_address_that_is_as_late_as_the_limit_does_not_come(delay_ms: int, asked: bool) -> None:
    """A request without any time left would be one without a limit."""
    between = FaultPlan(0, Random, room=lambda: 0)
    between.add(DhcpLate(delay_ms=delay_ms), 0)
    assert between.execute(fx.RequestAddress(1, limit_us=5 * S), 0) == []
    late = fx.RequestAddress(1, limit_us=5 * S - delay_ms * MS)
    came = [*between.time_reached(4999 * MS), *between.time_reached(10 * S)]
    assert came == [late if asked else ev.AddressOffered(1)]


def test_the_access_point_goes_while_the_address_is_late() -> None:
    desk = Desk()
    faults = desk.faults()
    faults.add(DhcpLate(delay_ms=3000))
    desk.join()
    faults.add(ApOff(access_point=SSID))
    assert LINK_UP not in desk.quiet(60 * S)


def test_names_are_not_found() -> None:
    desk = Desk(joined=True)
    faults = desk.faults()
    faults.add(DnsFail())
    assert desk.at(LOOKUP, 4900 * MS) == b""
    assert desk.quiet(200 * MS) == ERROR
    assert desk.at("AT+FDNS=192.168.12.1,5000") == b"192.168.12.1\r\n" + OK, "an address is no lookup"
    faults.heal("dns-fail")
    assert desk.at(LOOKUP) == ADDRESS + OK


def test_a_name_does_not_exist() -> None:
    desk = Desk(joined=True)
    desk.faults().add(DnsFail(how="unknown"))
    assert desk.at(LOOKUP) == ERROR


def test_one_name_alone() -> None:
    desk = Desk(joined=True)
    desk.faults().add(DnsFail(host="WWW.example.com"))
    assert desk.at(LOOKUP) == ADDRESS + OK


def address_of(desk: Desk) -> bytes:
    return desk.at("AT+WSTAT").splitlines()[1].split(b"/")[2]


def test_another_lease_comes_without_a_word() -> None:
    desk = Desk(joined=True)
    faults = desk.faults()
    assert address_of(desk) == b"192.168.12.10"
    faults.add(LeaseChange())
    assert desk.quiet(1 * S) == b""
    assert address_of(desk) == b"192.168.12.11"
    faults.add(LeaseChange(when=When(event="Scan")))
    desk.at("AT+WSCAN", 60 * S)
    assert address_of(desk) == b"192.168.12.10", "free again"
    assert [(one.name, one.state, one.hits) for one in faults.show()] == [
        ("lease-change", "over", 1),
        ("lease-change-2", "over", 1),
    ]


def test_a_module_without_a_lease_keeps_its_address() -> None:
    desk = Desk()
    desk.faults().add(LeaseChange())
    assert desk.quiet(1 * S) == b""
    desk.ok(f"AT+WSET=0,{SSID}", "AT+WSEC=0,WPA2,12345678", "AT+WNET=0,192.168.12.77,255.255.255.0,192.168.12.1")
    desk.at("AT+WJOIN", 60 * S)
    desk.faults().add(LeaseChange())
    assert desk.quiet(1 * S) == b""
    assert address_of(desk) == b"192.168.12.77"
