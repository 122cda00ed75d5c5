"""The air-command service: command lines that come over the network, their output in the answer."""

from collections.abc import Callable
from typing import assert_never

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.link import Link
from wizfi_emu.module.part import Core, Part
from wizfi_emu.module.tasks import Steps

ANSWER_LIMIT_US = 10_000_000  # firmware 1.0.5.2: what a command prints later is not sent
HEADER = b"WizFi250AirCmd:"
WAITING_COMMANDS_MAX = 16
"""So many air commands wait for their turn; further ones are lost, as datagrams are. Each takes 1.5 kB at most."""


class AirService(Part):
    """Runs from AT+MAIRCMD, a link-up or a FUNCTION press until the link goes down."""

    def __init__(self, core: Core, link: Link, execute: Callable[[bytes], Steps[None]]) -> None:
        """``execute`` runs the command lines in a text."""
        super().__init__(core)
        self._link = link
        self._execute = execute
        self._commands = 0
        self._waiting = 0
        self.lost_commands = 0
        self.port: int | None = None
        """Where the service listens; None while it does not run."""

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self.port is not None

    def start(self) -> None:
        """Start from the settings in RAM, unless it runs."""
        setting = self._settings.ram.air_command
        if not self.running and self._link.is_up_in_mode:
            self.port = setting.port
            self._kernel.emit(fx.OpenAirPort("udp" if setting.protocol == "U" else "tcp", setting.port))

    def stop(self) -> None:
        if self.running:
            self.port = None
            self._kernel.emit(fx.CloseAirPort())

    def receive(self, event: ev.AirEvent) -> None:
        match event:
            case ev.AirPortOpened():
                if not event.ok:
                    self.port = None
            case ev.AirCommandReceived():
                self._receive_command(event)
            case _:
                assert_never(event)

    def _receive_command(self, event: ev.AirCommandReceived) -> None:
        if not self.running or not event.data.startswith(HEADER) or not event.data.endswith(b"\r"):
            return
        text = event.data[len(HEADER) :]
        if self._waiting == WAITING_COMMANDS_MAX:
            self.lost_commands += 1
            if self.lost_commands == 1:
                self._kernel.emit(fx.Log("warning", "too many air commands at once: some are lost"))
            return
        self._waiting += 1
        self._commands += 1
        self._kernel.in_background(f"air-{self._commands}", lambda: self._run(event.client, text))

    def _run(self, client: int, text: bytes) -> Steps[None]:
        def answer() -> None:
            self._kernel.emit(fx.AnswerAirCommand(client, self._output.captured_answer()))

        self._waiting -= 1
        self._output.start_capture()
        self._kernel.after("air-answer", ANSWER_LIMIT_US, answer)
        yield from self._execute(text)
        if self._kernel.timers.has("air-answer"):
            self._kernel.timers.drop("air-answer")
            answer()
        self._output.stop_capture()
