"""What has happened around a real module, told from what it prints. Pure.

The emulator that listens beside it has asked its world (an access point, a peer) and has no answer. The module's own
text has it: who prints ``[CONNECT 0]`` is connected. What no text tells is assumed: a netmask, a peer's port, why a
join failed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import Module
from wizfi_emu.module.slots import NO_ADDRESS, Slot
from wizfi_emu.profile import Security

ASSUMED_NETMASK = "255.255.255.0"
ASSUMED_ADDRESS, ASSUMED_GATEWAY = "192.168.1.2", "192.168.1.1"
ASSUMED_BSSID, ASSUMED_CHANNEL, ASSUMED_RSSI_DBM = "02:00:00:00:00:01", 6, -50
"""Of a network that was joined and never shown."""
ASSUMED_CLIENT = ("192.168.12.2", 50000)
"""The peer of a server's connection, which [CONNECT] does not name."""
ASSUMED_PORT = 49152
"""A local port that the system chose."""

BANNER = re.compile(rb"\s*WizFi250 Version (\S+)[^\r\n]*\r\n")
LINK_UP = re.compile(rb"\s*\[Link-Up Event\]\s+IP Addr\s*:\s*([\d.]+)\s+Gateway\s*:\s*([\d.]+)\r\n")
LINK_DOWN = re.compile(rb"\s*\[Link-Down Event\]\r\n")
LINK_DOWN_WITH_SOCKETS = re.compile(rb"(?:\s*\[DISCONNECT [0-7]\]\r\n)+\s*\[Link-Down Event\]\r\n")
SOCKET_EVENT = re.compile(rb"\s*\[(CONNECT|DISCONNECT) ([0-7])\]\r\n")
RECEIVED = re.compile(rb"\s*\{([0-7]),([\d.]*),(\d*),(\d+)\}")
NETWORK = re.compile(
    rb"\d{3}/(?P<ssid>[^\r\n]*)/(?P<bssid>[0-9A-Fa-f:]{17})/(?P<rssi>-?\d+)/(?P<rate>[\d.]+)/(?P<kind>Infra|Adhoc|Unknown)"
    rb"/(?P<security>[^/\r\n]+)/(?P<band>[\d.]+)/(?P<channel>\d+)\r\n"
)
SECURITY = {"Open": "OPEN", "WEP": "WEP", "WPA": "WPA", "WPA2": "WPA2AES", "WPA2-Mixed": "WPA2"}
ADDRESS = re.compile(rb"(?:^|\r\n)(\d+\.\d+\.\d+\.\d+)\r\n")
MILLIS = re.compile(rb"(\d+) ?ms")
SIGNAL = re.compile(rb"(?:^|[/\n])(-?\d+)\r\n")
BEGINS_EVENT = (b"\r\n[DISCONNECT ", b"\r\n[Link-Down Event]", b"\r\nWizFi250 Version")
"""What a module says in data mode that is no data."""


@dataclass(slots=True)
class Asked:
    """What a machine has ordered that has no answer yet, the oldest first."""

    requests: dict[int, fx.AnyRequest] = field(default_factory=dict)
    connects: dict[int, fx.ConnectTcp] = field(default_factory=dict)
    sends: list[int] = field(default_factory=list)
    known: dict[bytes, ev.Network] = field(default_factory=dict)
    """Networks that a scan has shown, by their SSIDs."""
    link_lost: bool = False
    restart: ev.ResetCause | None = None
    image: bytes = b""

    def order(self, effect: fx.Effect) -> ev.Event | None:
        """Note an effect; the event that answers it at once, where nothing is printed between."""
        match effect:
            case fx.WriteFlash():
                self.image = effect.image
                return ev.FlashWritten(effect.request, ok=True)
            case fx.StartAccessPoint():
                return ev.AccessPointStarted(effect.request, ok=True)
            case fx.MakeIdentity():
                return ev.IdentityMade(effect.request)
            case fx.OpenUdp():
                return ev.SocketOpened(effect.sock, effect.local_port or ASSUMED_PORT)
            case fx.ListenTcp():
                return ev.SocketOpened(effect.sock, effect.port)
            case fx.OpenAirPort():
                return ev.AirPortOpened(ok=True)
            case fx.StartWebServer():
                return ev.WebServerOpened(effect.address, 80)
            case fx.ConnectTcp():
                self.connects[effect.sock] = effect
            case fx.SendData():
                self.sends.append(effect.sock)
            case fx.CloseSocket():
                self.connects.pop(effect.sock, None)
                self.sends = [sock for sock in self.sends if sock != effect.sock]
            case fx.Leave():
                self.link_lost = False
            case fx.Reset():
                self.restart = effect.cause
            case fx.Request():
                self.requests[effect.request] = effect
        return None

    def tell(self, event: ev.Event) -> None:
        """Note what the machine is told."""
        match event:
            case ev.PoweredOn():
                self.requests.clear()
                self.connects.clear()
                self.sends.clear()
                self.restart = None
                self.link_lost = False
            case ev.LinkLost():
                self.link_lost = True
            case ev.LinkRegained():
                self.link_lost = False
            case ev.SocketOpened() | ev.SocketFailed():
                self.connects.pop(event.sock, None)
            case ev.SocketSent():
                if event.sock in self.sends:
                    self.sends.remove(event.sock)
            case _ if (request := getattr(event, "request", None)) is not None:
                self.requests.pop(request, None)


