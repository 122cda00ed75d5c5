"""A running module for synchronous tests: it lives in a thread of its own, behind a real serial port.

The test talks to `RunningModule.port` with pyserial, or hands it to the program under test, and works the module with
plain calls: press a button, switch an access point off, wait for an event, look at the sockets.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import trio

from wizfi_emu.actions.hands import (
    DrivePins,
    HandAction,
    HealFault,
    Power,
    PowerOn,
    Press,
    Reset,
    SendSerial,
    StartFault,
)
from wizfi_emu.actions.limits import PINS
from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.control.state import SocketState, State
from wizfi_emu.control.typedfault import read_fault
from wizfi_emu.device.handle import DeviceHandle
from wizfi_emu.device.options import RunOptions
from wizfi_emu.device.start import open_module, power_with_host
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import FaultState
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.ports import said
from wizfi_emu.readable import did_you_mean
from wizfi_emu.recording.excerpt import Excerpt
from wizfi_emu.run.device import Device
from wizfi_emu.stages.notes import WorldChanged
from wizfi_emu.stages.observer import Departures, Observer
from wizfi_emu.streams import Search, Stream
from wizfi_emu.worlds.host import HostWorld

if TYPE_CHECKING:
    from wizfi_emu.scenario.model import BasePeer
    from wizfi_emu.scenario.peers.host import HostActor
    from wizfi_emu.testing.peers import Peers
    from wizfi_emu.worlds.radio import Due

START_LIMIT_S = 30.0
TIMELINE_ITEMS = 100_000
"""Older items are forgotten; a test that needs all of a long run makes a recording."""

ResultT = TypeVar("ResultT")
Where = Literal["module", "line"]


def own_host_address() -> str:
    """Give a loopback address that nobody else uses, so that all its ports are free."""
    # Random instead of counted: tests run in several processes at once.
    high, middle, low = os.urandom(3)
    return f"127.{1 + high % 254}.{middle}.{1 + low % 254}"


class Moment(NamedTuple):
    """One item of the time line: microseconds of the module, and the event or effect."""

    time_us: int
    item: ev.Event | fx.Effect


class ExpectationError(AssertionError):
    """What was expected on the serial line did not come; the message shows what did."""


class Network:
    """One access point of the world, by its SSID or BSSID. Raises UserError when there is none."""

    def __init__(self, module: RunningModule, name: str) -> None:
        self._module = module
        self._name = name

    def off(self) -> None:
        """Switch it off: an associated module loses its link."""
        self._change(lambda radio, now_us: radio.set_access_point(self._name, False, now_us), "off")

    def on(self) -> None:
        """Switch it on again."""
        self._change(lambda radio, now_us: radio.set_access_point(self._name, True, now_us), "on")

    def change_key(self, key: str) -> None:
        """Give it another key."""
        self._change(lambda radio, now_us: radio.change_key(self._name, key, now_us), "has another key")

    def press_wps_button(self) -> None:
        """Press its WPS button."""
        self._change(lambda radio, now_us: radio.press_wps_button(self._name, now_us), "WPS button pressed")

    def _change(self, change: Callable[..., Due], told: str) -> None:
        def act(device: Device) -> None:
            assert isinstance(device.world, HostWorld)
            due = change(device.world.radio, device.now_us)
            device.note(WorldChanged(f"access point {self._name} {told}"))
            device.world.schedule(due)

        self._module.run_sync(act)


class Air:
    """The radio world: ``air["WizFiDemoAP"].off()``."""

    def __init__(self, module: RunningModule) -> None:
        self._module = module

    def __getitem__(self, name: str) -> Network:
        return Network(self._module, name)


class RunningModule:
    """A module that runs. Made by `running`; all methods may be called from any one thread."""

    def __init__(self, options: RunOptions) -> None:
        self.options = options
        self.port = ""
        """What a host opens: the path of the pseudo-terminal, or the address of a TCP serial line."""
        self.air = Air(self)
        self.timeline: list[Moment] = []
        """Every event and effect since the start, also of boots before."""
        self._outputs: dict[Where, Stream] = {"module": Stream(), "line": Stream()}
        self._reads: dict[Where, int] = {"module": 0, "line": 0}
        self._excerpt = Excerpt()
        self._changed = threading.Condition()
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._token: trio.lowlevel.TrioToken | None = None
        self._device: Device | None = None
        self._handle: DeviceHandle | None = None
        self._nursery: trio.Nursery | None = None
        self._stop = trio.Event()
        self._thread = threading.Thread(target=self._main, name="wizfi-emu", daemon=True)

    @property
    def address(self) -> str:
        """Where the module's servers listen, and where it finds its peers."""
        return self.options.host_address

    def expect(self, data: bytes, timeout: float = 5.0, *, on: Where = "module") -> bytes:
        """Wait until the module has sent this to its host; gives everything since the last expectation up to its end.

        ``on="module"``: the module has said it. ``on="line"``: it has left the line towards the host, at its baud rate
        and with what faults have made of it. Each is a stream of its own. Raises `ExpectationError` after ``timeout``
        seconds.
        """
        with self._changed:
            output, start = self._outputs[on], self._reads[on]
            search = Search(output, start, data)
            if not self._changed.wait_for(search.found, timeout):
                who = "the module sent" if on == "module" else "the line carried"
                raise ExpectationError(f"no {data!r} within {timeout:g} s; {who} {output.part(start)!r}")
            self._reads[on] = search.end or 0
            came = output.part(start, self._reads[on])
            output.forget(self._reads[on])
            return came

    def forget_output(self) -> None:
        """Let the next expectation look only at what comes from now on."""
        with self._changed:
            self._reads = {on: output.end for on, output in self._outputs.items()}

    def wait_for(self, ready: Callable[[], bool], timeout: float) -> bool:
        """Wait until this is so; whether it was within ``timeout`` seconds. It is looked at when anything happens."""
        with self._changed:
            return self._changed.wait_for(ready, timeout)

    @staticmethod
    def failure(text: str) -> ExpectationError:
        """What to raise when something did not come."""
        return ExpectationError(text)

    def perform(self, action: HandAction | SendSerial) -> None:
        """Do anything that hands do with a module. Raises ``RefusedError`` for what is impossible now."""
        assert self._handle is not None, "the module does not run"
        trio.from_thread.run(self._handle.perform, action, trio_token=self._token)

    def press(self, count: int = 1) -> None:
        """Press FUNCTION so many times; returns after the last release."""
        self.perform(Press(count))

    def fault(self, word: str, **keys: object) -> str:
        """Let something go wrong: ``wizfi.fault("tcp-reset", port=80)``; gives the name by which it is healed.

        The faults and their keys are those of scenario files; ``for_`` stands for ``for``, and ``when`` is a mapping:
        ``wizfi.fault("brown-out", when={"pattern": "AT+SSEND", "from": "host"})``. Raises UserError for what is wrong.
        """
        fault = read_fault({"fault": word, **{key.removesuffix("_"): value for key, value in keys.items()}})
        try:
            self.perform(StartFault(fault))
        except RefusedError as error:
            raise UserError(str(error)) from None
        return self.faults[-1].name

    def heal(self, name: str) -> None:
        """End a fault, or cancel one that waits. Raises UserError when none has this name."""
        try:
            self.perform(HealFault(name))
        except RefusedError as error:
            raise UserError(str(error)) from None

    @property
    def faults(self) -> list[FaultState]:
        """The faults that are set, and those that are over for a while, with how often each has struck."""
        handle = self._handle
        assert handle is not None, "the module does not run"
        return trio.from_thread.run_sync(handle.faults, trio_token=self._token).faults

    @cached_property
    def peers(self) -> Peers:
        """Makes peers in its network: ``wizfi.peers.echo()``."""
        from wizfi_emu.testing.peers import Peers

        return Peers(self)

    def open_peer(self, name: str, peer: BasePeer) -> HostActor:
        """Let a peer of a scenario play at the module's host address. Raises UserError when it cannot be had."""
        from wizfi_emu.scenario.peers.host import host_actor
        from wizfi_emu.scenario.rig import introduce

        async def open_it() -> HostActor:
            assert self._nursery is not None
            assert self._device is not None
            actor = host_actor(name, peer, self._nursery, self._tell)
            introduce(self._device, self._excerpt, name, actor, getattr(peer, "delay_ms", 0))
            await actor.open(self.address)
            return actor

        return trio.from_thread.run(open_it, trio_token=self._token)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def pin(self, name: str, level: bool | None) -> None:
        """Put a level on an input (``gpio5``, ``boot`` ...), or let go of it with None. Raises UserError."""
        if name not in PINS:
            raise UserError(f"there is no pin {name!r}; expected {', '.join(PINS)}{did_you_mean(name, PINS)}")
        if level not in (True, False, None):
            raise UserError(f"pin {name}: expected True, False or None, got {level!r}")
        self.perform(DrivePins({name: "free" if level is None else 1 if level else 0}))

    def reset(self, *, watchdog: bool = False) -> None:
        """Pull RESET, or let the watchdog bite."""
        self.perform(Reset("watchdog" if watchdog else "pin"))

    def power_off(self) -> None:
        """Pull the plug."""
        self.perform(Power("off"))

    def power_on(self) -> None:
        """Switch the power on again."""
        self.perform(PowerOn())

    def power_cycle(self) -> None:
        """Pull the plug and put it back."""
        self.power_off()
        self.power_on()

    @property
    def leds(self) -> dict[str, bool]:
        """Which LEDs are lit: ``led1`` the link, ``led2`` data mode. A LED is lit while its pin is low."""
        pins = self.run_sync(lambda device: dict(device.pins))
        return {led: pins.get(led) is False for led in ("led1", "led2")}

    @property
    def state(self) -> State:
        """Everything about the module as one document, without secrets."""
        handle = self._handle
        assert handle is not None, "the module does not run"
        return trio.from_thread.run_sync(handle.state, trio_token=self._token)

    @property
    def sockets(self) -> list[SocketState]:
        """The open sockets, ids ascending, with virtual and host addresses."""
        return self.state.sockets

    @property
    def transcript(self) -> str:
        """The serial line of both directions as text, one line for each piece."""
        lines = []
        for time_us, item in list(self.timeline):
            if isinstance(item, ev.HostBytes | fx.HostEffect) and (data := said(item)):
                arrow = "host  >" if isinstance(item, ev.HostBytes) else "module<"
                lines.append(f"{time_us / 1e6:10.3f} {arrow} {repr(data)[2:-1]}")
        return "\n".join(lines)

    def excerpt(self, count: int = 40) -> list[str]:
        """What happened last, line by line: host, module, faults, power; bytes as the serial line carried them."""
        return list(self._excerpt.lines(count))

    def run_sync(self, function: Callable[[Device], ResultT]) -> ResultT:
        """Call a function with the device, in its thread."""
        device = self._device
        assert device is not None, "the module does not run"
        return trio.from_thread.run_sync(function, device, trio_token=self._token)

    def start(self) -> None:
        """Start the thread; returns when the port can be opened. Raises what went wrong."""
        self._thread.start()
        if not self._started.wait(START_LIMIT_S):
            raise TimeoutError(f"the module did not start within {START_LIMIT_S:g} s")
        if self._error is not None:
            self._thread.join()
            raise self._error

    def stop(self) -> None:
        """End the module and its thread."""
        if self._thread.is_alive() and self._token is not None:
            try:
                trio.from_thread.run_sync(self._stop.set, trio_token=self._token)
            except trio.RunFinishedError:
                pass  # it ended by itself; the error is raised below
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _main(self) -> None:
        try:
            trio.run(self._run)
        except BaseException as error:  # whoever waits for the thread raises it
            self._error = error
        finally:
            self._started.set()

    async def _run(self) -> None:
        async with open_module(self.options) as device, trio.open_nursery() as nursery:
            self._nursery = nursery
            self._token = trio.lowlevel.current_trio_token()
            self._device, self._handle = device, DeviceHandle(device, nursery)
            device.add(Observer(self._observe))
            device.add(Departures(self._observe_line))
            device.look_on(self._excerpt)
            self.port = str(self.options.link or device.line.name)
            nursery.start_soon(self._serve, device)
            await self._stop.wait()
            nursery.cancel_scope.cancel()

    async def _serve(self, device: Device) -> None:
        if self.options.boot == "now":
            device.power_on()
        self._started.set()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(device.run)
            if self.options.boot != "now":
                await power_with_host(device, every_time=self.options.boot == "every-open")

    def _observe(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        with self._changed:
            self.timeline.append(Moment(now_us, item))
            if len(self.timeline) > 2 * TIMELINE_ITEMS:
                del self.timeline[:-TIMELINE_ITEMS]
            if isinstance(item, fx.UartSend):
                self._outputs["module"].add(item.data)
                self._changed.notify_all()

    def _observe_line(self, item: ev.Event | fx.Effect, _now_us: int) -> None:
        if isinstance(item, fx.UartSend):
            with self._changed:
                self._outputs["line"].add(item.data)
                self._changed.notify_all()


@contextmanager
def running(options: RunOptions) -> Iterator[RunningModule]:
    """A running module for the length of the context. Raises UserError for options that are wrong."""
    module = RunningModule(options)
    module.start()
    try:
        yield module
    finally:
        module.stop()
