"""What a run has reached."""

from __future__ import annotations

from wizfi_emu.explore.coverage import features
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.properties.facts import Happened, Item


def reached(*items: Item, fault_at: int | None = None, data_mode_at: int | None = None) -> set[str]:
    faults = [] if fault_at is None else [Happened("tcp-reset", fault_at, fault_at)]
    modes = [] if data_mode_at is None else [(data_mode_at, True)]
    return features(list(enumerate(items)), modes, faults)


def test_pairs_of_what_comes_one_after_another() -> None:
    found = reached(ev.UartReceived(b"AT+SCON=O,TCN,192.168.12.1,5000\r"), fx.UartSend(b"[OK]\r\n"), fx.Leave())
    assert ">AT+SCON=O,TCN,#.#.# > <[OK]" in found
    assert "<[OK] > Leave" in found
    assert reached(fx.UartSend(b"21 degrees\r\n")) == {" > <data"}


def test_states_of_link_sockets_and_mode() -> None:
    items: list[Item] = [
        ev.PoweredOn(b""),
        ev.JoinEnded(1, None),
        fx.UseAddress("192.168.12.10", "", ""),
        fx.ConnectTcp(1, "192.168.12.1", 5000, 0),
        ev.SocketOpened(1, 9000),
        ev.SocketClosed(1),
        fx.CloseSocket(1),
        ev.LinkLost(),
    ]
    found = reached(*items, data_mode_at=5)
    assert {
        "command on []",
        "command joined []",
        "command up []",
        "command up [connecting]",
        "command up [connected]",
        "data up [ended]",
        "data up []",
        "data lost []",
    } <= found


def test_a_fault_where_it_begins() -> None:
    found = reached(ev.PoweredOn(b""), fx.Leave(), fault_at=1)
    assert "fault tcp-reset command on [] PoweredOn" in found
    assert "fault tcp-reset command left [] Leave" in reached(ev.PoweredOn(b""), fx.Leave(), fault_at=9)


def test_failures_are_told_apart() -> None:
    refused, late = (reached(ev.SocketFailed(1, why)) for why in (ev.Failure.REFUSED, ev.Failure.TIMEOUT))
    assert refused != late
