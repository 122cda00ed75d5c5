"""AT+FSOCK options 5 to 9, service registrations, the web server at link-up, COWAYA."""

from __future__ import annotations

import pytest

from tests.desk import (
    BOTH,
    GUIDE,
    LINK_DOWN,
    LINK_UP,
    MEASURED,
    MS,
    OK,
    PEER_ADDRESS,
    Desk,
    S,
    event,
)
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile.fields import SocketRegistration

# --- option 5 ---------------------------------------------------------------------------------------------------------


def test_idle_tcp_sockets_are_closed() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.udp_client(peer="udp")
    desk.ok("AT+FSOCK=5,5")
    assert desk.quiet(4 * S) == b""
    assert desk.quiet(3 * S) == event("DISCONNECT", 0)
    assert desk.quiet(100 * S) == b""
    assert b"Number of Sockets : 1" in desk.at("AT+SMGMT=?")


@pytest.mark.parametrize("direction", ["in", "out", "data mode"])
def test_data_in_either_direction_counts(direction: str) -> None:
    desk = Desk(joined=True)
    desk.tcp_client(data_mode=direction == "data mode")
    desk.module.ram.socket_options = (5000, 5000, 5, 100, 5, 0, 0, 0, 0)
    desk.module.supervision.apply_socket_option(5)
    for _ in range(10):
        desk.run(3 * S)
        if direction == "in":
            assert desk.hear(b"x")
        elif direction == "out":
            desk.exchange(b"AT+SSEND=0,,,1\rx")
        else:
            desk.exchange(b"x")
    assert event("DISCONNECT", 0) not in desk.read()
    assert desk.module.slots.get(0) is not None
    assert event("DISCONNECT", 0) in desk.quiet(7 * S)


def test_idle_check_ends_with_the_option() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.ok("AT+FSOCK=5,5", "AT+FSOCK=5,0")
    assert desk.quiet(100 * S) == b""
    assert desk.module.wakeup_us is None


# --- options 6, 7, 8 --------------------------------------------------------------------------------------------------


def test_service_is_opened_again() -> None:
    desk = Desk(joined=True)
    port = desk.network.tcp_listen("l")
    desk.ok(f"AT+SCON=S,TCN,{PEER_ADDRESS},{port},,0", "AT+FSOCK=6,10")
    assert desk.quiet(9 * S) == b""
    assert desk.quiet(2 * S) == event("CONNECT", 0)
    desk.network.tcp_accept("peer", "l")
    assert desk.quiet(100 * S) == b""
    assert desk.part() == event("DISCONNECT", 0)
    assert desk.quiet(11 * S) == event("CONNECT", 0)


def test_service_that_cannot_connect_is_tried_in_each_period() -> None:
    desk = Desk(joined=True)
    desk.ok(f"AT+SCON=S,TCN,{PEER_ADDRESS},9,,0", "AT+FSOCK=6,10")
    assert desk.quiet(60 * S + 200 * MS) == event("DISCONNECT", 0) * 6


def test_other_socket_keeps_the_service_from_being_opened() -> None:
    desk = Desk(joined=True)
    desk.udp_client()
    desk.ok(f"AT+SCON=S,TCN,{PEER_ADDRESS},9,,0", "AT+FSOCK=6,10")
    assert desk.quiet(100 * S) == b""
    desk.at("AT+SMGMT=0")
    assert event("DISCONNECT", 0) in desk.quiet(11 * S)


def test_registration_that_is_no_service_is_not_opened() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=6,10")
    assert desk.quiet(100 * S) == b""


def test_older_firmware_resets_instead() -> None:
    desk = Desk(MEASURED, "idle_resets=true", joined=True)
    desk.ok(f"AT+SCON=S,TCN,{PEER_ADDRESS},9,,0", "AT+FSOCK=6,10")
    assert desk.quiet(11 * S) == LINK_DOWN + desk.banner


def test_silence_resets() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.run(60 * S)
    desk.hear(b"x")
    desk.ok("AT+FSOCK=7,5")
    assert desk.quiet(4 * S) == b""
    assert desk.quiet(3 * S) == event("DISCONNECT", 0) + LINK_DOWN + desk.banner


def test_silence_counts_from_boot_too() -> None:
    desk = Desk()
    desk.ok("AT+FSOCK=7,60", "AT+MPROF=S")
    desk.restart()
    desk.run(59 * S)
    assert desk.read() == b""
    assert desk.quiet(3 * S) == desk.banner


def test_data_mode_is_no_silence() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=7,5")
    desk.tcp_client(data_mode=True)
    for _ in range(20):
        desk.send(b"x")
        assert desk.quiet(3 * S) == b""
    assert desk.quiet(8 * S).endswith(desk.banner)


def test_no_socket_resets_at_once_in_each_period() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SCON=S,TSN,,,5000,0", "AT+FSOCK=8,5")
    for _ in range(70):
        desk.send(b"\n")  # this one does not wait for silence
        desk.run(80 * MS)
    assert desk.read() == LINK_DOWN + desk.banner


