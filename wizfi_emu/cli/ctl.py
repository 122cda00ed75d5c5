"""``wizfi-emu ctl``: the hands on a running module."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from wizfi_emu.actions.limits import ADC_MAX, HOLD_MS, PINS, PRESSES_MAX
from wizfi_emu.errors import UserError

if TYPE_CHECKING:
    from wizfi_emu.control.client import Client

LEVELS = {"0": 0, "1": 1, "free": None}
_TARGET_OPTIONS = ("--link", "--control")

READY_LIMIT_S = 5.0
"""A health check has a limit of its own; this one is below it, and says what is wrong."""


class _OptionsAnywhere(click.Group):
    """A group whose options that choose the module may also stand behind the command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        front: list[str] = []
        rest: list[str] = []
        words = iter(args)
        for word in words:
            if word == "--":
                rest += [word, *words]
            elif word in _TARGET_OPTIONS:
                value = next(words, None)
                if value is None:
                    raise click.BadOptionUsage(word, f"Option {word!r} requires an argument.", ctx)
                front += [word, value]
            elif word.partition("=")[0] in _TARGET_OPTIONS:
                front.append(word)
            else:
                rest.append(word)
        return super().parse_args(ctx, front + rest)


@click.group(name="ctl", cls=_OptionsAnywhere, no_args_is_help=False)
@click.option("--link", metavar="PATH", help="The module with this link or device.")
@click.option("--control", metavar="ADDR", help="The module at this control address, or at the URL in its log.")
@click.pass_context
def command(ctx: click.Context, link: str | None, control: str | None) -> None:
    """Inspect and control a running module.

    Pins, FUNCTION, power, the serial line. The module must run with --control. Where one module runs, it is found;
    where several do, --link or --control chooses. What changes the module prints nothing.

    \b
    Example: three presses of FUNCTION restore the factory settings
        wizfi-emu run --link /tmp/wizfi --control auto &
        wizfi-emu ctl press 3
        wizfi-emu ctl --link /tmp/wizfi state mode
    """

    def connect() -> Client:
        from wizfi_emu.control.client import Client, find_target

        return Client(find_target(link, control))

    ctx.obj = connect


Connect = Callable[[], "Client"]


@command.command(name="list")
def list_() -> None:
    """List the modules that can be controlled.

    Process, link or device, address. That of a module on a port is what a browser opens for its panel.

    \b
    Example:
        wizfi-emu ctl list
    """
    from wizfi_emu.control.registry import running_modules

    entries = running_modules()
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        click.echo(f"{entry.pid:7}  {entry.name:{width}}  {entry.url}")


@command.command()
def ready() -> None:
    """Say whether every module that runs under control answers; for health checks of containers.

    The exit status is 0 when all do, and 2 when one does not within five seconds, or none runs.

    \b
    Example:
        wizfi-emu ctl ready
    """
    from wizfi_emu.control.client import Client, Target
    from wizfi_emu.control.registry import running_modules

    entries = running_modules()
    if not entries:
        raise UserError("no module runs with --control")
    for entry in entries:
        Client(Target(entry.control, entry.token), READY_LIMIT_S).get("/healthz")


@command.command()
@click.argument("path", required=False)
@click.option("--secrets", is_flag=True, help="Show keys, passwords and the private key too.")
@click.pass_obj
def state(connect: Connect, path: str | None, secrets: bool) -> None:
    """Print the state as JSON, or a part of it.

    With PATH the part that it leads to; a text is then printed without quotes, nothing (null) as an empty line.

    \b
    Example: the address, and where on this machine the first socket's peer is
        wizfi-emu ctl state wifi.address
        wizfi-emu ctl state sockets.0.remote.host
    """
    import json

    value = connect().get(f"/api/state?secrets={int(secrets)}")
    for name in path.split(".") if path else ():
        value = _part(value, name, path or "")
    if path and (value is None or isinstance(value, str)):
        click.echo(value or "")
    else:
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _part(value: object, name: str, path: str) -> object:
    if isinstance(value, dict) and name in value:
        return value[name]
    if isinstance(value, list) and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    expected = ", ".join(value) if isinstance(value, dict) else "a number below the length of a list"
    raise UserError(f"{path}: there is no {name!r}; expected {expected}")


@command.command()
@click.argument("count", type=click.IntRange(1, PRESSES_MAX), default=1)
@click.pass_obj
def press(connect: Connect, count: int) -> None:
    """Press FUNCTION COUNT times (1).

    \b
    Once    access point with web server
    twice   over-the-air update mode
    thrice  factory settings

    \b
    Example:
        wizfi-emu ctl press 2
    """
    connect().post("/api/press", {"count": count})


