"""``wizfi-emu ctl``: the hands on a running module."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from wizfi_emu.actions.limits import ADC_MAX, HOLD_MS, PINS, PRESSES_MAX
from wizfi_emu.cli.faults import Connect, fault, print_table
from wizfi_emu.errors import UserError

if TYPE_CHECKING:
    from wizfi_emu.control.client import Client

LEVELS = {"0": 0, "1": 1, "free": None}
_TARGET_OPTIONS = ("--link", "--control")

_ANSWER_END = re.compile(rb"(?:^|\n)\[(OK|ERROR[^\]]*|\d+(?:,[^\]]*)?)\]\r\n")
"""The last line of an answer, or the prompt of a command that takes data."""

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


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(as_json: bool) -> None:
    """List the modules that can be controlled.

    Process, link or device, address. That of a module on a port is what a browser opens for its panel.

    \b
    Example:
        wizfi-emu ctl list
    """
    from wizfi_emu.control.registry import running_modules

    entries = running_modules()
    if as_json:
        import json

        shown = [{"pid": one.pid, "link": one.link, "device": one.device, "url": one.url} for one in entries]
        click.echo(json.dumps(shown, indent=2))
    elif entries:
        rows = [(str(entry.pid), entry.name, entry.url) for entry in entries]
        print_table([("PROCESS", "LINK OR DEVICE", "ADDRESS"), *rows])


@command.command()
def ready() -> None:
    """Ask every module that can be controlled whether it answers.

    For health checks of containers. The exit status is 0 when all do, and 2 when one does not within five seconds, or
    none runs.

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
@click.argument("level", type=click.Choice(["low", "free"]), required=False, metavar="[low|free]")
@click.option("--watchdog", is_flag=True, help="By the watchdog.")
@click.pass_obj
def reset(connect: Connect, level: str | None, watchdog: bool) -> None:
    """Pull the RESET pin, hold it low, or let it go.

    Without a level it is pulled for a moment.

    \b
    Example: what does the host do while the module is held in reset?
        wizfi-emu ctl reset low
        wizfi-emu ctl reset free
    """
    if watchdog and level:
        raise click.UsageError("the watchdog does not hold the pin", click.get_current_context())
    connect().post("/api/reset", {"cause": "watchdog" if watchdog else level or "reset"})


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


command.add_command(fault)


@command.command()
@click.argument("text")
@click.option("--hex", "hexadecimal", is_flag=True, help="TEXT is hexadecimal digits.")
@click.option("--no-cr", is_flag=True, help="Send no CR after TEXT.")
@click.option("--wait", is_flag=True, help="Print the answer; the exit status is 1 when it is an error.")
@click.option(
    "--within",
    type=click.FloatRange(0, 3600, min_open=True),
    default=5.0,
    metavar="SECONDS",
    help="With --wait: how long.",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="With --wait: the answer as JSON.")
@click.pass_obj
def send(
    connect: Connect, text: str, hexadecimal: bool, no_cr: bool, wait: bool, within: float, as_json: bool
) -> int | None:
    """Send a line to the module, beside the host.

    The answer goes to the host; --wait prints it here too, up to [OK], [ERROR] or the prompt for data.

    \b
    Example:
        wizfi-emu ctl send AT+WSTAT
        wizfi-emu ctl send --wait --within 30 AT+WJOIN
        wizfi-emu ctl send --no-cr +++
    """
    if as_json and not wait:
        raise click.UsageError("--json is for --wait", click.get_current_context())
    body: dict[str, object] = {"hex": text} if hexadecimal else {"text": text if no_cr else text + "\r"}
    if not wait:
        connect().post("/api/serial", body)
        return None
    return _print_answer(*_answer(connect(), body, within), as_json=as_json)


def _answer(client: Client, body: dict[str, object], within_s: float) -> tuple[bytes, str]:
    """What the module says to bytes that are sent to it, and its last line without the brackets. Raises UserError."""
    import json
    from time import monotonic

    deadline_s = monotonic() + within_s
    said = bytearray()
    with client.within(within_s).events("serial", past=False) as events:
        client.post("/api/serial", body)
        for _, content in events:
            piece = json.loads(content)
            if piece.get("direction") == "to_host":
                said += piece["data"].encode("latin-1")
                if found := _ANSWER_END.search(said):
                    return bytes(said[: found.end()]), found[1].decode("latin-1")
            if monotonic() >= deadline_s:
                break
    came = f"; it said {bytes(said)!r}" if said else ""
    raise UserError(f"the module has not answered within {within_s:g} s{came}")


def _print_answer(said: bytes, last: str, *, as_json: bool) -> int:
    import json

    ok = not last.startswith("ERROR")
    if as_json:
        click.echo(json.dumps({"answer": said.decode("latin-1"), "ok": ok}))
    else:
        click.echo(said.decode("latin-1").replace("\r\n", "\n"), nl=False)
    return 0 if ok else 1


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
