"""``wizfi-emu run``: a module, or several in one world, until SIGINT or SIGTERM."""

from __future__ import annotations

import gc
import ipaddress
import logging
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizfi_emu.cli import environment

BOOTS = ("now", "on-open", "every-open")
WITH_FLEET = ("fleet", "overwrite", "verbose", "quiet")

if TYPE_CHECKING:
    import trio

    from wizfi_emu.device.options import RunOptions


def _check_address(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        return str(ipaddress.IPv4Address(value)) if value else ""
    except ValueError:
        raise click.BadParameter(f"{value!r} is not an IPv4 address", ctx, param) from None


def _check_host(ctx: click.Context, param: click.Parameter, value: str) -> str:
    from wizfi_emu.air.hostnetwork import is_host_name

    return value if is_host_name(value) else _check_address(ctx, param, value)


def _check_allowed(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    from wizfi_emu.air.hostnetwork import is_host_name
    from wizfi_emu.air.values import network

    for one in value:
        if not is_host_name(one) and network(one) is None:
            expected = "expected an address, a network such as 192.168.12.0/24, or a host name"
            raise click.BadParameter(f"{expected}, got {one!r}", ctx, param)
    return value


def _check_mac(ctx: click.Context, param: click.Parameter, value: str) -> str:
    import msgspec

    from wizfi_emu.bounds import MacOrNone

    try:
        return str(msgspec.convert(value, MacOrNone)).upper()
    except msgspec.ValidationError:
        expected = "expected a MAC address such as 00:08:DC:AA:BB:01"
        raise click.BadParameter(f"{expected}, got {value!r}", ctx, param) from None


@click.command(name="run")
@click.option("--link", type=click.Path(path_type=Path), metavar="PATH", help="Make a symbolic link to the device.")
@click.option("--serial", default="pty", metavar="SPEC", help="Where its host is (see above).")
@click.option("--spi", default="", metavar="SPEC", help="SPI too: unix:PATH or tcp://HOST:PORT[?mode=0&order=msb].")
@click.option("--firmware", default="guide", metavar="NAME|FILE", help="Personality (wizfi-emu firmware list).")
@click.option("--switch", "switches", multiple=True, metavar="NAME=VALUE", help="Set one switch of the personality.")
@click.option("--world", default="demo", metavar="NAME|FILE", help="What the radio sees (wizfi-emu world list).")
@click.option("--flash", default="", metavar="FILE", help="Flash file, or :memory: for none.")
@click.option("--timing", default="wire", metavar="NAME|FILE", help="wire, fast or realtime.", show_default=True)
@click.option("--time-scale", type=click.FloatRange(0, min_open=True), default=1.0, metavar="X", help="Speed up by X.")
@click.option("--boot", type=click.Choice(BOOTS), default="now", metavar="WHEN", help="now, on-open, every-open.")
@click.option(
    "--host-address",
    default="127.0.0.1",
    metavar="HOST",
    callback=_check_host,
    help="Where it listens and finds its peers.",
)
@click.option(
    "--listen-address", default="", metavar="ADDR", callback=_check_address, help="Where it listens, if elsewhere."
)
@click.option("--allow", multiple=True, metavar="HOST|NETWORK", callback=_check_allowed, help="What else it may reach.")
@click.option("--control", default="", metavar="ADDR", help="unix:PATH, HOST:PORT or auto; see wizfi-emu ctl.")
@click.option(
    "--record", type=click.Path(path_type=Path), metavar="FILE", help="Record the session; see wizfi-emu replay."
)
@click.option("--force", "overwrite", is_flag=True, help="Overwrite a recording that is there.")
@click.option("--record-secrets", is_flag=True, help="Record keys and passwords as they are.")
@click.option("--mac", default="", metavar="MAC", callback=_check_mac, help="Address of a module that has never run.")
@click.option("--seed", type=int, metavar="N", help="Seed of all random choices, for a run that repeats.")
@click.option("--count", type=click.IntRange(1, 4000), metavar="N", help="Run N modules in one world.")
@click.option("--fleet", type=click.Path(path_type=Path), metavar="FILE", help="Run the modules of a fleet file.")
@click.option("-v", "--verbose", count=True, help="Log what happens and why; -vv refused lines too.")
@click.option("-q", "--quiet", count=True, help="Log less; -qq only errors.")
@click.pass_context
def command(
    ctx: click.Context, /, count: int | None, fleet: Path | None, verbose: int, quiet: int, **_options: object
) -> None:
    """Run a module until SIGINT or SIGTERM (the default command).

    The host opens a pty, is on a UART (tty:DEVICE), connects (unix:PATH, tcp:// or rfc2217://HOST:PORT) or listens
    (tcp-client://HOST:PORT). The first line of output is what it opens; the log goes to standard error.
    --count prints a line for each module; each has its own PATH.0, FILE.0, ADDR, MAC and PORT, PATH.1 and so on.
    WIZFI_EMU_HOST_ADDRESS in the environment is --host-address, and so on, with spaces between several values.

    \b
    Example: the module as measured, waiting for its host, with a flash of its own
        wizfi-emu run --link /tmp/wizfi --firmware 1.0.5.2 --boot on-open --flash board1.bin
    """
    # What is imported and made until the module runs stays, and to look through it takes a tenth of the time.
    gc.disable()
    try:
        _run(ctx, count, fleet, verbose - quiet)
    finally:
        gc.enable()


def _run(ctx: click.Context, count: int | None, fleet: Path | None, loudness: int) -> None:
    import trio

    from wizfi_emu.device.start import run_module

    options = options_of(ctx)
    if options.record_secrets and options.record is None:
        raise click.UsageError("--record-secrets needs --record FILE")
    log_to_stderr(loudness)
    environment.warn_of_slips(command)
    if count is None and fleet is None:
        trio.run(run_until_signal, run_module, options)
    else:
        from wizfi_emu.device.start import run_modules

        trio.run(run_until_signal, run_modules, _several(options, count, fleet))


environment.name_variables(command)


def options_of(ctx: click.Context) -> RunOptions:
    """The options of a module among those that a command was given; one that is None has its default."""
    from dataclasses import fields

    from wizfi_emu.device.options import RunOptions

    names = {field.name for field in fields(RunOptions)}
    return RunOptions(**{name: value for name, value in ctx.params.items() if name in names and value is not None})


def _several(options: RunOptions, count: int | None, fleet: Path | None) -> list[RunOptions]:
    from dataclasses import replace

    from wizfi_emu.device.fleet import numbered, read_fleet

    if fleet is None:
        return numbered(options, count or 1)
    context = click.get_current_context()
    options_of_one = [param for param in context.command.params if param.name not in WITH_FLEET]
    given = {param: context.get_parameter_source(str(param.name)) for param in options_of_one}
    for param, source in given.items():
        if source is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{param.opts[0]} cannot be combined with --fleet; it is set in the fleet file")
        if source is click.core.ParameterSource.ENVIRONMENT:
            logging.getLogger("wizfi_emu").info("%s is not used: the fleet file has this setting", param.envvar)
    return [replace(one, overwrite=options.overwrite) for one in read_fleet(fleet)]


def log_to_stderr(loudness: int) -> None:
    """Log to standard error: information, and more or less with each step of ``loudness``."""
    levels = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(levels[max(0, min(loudness + 2, len(levels) - 1))])
    # Every mistake of a host: the second -v asks for it.
    logging.getLogger("wizfi_emu.refused").setLevel(logging.DEBUG if loudness > 1 else logging.INFO)


async def run_until_signal(run_module: Callable[..., Awaitable[object]], options: object) -> None:
    """Run what gives the name of a device, or several; say what hosts open, and end it at the first signal."""
    import trio

    async with trio.open_nursery() as nursery:
        await nursery.start(end_on_signal, nursery.cancel_scope)
        async with trio.open_nursery() as module:
            device: str | list[str] = await module.start(run_module, options)
            print(device if isinstance(device, str) else "\n".join(device), flush=True)
            gc.freeze()
            gc.enable()
        nursery.cancel_scope.cancel()


async def end_on_signal(scope: trio.CancelScope, task_status: trio.TaskStatus[None]) -> None:
    import trio

    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        await anext(aiter(signals))
    # The receiver is closed: a second signal ends the program at once, should the module's end take long.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    scope.cancel()
