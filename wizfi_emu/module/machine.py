"""The machine: events and the time in, effects out.

`Module` is the one entry. It makes the parts, gives each of them the others that it needs, and hands every event to the
one that it concerns. What several parts do together is in `Sequences`.

The module has one task for commands and background work. It takes the serial bytes one after another; a command blocks
it until its final response is out. When the line has been silent for 100 ms it does what waits in the background, one
piece after another, in order (firmware 1.0.5.2).
"""

import re
from collections.abc import Callable, Sequence
from typing import assert_never

from wizfi_emu.at.responses import Response, Urc
from wizfi_emu.firmware import Firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.air import AirService
from wizfi_emu.module.board import Board
from wizfi_emu.module.bootloader import Bootloader, BootTarget
from wizfi_emu.module.broker import Broker
from wizfi_emu.module.button import FunctionButton
from wizfi_emu.module.data_mode import DataMode
from wizfi_emu.module.interpreter import Interpreter
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.link import Link, LinkState
from wizfi_emu.module.ota import OtaMode
from wizfi_emu.module.output import Output
from wizfi_emu.module.part import Core
from wizfi_emu.module.ports import AUTO_INTERFACE, SPI_INTERFACE, UART_INTERFACE, Ports
from wizfi_emu.module.sequences import Sequences
from wizfi_emu.module.settings import Settings, Volatile
from wizfi_emu.module.slots import SlotTable
from wizfi_emu.module.sockets import Sockets
from wizfi_emu.module.storage import Storage
from wizfi_emu.module.supervision import Supervision
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.module.transmissions import Transmissions
from wizfi_emu.module.webpages import WebFiles, no_web_files
from wizfi_emu.module.webserver import Exchange, WebServer
from wizfi_emu.profile import FlashImage, Profile, WifiSection, decode_image, factory_profile

RECEIVE_BUFFER_BYTES = 2048  # firmware 1.0.5.2
DATA_WINDOW_BYTES = 65536
"""Data mode and AT+SSEND: what the host may be ahead of the network. The same bytes on the wire, in larger reads."""
LOSS_BURST_US = 1_000_000  # lost bytes that come closer together are told of once
SILENCE_US = 100_000  # firmware 1.0.5.2: background work waits for this
WATCHDOG_PAUSE_US = 10_000
_LINE_END = re.compile(rb"[\r/]")  # A/ is a line too

