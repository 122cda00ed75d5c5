"""The world without an operating system: radio, network, broker and flash in memory."""

import itertools
from collections.abc import Callable

from wizfi_emu.agenda import earliest
from wizfi_emu.air.air import Air
from wizfi_emu.air.segment import Neighbours
from wizfi_emu.air.world import World as AirWorld
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.timing import Timing
from wizfi_emu.worlds.memory.broker import MemoryBroker
from wizfi_emu.worlds.memory.lan import Lan
from wizfi_emu.worlds.memory.network import MemoryNetwork
from wizfi_emu.worlds.radio import RadioLink
from wizfi_emu.worlds.simulated import SimulatedWorld
from wizfi_emu.worlds.world import WorldContext

FIRST_BROKER_PORT = 1883
LOOPBACK = "127.0.0.1"


class MemoryWorld(SimulatedWorld):
    """A world in which nothing is left to chance. ``image`` is what the flash holds."""

    host_address = ""

    def __init__(
        self, world: AirWorld | Air, timing: Timing | None = None, *, image: bytes = b"", lan: Lan | None = None
    ) -> None:
        """``lan`` is where the module reaches others; a module alone has none."""
        super().__init__(RadioLink(world, timing))
        self._lan = lan
        if lan is not None:
            self.host_address = lan.new_address()
        self._addresses = AddressMap(self.host_address or LOOPBACK, self.radio.air.world.addressed_host)
        self.network = MemoryNetwork(self._addresses, lan)
        self.image = image
        self.flash_works = True
        self._brokers: dict[int, MemoryBroker] = {}
        self.mqtt: Callable[[fx.MqttEffect], list[ev.Event]] = self._ask_broker
        """Gets the MQTT effects and gives what follows."""
        self._broker: MemoryBroker | None = None

    def attach(self, context: WorldContext) -> None:
        super().attach(context)
        if self._lan is not None:
            self._lan.join(self.host_address, self.network, context)

    def set_neighbours(self, neighbours: Neighbours | None) -> None:
        if self._lan is not None:
            self._addresses.set_neighbours(neighbours)

    def power_on(self, cause: ev.ResetCause) -> None:
        self.context.feed(ev.PoweredOn(self.image, cause))

    def restarted(self) -> None:
        self.network.reset()
        self._broker = None
        super().restarted()

    def write_flash(self, effect: fx.WriteFlash) -> None:
        if self.flash_works:
            self.image = effect.image
        self.context.feed(ev.FlashWritten(effect.request, self.flash_works))

    def execute_on_network(self, effect: fx.NetworkEffect) -> None:
        self.context.feed(*self.network.execute(effect, self.context.now_us))

    def reset_connection(self, sock: int) -> None:
        self.network.reset_connection(sock)

    @property
    def wakeup_us(self) -> int | None:
        return earliest(super().wakeup_us, self.network.wakeup_us)

    def time_reached(self) -> None:
        super().time_reached()
        self.context.feed(*self.network.time_reached(self.context.now_us))

    def execute_mqtt(self, effect: fx.MqttEffect) -> None:
        self.context.feed(*self.mqtt(effect))

    def add_broker(self, broker: MemoryBroker, port: int = 0) -> int:
        """Let a broker listen, and give its port."""
        port = port or next(number for number in itertools.count(FIRST_BROKER_PORT) if number not in self._brokers)
        self._brokers[port] = broker
        return port

    def _ask_broker(self, effect: fx.MqttEffect) -> list[ev.Event]:
        if isinstance(effect, fx.ConnectMqtt):
            self._broker = self._brokers.get(effect.port)
        broker = self._broker
        if isinstance(effect, fx.DisconnectMqtt):
            self._broker = None
        if broker is not None:
            return broker.execute(effect)
        return [] if isinstance(effect, fx.DisconnectMqtt) else [ev.MqttEnded(effect.request, ok=False)]

    def reset_mqtt(self) -> None:
        if self._broker is not None:
            self._broker.lose_client()
            self._broker = None
        self.context.feed(ev.MqttLost())