@dataclass(frozen=True, slots=True)
class Guess:
    """What has happened, and what of it is assumed, in words."""

    events: tuple[ev.Event, ...]
    assumed: str = ""


def explain(text: bytes, module: Module, asked: Asked) -> Guess | None:
    """What explains that a module says ``text``, which the machine beside it has not said; None while nothing does."""
    return next(_guesses(text, module, asked), None)


def _guesses(text: bytes, module: Module, asked: Asked) -> Iterator[Guess]:
    if BANNER.match(text):
        yield Guess((ev.PoweredOn(asked.image, asked.restart or ev.ResetCause.POWER),))
    if module.data_mode.active and not _may_begin_event(text):
        yield from _data(text, module)
        return
    if LINK_DOWN_WITH_SOCKETS.match(text):
        yield Guess((ev.LinkLost(),))
    if event := SOCKET_EVENT.match(text):
        yield from _socket_event(event[1] == b"CONNECT", int(event[2]), module, asked)
    if received := RECEIVED.match(text):
        yield from _received(text, received, module)
        return
    if LINK_DOWN.match(text):
        yield Guess((ev.LinkLost(),))
    if LINK_UP.match(text) and not asked.requests:
        yield from _link_up(text, asked)
    if b"\n" in text.lstrip(b"\r\n"):
        yield from _answer(text, module, asked)


def _may_begin_event(text: bytes) -> bool:
    return any(text.startswith(begin) or begin.startswith(text) for begin in BEGINS_EVENT)


def _data(text: bytes, module: Module) -> Iterator[Guess]:
    scid = module.data_mode.current if module.data_mode.session is None else module.data_mode.session
    slot = module.slots.get(scid) if scid is not None else None
    if slot is not None:
        yield Guess((ev.SocketReceived(slot.sock, text, slot.address, slot.port),))


def _socket_event(connects: bool, scid: int, module: Module, asked: Asked) -> Iterator[Guess]:
    slot = next((one for one in module.slots if one.scid == scid), None)
    if slot is None:
        return
    waits = asked.connects.get(slot.sock)
    if connects and waits is not None:
        yield Guess((ev.SocketOpened(slot.sock, waits.local_port or ASSUMED_PORT),))
    elif connects and slot.is_tcp_server and not slot.connected:
        yield Guess(
            (ev.SocketAccepted(slot.sock, *ASSUMED_CLIENT),), f"the client of server {scid}: {ASSUMED_CLIENT[0]}"
        )
    elif not connects and waits is not None:
        yield Guess(
            (ev.SocketFailed(slot.sock, ev.Failure.REFUSED),), f"why the connection of socket {scid} failed: refused"
        )
    elif not connects and slot.connected:
        yield Guess((ev.SocketClosed(slot.sock),))


def _received(text: bytes, header: re.Match[bytes], module: Module) -> Iterator[Guess]:
    slot: Slot | None = module.slots.get(int(header[1]))
    size = int(header[4])
    if slot is None or len(text) < header.end() + size:
        return
    address, port = header[2].decode() or slot.address, int(header[3] or slot.port)
    data = text[header.end() : header.end() + size]
    yield Guess((ev.SocketReceived(slot.sock, data, address or NO_ADDRESS, port),))


