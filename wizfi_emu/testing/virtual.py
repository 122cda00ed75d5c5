"""A module without an operating system: machine, radio, network and serial line in memory, in virtual time.

No descriptor, no task, no clock: hours pass in milliseconds and every run is the same.
"""

from collections.abc import Callable, Iterable

from wizfi_emu.air.air import Air
from wizfi_emu.air.world import World
from wizfi_emu.device.faults import Faults
from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.run.clock import VirtualClock
from wizfi_emu.run.virtual import UNPACED, VirtualDevice
from wizfi_emu.stages.observer import Observe, Observer
from wizfi_emu.timing import Timing
from wizfi_emu.worlds.memory.lan import Lan
from wizfi_emu.worlds.memory.network import MemoryNetwork
from wizfi_emu.worlds.memory.world import MemoryWorld
from wizfi_emu.worlds.radio import RadioLink


class VirtualModule(VirtualDevice):
    """One module with power on, the host's end of its serial line, and its peers."""

    world: MemoryWorld

    def __init__(
        self,
        firmware: Firmware,
        world: World | Air,
        *,
        image: bytes = b"",
        power: bool = True,
        observers: Iterable[Observe] = (),
        timing: Timing = UNPACED,
        clock: VirtualClock | None = None,
        lan: Lan | None = None,
    ) -> None:
        """``image`` is what the flash holds; without ``power`` the module waits for `power_on`.

        Modules of one air hear each other, and those of one ``lan`` connect to each other; whoever runs them keeps
        their times together, with one ``clock``.
        """
        super().__init__(new_module(firmware), MemoryWorld(world, timing, image=image, lan=lan), timing, clock)
        self.resets: list[ev.ResetCause] = []
        self.effects: list[fx.Effect] = []
        """Everything that the machine has ordered, for tests that look at more than bytes."""
        for observe in (*observers, self._observe):
            self.add(Observer(observe))
        if power:
            self.power_on()

    def _observe(self, item: ev.Event | fx.Effect, _now_us: int) -> None:
        if isinstance(item, fx.Effect):
            self.effects.append(item)
            if isinstance(item, fx.Reset):
                self.resets.append(item.cause)

    @property
    def network(self) -> MemoryNetwork:
        """The network and the peers in it."""
        return self.world.network

    @property
    def radio(self) -> RadioLink:
        """The module's radio, and the access points around it."""
        return self.world.radio

    @property
    def image(self) -> bytes:
        """What the flash holds."""
        return self.world.image

    def exchange(self, data: bytes, duration_us: int = 1_000_000) -> bytes:
        """Send, let time pass, and give what the module sent."""
        self.send(data)
        self.run(duration_us)
        return self.read()

    def web_request(self, *segments: bytes, limit_us: int = 30_000_000) -> bytes:
        """Send a request to the web server and give what comes until the connection is over."""
        client, events = self.network.web.connect(*segments)
        self.feed(*events)
        end_us = self.now_us + limit_us
        while client not in self.network.web.closed:
            if not self.step_to(end_us):
                raise RuntimeError("the web server does not close the connection")
        return self.network.web.answers[client]

    def use_broker(self, broker: Callable[[fx.MqttEffect], list[ev.Event]]) -> None:
        """Let a function stand for the MQTT broker: it gets the effects and gives what follows."""
        self.world.mqtt = broker

    def faults(self, seed: int = 0) -> Faults:
        """What sets faults of this module. Call it once."""
        return Faults(self, seed)
