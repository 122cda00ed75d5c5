"""What the network brings: the module's web pages and update server, air commands, MQTT, a telnet client."""

from functools import cache

from fuzz.targets.machine import END_US, MODULE_PORT, PIECE_US, S, check_output, new_module
from fuzz.targets.scripts import INPUT_BYTES_MAX, choose, pieces
from wizfi_emu.net._mqtt_session import MqttSession
from wizfi_emu.profile import FlashImage, encode_image, factory_profile
from wizfi_emu.profile.image import BootRequest
from wizfi_emu.serial.gate import Gate, TurnedAwayError
from wizfi_emu.serial.rfc2217 import Rfc2217Session
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.web.dns import answer_query
from wizfi_emu.worlds.memory.streams import PeerError

JOIN = b"AT+WSET=0,WizFiDemoAP\rAT+WSEC=0,WPA2,12345678\rAT+WJOIN\r"
SERVERS = {
    "pages": JOIN + b"AT+FWEBS=1,M\r",
    "pages of an access point": b"AT+WSET=1,WizFi\rAT+WSEC=1,OPEN\rAT+WJOIN\rAT+FWEBS=1,A\r",
    "update": b"",
}
AIR_HEADER = b"WizFi250AirCmd:"


def _prepared(commands: bytes, image: bytes = b"") -> VirtualModule:
    module = new_module("1.0.5.2", image=image)
    for command in commands.splitlines(keepends=True):
        module.exchange(command, 3 * S)
    module.run(S)
    module.read()
    return module


@cache
def _update_image() -> bytes:
    """A flash that starts the update server."""
    image = FlashImage(factory_profile("1.0.5.2"))
    image.boot_request = BootRequest.OTA
    return encode_image(image)


def play_http(data: bytes) -> None:
    """Requests to the web server, a piece each, in segments that 0x1F cuts; and a query to its name server."""
    server, rest = choose(data, list(SERVERS))
    module = _prepared(SERVERS[server], _update_image() if server == "update" else b"")
    for request in pieces(rest):
        client, events = module.network.web.connect(*request.split(b"\x1f"), b"")
        module.feed(*events)
        module.run(END_US)
        assert client in module.network.web.closed or not module.network.web.is_open, "a connection stays open"
        check_output(module.network.web.answers[client])
    check_output(module.read())
    answer_query(rest, "192.168.12.1")


def play_air(data: bytes) -> None:
    """Segments or datagrams to the air-command service."""
    protocol, rest = choose(data, "TU")
    module = _prepared(JOIN + f"AT+MAIRCMD=O,{protocol},{MODULE_PORT},1\r".encode())
    network = module.network
    if protocol == "U":
        network.udp_open("peer")
    else:
        module.feed(*network.tcp_connect("peer", MODULE_PORT))
    for piece in pieces(rest):
        segment = piece[1:] if piece[:1] == b"\x1f" else AIR_HEADER + piece
        try:
            if protocol == "U":
                module.feed(*network.udp_sendto("peer", MODULE_PORT, segment))
            else:
                module.feed(*network.send("peer", segment))
        except PeerError:
            return  # a command has ended the service
        module.run(PIECE_US)
    module.run(END_US)
    check_output(module.read())


def play_mqtt(data: bytes) -> None:
    """Bytes of a broker, to a session that has asked for something."""
    session = MqttSession(b"user", b"password", b"id", 60)
    sent = len(session.take_outgoing())
    for piece in pieces(data[:INPUT_BYTES_MAX]):
        session.receive(piece)
        if not session.ended:
            session.subscribe(b"topic", 0)
        sent += len(session.take_outgoing())
    assert sent < 1024 * 1024


def play_rfc2217(data: bytes) -> None:
    """Bytes of a telnet client, which may be a browser, or have to say a token."""
    token, rest = choose(data, (b"", b"secret"))
    session, gate = Rfc2217Session(), Gate(token)
    answered = 0
    try:
        for piece in pieces(rest):
            gate.receive(session.receive_data(piece))
            session.stop(not session.stopped)
            answered += len(session.data_to_send())
            assert session.baud >= 0
        gate.expire()
    except TurnedAwayError:
        pass
    assert answered <= 64 * INPUT_BYTES_MAX, f"{answered} bytes of answers"
