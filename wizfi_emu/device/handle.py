"""A running module in the hands of a person: the `ModuleHandle` of the control interface over a `Device`."""

import math
from contextlib import nullcontext, suppress

import trio

from wizfi_emu.actions.hands import ChangeAccessPoint, HandAction, Power, PowerOn, Press, Record, Reset, SendSerial
from wizfi_emu.actions.perform import Performer, RefusedError, Script, Until
from wizfi_emu.control.handle import ModuleHandle
from wizfi_emu.control.state import Counters, SerialState, State
from wizfi_emu.control.traffic import Traffic
from wizfi_emu.device.faults import Faults
from wizfi_emu.device.handrecording import HandRecording, NewHeader
from wizfi_emu.device.snapshot import snapshot
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import FaultList
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.run.device import Device
from wizfi_emu.stages.notes import Note
from wizfi_emu.stages.orders import MoveAccessPoint, SwitchAccessPoint


class DeviceHandle(ModuleHandle):
    """The handle of a device.

    ``nursery`` runs what lets go of pins later; ``header`` makes the header of a recording that begins now.
    """

    def __init__(
        self, device: Device, nursery: trio.Nursery, *, link: str | None = None, header: NewHeader | None = None
    ) -> None:
        self._traffic = Traffic()
        self._device = device
        self._nursery = nursery
        self._link = link
        self._faults = Faults(device, device.seed)
        self._line = fx.ConfigureUart(115200, "N", 8, "1", "N")
        self._boots = 0
        self._news = trio.lowlevel.ParkingLot()
        self._performer = Performer(device, self._faults)
        self._press_lock = trio.Lock()
        self._recording = HandRecording(device, header)
        device.look_on(self)

    def see(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        """See `Onlooker`: the module has changed."""
        if isinstance(item, ev.PoweredOn):
            self._boots += 1
        elif isinstance(item, fx.ConfigureUart):
            self._line = item
        if not isinstance(item, ev.HostBytes | fx.HostEffect):
            self._traffic.observe(item, now_us)
        self._news.unpark_all()  # it is looked at when everything about it is done

    def see_line(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        """See `Onlooker`: the line has carried bytes."""
        self._traffic.observe(item, now_us)

    def see_note(self, note: Note, now_us: int) -> None:
        """See `Onlooker`: something has happened around the module."""
        self._traffic.observe(note, now_us)

    @property
    def traffic(self) -> Traffic:
        return self._traffic

    def state(self, *, secrets: bool = False) -> State:
        device, line = self._device, self._line
        serial = device.line
        return snapshot(
            device.module,
            power=device.has_power,
            now_us=device.now_us,
            serial=SerialState(
                serial.name, self._link, line.baud, line.parity, line.data_bits, line.stop_bits, line.flow
            ),
            spi=device.spi,
            counters=Counters(
                serial.received_bytes,
                serial.sent_bytes,
                serial.dropped_bytes + (device.wire.dropped_bytes if device.wire else 0),
                device.module.lost_bytes,
                self._boots,
            ),
            pins=device.pins,
            rssi_dbm=device.world.rssi_dbm,
            ends=device.world.ends,
            air_address=device.world.host_address or None,
            faults=self._faults.show(),
            access_points=device.world.access_points,
            recording=self._recording.state,
            secrets=secrets,
        )

    async def perform(self, action: HandAction | SendSerial) -> None:
        self._refuse_if_impossible(action)
        if isinstance(action, ChangeAccessPoint):
            self._change(action)
            return
        if isinstance(action, Record):
            self._recording.switch(action.on)
            return
        if isinstance(action, SendSerial):
            await self._device.receive_serial(action.data)
            return
        async with self._press_lock if isinstance(action, Press) else nullcontext():
            script = self._performer.perform(action)
            until = next(script, None)
            if until is None:
                return
            if isinstance(action, PowerOn):
                self._nursery.start_soon(self._go_on, script, until)
            else:
                await self._go_on(script, until)

    def _change(self, action: ChangeAccessPoint) -> None:
        name = action.access_point
        try:
            self._device.world.check_access_point(name)
        except UserError as error:
            raise RefusedError(str(error)) from None
        if action.on is not None:
            self._device.obey(SwitchAccessPoint(name, action.on))
        if action.rssi_dbm is not None:
            self._device.obey(MoveAccessPoint(name, action.rssi_dbm))

    def recording(self) -> bytes:
        return self._recording.read()

    def _refuse_if_impossible(self, action: HandAction | SendSerial) -> None:
        has_power = self._device.has_power
        if isinstance(action, PowerOn) and has_power:
            raise RefusedError("the module has power already")
        if isinstance(action, Press | Reset | SendSerial | Power) and not has_power:
            raise RefusedError("the module has no power")
        if isinstance(action, Press | SendSerial) and self._device.in_reset:
            raise RefusedError("the module is held in reset")

    async def _go_on(self, script: Script, until: Until) -> None:
        """Play a script on from where it waits."""
        with suppress(StopIteration):
            while True:
                deadline_s = math.inf if until.time_us is None else self._device.clock.at(until.time_us)
                with trio.move_on_at(deadline_s):
                    while not until.ready():
                        await self._news.park()
                until = script.send(until.ready())

    def faults(self) -> FaultList:
        return FaultList(self._faults.show())
