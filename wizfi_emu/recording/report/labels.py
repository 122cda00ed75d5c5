"""What an event or effect is called in a picture, in a few words."""

from __future__ import annotations

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.readable import as_text
from wizfi_emu.recording.format import Item
from wizfi_emu.recording.show import show_item


def label(item: Item) -> str:
    """A few words; empty for what shows its bytes."""
    return _radio_label(item) or _socket_label(item) or _other_label(item)


def _radio_label(item: Item) -> str:
    match item:
        case fx.Join():
            return f"join {as_text(item.ssid)} ({item.security or 'automatic'})"
        case ev.JoinEnded():
            return "joined" if item.failure is None else f"not joined: {item.failure.value}"
        case fx.RequestAddress():
            return "DHCP: address?"
        case ev.AddressOffered():
            return f"DHCP: {item.address or 'no answer'}"
        case fx.UseAddress():
            return f"address {item.address}" if item.address else "no address"
        case fx.StartAccessPoint():
            return f"start access point {as_text(item.ssid)}"
        case fx.Scan():
            return "scan"
        case ev.ScanEnded():
            return f"{len(item.networks)} networks"
        case fx.Ping():
            return f"ping {item.address}"
        case ev.PingEnded():
            return f"{item.result.value} {item.millis} ms" if item.result is ev.PingResult.REPLY else item.result.value
        case fx.Resolve():
            return f"DNS: {as_text(item.name)}?"
        case ev.NameResolved():
            return f"DNS: {item.address or 'no answer'}"
        case ev.LinkLost():
            return "link lost"
        case ev.LinkRegained():
            return "link regained"
        case ev.AddressRenewed():
            return f"address {item.address}"
        case ev.StationJoined() | ev.StationLeft():
            return f"station {item.mac} {'joins' if isinstance(item, ev.StationJoined) else 'leaves'}"
        case _:
            return ""


def _socket_label(item: Item) -> str:
    match item:
        case fx.ConnectTcp():
            return f"{'TLS' if item.tls else 'TCP'} connect {item.address}:{item.port} (socket {item.sock})"
        case fx.ListenTcp():
            return f"{'TLS' if item.tls else 'TCP'} listen on {item.port} (socket {item.sock})"
        case fx.OpenUdp():
            return f"UDP on {item.local_port} (socket {item.sock})"
        case ev.SocketOpened():
            return f"open, local port {item.local_port}"
        case ev.SocketFailed():
            return f"not open: {item.failure.value}"
        case ev.SocketAccepted():
            return f"connects from {item.peer_address}:{item.peer_port} (socket {item.sock})"
        case ev.SocketClosed():
            return "closes" if item.failure is None else f"breaks: {item.failure.value}"
        case ev.SocketSent(failure=ev.Failure() as failure):
            return f"not sent: {failure.value}"
        case fx.CloseSocket():
            return f"close socket {item.sock}"
        case _:
            return ""


def _other_label(item: Item) -> str:
    match item:
        case (
            ev.UartReceived()
            | fx.UartSend()
            | ev.SocketReceived()
            | fx.SendData()
            | ev.AirCommandReceived()
            | fx.AnswerAirCommand()
            | ev.WebDataReceived()
            | fx.AnswerWebClient()
        ):
            return ""
        case ev.PoweredOn():
            return f"power on ({item.cause.value})"
        case ev.PoweredOff():
            return "power off"
        case fx.Reset():
            return f"reset ({item.cause.value})"
        case fx.WriteFlash():
            return f"write flash, {len(item.image)} bytes"
        case fx.SetPin() | ev.PinDriven():
            return f"{item.pin} {'released' if item.level is None else 'high' if item.level else 'low'}"
        case fx.Log():
            return item.text
        case _:
            return show_item(item)[2:]
