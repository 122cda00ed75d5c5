"""Rows of the table of differences: sockets."""

from __future__ import annotations

from tests.desk import (
    INVALID_INPUT,
    INVALID_SCID,
    LINK_UP,
    MODE_STATUS,
    OK,
    PEER_ADDRESS,
    Desk,
    S,
    event,
)
from tests.personality.sides import Sides, alike
from wizfi_emu.module import events as ev

CONNECT, DISCONNECT = event("CONNECT", 0), event("DISCONNECT", 0)


def blanks_as_parameters(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    return [desk.at("AT+SCON=S,TSN, , ,5000,1"), desk.at("AT+SCON=S,USN, , ,5000,1")]


def listen_message(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.ok("AT+MEVTMSG=1")
    return desk.at("AT+SCON=O,TSN,,,5000,0")


def peer_after_sending_elsewhere(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.udp_client()
    desk.network.udp_open("other")
    desk.exchange(f"AT+SSEND=0,{PEER_ADDRESS},{desk.network.port('other')},1\rxAT+SSEND=0,,,1\ry".encode())
    return [desk.got(), desk.got("other")]


def local_port_in_use(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_server()
    desk.visit()
    beside_socket = [desk.at("AT+SCON=O,TSN,,,5000,0"), desk.at("AT+MAIRCMD=O,T,5000,1")]
    desk = Desk(firmware, joined=True)
    desk.ok("AT+MAIRCMD=O,T,5000,1")
    return [*beside_socket, desk.at("AT+SCON=O,USN,,,5000,0").replace(CONNECT, b"")]


def order_of_ok_and_connect(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.network.tcp_listen("l", 6000)
    tcp = desk.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,,0")
    desk.at("AT+SMGMT=0")
    return [tcp, desk.at("AT+SCON=O,USN,,,5000,0")]


def socket_options(firmware: str, *switches: str) -> object:
    desk = Desk(firmware, *switches)
    return [desk.at("AT+FSOCK=?"), desk.at("AT+FSOCK=9,1"), desk.at("AT+FSOCK=10,1")]


def registration_after_opening_once(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.ok("AT+SCON=S,TSN,,,7,0")
    desk.at("AT+SCON=O,USN,,,5000,0")
    return desk.module.ram.registration.open_type


def list_of_sockets(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.at("AT+SCON=O,USN,,,8000,0")
    return desk.at("AT+SMGMT=?")


def client_without_local_port(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.network.tcp_listen("l", 6000)
    return OK in desk.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,,0")


def wrong_socket_ids(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    return [desk.at("AT+SMGMT=0"), desk.at("AT+SMGMT=x"), desk.at("AT+SSEND=0,,,5")]


def connection_that_fails(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.module.handle(ev.UartReceived(f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,,0\r".encode()), desk.now_us)
    desk.run(S)
    printed = desk.read()
    desk.feed(ev.SocketFailed(1, ev.Failure.TIMEOUT))
    return [printed, desk.read()]


def data_mode_of_a_server(firmware: str, *switches: str) -> object:
    desk = Desk(firmware, *switches, joined=True)
    desk.tcp_server(data_mode=True)
    waiting = desk.in_data_mode
    desk.visit()
    return [waiting, desk.in_data_mode]


def data_mode_of_udp(firmware: str, *switches: str) -> object:
    desk = Desk(firmware, *switches, joined=True)
    desk.at("AT+SCON=O,USN,,,5000,1")
    return desk.in_data_mode


def sockets_beside_a_session(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_server(5000, data_mode=True)
    answers = [desk.at("AT+SCON=O,TSN,,,5001,0"), desk.at("AT+SCON=O,TSN,,,5002,1")]
    desk.visit()
    desk.exchange(b"+++", S)
    return [*answers, desk.at("AT+SCON=O,TSN,,,5003,0")]


def sockets_beside_a_secure_one(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    first = desk.at("AT+SCON=O,TSS,,,443,0")
    return [first, desk.at("AT+SCON=O,TSN,,,5000,0")]


def order_of_closing(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.at("AT+SCON=O,USN,,,5000,0")
    one = desk.at("AT+SMGMT=0")
    desk.at("AT+SCON=O,USN,,,5000,0")
    return [one, desk.at("AT+SMGMT=ALL")]


def connect_of_servers(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    udp = CONNECT in desk.at("AT+SCON=O,USN,,,5000,0")
    tcp = event("CONNECT", 1) in desk.at("AT+SCON=O,TSN,,,5001,0")
    return [udp, tcp, desk.visit(5001)]


def service_of_a_udp_server(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.at("AT+SCON=SO,USN,,,5000,0")
    desk.ok("AT+MPROF=S")
    return desk.restart().partition(LINK_UP)[2]


HEADER = b"Number of Sockets : 1 (SCID/%sMode/Remote/Local/DataMode)\r\n0/USN/0.0.0.0:%s/8000/0\r\n"

ROWS = {
    "D-02": Sides(blanks_as_parameters, [OK, OK], [OK, INVALID_INPUT]),
    "D-04": alike(listen_message, b"\r\n[LISTEN 0]\r\n" + OK),
    "D-10": Sides(peer_after_sending_elsewhere, [b"y", b"x"], [b"", b"xy"]),
    "D-11": Sides(local_port_in_use, [INVALID_INPUT] * 3, [OK] * 3),
    "D-12": Sides(order_of_ok_and_connect, [OK + CONNECT] * 2, [CONNECT + OK] * 2),
    "D-13": alike(
        socket_options,
        [b"5000,5000,5,100,0,0,0,0\r\n" + OK, OK, INVALID_INPUT],
        {
            "fsock_shown=9": [b"5000,5000,5,100,0,0,0,0,0\r\n" + OK, OK, INVALID_INPUT],
            "fsock_options=8": [b"5000,5000,5,100,0,0,0,0\r\n" + OK, INVALID_INPUT, INVALID_INPUT],
        },
    ),
    "D-14": Sides(registration_after_opening_once, "S", "O"),
    "D-15": Sides(list_of_sockets, HEADER % (b"Socket/", b"") + OK, HEADER % (b"", b"0") + OK),
    "D-30": alike(client_without_local_port, True),
    "D-31": Sides(
        wrong_socket_ids,
        [INVALID_SCID, INVALID_SCID, INVALID_SCID],
        [INVALID_INPUT, INVALID_SCID, INVALID_INPUT],
    ),
    "D-45": alike(connection_that_fails, [OK, DISCONNECT]),
    "D-46": alike(data_mode_of_a_server, [False, True], {"data_mode_on_opening=true": [True, True]}),
    "D-47": alike(data_mode_of_udp, True, {"udp_data_mode=false": False}),
    "D-48": alike(sockets_beside_a_session, [OK, INVALID_INPUT, MODE_STATUS]),
    "D-49": alike(sockets_beside_a_secure_one, [OK, INVALID_INPUT]),
    "D-51": alike(order_of_closing, [OK + DISCONNECT, DISCONNECT + OK]),
    "D-58": alike(connect_of_servers, [True, False, event("CONNECT", 1)]),
    "D-59": Sides(service_of_a_udp_server, CONNECT, b""),
}
