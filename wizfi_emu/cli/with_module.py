"""``wizfi-emu with``: a module for as long as another program runs."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from wizfi_emu.cli import run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import trio

    from wizfi_emu.device.options import RunOptions

PORT_VARIABLE = "WIZFI_PORT"

# As env(1), nohup(1) and shells have them.
EXIT_NOT_EXECUTABLE = 126
EXIT_NOT_FOUND = 127
EXIT_SIGNAL = 128

OF_SEVERAL = ("count", "fleet")
QUIETER = 1
"""Standard error is the program's too: only warnings, where ``run`` logs information."""


@click.command(name="with", context_settings={"allow_interspersed_args": False})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="[--] COMMAND [ARGS]...")
@click.pass_context
def command(ctx: click.Context, /, words: tuple[str, ...], verbose: int, quiet: int, **_options: object) -> None:
    """Run COMMAND beside a module, and end with its status.

    The options are those of 'wizfi-emu run' for one module. WIZFI_PORT tells COMMAND what its host opens; power comes
    on with that, unless --boot says otherwise. Signals go on to COMMAND. The exit status is that of COMMAND, 128 and
    the number of a signal that ended it, 127 when it is not found, 126 when it cannot be run, 2 for wrong options.

    \b
    Example: the tests of a driver, with a flash of their own
        wizfi-emu with --flash :memory: -- pytest tests/driver
    """
    from dataclasses import replace

    import trio

    options = run.options_of(ctx)
    if ctx.get_parameter_source("boot") is click.core.ParameterSource.DEFAULT:
        options = replace(options, boot="on-open")
    if options.record_secrets and options.record is None:
        raise click.UsageError("--record-secrets needs --record FILE", ctx)
    run.log_to_stderr(verbose - quiet - QUIETER)
    sys.exit(trio.run(run_beside, options, words))


command.params += [param for param in run.command.params if param.name not in OF_SEVERAL]


async def run_beside(options: RunOptions, words: tuple[str, ...]) -> int:
    """Run a program beside a module until it ends; its exit status. Raises UserError for what the person got wrong."""
    import trio

    from wizfi_emu.device.start import run_module

    # Around everything: as long as the module is there, a signal is the program's.
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        async with trio.open_nursery() as nursery:
            device: str = await nursery.start(run_module, options)
            start = partial(trio.run_process, stdin=None, check=False, env=os.environ | {PORT_VARIABLE: device})
            try:
                process: trio.Process = await nursery.start(start, list(words))
            except OSError as error:
                nursery.cancel_scope.cancel()
                return _refuse(words[0], error)
            nursery.start_soon(_pass_signals_on, signals, process)
            status = await process.wait()
            nursery.cancel_scope.cancel()
    return status if status >= 0 else EXIT_SIGNAL - status


async def _pass_signals_on(signals: AsyncIterator[int], process: trio.Process) -> None:
    async for number in signals:
        if not (number == signal.SIGINT and _is_in_foreground()):
            process.send_signal(number)


def _is_in_foreground() -> bool:
    """Whether Ctrl-C at the terminal reaches the program by itself."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def _refuse(program: str, error: OSError) -> int:
    print(f"wizfi-emu: {program}: {error.strerror}", file=sys.stderr)
    return EXIT_NOT_FOUND if isinstance(error, FileNotFoundError) else EXIT_NOT_EXECUTABLE
