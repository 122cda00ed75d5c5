"""AT+WCHECK: when it looks, what it counts, what it does."""

from __future__ import annotations

from typing import Literal

import pytest
from msgspec.structs import replace

from tests.desk import GUIDE, JOINING, LINK_DOWN, LINK_UP, MEASURED, MS, OK, Desk, S, event, world_named
from wizfi_emu.air.world import World
from wizfi_emu.module import effects as fx

SILENCE = 100 * MS


def world(reply: int | Literal["timeout", "error"]) -> World:
    """The demo world with a gateway that answers pings like this."""
    return replace(world_named("demo"), pings={"192.168.12.1": reply})


def checked(reply: int | Literal["timeout", "error"], setting: str = "10,5,1", firmware: str = MEASURED) -> Desk:
    """A joined module under supervision for 0 s."""
    desk = Desk(firmware, world=world(reply), joined=True)
    desk.run(S)
    desk.exchange(f"AT+WCHECK={setting}\r".encode(), 0)
    desk.effects.clear()
    return desk


def pings(desk: Desk) -> int:
    return len(desk.ordered(fx.Ping))


def test_pings_to_the_gateway_in_each_period() -> None:
    desk = checked(5, "10,7,1")
    desk.run(10 * S - 1)
    assert pings(desk) == 0
    desk.run(S)
    orders = [effect for effect in desk.effects if isinstance(effect, fx.Ping)]
    assert [(ping.address, ping.limit_us) for ping in orders] == [("192.168.12.1", S)] * 7
    desk.effects.clear()
    desk.run(100 * S)
    assert pings(desk) == 70
    assert desk.read() == b""


def test_too_many_timeouts_reset() -> None:
    desk = checked("timeout")
    # Five pings of a second each, then the closing, half a second, and the banner.
    assert desk.quiet(15 * S - 1) == b""
    assert desk.quiet(1) == LINK_DOWN
    assert desk.quiet(500 * MS) == desk.banner


def test_reset_closes_the_sockets() -> None:
    desk = checked("timeout")
    desk.tcp_client()
    assert desk.quiet(15 * S) == event("DISCONNECT", 0) + LINK_DOWN


@pytest.mark.parametrize(("setting", "survives"), [("10,5,5", False), ("10,5,6", True), ("10,6,6", False)])
def test_number_of_timeouts(setting: str, survives: bool) -> None:
    desk = checked("timeout", setting)
    assert (desk.quiet(40 * S) == b"") is survives


def test_errors_do_not_count() -> None:
    desk = checked("error")
    assert desk.quiet(100 * S) == b""
    assert pings(desk) == 50


def test_option_1_switches_the_antenna_instead() -> None:
    desk = checked("timeout", "10,5,1,1")
    desk.run(6 * S)  # the pings of each period end 5 s after its start
    seen = []
    for _ in range(4):
        assert desk.quiet(10 * S) == b""
        seen.append(desk.at("AT+WANT=?", 0))
    assert seen == [b"3(1)\r\n" + OK, b"3(0)\r\n" + OK] * 2


def test_option_1_without_the_automatic_antenna_resets() -> None:
    desk = checked("timeout", "10,5,1,1")
    desk.ok("AT+WANT=1")
    assert desk.quiet(20 * S) == LINK_DOWN + desk.banner


def test_guide_joins_again() -> None:
    desk = checked("timeout", firmware=GUIDE)
    desk.ok("AT+SCON=S,USN,,,5000,0")
    desk.udp_client()
    closed = event("DISCONNECT", 0) + LINK_DOWN
    assert desk.quiet(17 * S) == closed + JOINING + LINK_UP + event("CONNECT", 0)
    assert desk.resets == []
    assert desk.at("AT+WCHECK=?") == b"10,5,1\r\n" + OK
    # Its own third value: with as many timeouts as it says nothing happens.
    assert checked("timeout", "10,5,5", GUIDE).quiet(40 * S) == b""
    # And without a service it leaves for good.
    desk = checked("timeout", firmware=GUIDE)
    desk.udp_client()
    assert desk.quiet(40 * S) == closed


def test_without_link_and_service_nothing_happens() -> None:
    desk = Desk()
    desk.ok("AT+WCHECK=10,5,1")
    assert desk.quiet(100 * S) == b""
    assert (pings(desk), desk.resets) == (0, [])


def test_service_without_a_link_resets() -> None:
    desk = Desk()
    desk.ok("AT+SCON=S,TSN,,,5000,0", "AT+WCHECK=10,5,1")
    desk.run(8 * S)
    assert desk.quiet(3 * S) == desk.banner
    assert len(desk.resets) == 1


def test_older_firmware_does_not_reset_without_a_link() -> None:
    desk = Desk(MEASURED, "wcheck_resets_until_associated=false")
    desk.ok("AT+SCON=S,TSN,,,5000,0", "AT+WCHECK=10,5,1")
    assert desk.quiet(100 * S) == b""


def test_lost_link_with_a_service_resets() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SCON=S,TSN,,,5000,0", "AT+WCHECK=10,5,1")
    desk.switch_network(on=False)
    assert desk.quiet(11 * S) == LINK_DOWN + desk.banner


def test_starts_at_boot() -> None:
    desk = Desk()
    desk.ok("AT+WCHECK=10,5,1", "AT+MPROF=S")
    desk.restart()
    desk.ok("AT+SCON=S,TSN,,,5000,0")
    assert desk.quiet(10 * S) == b""
    assert desk.quiet(S) == desk.banner


@pytest.mark.parametrize(("firmware", "resets"), [(GUIDE, 0), (MEASURED, 1)])
def test_zero_stops_the_pings_and_in_the_measured_firmware_looks_every_second(firmware: str, resets: int) -> None:
    desk = checked("timeout", firmware=firmware)
    desk.ok("AT+WCHECK=0", "AT+SCON=S,TSN,,,5000,0")
    assert desk.quiet(100 * S) == b""
    assert pings(desk) == 0
    desk.switch_network(on=False)
    desk.run(1800 * MS)
    assert len(desk.resets) == resets


def test_zero_starts_nothing() -> None:
    desk = Desk()
    desk.ok("AT+WCHECK=0", "AT+SCON=S,TSN,,,5000,0")
    assert desk.quiet(100 * S) == b""


def test_checks_wait_for_a_silent_line() -> None:
    desk = checked("timeout")
    for _ in range(200):
        desk.send(b"\n")
        desk.run(90 * MS)
    assert pings(desk) == 0
    desk.run(SILENCE)
    assert pings(desk) == 1