@pytest.mark.parametrize("setup", ["no link", "no service", "a socket"])
def test_when_option_8_does_not_reset(setup: str) -> None:
    desk = Desk(joined=setup != "no link")
    if setup != "no service":
        desk.ok("AT+SCON=S,TSN,,,5000,0")
    if setup == "a socket":
        desk.at("AT+SCON=SO,USN,,,5000,0")
    desk.ok("AT+FSOCK=8,5")
    assert desk.quiet(100 * S) == b""


# --- option 9 ---------------------------------------------------------------------------------------------------------


def test_up_to_eight_clients_on_one_port() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=9,1")
    desk.tcp_server()
    for client in range(8):
        assert desk.visit(peer=f"client {client}") == event("CONNECT", client)
        desk.run(1300 * MS)
    assert b"Number of Sockets : 8" in desk.at("AT+SMGMT=?")
    assert desk.at("AT+SCON=?") == b"O,TSN,0.0.0.0,0,5000,0\r\n" + OK


@pytest.mark.parametrize(("firmware", "registered"), [(GUIDE, b"S,UCN,"), (MEASURED, b"O,TSN,0.0.0.0,0,5000,0")])
def test_registration_after_an_automatic_open(firmware: str, registered: bytes) -> None:
    desk = Desk(firmware, joined=True)
    desk.tcp_server()
    desk.visit()
    desk.ok(f"AT+SCON=S,UCN,{PEER_ADDRESS},9,,0", "AT+FSOCK=9,1")
    desk.run(1300 * MS)
    assert desk.module.slots.get(1) is not None
    assert desk.at("AT+SCON=?").startswith(registered)


def test_listener_comes_back_after_everything_was_closed() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=9,2")
    desk.tcp_server()
    desk.at("AT+SMGMT=ALL", 1200 * MS)
    desk.run(1300 * MS)
    assert desk.visit() == event("CONNECT", 0)


def test_nothing_without_a_server_or_a_link() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=9,1")
    assert desk.quiet(10 * S) == b""
    desk.tcp_server()
    desk.at("AT+WLEAVE", 2 * S)
    desk.effects.clear()
    desk.run(10 * S)
    assert desk.ordered(fx.ListenTcp) == []


def test_nothing_beside_a_secure_socket() -> None:
    desk = Desk(joined=True)
    desk.at("AT+SCON=O,TSS,,,5000,0")
    desk.visit()
    desk.ok("AT+FSOCK=9,1")
    desk.effects.clear()
    desk.run(10 * S)
    assert desk.ordered(fx.ListenTcp) == []


# --- registration -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("open_type", ["S", "SO"])
def test_service_joins_and_opens_at_boot(open_type: str) -> None:
    desk = Desk(joined=True)
    assert desk.at(f"AT+SCON={open_type},TSN,,,5000,0") == OK
    desk.ok("AT+MPROF=S")
    booted = desk.restart()
    assert booted == desk.banner + b"Joining : WizFiDemoAP\r\nSuccessfully joined : WizFiDemoAP\r\n" + LINK_UP
    assert desk.visit() == event("CONNECT", 0)
    assert desk.at("AT+SCON=?").startswith(open_type.encode() + b",TSN,")


def test_failed_join_at_boot_is_not_tried_again() -> None:
    desk = Desk()
    desk.ok("AT+SCON=S,TSN,,,5000,0", "AT+MPROF=S")
    failed = b"Joining : WizFiAP\r\nFailed to join: WizFiAP\r\n"
    assert desk.restart() == desk.banner + failed * 3
    assert desk.quiet(1000 * S) == b""


def test_once_is_no_service() -> None:
    desk = Desk(joined=True)
    desk.tcp_server()
    desk.at("AT+MPROF=S")
    assert desk.restart() == desk.banner


def test_service_opens_after_each_link_up_when_the_line_is_silent() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SCON=S,USN,1.2.3.4,9,5000,0")
    desk.switch_network(on=False)
    assert desk.read() == LINK_DOWN
    desk.send(b"\n")
    desk.switch_network(on=True)
    assert desk.quiet(99 * MS) == LINK_UP
    assert desk.quiet(MS) == event("CONNECT", 0)
    assert b"0/USN/0.0.0.0:0/5000/0" in desk.at("AT+SMGMT=?")  # the address of the registration does not count
    assert desk.at("AT+SCON=?") == b"S,USN,0.0.0.0,0,5000,0\r\n" + OK


@pytest.mark.parametrize(("firmware", "opened"), [(GUIDE, event("CONNECT", 0)), (MEASURED, b"")])
def test_service_so_of_a_udp_server_without_a_peer(firmware: str, opened: bytes) -> None:
    desk = Desk(firmware, joined=True)
    desk.at("AT+SCON=SO,USN,,,5000,0")
    desk.at("AT+WLEAVE")
    assert desk.at("AT+WJOIN").endswith(OK + opened)


