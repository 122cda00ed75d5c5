"""The SPI line with its faults.

A transfer always takes place: what is lost on a line arrives as F0, as if nothing had been said.
"""

from wizfi_emu.faults.line import strike
from wizfi_emu.faults.live import FaultContext, Live, of_kind
from wizfi_emu.faults.model import DataReadyStuck, SpiFault, SpiLoss
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.ports import DATA_READY

_NOTHING = b"\xf0"


class SpiFaults:
    """MOSI, MISO and DATA_READY of one module."""

    def __init__(self, context: FaultContext) -> None:
        self._context = context
        self._level: bool | None = False  # as the module drives it

    def receive(self, event: ev.SpiTransferred) -> None:
        self._context.tell(ev.SpiTransferred(self._carried(event.data, "mosi")))

    def order(self, effect: fx.SpiSend) -> None:
        self._context.carry_out(fx.SpiSend(self._carried(effect.data, "miso")))

    def drive(self, effect: fx.SetPin) -> None:
        """The module has another level on DATA_READY; the host sees it unless the pin is stuck."""
        self._level = effect.level
        stuck = self._stuck()
        if stuck is None:
            self._context.carry_out(effect)
        else:
            stuck[0].hits += 1

    def begin(self, live: Live) -> None:
        if isinstance(live.fault, DataReadyStuck):
            self._show()

    end = begin
    """What lasts on is seen; what is over is in the list no longer."""

    def _stuck(self) -> tuple[Live, DataReadyStuck] | None:
        return next(of_kind(self._context.active, DataReadyStuck), None)

    def _show(self) -> None:
        stuck = self._stuck()
        self._context.carry_out(fx.SetPin(DATA_READY, self._level if stuck is None else bool(stuck[1].level)))

    def _carried(self, data: bytes, line: str) -> bytes:
        for live, fault in of_kind(self._context.active, SpiFault):
            if fault.direction in ("both", line):
                data = strike(data, live, line, _NOTHING if isinstance(fault, SpiLoss) else None)
        return data
