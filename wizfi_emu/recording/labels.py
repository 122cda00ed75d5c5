"""What an event or effect is called in a picture, in a few words."""

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.readable import as_text
from wizfi_emu.recording.format import Item
from wizfi_emu.recording.kinds import KINDS
from wizfi_emu.recording.show import show_item
from wizfi_emu.recording.words import words_of
from wizfi_emu.stages.notes import Note, PowerSwitched

_BY_ITS_BYTES = (
    ev.HostBytes
    | fx.HostEffect
    | ev.SocketReceived
    | fx.SendData
    | ev.AirCommandReceived
    | fx.AnswerAirCommand
    | ev.WebDataReceived
    | fx.AnswerWebClient
)
_FORMS: dict[type[Item], str] = {
    fx.RequestAddress: "DHCP: address?",
    fx.Scan: "scan",
    fx.Ping: "ping {0.address}",
    ev.LinkLost: "link lost",
    ev.LinkRegained: "link regained",
    ev.AddressRenewed: "address {0.address}",
    ev.StationJoined: "station {0.mac} joins",
    ev.StationLeft: "station {0.mac} leaves",
    fx.OpenUdp: "UDP on {0.local_port} (socket {0.sock})",
    ev.SocketOpened: "open, local port {0.local_port}",
    ev.SocketFailed: "not open: {0.failure.value}",
    ev.SocketAccepted: "connects from {0.peer_address}:{0.peer_port} (socket {0.sock})",
    fx.CloseSocket: "close socket {0.sock}",
    ev.PoweredOn: "power on ({0.cause.value})",
    ev.PoweredOff: "power off",
    fx.Reset: "reset ({0.cause.value})",
    fx.Log: "{0.text}",
    fx.ConfigureUart: "{0.baud} bit/s {0.data_bits}{0.parity}{0.stop_bits}, flow control {0.flow}",
    fx.Leave: "leave",
    ev.AdcDriven: "analogue input {0.value}",
    ev.ResetPulled: "reset from outside ({0.cause.value})",
}


def note_label(note: Note) -> str:
    """A note in a few words."""
    match note:
        case PowerSwitched(on):
            return f"power {'on' if on else 'off'}"
        case _:
            return words_of(note)


def label(item: Item) -> str:
    """A few words; empty for what shows its bytes."""
    form = _FORMS.get(type(item))
    if form is not None:
        return form.format(item)
    match item:
        case _ if isinstance(item, _BY_ITS_BYTES):
            return ""
        case fx.Join():
            return f"join {as_text(item.ssid)} ({item.security or 'automatic'})"
        case ev.JoinEnded():
            return "joined" if item.failure is None else f"not joined: {item.failure.value}"
        case ev.AddressOffered():
            return f"DHCP: {item.address or 'no answer'}"
        case fx.UseAddress():
            return f"address {item.address}" if item.address else "no address"
        case fx.StartAccessPoint():
            return f"start access point {as_text(item.ssid)}"
        case ev.UartLost():
            return f"{item.count} bytes lost: {item.cause.value}"
        case ev.NetworkFound():
            return f"found {as_text(item.network.ssid)}"
        case ev.ScanEnded():
            count = len(item.networks)
            return f"{count} network{'s' * (count > 1)}" if count else "scan ended"
        case ev.PingEnded():
            return f"{item.result.value} {item.millis} ms" if item.result is ev.PingResult.REPLY else item.result.value
        case fx.Resolve():
            return f"DNS: {as_text(item.name)}?"
        case ev.NameResolved():
            return f"DNS: {item.address or 'no answer'}"
        case fx.ConnectTcp():
            return f"{'TLS' if item.tls else 'TCP'} connect {item.address}:{item.port} (socket {item.sock})"
        case fx.ListenTcp():
            return f"{'TLS' if item.tls else 'TCP'} listen on {item.port} (socket {item.sock})"
        case ev.SocketClosed():
            return "closes" if item.failure is None else f"breaks: {item.failure.value}"
        case ev.SocketSent(failure=ev.Failure() as failure):
            return f"not sent: {failure.value}"
        case fx.WriteFlash():
            return f"write flash, {len(item.image)} bytes"
        case fx.SetPin() | ev.PinDriven():
            return f"{item.pin} {'released' if item.level is None else 'high' if item.level else 'low'}"
        case _:
            _, _, fields = show_item(item)[2:].partition(" ")
            return f"{KINDS[type(item)]}{': ' if fields else ''}{fields}"
