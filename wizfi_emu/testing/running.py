"""A running module for synchronous tests: it lives in a thread of its own, behind a real serial port.

The test talks to `RunningModule.port` with pyserial, or hands it to the program under test, and works the module with
plain calls: press a button, switch an access point off, wait for an event, look at the sockets.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import trio

from wizfi_emu.actions.hands import DrivePins, HandAction, Power, PowerOn, Press, Reset, SendSerial
from wizfi_emu.control.state import SocketState, State
from wizfi_emu.device.handle import DeviceHandle
from wizfi_emu.device.options import RunOptions
from wizfi_emu.device.start import open_module, power_with_host
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.ports import said
from wizfi_emu.recording.excerpt import Excerpt
from wizfi_emu.run.device import Device
from wizfi_emu.stages.notes import WorldChanged
from wizfi_emu.stages.observer import Observer
from wizfi_emu.streams import Search, Stream
from wizfi_emu.worlds.host import HostWorld

if TYPE_CHECKING:
    from wizfi_emu.worlds.radio import Due

START_LIMIT_S = 30.0
TIMELINE_ITEMS = 100_000
"""Older items are forgotten; a test that needs all of a long run makes a recording."""

ResultT = TypeVar("ResultT")


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
        self._output = Stream()
        self._excerpt = Excerpt()
        self._read = 0
        self._changed = threading.Condition()
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._token: trio.lowlevel.TrioToken | None = None
        self._device: Device | None = None
        self._handle: DeviceHandle | None = None
        self._stop = trio.Event()
        self._thread = threading.Thread(target=self._main, name="wizfi-emu", daemon=True)

    @property
    def address(self) -> str:
        """Where the module's servers listen, and where it finds its peers."""
        return self.options.host_address

    def expect(self, data: bytes, timeout: float = 5.0) -> bytes:
        """Wait until the module has sent this to its host; gives everything since the last expectation up to its end.

        Raises `ExpectationError` after ``timeout`` seconds.
        """
        with self._changed:
            start = self._read
            search = Search(self._output, start, data)
            if not self._changed.wait_for(search.found, timeout):
                raise ExpectationError(
                    f"no {data!r} within {timeout:g} s; the module sent {self._output.part(start)!r}"
                )
            self._read = search.end or 0
            came = self._output.part(start, self._read)
            self._output.forget(self._read)
            return came

    def forget_output(self) -> None:
        """Let the next expectation look only at what comes from now on."""
        with self._changed:
            self._read = self._output.end

    def perform(self, action: HandAction | SendSerial) -> None:
        """Do anything that hands do with a module. Raises ``RefusedError`` for what is impossible now."""
        assert self._handle is not None, "the module does not run"
        trio.from_thread.run(self._handle.perform, action, trio_token=self._token)

    def press(self, count: int = 1) -> None:
        """Press FUNCTION so many times; returns after the last release."""
        self.perform(Press(count))

    def pin(self, name: str, level: bool | None) -> None:
        """Put a level on an input (``gpio5``, ``boot`` ...), or let go of it with None."""
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
            self._token = trio.lowlevel.current_trio_token()
            self._device, self._handle = device, DeviceHandle(device, nursery)
            device.add(Observer(self._observe))
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
                self._output.add(item.data)
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
