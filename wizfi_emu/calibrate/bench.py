"""The emulator at the end of a line, in virtual time: as the model that probes are compared with, and as a device."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import msgspec

from wizfi_emu.air.world import World
from wizfi_emu.calibrate.load import load_plan
from wizfi_emu.calibrate.network import NO_NETWORK, Network, link_lines
from wizfi_emu.calibrate.plan import Plan, Probe, Step
from wizfi_emu.calibrate.play import NOBODY, Played, ask, play
from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.run.virtual import UNPACED, VirtualDevice
from wizfi_emu.timing import Timing
from wizfi_emu.worlds.memory.network import PeerError
from wizfi_emu.worlds.memory.world import MemoryWorld

PEER, LISTENER = "peer", "peer listens"
PEER_ADDRESS, PEER_PORT = "192.168.12.50", 5050
HEAR_US = 300_000
BOOT_US = 10_000_000
"""A virtual module has booted by then, whatever its timing."""
GATEWAY = "192.168.12.1"
"""Of every network in memory."""
KEPT_PLAYS = 20_000
"""Plays that are remembered: every value of every switch in every probe, for several modules."""


class VirtualModule(VirtualDevice):
    """A module whose world is in memory too."""

    world: MemoryWorld


class VirtualLine:
    """The host's end of a virtual module's serial line."""

    def __init__(self, device: VirtualDevice) -> None:
        self.device = device

    @property
    def now_us(self) -> int:
        return self.device.now_us

    def send(self, data: bytes) -> None:
        self.device.send_soon(data)

    def receive(self, until_us: int) -> bytes:
        while not self.device.line.received and self.device.step_to(until_us):
            pass
        return self.device.read()


def virtual_device(
    firmware: Firmware, *, timing: Timing = UNPACED, image: bytes = b"", world: World | None = None
) -> VirtualModule:
    """A virtual module that has booted, and whose banner is read."""
    device = VirtualModule(new_module(firmware), MemoryWorld(world or World(), timing, image=image), timing)
    device.power_on()
    device.run(BOOT_US)
    device.send(b"\r")  # a module whose interface is "auto" takes the first byte, and resets
    device.run(BOOT_US)
    device.read()
    return device


class MemoryPeer:
    """A peer in the network of a virtual module."""

    def __init__(self, device: VirtualModule, port: int = PEER_PORT) -> None:
        self._device = device
        self._network = device.world.network
        self._network.tcp_listen(LISTENER, port)
        self.place = f"{PEER_ADDRESS},{port}"

    def accept(self) -> bytes:
        try:
            self._network.tcp_accept(PEER, LISTENER)
        except PeerError:
            return NOBODY
        return b""

    def send(self, data: bytes) -> bytes:
        return self._act(lambda: self._device.feed(*self._network.send(PEER, data)))

    def hear(self) -> bytes:
        self._device.run(HEAR_US)
        heard = bytearray()

        def take() -> None:
            heard.extend(self._network.received(PEER))

        return self._act(take) or bytes(heard)

    def close(self) -> bytes:
        return self._act(lambda: self._device.feed(*self._network.close(PEER)))

    def forget(self) -> None:
        self._act(lambda: self._network.close(PEER))

    @staticmethod
    def _act(act: Callable[[], object]) -> bytes:
        try:
            act()
        except (PeerError, KeyError):
            return NOBODY
        return b""


class Model:
    """Plays probes on virtual modules, and remembers what came of it."""

    def __init__(self, plan: Plan, base: Firmware, network: Network = NO_NETWORK, image: bytes = b"") -> None:
        self._plan = plan
        self._base = base
        self._network = network
        self._image = image
        self._text = lru_cache(KEPT_PLAYS)(self._play_with)

    def text(self, probe: Probe, switches: Mapping[str, object]) -> str:
        """The answers of a personality to a probe; ``switches`` are those that it can depend on."""
        return self._text(probe.name, tuple(sorted(switches.items(), key=lambda item: item[0])))

    def played(self, probe: Probe, firmware: Firmware) -> Played:
        """A probe on a fresh module of a personality."""
        return self._play(probe, firmware, UNPACED)

    def paced(self, probe: Probe, firmware: Firmware, byte_cost: float = 1.0) -> Played:
        """The same over a serial line that takes its time, and nothing else does."""
        return self._play(probe, firmware, Timing(uart_byte_cost=byte_cost))

    def _play(self, probe: Probe, firmware: Firmware, timing: Timing) -> Played:
        device = virtual_device(firmware, timing=timing, image=self._image, world=self._network.world)
        line = VirtualLine(device)
        for text in link_lines(self._plan, probe.link, self._network):
            ask(line, Step(limit_ms=30_000), text.encode("latin-1") + b"\r")
        peer = MemoryPeer(device)
        return play(line, probe, {"gateway": GATEWAY, "peer": peer.place}, peer)

    def _play_with(self, name: str, switches: tuple[tuple[str, object], ...]) -> str:
        probe = next(probe for probe in self._plan.probes if probe.name == name)
        return self.played(probe, msgspec.structs.replace(self._base, **dict(switches))).text


def played_by(firmware: Firmware, probes: Iterable[Probe], network: Network) -> list[Played]:
    """What a personality of the emulator answers, each probe on a fresh module."""
    model = Model(load_plan(), firmware, network)
    return [model.played(probe, firmware) for probe in probes]
