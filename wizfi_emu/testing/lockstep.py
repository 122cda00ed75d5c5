"""Modules in lockstep with the test, or with the driver that it tests: one virtual time for all of them.

The test is the host: what it calls of ``time``, ``threading`` and pyserial goes by that time, and so does everything
that it uses. Minutes pass in milliseconds, and every run is the same.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from wizfi_emu.air.air import Air
from wizfi_emu.air.load import load_world
from wizfi_emu.device.fleet import image_of
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.lockstep.clock import LIMIT_S, Lockstep
from wizfi_emu.lockstep.host import PythonProgram, run_python
from wizfi_emu.lockstep.modules import HostEnd, Modules
from wizfi_emu.lockstep.patch import patched
from wizfi_emu.lockstep.spi import SpiLine
from wizfi_emu.run.clock import VirtualClock
from wizfi_emu.scenario.model import BasePeer
from wizfi_emu.scenario.peers.virtual import VirtualActor, virtual_actor
from wizfi_emu.streams import Stream
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.timing import load_timing
from wizfi_emu.worlds.memory.lan import Lan

BOOT_US = 100_000
"""When a test begins: the banner is printed, as behind a serial device that was there before."""


class LockstepBench(Modules):
    """Modules on one air, and peers in their networks. ``port`` and ``module`` are those of the first one."""

    def __init__(self, world: str = "demo", *, timing: str = "wire", seed: int = 0, limit_s: float = LIMIT_S) -> None:
        """``timing``: which delays there are. ``limit_s``: how long a test may take in its own time."""
        super().__init__()
        self.lockstep = Lockstep(VirtualClock(), self, limit_s=limit_s)
        self._air = Air(load_world(world), seed)
        self._timing = load_timing(timing)
        self._peers: list[VirtualActor] = []
        self._lan = Lan()

    @property
    def port(self) -> str:
        """What a host opens."""
        return next(iter(self.ends))

    @property
    def module(self) -> VirtualModule:
        """The module behind it."""
        return self.module_at(self.port)

    def module_at(self, port: str) -> VirtualModule:
        """The module behind a port."""
        device = self.ends[port].device
        assert isinstance(device, VirtualModule)
        return device

    def spi(self, port: str = "") -> SpiLine:
        """The SPI line of a module, that of the first one unless told."""
        return SpiLine(self.lockstep, self.ends[port or self.port])

    def add_module(self, firmware: str = "guide", switches: tuple[str, ...] = ()) -> str:
        """One more module, with power; gives its port. Each has a MAC address of its own."""
        personality = with_switches(load_firmware(firmware), switches)
        module = VirtualModule(
            personality,
            self._air,
            image=image_of(len(self.ends)),
            power=False,
            timing=self._timing,
            clock=self.lockstep.clock,
            lan=self._lan,
        )
        port = f"wizfi://{len(self.ends)}"
        self.add(HostEnd(port, module))
        module.on_change = self.lockstep.look_again
        module.power_on()
        return port

    def add_peer(self, name: str, peer: BasePeer, port: str = "") -> VirtualActor:
        """Somebody in a module's network, as the peers of scenarios are; that of the first one unless told."""
        module = self.module_at(port or self.port)
        actor = virtual_actor(name, peer, module.world, lambda events: module.feed(*events))
        self._peers.append(actor)
        return actor

    def run(self, file: str | Path, *arguments: str) -> tuple[int, str]:
        """Run a Python program as a host, and give its exit status and what it has printed."""
        output = Stream()
        status = run_python(PythonProgram(str(file), arguments), self.lockstep, output.add)
        return status, output.part(0).decode()

    def host_acted(self) -> None:
        super().host_acted()
        while any(peer.pump() for peer in self._peers) or self._lan.pump():
            super().host_acted()


@contextmanager
def lockstep(
    world: str = "demo",
    *,
    firmware: str = "guide",
    switches: tuple[str, ...] = (),
    timing: str = "wire",
    seed: int = 0,
    limit_s: float = LIMIT_S,
) -> Iterator[LockstepBench]:
    """One module in lockstep with the calling thread."""
    bench = LockstepBench(world, timing=timing, seed=seed, limit_s=limit_s)
    bench.add_module(firmware, switches)
    with ExitStack() as stack:
        stack.enter_context(patched(bench.lockstep, bench.ends))
        stack.enter_context(bench.lockstep.taking_part())
        bench.lockstep.wait(BOOT_US, lambda: False)
        yield bench