def _link_up(text: bytes, asked: Asked) -> Iterator[Guess]:
    """An access point that is there again, which the module then asks for an address; or a Wi-Fi Direct group."""
    if asked.link_lost:
        yield Guess((ev.LinkRegained(),))
    elif up := LINK_UP.match(text):
        yield Guess(
            (ev.P2pEnded(joined=True, address=up[1].decode(), netmask=ASSUMED_NETMASK, gateway=up[2].decode()),)
        )


def _answer(text: bytes, module: Module, asked: Asked) -> Iterator[Guess]:
    """The oldest question, answered by lines."""
    if asked.sends:
        yield Guess((ev.SocketSent(asked.sends[0], ev.Failure.CLOSED if b"[ERROR" in text else None),))
    for number, request in asked.requests.items():
        match request:
            case fx.Join():
                failed = b"Failed to join" in text or b"[ERROR" in text
                if failed:
                    yield Guess((ev.JoinEnded(number, ev.JoinFailure.NOT_FOUND),), "why a join failed: not found")
                else:
                    yield Guess((ev.JoinEnded(number, None),))
            case fx.RequestAddress():
                yield from _address(text, number)
            case fx.Scan():
                yield from _scan(text, number, request, module, asked)
            case fx.Resolve():
                found = ADDRESS.search(text)
                yield Guess((ev.NameResolved(number, found[1].decode() if found else ""),))
            case fx.Ping():
                millis = MILLIS.search(text)
                missing = ev.PingResult.ERROR if b"error" in text else ev.PingResult.TIMEOUT
                result = ev.PingResult.REPLY if millis else missing
                yield Guess((ev.PingEnded(number, result, int(millis[1]) if millis else 0),))
            case fx.ReadSignal():
                if b"[OK]" in text or b"[ERROR" in text:
                    levels = SIGNAL.findall(text)
                    yield Guess((ev.SignalRead(number, -abs(int(levels[-1])) if levels else 0),))
            case fx.ConnectMqtt() | fx.SubscribeMqtt() | fx.PublishMqtt():
                yield Guess((ev.MqttEnded(number, ok=b"[ERROR" not in text),))
            case fx.RunWps():
                if b"[ERROR" in text:
                    yield Guess((request.failed(),))
        return


def _scan(text: bytes, number: int, scan: fx.Scan, module: Module, asked: Asked) -> Iterator[Guess]:
    """What AT+WSCAN prints, or the network that a join has looked for to learn its security."""
    if (b"[OK]" in text and b"Joining : " not in text) or (b"[ERROR" in text and not scan.ssid):
        found = tuple(_networks(text))
        asked.known |= {network.ssid: network for network in found}
        yield Guess((ev.ScanEnded(number, found),))
    elif b"Joining : " in text:
        if scan.ssid in asked.known:
            yield Guess((ev.ScanEnded(number, (asked.known[scan.ssid],)),))
        else:
            word = (Security.WPA2 if module.ram.station_security.key else Security.OPEN).value
            network = ev.Network(scan.ssid, ASSUMED_BSSID, ASSUMED_CHANNEL, ASSUMED_RSSI_DBM, security=word)
            yield Guess((ev.ScanEnded(number, (network,)),), f"the security of the network that is joined: {word}")
    elif b"[ERROR" in text:
        yield Guess((ev.ScanEnded(number),))


def _address(text: bytes, request: int) -> Iterator[Guess]:
    up = LINK_UP.search(text)
    if up is not None:
        address, gateway = up[1].decode(), up[2].decode()
        yield Guess(
            (ev.AddressOffered(request, address, ASSUMED_NETMASK, gateway, gateway),),
            f"the netmask {ASSUMED_NETMASK}, and the gateway as name server",
        )
    elif b"[OK]" in text:
        offer = ev.AddressOffered(request, ASSUMED_ADDRESS, ASSUMED_NETMASK, ASSUMED_GATEWAY, ASSUMED_GATEWAY)
        yield Guess((offer,), f"the address {ASSUMED_ADDRESS}, as nothing was printed of it")
    elif b"[ERROR" in text:
        yield Guess((ev.AddressOffered(request),))


def _networks(text: bytes) -> Iterator[ev.Network]:
    for row in NETWORK.finditer(text):
        yield ev.Network(
            row["ssid"],
            row["bssid"].decode().upper(),
            int(row["channel"]),
            int(row["rssi"]),
            float(row["rate"]),
            SECURITY.get(row["security"].decode("latin-1"), "UNKNOWN"),
            row["kind"].decode(),
            row["band"].decode(),
        )
