"""Hosts, peers, hands and the air do anything in any order to a whole module in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import BOTH, PEER_ADDRESS, SSID, Desk, S
from wizfi_emu.firmware.load import list_firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import DATA_WINDOW_BYTES
from wizfi_emu.worlds.memory.network import PeerError

Action = Callable[[Desk], None]

COMMANDS = [
    "AT",
    "AT+WJOIN",
    "AT+WLEAVE",
    "AT+WSTAT",
    "AT+WSCAN",
    "AT+SDATA",
    "AT+SMGMT=?",
    "AT+SMGMT=0",
    "AT+SMGMT=1",
    "AT+SMGMT=ALL",
    "AT+SCON=O,TSN,,,5000,0",
    "AT+SCON=O,TSN,,,5000,1",
    "AT+SCON=O,TSN,,,5001,0",
    "AT+SCON=SO,USN,,,5000,0",
    "AT+SCON=S,TSN,,,5000,1",
    "AT+SCON=O,TSS,,,5000,0",
    f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,,0",
    f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,,1",
    f"AT+SCON=O,TCS,{PEER_ADDRESS},6000,,0",
    f"AT+SCON=S,TCN,{PEER_ADDRESS},6000,,1",
    f"AT+SCON=O,UCN,{PEER_ADDRESS},6000,,1",
    f"AT+SCON=O,UCN,{PEER_ADDRESS},6000,,0",
    "AT+SCON=O,TCN,0.0.0.0,6000,,0",
    "AT+SSEND=0,,,10",
    "AT+SSEND=1,,,3000,500",
    "AT+SSEND=0,1.2.3.4,5,10,0",
    "AT+SDNAME=www.google.com",
    "AT+FSOCK=5,5",
    "AT+FSOCK=6,10",
    "AT+FSOCK=7,5",
    "AT+FSOCK=8,5",
    "AT+FSOCK=9,1",
    "AT+FSOCK=9,2",
    "AT+FSOCK=1,2000",
    "AT+WCHECK=10,5,1",
    "AT+WCHECK=0",
    "AT+WSEC=0,,12345678",
    "AT+WSET=1,mine",
    "AT+WSET=0,WizFiDemoAP",
    "AT+WNET=0",
    "AT+MPROF=S",
    "AT+MPROF=L",
    "AT+MFDEF=FR",
    "AT+MRESET",
    "AT+MMSG=1",
    "AT+MMSG=3",
    "AT+MEVTMSG=1",
    "AT+MEVTDELAY=150",
    "AT+MEVTFORM=2222222220",
    "AT+MAIRCMD=O,T,50001,1",
    "AT+MMCUPS=1,2000",
    "AT+MCERT=W,C,2000",
    "AT+MCUSTOM=POSBANK",
    "AT+COWAYA=2,hello",
    "AT+FWEBS=1,A",
    "AT+FWEBS=0,F",
    "AT+FPING=3,1.2.3.4",
    "AT+FDNS=www.google.com,1000",
    "AT+FOTA",
    "AT+WWPS=0",
    "AT+WP2P_START",
    "AT+MEXT1=11,5",
]


OPENING = [line for line in COMMANDS if line.startswith(("AT+SCON=O", "AT+SSEND", "AT+WJOIN", "AT+SMGMT=0"))]


def command(line: str) -> Action:
    return lambda desk: typed(line.encode() + b"\r")(desk)


def typed(data: bytes) -> Action:
    def act(desk: Desk) -> None:
        desk.feed(ev.UartReceived(data[: desk.module.uart_room]))

    return act


def passing(duration_us: int) -> Action:
    return lambda desk: desk.run(duration_us)


def network(on: bool) -> Action:
    return lambda desk: desk.switch_network(on=on)


def peer(what: str, number: int, data: bytes) -> Action:
    """Peers come, talk and go; what is not possible now does not happen."""

    def act(desk: Desk) -> None:
        air, name = desk.network, f"peer {number}"
        with suppress(PeerError, KeyError):
            match what:
                case "listens":
                    air.tcp_listen("listener", 6000)
                case "accepts":
                    air.tcp_accept(name, "listener")
                case "connects":
                    desk.feed(*air.tcp_connect(name, (5000, 5001, 50001)[number % 3]))
                case "sends":
                    desk.feed(*air.send(name, data))
                case "closes":
                    desk.feed(*air.close(name))
                case "breaks off":
                    desk.feed(*air.break_off(name))
                case "stalls":
                    air.stall(name)
                case "resumes":
                    desk.feed(*air.resume(name))
                case "binds":
                    air.udp_open(name)
                case "shouts":
                    desk.feed(*air.udp_sendto(name, 5000, data))

    return act


def event(what: ev.Event) -> Action:
    return lambda desk: desk.feed(what)


PEER_VERBS = ["listens", "accepts", "connects", "sends", "closes", "breaks off", "stalls", "resumes", "binds", "shouts"]
DATA = st.one_of(
    st.sampled_from([b"+", b"+++", b"x", b"\r", b"\x1b", b"hello", b"WizFi250AirCmd:AT+WSTAT\r"]),
    st.binary(max_size=40),
    st.integers(1, 5000).map(lambda size: b"d" * size),
)
STRAY: list[ev.Event] = [
    ev.PinDriven("function", False),
    ev.PinDriven("function", True),
    ev.PinDriven("gpio1", True),
    ev.ResetPulled(),
    ev.ResetPulled(ev.ResetCause.WATCHDOG),
    ev.StationJoined("00:11:22:33:44:55"),
    ev.SocketReceived(1, b"stale", "1.2.3.4", 5),
    ev.SocketClosed(1),
    ev.SocketSent(1, ev.Failure.RESET),
    ev.P2pEnded(True, "192.168.49.2", "255.255.255.0", "192.168.49.1"),
]
ACTIONS = st.one_of(
    st.sampled_from(COMMANDS).map(command),
    st.sampled_from(OPENING).map(command),
    DATA.map(typed),
    st.sampled_from([0, 1, 50_000, 100_000, 150_000, S, S, 10 * S, 60 * S]).map(passing),
    st.builds(peer, st.sampled_from(PEER_VERBS), st.integers(0, 3), DATA),
    st.builds(peer, st.sampled_from(PEER_VERBS), st.integers(0, 3), DATA),
    st.booleans().map(network),
    st.sampled_from(STRAY).map(event),
)


class Contract:
    """What the orders of the machine must keep to."""

    def __init__(self) -> None:
        self.opened: set[int] = set()
        self.closed: set[int] = set()
        self.pins: dict[str, bool | None] = {}

    def check(self, effects: list[fx.Effect]) -> None:
        for effect in effects:
            match effect:
                case fx.ConnectTcp() | fx.ListenTcp() | fx.OpenUdp():
                    assert effect.sock not in self.opened | self.closed
                    self.opened.add(effect.sock)
                case fx.SendData():
                    assert effect.sock in self.opened - self.closed
                    assert effect.data
                case fx.CloseSocket():
                    assert effect.sock not in self.closed
                    self.closed.add(effect.sock)
                case fx.Reset():
                    self.opened.clear()
                    self.closed.clear()
                case fx.UartSend():
                    assert effect.data
                case _:
                    pass
        effects.clear()


def check_state(desk: Desk) -> None:
    module = desk.module
    assert 0 <= module.uart_room <= DATA_WINDOW_BYTES
    scids = [slot.scid for slot in module.slots.open_slots]
    assert scids == sorted(set(scids))
    session = module.data_mode.session
    assert session is None or module.slots.get(session) is not None or module.output.held_back


@pytest.mark.slow
@settings(max_examples=250)
@given(st.sampled_from([*BOTH, *BOTH, *list_firmware()]), st.booleans(), st.lists(ACTIONS, min_size=20, max_size=60))
def test_any_day(firmware: str, joined: bool, actions: list[Action]) -> None:
    desk = Desk(firmware)
    if joined:
        desk.exchange(f"AT+WSET=0,{SSID}\rAT+WSEC=0,WPA2,12345678\rAT+WJOIN\r".encode())
    desk.network.tcp_listen("listener", 6000)
    contract = Contract()
    contract.check(desk.effects)
    for action in actions:
        action(desk)
        contract.check(desk.effects)
        check_state(desk)
    # A module that is left alone comes to rest, and answers.
    desk.feed(ev.PinDriven("function", None))
    desk.run(200 * S)
    module = desk.module
    if module.powered and module.ota is None:
        assert (desk.pins["led2"] is False) is module.data_mode.active
    contract.check(desk.effects)
    desk.feed(ev.ResetPulled())
    desk.run(60 * S)
    assert desk.module.powered
