"""The world of a module that runs for people: sockets and files of this machine, under trio."""

import logging
import random
from collections.abc import Awaitable, Callable

import trio

from wizfi_emu.air.segment import Neighbours
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.slots import Slot
from wizfi_emu.net._context import NetContext
from wizfi_emu.net._stream import RECEIVE_BYTES
from wizfi_emu.net.addresses import AddressMap, Endpoint
from wizfi_emu.net.mqtt import MqttEdge
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.profile.flashfile import Flash, MemoryFlash
from wizfi_emu.worlds.radio import RadioLink
from wizfi_emu.worlds.simulated import SimulatedWorld
from wizfi_emu.worlds.world import WorldContext

RECEIVE_WINDOW_BYTES = 2048  # firmware 1.0.5.2

_log = logging.getLogger("wizfi_emu.module")


class HostWorld(SimulatedWorld):
    """Real sockets at the host address, and a flash file."""

    def __init__(
        self,
        nursery: trio.Nursery,
        radio: RadioLink,
        addresses: AddressMap,
        flash: Flash,
        *,
        wait_line_room: Callable[[], Awaitable[None]],
        small_window: bool,
        time_scale: float = 1.0,
        seed: int | None = None,
    ) -> None:
        """``nursery`` holds every task; ``seed`` fixes the module's random choices.

        ``wait_line_room`` is awaited before data for the serial line is read. ``small_window``: data waits in the
        peer's stack, as behind the module's small receive window; on a paced line, what was read far ahead would delay
        every later answer by seconds.
        """
        super().__init__(radio)
        self.addresses = addresses
        self._nursery = nursery
        self._wait_line_room = wait_line_room
        self._receive_bytes = RECEIVE_WINDOW_BYTES if small_window else RECEIVE_BYTES
        self._time_scale = time_scale
        self._flash = flash
        self._image = flash.load()
        self._writing = trio.Lock()
        # Without a seed the chance of the whole program: one of its own takes 2.5 kB.
        self._getrandbits = random.getrandbits if seed is None else random.Random(seed).getrandbits  # noqa: S311 - no secret
        self._life = 0
        self._room = trio.lowlevel.ParkingLot()

    def attach(self, context: WorldContext) -> None:
        super().attach(context)
        net = NetContext(
            self._nursery, self.addresses, context.feed, self._wait_room, self._time_scale, self._receive_bytes
        )
        self.network = HostNetwork(net)
        self._mqtt = MqttEdge(net)

    def set_neighbours(self, neighbours: Neighbours | None) -> None:
        self.addresses.set_neighbours(neighbours)

    def power_on(self, cause: ev.ResetCause) -> None:
        if self._writing.locked():
            self._nursery.start_soon(self._power_on_after_write, self._life, cause)
        else:
            self._power_on(cause)

    async def _power_on_after_write(self, life: int, cause: ev.ResetCause) -> None:
        async with self._writing:  # what was being written when the reset came is old or new, never between
            if life == self._life:
                self._power_on(cause)

    def _power_on(self, cause: ev.ResetCause) -> None:
        self.context.feed(ev.PoweredOn(self._image, cause, self._getrandbits(32)))

    def restarted(self) -> None:
        self._life += 1
        self.network.reset()
        super().restarted()

    def write_flash(self, effect: fx.WriteFlash) -> None:
        if isinstance(self._flash, MemoryFlash):
            self._flash.write(effect.image)
            self._image = effect.image
            self.context.feed(ev.FlashWritten(effect.request, ok=True))
        else:
            self._nursery.start_soon(self._write_flash, effect, self._life)

    async def _write_flash(self, effect: fx.WriteFlash, life: int) -> None:
        async with self._writing:
            try:
                await trio.to_thread.run_sync(self._flash.write, effect.image)
            except OSError as error:
                _log.warning("the flash could not be written: %s", error.strerror)
                ok = False
            else:
                self._image = effect.image
                ok = True
        # A write is never broken off; when the program ends meanwhile, nobody is there any more to hear of it.
        await trio.lowlevel.checkpoint_if_cancelled()
        if life == self._life:
            self.context.feed(ev.FlashWritten(effect.request, ok))

    def execute_on_network(self, effect: fx.NetworkEffect) -> None:
        self.network.execute(effect)

    def execute_mqtt(self, effect: fx.MqttEffect) -> None:
        self._mqtt.execute(effect)

    def reset_connection(self, sock: int) -> None:
        self.network.reset_connection(sock)

    def reset_mqtt(self) -> None:
        self._mqtt.reset()

    async def _wait_room(self) -> None:
        await self._wait_line_room()
        while not self.context.network_room:
            await self._room.park()

    def room_changed(self) -> None:
        if self._room and self.context.network_room:
            self._room.unpark_all()

    @property
    def host_address(self) -> str:
        return self.addresses.listen_address

    def ends(self, slot: Slot) -> tuple[Endpoint | None, Endpoint | None]:
        local, remote = self.network.host_side(slot.sock)
        if remote is None and slot.has_peer:
            remote = self.addresses.locate(slot.address, slot.port)
        return local, remote