@pytest.mark.parametrize(("address", "port"), [("0.0.0.0", 9), ("", 9), ("1.2.3.4", 0)])
def test_service_so_of_a_udp_server_with_half_a_peer(address: str, port: int) -> None:
    desk = Desk(joined=True)
    desk.module.ram.registration = SocketRegistration("SO", "USN", address, port, 5000, data_mode=False)
    desk.at("AT+WLEAVE")
    assert desk.at("AT+WJOIN").endswith(OK)


def test_service_so_of_a_udp_server_with_a_peer() -> None:
    desk = Desk(joined=True)
    desk.at("AT+SCON=SO,USN,1.2.3.4,9,5000,0")
    desk.at("AT+WLEAVE")
    assert desk.at("AT+WJOIN").endswith(OK + event("CONNECT", 0))
    assert b"0/USN/1.2.3.4:9/5000/0" in desk.at("AT+SMGMT=?")


def test_service_without_a_free_id_is_not_opened() -> None:
    desk = Desk(joined=True)
    for port in range(8):
        # Past the bench: these are never bound, and so never in the table.
        desk.module.handle(ev.UartReceived(f"AT+SCON=SO,USN,,,{6000 + port},0\r".encode()), desk.now_us)
        desk.run(100 * MS)
    desk.effects.clear()
    desk.at("AT+SCON=S,TSN,,,5000,0")
    desk.ok("AT+FSOCK=6,10")
    assert desk.quiet(30 * S) == b""  # before the module gives them up
    assert desk.ordered(fx.ListenTcp) == []


def test_older_firmware_without_udp_servers_as_a_service() -> None:
    desk = Desk(MEASURED, "s_udp_server_opens=false", joined=True)
    desk.ok("AT+SCON=S,USN,,,5000,0")
    desk.at("AT+WLEAVE")
    assert desk.at("AT+WJOIN").endswith(OK)


def test_data_mode_service() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SCON=S,TSN,,,5000,1", "AT+MPROF=S")
    desk.restart()
    assert desk.visit() == event("CONNECT", 0)
    assert desk.in_data_mode


# --- web server -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize(("web_type", "running"), [("A", b"1,A\r\n"), ("M", b"0,M\r\n")])
def test_web_server_at_link_up(firmware: str, web_type: str, running: bytes) -> None:
    desk = Desk(firmware)
    desk.ok(f"AT+FWEBS=1,{web_type}")
    assert desk.at("AT+FWEBS=?") == b"0," + web_type.encode() + b"\r\n" + OK
    desk.join()
    assert desk.at("AT+FWEBS=?") == running + OK
    desk.switch_network(on=False)
    assert desk.read() == LINK_DOWN
    assert desk.at("AT+FWEBS=?") == b"0," + web_type.encode() + b"\r\n" + OK


# --- AT+COWAYA --------------------------------------------------------------------------------------------------------


def test_connect_is_repeated_until_the_host_answers() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+COWAYA=3,ABC")
    desk.tcp_client(data_mode=True)
    assert desk.quiet(9 * S) == event("CONNECT", 0) * 3
    desk.exchange(b"xABC")
    assert desk.quiet(6 * S) == event("CONNECT", 0) * 2
    desk.exchange(b"ABCx")
    assert desk.quiet(100 * S) == b""
    desk.part()
    assert desk.quiet(100 * S) == b""  # no session


def test_repetition_needs_a_session() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+COWAYA=3,ABC")
    desk.tcp_client()
    assert desk.quiet(100 * S) == b""


def test_repetition_ends_with_the_setting() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+COWAYA=3")
    desk.tcp_server(data_mode=True)
    desk.visit()
    desk.exchange(b"+++", S)
    desk.ok("AT+COWAYA=0")
    assert desk.quiet(100 * S) == b""


# --- MQTT -------------------------------------------------------------------------------------------------------------


def test_broker_goes_with_the_link_and_before_it_with_a_word() -> None:
    desk = Desk(joined=True)
    desk.use_broker(lambda effect: [ev.MqttEnded(effect.request, True)] if hasattr(effect, "request") else [])
    desk.at("AT+MQTTCON=1,1.2.3.4,1883,0")
    desk.feed(ev.MqttReceived(b"topic", b"x" * 300))
    text = desk.read()
    assert text == b"{Q,topic,,300}" + b"x" * 241
    assert desk.at("AT+WLEAVE") == b"[MQTT DISCONNECT]\r\n" + LINK_DOWN + OK
    desk.at("AT+WJOIN")
    desk.at("AT+MQTTCON=1,1.2.3.4,1883,0")
    desk.switch_network(on=False)
    assert desk.read() == LINK_DOWN
    assert desk.ordered(fx.DisconnectMqtt) != []
    for late in (ev.MqttReceived(b"t", b"x"), ev.MqttLost()):
        desk.feed(late)
    assert desk.read() == b""