@command.command()
@click.argument("name", type=click.Choice(PINS), metavar="PIN")
@click.argument("level", type=click.Choice(tuple(LEVELS)), metavar="0|1|free")
@click.pass_obj
def pin(connect: Connect, name: str, level: str) -> None:
    """Drive a pin, or release it.

    PIN is boot, function, gpio1, gpio5, gpio6, gpio7 or gpio8.

    \b
    Example:
        wizfi-emu ctl pin gpio5 1
        wizfi-emu ctl pin gpio5 free
    """
    connect().post(f"/api/pins/{name}", {"level": LEVELS[level]})


@command.command()
@click.argument("value", type=click.IntRange(0, ADC_MAX))
@click.pass_obj
def adc(connect: Connect, value: int) -> None:
    """Set what AT+FGETADC measures, 0 to 4095.

    \b
    Example:
        wizfi-emu ctl adc 2048
    """
    connect().post("/api/adc", {"value": value})


@command.command()
@click.option("--watchdog", is_flag=True, help="By the watchdog.")
@click.pass_obj
def reset(connect: Connect, watchdog: bool) -> None:
    """Pull the RESET pin.

    \b
    Example:
        wizfi-emu ctl reset
    """
    connect().post("/api/reset", {"cause": "watchdog" if watchdog else "reset"})


