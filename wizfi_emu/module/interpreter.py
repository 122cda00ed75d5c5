"""The command interpreter: bytes to lines, a line to its command, the command's response."""

from collections.abc import Callable

from wizfi_emu.at.line import LineEditor
from wizfi_emu.at.responses import Response
from wizfi_emu.module.part import Core, Part
from wizfi_emu.module.tasks import Steps


class Interpreter(Part):
    """One line editor for the serial line and for air commands."""

    def __init__(self, core: Core, run_command: Callable[[bytes], Response | Steps[Response]]) -> None:
        """``run_command`` gets what follows AT."""
        super().__init__(core)
        self._run_command = run_command
        self._editor = LineEditor()

    def read_line(self) -> None:
        """Take serial bytes up to the end of a line, and execute it as the foreground task."""
        kernel = self._kernel
        step = self._editor.receive(kernel.rx)
        del kernel.rx[: step.consumed]
        kernel.silent_since_us = kernel.now_us
        if self._settings.ram.echo:
            self._output.at_once(step.echo)
        if step.line is not None:
            kernel.start_foreground(self._execute(step.line))

    @property
    def last_line(self) -> bytes:
        """The line that was executed last, as the module has read it."""
        return self._editor.last

    def execute_lines(self, text: bytes) -> Steps[None]:
        """Execute the lines in a text that did not come over the serial line."""
        while text:
            step = self._editor.receive(text)
            text = text[step.consumed :]
            if step.line is not None:
                yield from self._execute(step.line)

    def _execute(self, line: bytes) -> Steps[None]:
        text = line.partition(b"\0")[0]
        if text[:2].upper() != b"AT":
            result: Response | Steps[Response] = Response.INVALID_INPUT
        elif len(text) == 2:
            result = Response.OK
        else:
            result = self._run_command(text[2:])
        if not isinstance(result, Response):
            result = yield from result
        yield from self._output.respond(result)
