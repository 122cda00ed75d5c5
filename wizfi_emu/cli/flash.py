"""``wizfi-emu flash``: look into a flash file, or make it blank."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wizfi_emu.profile.image import FlashImage

SECRET_FIELDS = frozenset({"key", "password", "web_password", "private_key"})


@click.group(name="flash", no_args_is_help=False)
def command() -> None:
    """Show or erase the flash of a module.

    It holds what AT+MPROF=S and other commands stored. A module that is started without --flash uses a file in the
    user's state directory, which is also what is shown without a name.

    \b
    Example:
        wizfi-emu flash show board1.bin
    """


@command.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--secrets", is_flag=True, help="Show keys and passwords too.")
def show(file: Path | None, secrets: bool) -> None:
    """Show what a flash file holds, as JSON.

    A module may be running on it. Keys and passwords are left out.

    \b
    Example: the network that a module joins
        wizfi-emu flash show board1.bin | jq .wifi.station
    """
    import json

    from wizfi_emu.errors import UserError
    from wizfi_emu.profile.flashfile import default_path, read_image
    from wizfi_emu.profile.image import decode_image

    path = file or default_path()
    data = read_image(path)
    if not data:
        raise UserError(f"{path} is blank: the module will start with factory defaults")
    image = decode_image(data)
    if image is None:
        raise UserError(f"{path} holds an image of another version of this program")
    click.echo(json.dumps(printable(image, secrets=secrets), indent=2, ensure_ascii=False))


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def erase(file: Path) -> None:
    """Remove a flash file.

    The module then starts with factory defaults and without certificates. Refused while a module runs on it, and for
    anything that is not a flash file.

    \b
    Example:
        wizfi-emu flash erase board1.bin
    """
    from wizfi_emu.profile.flashfile import FlashFile, read_image

    read_image(file)
    with FlashFile(file) as flash:
        flash.erase()


def printable(image: FlashImage, *, secrets: bool) -> object:
    """The image as JSON types. Byte strings become text; without ``secrets`` keys and passwords become dots."""
    import msgspec

    return _printable(msgspec.to_builtins(image, builtin_types=(bytes,)), "", secrets)


def _printable(value: object, field: str, secrets: bool) -> object:
    match value:
        case dict():
            return {name: _printable(item, str(name), secrets) for name, item in value.items()}
        case list() | tuple():
            return [_printable(item, field, secrets) for item in value]
        case bytes() | str() if value and field in SECRET_FIELDS and not secrets:
            return "..."
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case _:
            return value
