"""The machine: events and the time in, effects out.

`Module` is the one entry. It owns the receive buffer, the foreground task and the timers, and hands everything else to
its parts: `Output` (what is printed), `DataMode` (serial bytes in data mode), `Sockets`, `Link`, `Services` (timers and
background work) and `Board` (pins).

The module has one task for commands and background work. It takes the serial bytes one after another; a command blocks
it until its final response is out. When the line has been silent for 100 ms it does what waits in the background, one
piece after another, in order (firmware 1.0.5.2).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar, assert_never

from wizfi_emu.at.line import LineEditor
from wizfi_emu.at.responses import Response, Urc
from wizfi_emu.firmware import Firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.board import Board
from wizfi_emu.module.bootloader import Bootloader, BootTarget
from wizfi_emu.module.data_mode import DataMode
from wizfi_emu.module.link import Link
from wizfi_emu.module.ota import OtaMode
from wizfi_emu.module.output import RESULT_LEVEL, Output
from wizfi_emu.module.scheduler import Scheduler
from wizfi_emu.module.services import Services
from wizfi_emu.module.sockets import Sockets
from wizfi_emu.module.storage import Storage
from wizfi_emu.module.tasks import Ask, Print, Sleep, Steps, Timers
from wizfi_emu.module.webserver import WebFiles, WebServer, no_web_files
from wizfi_emu.profile import FlashImage, Profile, WifiSection, decode_image, factory_profile
from wizfi_emu.profile.fields import SocketRegistration
from wizfi_emu.profile.image import BootRequest

RECEIVE_BUFFER_BYTES = 2048  # firmware 1.0.5.2
DATA_WINDOW_BYTES = 65536  # data mode: what the host may be ahead of the network; larger reads, the same wire
SILENCE_US = 100_000  # firmware 1.0.5.2: background work waits for this
AUTO_INTERFACE, UART_INTERFACE = 0, 1
RESET_DELAY_US = 500_000  # firmware 1.0.5.2: between the last event and the restart

Handler = Callable[["Module", bytes], "Response | Steps[Response]"]
CommandWords = Sequence[tuple[bytes, Handler]]
Applications = Callable[[str], tuple[Firmware, CommandWords]]
AnswerT = TypeVar("AnswerT", bound=ev.Answer)
Fields = ParamSpec("Fields")


class Module:
    """A virtual WizFi250. Never raises, whatever events come in whatever order."""

    def __init__(
        self,
        firmware: Firmware,
        commands: CommandWords,
        applications: Applications | None = None,
        web_files: WebFiles = no_web_files,
    ) -> None:
        """``commands``: words in upper case with their handlers, in the order in which they are compared.

        ``applications`` gives the personality and commands of an application that was uploaded, by its version text;
        without it an upload changes nothing but the mark in the flash. ``web_files`` gives the pages of the web server.
        """
        self._factory = firmware, commands
        self._applications = applications
        self._web_files = web_files
        self.now_us = 0
        self.powered = False
        self.ram = Profile()
        self.storage = Storage(self, FlashImage(Profile()))
        self.root_ca = b""  # of AT+MCERT=W,R; RAM only
        self.last_scon: SocketRegistration | None = None  # what AT+SCON=? shows when it is not the registration
        self.seed = 0
        self._effects: list[fx.Effect] = []
        self._requests = 0
        self._silent_since_us = 0
        self._asleep = False
        self.scheduler = Scheduler(self)
        self._background: deque[tuple[str, Callable[[], Steps[None]]]] = deque()
        self._editor = LineEditor()
        self.lost_bytes = 0
        self.timers = Timers()
        self.ota: OtaMode | None = None
        self.boot_target: BootTarget | None = None  # what the boot loader has started; None before
        self.output = Output(firmware, lambda: self.ram, self._send_serial, self._delay_output)
        self.use_factory_firmware()
        self.board = Board(self)
        self.data_mode = DataMode(self)
        self.sockets = Sockets(self)
        self.link = Link(self)
        self.services = Services(self)
        self.web = WebServer(self, self._web_files)

    # --- for the body -----------------------------------------------------------------------------------------------

    def handle(self, event: ev.Event, now_us: int) -> list[fx.Effect]:
        """Tell the machine what happened, and get what is to be done, in order.

        ``now_us`` is a monotonic time in microseconds; an earlier time than the last one counts as the last one.
        """
        self.now_us = max(now_us, self.now_us)
        self._fire_timers()
        self._receive(event)
        self._work()
        effects, self._effects = self._effects, []
        return effects

    @property
    def wakeup_us(self) -> int | None:
        """When the machine wants `events.TimeReached`; None when it waits for other events only."""
        if not self.powered:
            return None
        wakeup = self.timers.next_us
        if self._background and self.scheduler.foreground is None:
            due = self._background_due_us
            return due if wakeup is None else min(wakeup, due)
        return wakeup

    @property
    def uart_room(self) -> int:
        """How many serial bytes the machine takes now. Bytes beyond it are lost, as on the module."""
        if self._asleep or not self.powered:
            return RECEIVE_BUFFER_BYTES
        limit = DATA_WINDOW_BYTES if self.data_mode.active else RECEIVE_BUFFER_BYTES
        return max(0, limit - len(self.scheduler.rx))

    @property
    def busy(self) -> bool:
        """Whether the boot, a command or background work is under way: serial bytes wait."""
        return self.scheduler.foreground is not None

    @property
    def waiting_work(self) -> list[str]:
        """The pieces of background work that wait for a silence, in order."""
        return [name for name, _ in self._background]

    # --- for handlers and parts -------------------------------------------------------------------------------------

    def emit(self, effect: fx.Effect) -> None:
        """Order something."""
        self._effects.append(effect)

    def ask(
        self,
        request: Callable[Concatenate[int, Fields], fx.Request[AnswerT]],
        *args: Fields.args,
        **kwargs: Fields.kwargs,
    ) -> Steps[AnswerT]:
        """Order a request under the next number, its other fields given here, and wait for its answer."""
        self._requests += 1
        effect = request(self._requests, *args, **kwargs)
        event = yield Ask(effect)
        assert effect.is_answered_by(event), f"{type(effect).__name__} was answered by {type(event).__name__}"
        return event

    def after(self, name: object, delay_us: int, action: Callable[[], None]) -> None:
        """Start or restart a timer."""
        self.timers.start(name, self.now_us + delay_us, action)

    def start_task(self, steps: Steps[None]) -> None:
        """Run a task beside the foreground one."""
        self.scheduler.start(steps)

    def in_background(self, name: str, steps: Callable[[], Steps[None]]) -> None:
        """Queue work for the next silence. A piece of work that waits already is not queued again."""
        if all(waiting != name for waiting, _ in self._background):
            self._background.append((name, steps))

    def respond(self, response: Response) -> Steps[None]:
        """Print the final response of a command, with the delays of AT+MEVTDELAY around it."""
        if response is Response.NONE or self.ram.message_level < RESULT_LEVEL:
            return
        yield from self.print_result(response.value)

    def print_result(self, data: bytes) -> Steps[None]:
        """Print what is delayed as a result code is."""
        if not data:
            return
        if not self.ram.event_delay_ms:
            self.output.text(data)
            return
        yield Print(data)
        yield Sleep(self.ram.event_delay_ms * 1000)

    def reset_in_order(self) -> Steps[None]:
        """What AT+MRESET does after its OK: close everything, wait, restart."""
        yield from self.sockets.close_all()
        yield from self.services.stop_web_server()
        self.link.take_down()
        if self.output.held_back:
            yield Print(b"")  # AT+MEVTDELAY: the task that resets prints the last event itself, and waits for it
        yield Sleep(RESET_DELAY_US)
        self.restart()

    def restart(self, cause: ev.ResetCause = ev.ResetCause.RESET) -> None:
        """Reset at once. Nothing happens any more until `events.PoweredOn`."""
        self._power_off()
        self.emit(fx.Reset(cause))

    def enter_ota(self) -> Steps[None]:
        """Reboot into the over-the-air update mode, at once and without closing anything."""
        self.storage.image.boot_request = BootRequest.OTA
        yield from self.storage.write()
        self.restart()

    def forget_input(self) -> None:
        """Drop the serial bytes that nobody has read yet."""
        self.scheduler.rx.clear()

    def fall_asleep(self, duration_us: int) -> Steps[None]:
        """Be deaf to the serial line for a time."""
        self._asleep = True
        yield Sleep(duration_us)
        self._asleep = False

    def feed_air_line(self, text: bytes) -> Steps[None]:
        """Execute the lines in ``text`` through the line editor that the serial line uses too."""
        while text:
            step = self._editor.receive(text)
            text = text[step.consumed :]
            if step.line is not None:
                yield from self._execute(step.line)

    # --- events -----------------------------------------------------------------------------------------------------

    def _receive(self, event: ev.Event) -> None:
        if isinstance(event, ev.BoardEvent):
            self._receive_at_board(event)
        elif self.powered:
            self._receive_powered(event)

    def _receive_at_board(self, event: ev.BoardEvent) -> None:
        match event:
            case ev.PoweredOn():
                self._power_on(event)
            case ev.PoweredOff():
                self._power_off()
            case ev.ResetPulled():
                self.restart(event.cause)
            case ev.PinDriven():
                self.board.drive(event.pin, event.level)
            case ev.AdcDriven():
                self.board.adc_value = event.value
            case _:
                assert_never(event)

    def _receive_powered(self, event: ev.PoweredEvent) -> None:
        match event:
            case ev.UartReceived():
                self._receive_serial(event.data)
            case ev.TimeReached():
                pass
            case _ if isinstance(event, ev.SocketEvent):
                self.sockets.receive(event)
            case _ if isinstance(event, ev.RadioEvent):
                self.link.receive(event)
            case ev.WebDataReceived() if self.ota is not None:
                self.ota.receive(event)
            case ev.WebServerOpened() | ev.WebDataReceived():
                self.web.receive(event)
            case _ if isinstance(event, ev.AirEvent | ev.MqttEvent):
                self.services.receive(event)
            case _ if isinstance(event, ev.Answer):
                self.scheduler.answer(event)
            case _:
                assert_never(event)

    def _receive_serial(self, data: bytes) -> None:
        if self._asleep:
            self.lost_bytes += len(data)
            return
        room = self.uart_room
        self.lost_bytes += max(0, len(data) - room)
        self.services.serial_activity()
        self.scheduler.receive_serial(data[:room])

    # --- power ------------------------------------------------------------------------------------------------------

    def _power_off(self) -> None:
        self.powered = False
        self.scheduler.drop_all()
        self._background.clear()
        self._asleep = False
        self.ota = None
        self.timers.clear()
        self.output.reset()

    def _power_on(self, event: ev.PoweredOn) -> None:
        self._power_off()
        self.powered = True
        self.boot_target = None
        self.seed = event.seed
        self.root_ca = b""
        self.last_scon = None
        self._silent_since_us = self.now_us
        self._editor = LineEditor()
        self.data_mode = DataMode(self)
        self.sockets = Sockets(self)
        self.link = Link(self)
        self.services = Services(self)
        self.web = WebServer(self, self._web_files)
        self.board.reset()
        self._start_foreground(self._boot(event))

    def _boot(self, event: ev.PoweredOn) -> Steps[None]:
        image = decode_image(event.image)
        if image is None:
            if event.image:
                self.emit(fx.Log("warning", "the flash image cannot be read; starting with factory defaults"))
            self.use_factory_firmware()
            # Without a version: the application writes its defaults, as to any flash that is not its own.
            image = FlashImage(factory_profile(""))
        self.storage = Storage(self, image)
        self.boot_target = yield from Bootloader(self).run()
        match self.boot_target:
            case BootTarget.APPLICATION:
                self._load_application()
                yield from self._start_application(event)
            case BootTarget.OTA:
                self.use_factory_firmware()  # the update mode came with it and is never replaced
                self._asleep = True
                self.ota = OtaMode(self)
                yield from self.ota.run()
            case BootTarget.NOTHING:
                self.emit(fx.Log("warning", "there is no application; the module is silent until boot mode"))
                self._power_off()

    def _load_application(self) -> None:
        """Become the firmware that is in the application area, as long as it was written over the same personality."""
        application = self.storage.image.application
        self.use_factory_firmware()
        if application.base == self.factory_name and application.version and self._applications is not None:
            self._use_firmware(*self._applications(application.version))

    def use_factory_firmware(self) -> None:
        """Become the personality that the module was made with."""
        self._use_firmware(*self._factory)

    def _use_firmware(self, firmware: Firmware, commands: CommandWords) -> None:
        self.firmware = self.output.firmware = firmware
        self._commands = commands
        self.known_words = {word.strip(b"+=").decode("ascii") for word, _ in commands}

    @property
    def factory_name(self) -> str:
        """Name of the personality that the module was made with."""
        return self._factory[0].name

    def _start_application(self, event: ev.PoweredOn) -> Steps[None]:
        image = self.storage.image
        self.ram = image.profile.copied()
        if image.profile.firmware_version != self.firmware.version:
            yield from self.storage.restore_defaults()
        elif image.wifi != WifiSection.of(self.ram):
            yield from self.storage.save_profile()
        uart = self.ram.uart
        self.emit(fx.ConfigureUart(uart.baud, uart.parity, uart.data_bits, uart.stop_bits, uart.flow))
        if event.cause is ev.ResetCause.WATCHDOG:
            yield from self.print_result(self.output.urc_bytes(Urc.RESET))
            yield Sleep(10_000)
            self.restart()
            return
        yield from self.print_result(self.output.urc_bytes(Urc.BANNER, self.firmware.version))
        self.data_mode.boot()
        self.board.boot()
        self.services.boot()
        yield from self.link.join_at_boot()
        self.board.configure_gpios()

    # --- the foreground task ----------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Take serial bytes and background work until something has to be waited for."""
        while self.powered and self.scheduler.foreground is None:
            if self.scheduler.rx and self.firmware.auto_interface and self.ram.interface == AUTO_INTERFACE:
                self._start_foreground(self._choose_interface())
                continue
            if self.data_mode.active:
                if self.scheduler.rx and not self.data_mode.blocked:
                    data = bytes(self.scheduler.rx)
                    self.scheduler.rx.clear()
                    self._silent_since_us = self.now_us
                    self.data_mode.receive(data)
                    continue
            elif self.scheduler.rx:
                self._read_line()
                continue
            if not self._background or self.now_us < self._background_due_us:
                return
            _, steps = self._background.popleft()
            self._start_foreground(self._run_background(steps()))

    @property
    def _background_due_us(self) -> int:
        silence_us = SILENCE_US if self.firmware.background_waits_for_silence else 0
        return self._silent_since_us + silence_us

    def _run_background(self, first: Steps[None]) -> Steps[None]:
        """Everything that waits, in order."""
        yield from first
        while self._background:
            _, steps = self._background.popleft()
            yield from steps()

    def _choose_interface(self) -> Steps[None]:
        """Interface "auto": the first byte says that it is the UART, and is lost; stored, and then a reset."""
        self.scheduler.rx.clear()
        self.ram.interface, self.ram.spi_option = UART_INTERFACE, 0
        yield from self.storage.save_profile()
        yield from self.respond(Response.OK)
        yield from self.reset_in_order()

    def _read_line(self) -> None:
        step = self._editor.receive(self.scheduler.rx)
        del self.scheduler.rx[: step.consumed]
        self._silent_since_us = self.now_us
        if self.ram.echo and step.echo:
            self._send_serial(step.echo)
        if step.line is not None:
            self._start_foreground(self._execute(step.line))

    def _execute(self, line: bytes) -> Steps[None]:
        text = line.partition(b"\0")[0]
        result = self._dispatch(text)
        if not isinstance(result, Response):
            result = yield from result
        yield from self.respond(result)

    def _dispatch(self, text: bytes) -> Response | Steps[Response]:
        if text[:2].upper() != b"AT":
            return Response.INVALID_INPUT
        if len(text) == 2:
            return Response.OK
        words = text[2:]
        upper = words.upper()
        for word, handler in self._commands:
            if upper.startswith(word):
                return handler(self, words[len(word) :])
        return Response.INVALID_INPUT

    def _start_foreground(self, steps: Steps[None]) -> None:
        self.scheduler.start_foreground(steps, self._end_foreground)

    def _end_foreground(self) -> None:
        self._silent_since_us = self.now_us

    # --- small things -----------------------------------------------------------------------------------------------

    def _fire_timers(self) -> None:
        while self.powered and (action := self.timers.pop_due(self.now_us)) is not None:
            action()

    def _send_serial(self, data: bytes) -> None:
        if data:
            self._effects.append(fx.UartSend(data))

    def _delay_output(self, delay_us: int) -> None:
        self.after("output", delay_us, self.output.release)
