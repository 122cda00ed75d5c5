"""The command interpreter alone: what becomes of a line."""

from __future__ import annotations

import pytest

from tests.desk import ERROR, INVALID_INPUT, MEASURED, OK, firmware_named
from wizfi_emu.at.responses import Response
from wizfi_emu.module.effects import UartSend
from wizfi_emu.module.interpreter import Interpreter
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.output import Output
from wizfi_emu.module.part import Core
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.storage import Storage
from wizfi_emu.module.tasks import Sleep, Steps


def run(line: bytes, *, echo: bool = False) -> tuple[bytes, list[bytes]]:
    """What is printed for a line, and the commands that were run."""
    kernel, settings = Kernel(), Settings(firmware_named(MEASURED))
    settings.ram.echo = echo
    commands: list[bytes] = []

    def run_command(text: bytes) -> Response | Steps[Response]:
        commands.append(text)
        return slow() if text == b"+SLOW" else Response.OK

    def slow() -> Steps[Response]:
        yield Sleep(10)
        return Response.ERROR

    output = Output(settings, lambda data: kernel.emit(UartSend(data)), lambda _us: None)
    interpreter = Interpreter(Core(kernel, settings, Storage(kernel, settings), output), run_command)
    kernel.start()
    kernel.receive_serial(line)
    interpreter.read_line()
    kernel.now_us = 10
    kernel.fire_timers()
    printed = b"".join(effect.data for effect in kernel.take_effects() if isinstance(effect, UartSend))
    return printed, commands


@pytest.mark.parametrize(
    ("line", "printed", "commands"),
    [
        (b"AT\r", OK, []),
        (b"at\r", OK, []),
        (b"hello\r", INVALID_INPUT, []),
        (b"AT+X=1\r", OK, [b"+X=1"]),
        (b"AT+X=1\0rest\r", OK, [b"+X=1"]),
        (b"AT+SLOW\r", ERROR, [b"+SLOW"]),
        (b"AT+X", b"", []),
    ],
)
def test_line(line: bytes, printed: bytes, commands: list[bytes]) -> None:
    assert run(line) == (printed, commands)


def test_echo() -> None:
    assert run(b"AT\r", echo=True) == (b"AT\r\n" + OK, [])
