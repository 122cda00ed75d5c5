"""The life of a slot, row by row of the table in `wizfi_emu.module.slots`; the sockets are built alone."""

from __future__ import annotations

import pytest

from tests.desk import MEASURED, event, firmware_named
from tests.module.tables import rows_of
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module import slots as slots_module
from wizfi_emu.module.data_mode import DataMode
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.link import Link, LinkState
from wizfi_emu.module.output import Output
from wizfi_emu.module.part import Core
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.slots import Slot, SlotTable
from wizfi_emu.module.sockets import Sockets
from wizfi_emu.module.storage import Storage
from wizfi_emu.module.transmissions import Transmissions
from wizfi_emu.profile.fields import SocketRegistration

ROWS = rows_of(slots_module)
TYPES = {"TCP client": "TCN", "TCP server": "TSN", "UDP": "UCN"}
PEER = "192.168.12.50"


def nothing() -> None:
    pass


class Bare:
    """Sockets on a link that is up, and the parts that they need; no module."""

    def __init__(self) -> None:
        self.kernel = Kernel()
        settings = Settings(firmware_named(MEASURED))
        output = Output(settings, lambda data: self.kernel.emit(fx.UartSend(data)), lambda _us: None)
        core = Core(self.kernel, settings, Storage(self.kernel, settings), output)
        self.link = Link(core, nothing, nothing)
        self.slots = SlotTable()
        sends = Transmissions(self.kernel)
        data_mode = DataMode(core, self.slots, sends)
        self.sockets = Sockets(core, self.link, self.slots, sends, data_mode, seed=0)
        self.kernel.start()
        self.link.state = LinkState.STATION

    def open(self, kind: str, state: str) -> Slot:
        """A socket that is in this state."""
        is_server = kind == "TCP server"
        address, port, local = ("", 0, 5000) if is_server else (PEER, 6000, 0)
        slot = self.sockets.open(SocketRegistration("O", TYPES[kind], address, port, local, data_mode=False))
        if state in ("CONNECTED", "OPEN"):
            self.happen(slot, "`SocketAccepted`" if is_server else "`SocketOpened`")
        self.kernel.take_effects()
        return slot

    def happen(self, slot: Slot, cause: str) -> None:
        """What the table says in "left by"."""
        match cause:
            case "`SocketOpened`":
                self.sockets.receive(ev.SocketOpened(slot.sock, 5000))
            case "`SocketFailed`":
                self.sockets.receive(ev.SocketFailed(slot.sock, ev.Failure.REFUSED))
            case "`SocketAccepted`":
                self.sockets.receive(ev.SocketAccepted(slot.sock, PEER, 7000))
            case "`SocketClosed`":
                self.sockets.receive(ev.SocketClosed(slot.sock))
            case "idle time":
                self.sockets.lose(slot)
            case "AT+SMGMT":
                self.sockets.close(slot)
                self.sockets.report_closed(slot)
            case "the link is lost":
                self.sockets.drop_all()
            case _:
                raise AssertionError(f"nobody knows how {cause} happens")

    def state_of(self, slot: Slot) -> str:
        return slot.state.name if slot in self.slots else "free"

    def printed(self) -> bytes:
        return b"".join(effect.data for effect in self.kernel.take_effects() if isinstance(effect, fx.UartSend))


@pytest.mark.parametrize("row", [row for row in ROWS if row[2] != "`ListenTcp`"], ids=" ".join)
def test_row(row: tuple[str, ...]) -> None:
    state, kind, cause, to, printed = row
    bare = Bare()
    slot = bare.open(kind, state)
    assert bare.state_of(slot) == state
    bare.happen(slot, cause)
    assert bare.state_of(slot) == to
    assert bare.printed() == (event(printed, slot.scid) if printed else b"")


def test_a_server_is_listening_from_the_order_on() -> None:
    assert ("OPENING", "TCP server", "`ListenTcp`", "LISTENING", "") in ROWS
    bare = Bare()
    slot = bare.sockets.open(SocketRegistration("O", "TSN", "", 0, 5000, data_mode=False))
    assert bare.state_of(slot) == "LISTENING"
    assert bare.kernel.take_effects() == [fx.ListenTcp(slot.sock, 5000)]


def test_every_state_is_left_by_something() -> None:
    assert {row[0] for row in ROWS} == {state.name for state in slots_module.SlotState}