Handler = Callable[["Module", bytes], "Response | Steps[Response]"]
CommandWords = Sequence[tuple[bytes, Handler]]
Applications = Callable[[str], tuple[Firmware, CommandWords]]


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
        self._factory_commands = commands
        self._applications = applications
        self.web_files = web_files
        self.lost_bytes = 0
        self._lost_at_us = -LOSS_BURST_US - 1
        self.ota: OtaMode | None = None
        self.boot_target: BootTarget | None = None  # what the boot loader has started; None before
        self.kernel = Kernel()
        self.settings = Settings(firmware)
        self.ports = Ports(self.kernel, self.settings, self._take_from_spi, self._unseen_bytes)
        self.output = Output(
            self.settings,
            self.ports.send,
            lambda us: self.kernel.after("output", us, self.output.release),
            lambda: self.kernel.emit(fx.Log("warning", "AT+MEVTDELAY holds too much output back: some of it is lost")),
        )
        self.storage = Storage(self.kernel, self.settings)
        self._core = Core(self.kernel, self.settings, self.storage, self.output)
        self.board = Board(
            self._core,
            lambda: (self.link.led_is_lit, self.data_mode.active),
            lambda presses: self.button.press(presses),
        )
        self._use(firmware, commands)
        self._make_parts(seed=0)

    def _make_parts(self, seed: int) -> None:
        """Everything that a reset makes anew."""
        core = self._core
        core.settings.volatile = Volatile()
        self.link = link = Link(core, lambda: self.sequences.link_came_up(), lambda: self.sequences.link_lost())
        self.slots = slots = SlotTable()
        self.transmissions = sends = Transmissions(core.kernel)
        self.data_mode = data_mode = DataMode(core, slots, sends)
        self.sockets = sockets = Sockets(core, link, slots, sends, data_mode, seed)
        self.web = web = WebServer(core, link, self._serve_page)
        self.interpreter = Interpreter(core, self._run_command)
        self.air = air = AirService(core, link, self.interpreter.execute_lines)
        self.broker = broker = Broker(core)
        self.sequences = sequences = Sequences(*core, link, data_mode, sockets, web, air, broker, self.restart)
        self.supervision = Supervision(core.kernel, core.settings, link, slots, sockets, sequences)
        self.button = FunctionButton(*core, sequences, web, air)

    def _serve_page(self, exchange: Exchange) -> bytes | Steps[bytes]:
        # Imported with the first request: most modules never get one, and start-up time is budgeted.
        from wizfi_emu.module.webactions import Site, serve

        return serve(Site(*self._core, self.board, self.link, self.sequences, self.web_files), exchange)

    @property
    def ram(self) -> Profile:
        return self.settings.ram

    @property
    def firmware(self) -> Firmware:
        return self.settings.firmware

    @property
    def known_words(self) -> set[str]:
        """The names of the commands that there are."""
        return {word.strip(b"+=").decode("ascii") for word, _ in self._commands}

    @property
    def powered(self) -> bool:
        """Whether the module has power and is not within a reset."""
        return self.kernel.powered

    def handle(self, event: ev.Event, now_us: int) -> list[fx.Effect]:
        """Tell the machine what happened, and get what is to be done, in order.

        ``now_us`` is a monotonic time in microseconds; an earlier time than the last one counts as the last one.
        """
        kernel = self.kernel
        kernel.now_us = max(now_us, kernel.now_us)
        if kernel.timers.next_us is not None:
            kernel.fire_timers()
        if isinstance(event, ev.BoardEvent):
            self._receive_at_board(event)
        elif kernel.powered:
            self._receive(event)
        self._work()
        if self.ports.host_is_stopped:
            self.ports.look_at_room()
        return kernel.take_effects()

    @property
    def wakeup_us(self) -> int | None:
        """When the machine wants `events.TimeReached`; None when it waits for other events only."""
        kernel = self.kernel
        if not kernel.powered:
            return None
        wakeup = kernel.timers.next_us
        if kernel.waiting_work and not kernel.busy and not kernel.stalled:
            due = self._background_due_us
            return due if wakeup is None else min(wakeup, due)
        return wakeup

    @property
    def uart_room(self) -> int:
        """How many serial bytes the machine takes now. Bytes beyond it are lost, as on the module."""
        kernel = self.kernel
        if kernel.receiver_off or not kernel.powered:
            return RECEIVE_BUFFER_BYTES
        limit = DATA_WINDOW_BYTES
        if not self.data_mode.active:
            limit = max(RECEIVE_BUFFER_BYTES, min(kernel.awaited_bytes, DATA_WINDOW_BYTES))
        return max(0, limit - len(kernel.rx))

    @property
    def unread_bytes(self) -> int:
        """How many serial bytes wait in the receive buffer."""
        return len(self.kernel.rx)

    @property
    def network_room(self) -> bool:
        """Whether data from the network is taken now. What comes all the same is held back, to a limit."""
        return self.output.has_room and self.ports.has_room and self.sockets.deferral.has_room

    @property
    def busy(self) -> bool:
        """Whether the boot, a command or background work is under way: serial bytes wait."""
        return self.kernel.busy

    def restart(self, cause: ev.ResetCause = ev.ResetCause.RESET) -> None:
        """Reset at once. Nothing happens any more until `events.PoweredOn`."""
        self._power_off()
        self.kernel.emit(fx.Reset(cause))

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

    def _receive(self, event: ev.PoweredEvent) -> None:
        match event:
            case ev.UartReceived():
                self.ports.heard("uart")
                self._take_serial(event.data, self.uart_room)
            case ev.SpiTransferred():
                self.ports.transfer(event.data)
            case ev.UartLost():
                self._lose(event)
            case ev.TimeReached():
                pass
            case _ if isinstance(event, ev.SocketEvent):
                self.sockets.receive(event)
            case _ if isinstance(event, ev.RadioEvent):
                self.link.receive(event)
            case ev.WebServerOpened() | ev.WebDataReceived() if self.ota is not None:
                self.ota.receive(event)
            case ev.WebServerOpened() | ev.WebDataReceived():
                self.web.receive(event)
            case _ if isinstance(event, ev.AirEvent):
                self.air.receive(event)
            case _ if isinstance(event, ev.MqttEvent):
                self.broker.receive(event)
            case _ if isinstance(event, ev.Answer):
                self.kernel.answer(event)
            case _:
                assert_never(event)

    def _take_serial(self, data: bytes, room: int) -> None:
        if self.kernel.receiver_off:
            self.lost_bytes += len(data)
            return
        self.lost_bytes += max(0, len(data) - room)
        if self.data_mode.active:
            self.slots.active_us = self.kernel.now_us
        self.kernel.receive_serial(data[:room])

    def _take_from_spi(self, data: bytes, room: int) -> None:
        self._take_serial(data, room)
        self._work()

    def _unseen_bytes(self, mosi: bytes, start: int) -> int:
        """How many bytes from ``start`` on are taken before anything can be printed about them."""
        kernel = self.kernel
        if kernel.busy or kernel.stalled or self.data_mode.active:
            return kernel.missing_bytes or len(mosi)
        if self.ram.echo:
            return 1
        end = _LINE_END.search(mosi, start)
        return end.end() - start if end else len(mosi)

    def _lose(self, event: ev.UartLost) -> None:
        self.lost_bytes += event.count
        if event.cause is ev.SerialLoss.OVERRUN:
            del self.kernel.rx[: event.count]
        if self.kernel.now_us - self._lost_at_us > LOSS_BURST_US:
            self.kernel.emit(fx.Log("warning", f"bytes of the host are lost: {event.cause.value}"))
        self._lost_at_us = self.kernel.now_us

    def _power_off(self) -> None:
        self.kernel.stop()
        self.ports.reset()
        self.ota = None
        self.output.reset()

    def _power_on(self, event: ev.PoweredOn) -> None:
        self._power_off()
        self.kernel.start()
        self.boot_target = None
        self._make_parts(event.seed)
        self.board.reset()
        self.kernel.start_foreground(self._boot(event))

    def _boot(self, event: ev.PoweredOn) -> Steps[None]:
        image = decode_image(event.image)
        if image is None:
            if event.image:
                self.kernel.emit(fx.Log("warning", "the flash image cannot be read; starting with factory defaults"))
            self._use_factory_firmware()
            # Without a version: the application writes its defaults, as to any flash that is not its own.
            image = FlashImage(factory_profile(""))
        self.storage.image = image
        boot_loader = Bootloader(self.kernel, self.settings, self.storage, self.board, self.restart)
        self.boot_target = yield from boot_loader.run()
        match self.boot_target:
            case BootTarget.APPLICATION:
                self._load_application()
                yield from self._start_application(event)
            case BootTarget.OTA:
                self._use_factory_firmware()  # the update mode came with it and is never replaced
                self.kernel.receiver_off = True
                self.ota = OtaMode(self._core, self.web_files, self.restart)
                yield from self.ota.run()
            case BootTarget.NOTHING:
                self.kernel.emit(fx.Log("warning", "there is no application; the module is silent until boot mode"))
                self._power_off()

    def _load_application(self) -> None:
        """Become the firmware that is in the application area, as long as it was written over the same personality."""
        application = self.storage.image.application
        self._use_factory_firmware()
        if application.base == self.settings.factory.name and application.version and self._applications is not None:
            self._use(*self._applications(application.version))

    def _use_factory_firmware(self) -> None:
        self._use(self.settings.factory, self._factory_commands)

    def _use(self, firmware: Firmware, commands: CommandWords) -> None:
        self.settings.firmware = firmware
        self._commands = commands

    def _start_application(self, event: ev.PoweredOn) -> Steps[None]:
        image, settings, output = self.storage.image, self.settings, self.output
        settings.ram = image.profile.copied()
        if image.profile.firmware_version != settings.firmware.version:
            yield from self.storage.start_afresh()
        elif image.wifi != WifiSection.of(settings.ram):
            yield from self.storage.save_profile()
        uart = settings.ram.uart
        self.kernel.emit(fx.ConfigureUart(uart.baud, uart.parity, uart.data_bits, uart.stop_bits, uart.flow))
        self.ports.start()
        if event.cause is ev.ResetCause.WATCHDOG:
            yield from output.print_result(output.urc_bytes(Urc.RESET))
            yield Sleep(WATCHDOG_PAUSE_US)
            self.restart()
            return
        yield from output.print_result(output.urc_bytes(Urc.BANNER, settings.firmware.version))
        self.ports.choose()
        self.data_mode.boot()
        self.board.boot()
        self.supervision.boot()
        yield from self._join_at_boot()
        self.board.configure_gpios()

    def _join_at_boot(self) -> Steps[None]:
        """The automatic join: with a service registration, or once after a FUNCTION press."""
        ram, link = self.settings.ram, self.link
        link.chip_antenna, link.chip_rf_mode = ram.antenna, ram.rf_mode
        if ram.auto_ap:
            yield from link.join()
            yield from self.button.begin_session()
        elif ram.registration.is_service:
            yield from link.join()
            if ram.air_command.open_type == "S" and link.is_up:
                self.air.start()
            elif link.state is LinkState.AP and self.firmware.air_service_of_booted_ap:
                self.button.start_air_service()

    def _work(self) -> None:
        """Take serial bytes and background work until something has to be waited for."""
        kernel, settings = self.kernel, self.settings
        while kernel.powered and not kernel.busy and not kernel.stalled:
            if kernel.rx and settings.firmware.auto_interface and settings.ram.interface == AUTO_INTERFACE:
                kernel.start_foreground(self._choose_interface())
                continue
            if self.data_mode.active:
                if kernel.rx and not self.data_mode.blocked:
                    data = bytes(kernel.rx)
                    kernel.rx.clear()
                    kernel.silent_since_us = kernel.now_us
                    self.data_mode.receive(data)
                    continue
            elif kernel.rx:
                self.interpreter.read_line()
                continue
            if not kernel.waiting_work or kernel.now_us < self._background_due_us:
                return
            kernel.do_background_work()

    @property
    def _background_due_us(self) -> int:
        silence_us = SILENCE_US if self.settings.firmware.background_waits_for_silence else 0
        return self.kernel.silent_since_us + silence_us

    def _choose_interface(self) -> Steps[None]:
        """Interface "auto": the first byte says which one it is, and is lost; stored, and then a reset."""
        self.kernel.forget_input()
        if self.ports.first == "spi":
            self.ram.interface = SPI_INTERFACE
        else:
            self.ram.interface, self.ram.spi_option = UART_INTERFACE, 0
        yield from self.storage.save_profile()
        yield from self.output.respond(Response.OK)
        yield from self.sequences.reset()

    def _run_command(self, text: bytes) -> Response | Steps[Response]:
        upper = text.upper()
        for word, handler in self._commands:
            if upper.startswith(word):
                return handler(self, text[len(word) :])
        return Response.INVALID_INPUT
