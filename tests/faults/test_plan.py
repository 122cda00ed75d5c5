"""The plan itself: names, states, chance, and what it lets pass untouched."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from tests.desk import MS, OK, Desk, S
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import (
    ApOff,
    BaseFault,
    BrownOut,
    DhcpLate,
    DnsFail,
    Latency,
    SerialDelay,
    SerialLoss,
    TcpBlackHole,
    TcpCut,
    TcpRefuse,
    TcpReset,
    UdpLoss,
    Watchdog,
    When,
    WrongBaud,
)
from wizfi_emu.faults.plan import JOURNAL_ENTRIES, OVER_KEPT, FaultPlan
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.orders import ChangeKey, ResetConnection, SwitchPower
from wizfi_emu.stages.stage import Item


def plan(seed: int = 0, *, room: int = 2048, powered: bool = True) -> FaultPlan:
    return FaultPlan(seed, random.Random, room=lambda: room, powered=powered)


def without_log(items: list[Item]) -> list[Item]:
    return [item for item in items if not isinstance(item, fx.Log)]


EVERYTHING: list[ev.Event | fx.Effect] = [
    ev.PoweredOn(b""),
    ev.UartReceived(b"AT\r"),
    ev.SocketOpened(1, 5000),
    ev.SocketAccepted(1, "1.2.3.4", 5),
    ev.SocketReceived(1, b"x", "1.2.3.4", 5),
    ev.SocketSent(1),
    ev.SocketClosed(1),
    ev.MqttReceived(b"t", b"p"),
    ev.LinkLost(),
    fx.UartSend(b"[OK]"),
    fx.ConfigureUart(9600, "N", 8, "1", "N"),
    fx.ConnectTcp(2, "1.2.3.4", 5, 0),
    fx.ListenTcp(3, 5),
    fx.OpenUdp(4, 5),
    fx.SendData(2, b"x"),
    fx.SendData(4, b"x", "1.2.3.4", 5),
    fx.CloseSocket(2),
    fx.ConnectMqtt(1, "1.2.3.4", 1883, b"", b"", b"", 60),
    fx.SubscribeMqtt(2, b"t", 0, 1),
    fx.DisconnectMqtt(),
    fx.RequestAddress(3, 1),
    fx.Resolve(4, b"name", ("1.2.3.4",), 1),
    fx.WriteFlash(5, b"image"),
    fx.Reset(),
]


@pytest.mark.parametrize("item", EVERYTHING, ids=lambda item: type(item).__name__)
def test_without_a_fault_everything_passes_as_it_is(item: ev.Event | fx.Effect) -> None:
    between = plan()
    if isinstance(item, ev.Event):
        assert between.receive(item, 0) == [item]
    else:
        assert between.execute(item, 0) == [item]
    assert between.wakeup_us is None


def test_names() -> None:
    faults = Desk().faults()
    assert [faults.add(UdpLoss()), faults.add(UdpLoss()), faults.add(UdpLoss(name="mine"))] == [
        "udp-loss",
        "udp-loss-2",
        "mine",
    ]
    with pytest.raises(UserError, match="a fault 'mine' is set already"):
        faults.add(TcpRefuse(name="mine"))
    with pytest.raises(UserError, match="there is no fault 'udp'; there is: udp-loss, udp-loss-2, mine"):
        faults.heal("udp")
    faults.heal("udp-loss")
    assert faults.add(UdpLoss()) == "udp-loss"


def test_the_name_of_a_fault_that_is_over_is_free() -> None:
    faults = Desk().faults()
    faults.add(Watchdog(name="bite"))
    faults.add(BrownOut(name="bite"))
    assert [(one.name, one.fault) for one in faults.show()] == [("bite", "brown-out")]


def test_states() -> None:
    desk = Desk()
    faults = desk.faults()
    faults.add(DnsFail(when=When(at=1), duration=1))
    states = []
    for _ in range(3):
        states.append(faults.show()[0].state)
        desk.run(1 * S)
    assert states == ["waiting", "active", "over"]
    assert [text for _, text in faults.journal] == ["dns-fail begins", "dns-fail ends"]


def test_the_journal_is_bounded() -> None:
    desk = Desk()
    faults = desk.faults()
    for number in range(JOURNAL_ENTRIES):
        faults.add(DnsFail(name=f"f{number}"))
        faults.heal(f"f{number}")
    assert len(faults.journal) == JOURNAL_ENTRIES
    assert faults.journal[-1][1] == f"f{JOURNAL_ENTRIES - 1} ends"


def test_a_fault_that_waits_can_be_healed() -> None:
    desk = Desk()
    faults = desk.faults()
    faults.add(Watchdog(when=When(at=1)))
    faults.heal("watchdog")
    assert desk.quiet(2 * S) == b""
    assert faults.show() == []


def test_a_fault_that_begins_again_lasts_from_then_on() -> None:
    desk = Desk()
    faults = desk.faults()
    faults.add(DnsFail(when=When(pattern="AT", source="host", every=True), duration=1))
    desk.exchange(b"AT\r", 900 * MS)
    desk.exchange(b"AT\r", 900 * MS)
    assert faults.show()[0].state == "active"
    desk.run(200 * MS)
    assert faults.show()[0].state == "waiting"
    desk.exchange(b"AT\r", 0)
    assert faults.show()[0].state == "active"


def test_faults_that_are_over_are_forgotten_in_the_end() -> None:
    faults = Desk().faults()
    for _ in range(OVER_KEPT + 10):
        faults.add(TcpReset())
    assert len(faults.show()) == OVER_KEPT


def test_a_fault_that_begins_again_ends_once() -> None:
    between = plan()
    between.add(DnsFail(when=When(pattern="|", source="host", every=True), duration=1), 0)
    between.receive(ev.UartReceived(b"|"), 0)
    between.receive(ev.UartReceived(b"|"), 900_000)
    between.time_reached(1_000_000)
    assert len(between.active) == 1
    between.time_reached(1_900_000)
    assert between.active == []


def test_what_the_host_sends_behind_the_moment_at_which_the_supply_fails_is_lost() -> None:
    between = plan()
    between.add(BrownOut(when=When(pattern="|", source="host")), 0)
    assert without_log(between.receive(ev.UartReceived(b"ab|cd"), 0)) == [
        ev.UartReceived(b"ab|"),
        SwitchPower(on=False),
    ]


def test_bytes_that_a_fault_hits_are_counted() -> None:
    between = plan()
    between.add(SerialLoss(direction="to-host"), 0)
    between.add(WrongBaud(direction="to-module", baud=9600), 0)
    between.execute(fx.UartSend(b"abc"), 0)
    between.execute(fx.UartSend(b"de"), 0)
    for _ in range(3):
        between.receive(ev.UartReceived(b"a piece"), 0)
    assert [(one.name, one.hits) for one in between.faults()] == [("serial-loss", 5), ("wrong-baud", 3)]


def test_only_connections_can_be_reset() -> None:
    between = plan()
    for effect in (CONNECT, fx.OpenUdp(2, 4000), fx.ListenTcp(3, 5000), replace(CONNECT, sock=4)):
        between.execute(effect, 0)
    for event in (OPENED, ev.SocketOpened(2, 4000), ev.SocketOpened(3, 5000)):
        between.receive(event, 0)
    _, items = between.add(TcpReset(), 0)
    assert without_log(items) == [ResetConnection(1), ev.SocketClosed(1, ev.Failure.RESET)]
    assert without_log(between.add(TcpReset(), 0)[1]) == [], "it is broken already"


def test_whoever_watches_for_a_moment_is_told() -> None:
    between = plan()
    seen: list[int] = []
    between.watch(When(pattern="ready", source="module"), 0, lambda: seen.append(between.now_us))
    between.execute(fx.UartSend(b"rea"), 5)
    between.execute(fx.UartSend(b"dy"), 7)
    assert seen == [7]


def test_equal_seeds_have_equal_chance() -> None:
    def lost(seed: int, *faults: BaseFault) -> list[bytes]:
        between = plan(seed)
        for fault in faults:
            between.add(fault, 0)
        sent = [between.execute(fx.UartSend(b"%d" % number), 0) for number in range(50)]
        return [item.data for items in sent for item in items if isinstance(item, fx.UartSend)]

    loss = SerialLoss(probability=0.5)
    assert lost(1, loss) == lost(1, loss)
    assert lost(1, loss) != lost(2, loss)
    own = SerialLoss(probability=0.5, seed=7)
    assert lost(1, own) == lost(2, own), "its own seed"
    assert lost(1, UdpLoss(), own) == lost(1, own), "another fault makes no difference to it"


def test_a_fault_that_fails_the_supply_lets_nothing_pass_until_the_restart() -> None:
    between = plan()
    assert SwitchPower(on=False) in between.add(BrownOut(), 0)[1]
    assert between.receive(ev.LinkLost(), 0) == []
    assert between.execute(fx.UartSend(b"x"), 0) == [fx.UartSend(b"x")], "because of what it was told before"
    assert between.receive(ev.PoweredOff(), 0) == [ev.PoweredOff()]
    between.restarted()
    assert between.time_reached(100_000) == [SwitchPower(on=True)]


def test_nothing_behind_the_order_at_which_the_supply_fails_happens() -> None:
    between = plan()
    between.add(BrownOut(when=When(event="WriteFlash")), 0)
    assert without_log(between.execute(fx.WriteFlash(1, b""), 0)) == [SwitchPower(on=False)]
    assert between.execute(fx.UartSend(b"x"), 0) == []


def test_who_switches_on_before_the_supply_is_back_is_left_alone() -> None:
    between = plan()
    between.add(BrownOut(), 0)
    between.restarted()
    between.receive(ev.PoweredOn(b""), 0)
    assert between.time_reached(100_000) == []


def test_a_trigger_acts_behind_an_event_and_before_an_effect() -> None:
    between = plan()
    between.add(ApOff(access_point="A", when=When(event="LinkRegained")), 0)
    between.add(ApOff(access_point="B", when=When(event="Leave")), 0)
    items = without_log(between.receive(ev.LinkRegained(), 0))
    assert [type(item).__name__ for item in items] == ["LinkRegained", "SwitchAccessPoint"]
    items = without_log(between.execute(fx.Leave(), 0))
    assert [type(item).__name__ for item in items] == ["SwitchAccessPoint", "Leave"]


def test_rooms() -> None:
    between = plan(room=10)
    assert (between.serial_room(1 << 20), between.network_room) == (65536, True)
    between.add(SerialDelay(delay_ms=1), 0)
    between.receive(ev.UartReceived(bytes(65536)), 0)
    between.execute(fx.UartSend(bytes(5000)), 0)
    assert (between.serial_room(1 << 20), between.network_room) == (0, False)
    told = [item for item in between.time_reached(1000) if isinstance(item, ev.UartReceived)]
    assert [len(event.data) for event in told] == [10], "no more than the machine takes"
    assert between.network_room


def test_pieces_of_one_event_share_the_room_of_the_machine() -> None:
    """The machine takes them only when all are given, so what one of them fills is not there for the next."""
    between = plan(room=10)
    between.add(TcpReset(when=When(pattern="|", source="host", every=True)), 0)

    def told(items: list[Item]) -> list[bytes]:
        return [item.data for item in items if isinstance(item, ev.UartReceived)]

    assert told(between.receive(ev.UartReceived(b"abcd|efg|hijk|lmnopqrstu"), 0)) == [b"abcd|", b"efg|", b"h"]
    assert told(between.time_reached(0)) == [b"ijk|lmnopq"], "it has taken them"
    assert told(between.time_reached(0)) == [b"rstu"]


def test_bytes_for_a_machine_without_room_do_not_wake_anybody() -> None:
    between = plan(room=0)
    between.receive(ev.UartReceived(b"x"), 0)
    assert between.wakeup_us is None


def test_a_line_that_is_too_late_says_so_once() -> None:
    between = plan()
    between.add(SerialDelay(delay_ms=1), 0)
    warnings = []
    for _ in range(3):
        warnings += [item for item in between.execute(fx.UartSend(bytes(200_000)), 0) if isinstance(item, fx.Log)]
    assert warnings == [fx.Log("warning", "serial delay queue is full, bytes are dropped")]


def test_a_key_stays_out_of_logs() -> None:
    assert "topsecret" not in repr(ChangeKey("A", "topsecret"))


def test_nothing_stands_between_before_the_first_fault() -> None:
    desk = Desk()
    desk.faults()
    assert not any(isinstance(stage, FaultPlan) for stage in desk.stages)
    assert desk.exchange(b"AT\r") == OK


# --- corners of sockets -----------------------------------------------------------------------------------------------

PEER = ("192.168.12.50", 5000)
OPENED, CONNECT = ev.SocketOpened(1, 4000), fx.ConnectTcp(1, *PEER, 0, connect_limit_us=5_000_000)


def connected(*faults: BaseFault) -> FaultPlan:
    """A plan with a connection, and then these faults."""
    between = plan()
    assert between.execute(CONNECT, 0) == [CONNECT]
    assert between.receive(OPENED, 0) == [OPENED]
    for fault in faults:
        between.add(fault, 0)
    return between


def received(data: bytes) -> ev.SocketReceived:
    return ev.SocketReceived(1, data, *PEER)


def test_a_transmission_on_a_connection_that_was_reset() -> None:
    between = connected(TcpReset())
    assert between.execute(fx.SendData(1, b"x"), 0) == [ev.SocketSent(1, ev.Failure.CLOSED)]
    assert between.receive(received(b"x"), 0) == []
    assert between.receive(ev.SocketClosed(1), 0) == []


def test_what_was_under_way_to_a_connection_that_is_reset_does_not_arrive() -> None:
    between = connected(Latency(delay_ms=100))
    assert between.execute(fx.SendData(1, b"x"), 0) == [ev.SocketSent(1)]
    between.receive(received(b"y"), 0)
    between.add(TcpReset(), 0)
    assert without_log(between.time_reached(100_000)) == []


def test_a_connection_that_is_cut_before_its_first_byte() -> None:
    between = connected(TcpCut(after_bytes=0))
    told = between.execute(fx.SendData(1, b"x"), 0)
    assert told == [ev.SocketSent(1), ResetConnection(1), ev.SocketClosed(1, ev.Failure.RESET)]


def test_a_cut_counts_its_own_direction() -> None:
    between = connected(TcpCut(after_bytes=1, count="received"))
    assert between.execute(fx.SendData(1, b"abc"), 0) == [fx.SendData(1, b"abc")]


def test_what_comes_while_a_connection_is_being_closed_is_not_told() -> None:
    between = connected(Latency(delay_ms=100))
    between.receive(received(b"early"), 0)
    between.execute(fx.SendData(1, b"last"), 0)
    assert between.execute(fx.CloseSocket(1), 0) == []
    assert between.receive(received(b"late"), 0) == []
    assert between.time_reached(100_000) == [fx.SendData(1, b"last"), fx.CloseSocket(1)]
    assert between.receive(ev.SocketSent(1), 100_000) == [ev.SocketSent(1)], "of a socket that is gone"


def test_what_is_late_does_not_come_after_a_restart() -> None:
    between = connected(Latency(delay_ms=100))
    between.receive(received(b"late"), 0)
    between.restarted()
    assert between.time_reached(100_000) == []


def test_all_that_is_late_takes_room() -> None:
    between = connected(Latency(delay_ms=100))
    for _ in range(2):
        assert between.network_room
        between.receive(received(bytes(40_000)), 0)
    assert not between.network_room
    between.time_reached(100_000)
    assert between.network_room


def test_a_refused_connect_says_so() -> None:
    between = plan()
    between.add(TcpRefuse(), 0)
    assert ev.SocketFailed(1, ev.Failure.REFUSED) in [
        *between.execute(CONNECT, 0),
        *between.time_reached(1_000_000),
    ]


@pytest.mark.parametrize(("port", "is_reset"), [(0, True), (5000, True), (4000, True), (4001, False)])
def test_a_port_is_that_of_either_end(port: int, is_reset: bool) -> None:
    _, items = connected().add(TcpReset(port=port), 0)
    assert (ResetConnection(1) in items) is is_reset


def test_an_address_without_a_limit_may_be_as_late_as_it_likes() -> None:
    between = plan()
    between.add(DhcpLate(delay_ms=1000), 0)
    request = fx.RequestAddress(1, 0)
    assert between.execute(request, 0) == []
    assert between.time_reached(1_000_000) == [request]


def test_the_end_of_a_late_transmission_is_told_once() -> None:
    between = connected(Latency(delay_ms=100))
    assert between.execute(fx.SendData(1, b"x"), 0) == [ev.SocketSent(1)]
    assert between.time_reached(100_000) == [fx.SendData(1, b"x")]
    assert between.receive(ev.SocketSent(1), 100_000) == []


def test_the_limit_of_a_connect_that_a_black_hole_let_go() -> None:
    between = plan()
    between.add(TcpBlackHole(), 0)
    assert between.execute(CONNECT, 0) == []
    assert without_log(between.heal("tcp-black-hole", 2_000_000)) == [replace(CONNECT, connect_limit_us=3_000_000)]
    assert between.time_reached(5_000_000) == []


def test_a_connect_without_a_limit() -> None:
    endless = replace(CONNECT, connect_limit_us=0)
    between = plan()
    between.add(TcpBlackHole(duration=1000), 0)
    assert between.execute(endless, 0) == []
    assert without_log(between.time_reached(1_000_000_000)) == [endless]
    between = plan()
    between.add(Latency(delay_ms=100), 0)
    between.execute(endless, 0)
    assert between.time_reached(100_000) == [endless]


def test_too_much_for_a_black_hole_is_said_once() -> None:
    between = connected(TcpBlackHole())
    said = []
    for _ in range(4):
        said += [item for item in between.receive(received(bytes(200_000)), 0) if isinstance(item, fx.Log)]
    assert said == [
        fx.Log("warning", "192.168.12.50:5000 sends too much into a black hole: it cannot be healed"),
    ]


def test_an_address_is_not_looked_up() -> None:
    between = plan()
    between.add(DnsFail(), 0)
    effect = fx.Resolve(1, b"192.168.12.1", ("192.168.12.1",), 0)
    assert between.execute(effect, 0) == [effect]


def test_a_lookup_without_a_limit_ends() -> None:
    between = plan()
    between.add(DnsFail(), 0)
    assert between.execute(fx.Resolve(1, b"name", (), 0), 0) == []
    assert between.wakeup_us == 5_000_000


def test_sockets_that_nobody_has_opened() -> None:
    between = plan()
    between.add(TcpBlackHole(), 0)
    assert between.receive(received(b"x"), 0) == [received(b"x")]
    assert between.execute(fx.SendData(1, b"x"), 0) == [fx.SendData(1, b"x")]
    assert between.receive(ev.SocketFailed(1, ev.Failure.REFUSED), 0) == [ev.SocketFailed(1, ev.Failure.REFUSED)]


def test_a_connect_that_fails_by_itself() -> None:
    between = plan()
    between.execute(CONNECT, 0)
    failed = ev.SocketFailed(1, ev.Failure.REFUSED)
    assert between.receive(failed, 0) == [failed]
    assert between.receive(received(b"x"), 0) == [received(b"x")], "it is known no more"
