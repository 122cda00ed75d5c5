"""Why something happened, in the log: opens, joins, where a connect really went, why it failed, resets, refusals."""

from collections.abc import Callable
from logging import DEBUG, Logger, getLogger

from wizfi_emu.device.refusals import explain
from wizfi_emu.firmware import Firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.net.addresses import Blocked, Endpoint
from wizfi_emu.recording.labels import label
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.secrets import mask_line
from wizfi_emu.recording.words import lane_of, words_of
from wizfi_emu.stages.notes import Note, PowerSwitched, WorldChanged

REFUSALS = getLogger("wizfi_emu.refused")
"""Tells why lines were refused, where its level is DEBUG: at every mistake of a host."""

PEERS_MAX = 64
"""Peers of UDP sockets that are told once; a host that scans a network must not fill the log."""

_TOLD = (
    fx.Join
    | fx.StartAccessPoint
    | fx.ListenTcp
    | fx.OpenUdp
    | fx.CloseSocket
    | fx.Reset
    | fx.UseAddress
    | ev.JoinEnded
    | ev.AddressOffered
    | ev.LinkLost
    | ev.LinkRegained
    | ev.AccessPointStarted
    | ev.StationJoined
    | ev.StationLeft
    | ev.SocketOpened
    | ev.SocketAccepted
    | ev.SocketClosed
    | ev.NameResolved
    | ev.PoweredOn
    | ev.PoweredOff
    | ev.ResetPulled
)

Where = Callable[[str, int], Endpoint | Blocked]
"""Where an address and port that the firmware sees really are."""


class Why:
    """Looks on, and writes into a log."""

    def __init__(self, log: Logger, where: Where, firmware: Firmware, last_line: Callable[[], bytes]) -> None:
        """``last_line``: what the module has read as its last command."""
        self._log = log
        self._where = where
        self._firmware = firmware
        self._connecting: dict[int, Endpoint] = {}
        self._told_peers: set[Endpoint] = set()
        self._last_line = last_line

    def see(self, item: ev.Event | fx.Effect, _now_us: int) -> None:
        """See `Onlooker`."""
        match item:
            case fx.ConnectTcp():
                peer = self._connecting[item.sock] = Endpoint(item.address, item.port)
                self._log.debug("%s; %s", label(item), self._is_here(peer))
            case ev.SocketFailed() if item.sock in self._connecting:
                self._log.debug("%s: %s", self._is_here(self._connecting.pop(item.sock)), item.failure.value)
            case ev.SocketFailed():
                self._log.debug("socket %d %s", item.sock, label(item))
            case fx.SendData() if item.address:
                self._tell_peer(Endpoint(item.address, item.port))
            case fx.UartSend() if REFUSALS.isEnabledFor(DEBUG) and b"[ERROR" in item.data:
                self._refused(item.data)
            case ev.PoweredOn() | ev.PoweredOff():
                self._connecting.clear()
                self._log.debug("%s", label(item))
            case _ if isinstance(item, _TOLD):
                if isinstance(item, ev.SocketOpened | fx.CloseSocket):
                    self._connecting.pop(item.sock, None)
                sock = getattr(item, "sock", None)
                self._log.debug("%s%s", f"socket {sock}: " if sock is not None else "", label(item))
            case _:
                pass

    def see_line(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        """See `Onlooker`: the bytes of the line are in recordings."""

    def see_note(self, note: Note, _now_us: int) -> None:
        """See `Onlooker`; faults are told anyway."""
        if isinstance(note, PowerSwitched | WorldChanged):
            self._log.debug("%s: %s", lane_of(note), words_of(note))

    def _is_here(self, peer: Endpoint) -> str:
        """Where a peer really is."""
        found = self._where(*peer)
        here = found.value if isinstance(found, Blocked) else f"{found.address}:{found.port} here"
        return f"{peer.address}:{peer.port} is {here}"

    def _tell_peer(self, peer: Endpoint) -> None:
        if peer not in self._told_peers and len(self._told_peers) < PEERS_MAX:
            self._told_peers.add(peer)
            self._log.debug("UDP: %s", self._is_here(peer))

    def _refused(self, data: bytes) -> None:
        line = self._last_line()
        response = next((text for text in data.decode("latin-1").split("\r\n") if text.startswith("[ERROR")), "")
        why = explain(line, response, self._firmware)
        shown = ascii(mask_line(line, Masks()).decode("latin-1"))
        REFUSALS.debug("%s: %s%s", shown, response, f" {why}" if why else "")