def _boot_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options of what switches the power on."""
    for option in (
        click.option(
            "--hold", default=str(HOLD_MS), metavar="MS", help="Hold time; 'on': until released.", show_default=True
        ),
        click.option("--function-pin", type=click.Choice(["low"]), help="Hold FUNCTION while the module starts."),
        click.option("--boot-pin", type=click.Choice(["low"]), help="Hold BOOT while the module starts."),
    ):
        function = option(function)
    return function


@command.command()
@click.argument("switch", type=click.Choice(["on", "off"]), metavar="on|off")
@_boot_options
@click.pass_obj
def power(connect: Connect, switch: str, boot_pin: str | None, function_pin: str | None, hold: str) -> None:
    """Switch the power on or off.

    \b
    Example: pull the plug, and put it in again with BOOT held: the boot loader's menu
        wizfi-emu ctl power off
        wizfi-emu ctl power on --boot-pin low
    """
    if switch == "off":
        if boot_pin or function_pin:
            raise click.UsageError("pins are held when the power comes on", click.get_current_context())
        body: dict[str, object] = {"on": False}
    else:
        body = _power_on(boot_pin, function_pin, hold)
    connect().post("/api/power", body)


@command.command(name="power-cycle")
@_boot_options
@click.pass_obj
def power_cycle(connect: Connect, boot_pin: str | None, function_pin: str | None, hold: str) -> None:
    """Switch the power off and on.

    \b
    Example: BOOT and FUNCTION held: factory recovery
        wizfi-emu ctl power-cycle --boot-pin low --function-pin low
    """
    body = _power_on(boot_pin, function_pin, hold)
    client = connect()
    if client.get("/api/state")["power"]:  # type: ignore[index]  # a JSON object
        client.post("/api/power", {"on": False})
    client.post("/api/power", body)


def _power_on(boot_pin: str | None, function_pin: str | None, hold: str) -> dict[str, object]:
    if hold != "on" and not hold.isdecimal():
        raise click.BadParameter(f"{hold!r} is not a number of milliseconds, nor 'on'", param_hint="'--hold'")
    return {
        "on": True,
        "boot": boot_pin,
        "function": function_pin,
        "hold_ms": None if hold == "on" else int(hold),
    }


@command.group(no_args_is_help=False)
def fault() -> None:
    """Inject faults: radio, network, serial line, power supply.

    \b
    Example: refuse the module's connects for ten seconds, then have a look
        wizfi-emu ctl fault start tcp-refuse for=10
        wizfi-emu ctl fault list
    """


@fault.command(name="start")
@click.argument("word", metavar="FAULT")
@click.argument("settings", nargs=-1, metavar="[KEY=VALUE]...")
@click.pass_obj
def start_fault(connect: Connect, word: str, settings: tuple[str, ...]) -> None:
    """Set a fault, at once or with a trigger.

    The faults and their keys are those of scenario files; when.KEY is a key of the moment.

    \b
    Example: the supply fails in the middle of the second transmission
        wizfi-emu ctl fault start brown-out off_ms=200 when.pattern=AT+SSEND when.from=host when.nth=2
    """
    body: dict[str, object] = {"fault": word}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{setting}: expected KEY=VALUE", click.get_current_context())
        inner, dot, name = key.partition(".")
        if dot:
            part = body.setdefault(inner, {})
            if not isinstance(part, dict):
                raise click.UsageError(f"{setting}: {inner} has a value already", click.get_current_context())
            part[name] = value
        else:
            body[key] = value
    connect().post("/api/faults", _checked_fault(body))


def _checked_fault(body: dict[str, object]) -> dict[str, object]:
    """The fault with numbers in place of their texts."""
    import msgspec

    from wizfi_emu.faults.model import Fault

    try:
        found: dict[str, object] = msgspec.to_builtins(msgspec.convert(body, Fault, strict=False))
    except msgspec.ValidationError as error:
        from wizfi_emu.userfiles.errors import explain_value  # only a wrong fault pays for the words

        raise UserError(f"fault {body['fault']}: {explain_value(str(error), body, Fault)}") from None
    return found


@fault.command(name="list")
@click.pass_obj
def list_faults(connect: Connect) -> None:
    """List the faults that are set: name, fault, whether it waits or is active, and how often it took effect.

    \b
    Example:
        wizfi-emu ctl fault list
    """
    answer = connect().get("/api/faults")
    assert isinstance(answer, dict)
    for one in answer["faults"]:
        click.echo(f"{one['name']:20}  {one['fault']:16}  {one['state']:8}  {one['hits']}")


@fault.command(name="heal")
@click.argument("name")
@click.pass_obj
def heal_fault(connect: Connect, name: str) -> None:
    """End a fault, or cancel one that waits.

    \b
    Example:
        wizfi-emu ctl fault heal tcp-refuse
    """
    from urllib.parse import quote

    connect().delete(f"/api/faults/{quote(name, safe='')}")


@command.command()
@click.argument("text")
@click.option("--hex", "hexadecimal", is_flag=True, help="TEXT is hexadecimal digits.")
@click.option("--no-cr", is_flag=True, help="Send no CR after TEXT.")
@click.pass_obj
def send(connect: Connect, text: str, hexadecimal: bool, no_cr: bool) -> None:
    """Send a line to the module, beside the host.

    The answer goes to the host; 'wizfi-emu ctl watch' shows it here.

    \b
    Example:
        wizfi-emu ctl send AT+WSTAT
        wizfi-emu ctl send --no-cr +++
    """
    if hexadecimal:
        connect().post("/api/serial", {"hex": text})
    else:
        connect().post("/api/serial", {"text": text if no_cr else text + "\r"})


@command.command()
@click.option("--only", metavar="KINDS", help="serial, event, effect, note, state; several with commas between them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object in each line.")
@click.pass_obj
def watch(connect: Connect, only: str | None, as_json: bool) -> None:
    """Show events live, until the module or SIGINT ends it.

    > are bytes for the module, < bytes from it, as the line carries them; ! is what happens to the module, * what it
    orders, # what faults, power and world do.

    \b
    Example: the serial line alone
        wizfi-emu ctl watch --only serial
    """
    import json

    kinds = only if only is not None else ("serial,event,effect,note,state" if as_json else "serial,event,effect,note")
    with connect().events(kinds) as events:
        for kind, text in events:
            data = json.loads(text)
            click.echo(json.dumps({"kind": kind, **data}) if as_json else _watch_line(kind, data))


_MARKS = {"to_module": ">", "to_host": "<", "event": "!", "effect": "*", "note": "#"}


def _watch_line(kind: str, data: dict[str, object]) -> str:
    if kind == "lost":
        return f"{'':12}  ... {data['items']} more, too fast to show"
    if kind == "state":
        return f"{'':12}  state: {data['mode']}"
    time_us = data["time_us"]
    assert isinstance(time_us, int)
    head = f"{time_us / 1_000_000:12.6f}  {_MARKS[str(data.get('direction', kind))]} "
    if kind == "serial":
        port = "SPI " if data["port"] == "spi" else ""
        return head + port + repr(str(data["data"]).encode("latin-1"))[2:-1]
    if kind == "note":
        return f"{head}{data['about']}: {data['text']}"
    fields = data["fields"]
    assert isinstance(fields, dict)
    return head + " ".join([str(data["name"]), *(f"{name}={value!r}" for name, value in fields.items())])
