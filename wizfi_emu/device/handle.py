"""A running module in the hands of a person: the `ModuleHandle` of the control interface over a `Device`."""

from __future__ import annotations

from dataclasses import dataclass

import trio

from wizfi_emu.control.handle import RefusedError
from wizfi_emu.control.pins import HOLD_MS
from wizfi_emu.control.state import Counters, SerialState, State
from wizfi_emu.control.traffic import Traffic
from wizfi_emu.device.faults import Faults
from wizfi_emu.device.snapshot import DeviceInfo, snapshot
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import Fault, FaultList
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.run.device import Device
from wizfi_emu.stages.observer import Observer

PRESS_MS = 120
GAP_MS = 120
"""FUNCTION down and up again (guide: 100 to 200 ms each); a little more than the 100 ms between two looks at it."""


@dataclass(frozen=True, slots=True)
class _Line:
    baud: int = 115200
    parity: str = "N"
    data_bits: int = 8
    stop_bits: str = "1"
    flow: str = "N"


class DeviceHandle:
    """See ``ModuleHandle``. ``nursery`` runs what lets go of pins later."""

    def __init__(self, device: Device, nursery: trio.Nursery, *, link: str | None = None) -> None:
        self.traffic = Traffic()
        self._device = device
        self._nursery = nursery
        self._link = link
        self._faults = Faults(device, device.seed)
        self._line = _Line()
        self._boots = 0
        self._booted = trio.Event()
        self._finger = trio.Lock()
        self._holding: dict[str, trio.CancelScope] = {}
        device.add(Observer(self._observe))

    def _observe(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        if isinstance(item, ev.PoweredOn):
            self._boots += 1
            self._booted.set()
        elif isinstance(item, fx.ConfigureUart):
            self._line = _Line(item.baud, item.parity, item.data_bits, item.stop_bits, item.flow)
        self.traffic.observe(item, now_us)

    # --- looking ----------------------------------------------------------------------------------------------------

    def state(self, *, secrets: bool = False) -> State:
        """See ``ModuleHandle``."""
        device, line = self._device, self._line
        serial = device.line
        info = DeviceInfo(
            power=device.has_power,
            now_us=device.now_us,
            serial=SerialState(
                serial.name, self._link, line.baud, line.parity, line.data_bits, line.stop_bits, line.flow
            ),
            counters=Counters(
                serial.received_bytes,
                serial.sent_bytes,
                serial.dropped_bytes,
                device.module.lost_bytes,
                self._boots,
            ),
            pins=device.pins,
            rssi_dbm=device.world.rssi_dbm,
            ends=device.world.ends,
            air_address=device.world.host_address or None,
            faults=self._faults.show(),
        )
        return snapshot(device.module, info, secrets=secrets)

    # --- pins -------------------------------------------------------------------------------------------------------

    def drive(self, pin: str, level: bool | None) -> None:
        """See ``ModuleHandle``. Whoever held the pin lets go first."""
        holding = self._holding.pop(pin, None)
        if holding is not None:
            holding.cancel()
        self._device.feed(ev.PinDriven(pin, level))

    def set_adc(self, value: int) -> None:
        """See ``ModuleHandle``."""
        self._device.feed(ev.AdcDriven(value))

    async def press(self, count: int) -> None:
        """See ``ModuleHandle``."""
        self._need_power()
        async with self._finger:
            for _ in range(count):
                self.drive("function", level=False)
                await self._module_time(PRESS_MS)
                self.drive("function", level=None)
                await self._module_time(GAP_MS)

    # --- faults -----------------------------------------------------------------------------------------------------

    def faults(self) -> FaultList:
        """See ``ModuleHandle``."""
        return FaultList(self._faults.show())

    def start_fault(self, fault: Fault) -> None:
        """See ``ModuleHandle``."""
        try:
            self._faults.add(fault)
        except UserError as error:
            raise RefusedError(str(error)) from None

    def heal_fault(self, name: str) -> None:
        """See ``ModuleHandle``."""
        try:
            self._faults.heal(name)
        except UserError as error:
            raise RefusedError(str(error)) from None

    # --- power ------------------------------------------------------------------------------------------------------

    def reset(self, *, watchdog: bool = False) -> None:
        """See ``ModuleHandle``."""
        self._need_power()
        self._device.feed(ev.ResetPulled(ev.ResetCause.WATCHDOG if watchdog else ev.ResetCause.RESET))

    def power_off(self) -> None:
        """See ``ModuleHandle``."""
        self._need_power()
        self._device.power_off()

    def power_on(self, low: tuple[str, ...] = (), hold_ms: int | None = HOLD_MS) -> None:
        """See ``ModuleHandle``."""
        if self._device.has_power:
            raise RefusedError("the module has power already")
        for pin in low:
            self.drive(pin, level=False)
        self._booted = trio.Event()
        if hold_ms is not None:
            for pin in low:
                self._holding[pin] = trio.CancelScope()
                self._nursery.start_soon(self._let_go, pin, self._holding[pin], hold_ms)
        self._device.power_on()

    async def _let_go(self, pin: str, scope: trio.CancelScope, hold_ms: int) -> None:
        with scope:
            await self._booted.wait()
            await self._module_time(hold_ms)
            self._device.feed(ev.PinDriven(pin, None))
            if self._holding.get(pin) is scope:
                del self._holding[pin]

    # --- serial line ------------------------------------------------------------------------------------------------

    async def receive(self, data: bytes) -> None:
        """See ``ModuleHandle``."""
        self._need_power()
        await self._device.receive_serial(data)

    # ----------------------------------------------------------------------------------------------------------------

    def _need_power(self) -> None:
        if not self._device.has_power:
            raise RefusedError("the module has no power")

    async def _module_time(self, duration_ms: int) -> None:
        await trio.sleep(duration_ms / 1000 / self._device.clock.time_scale)
