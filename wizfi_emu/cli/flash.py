"""``wizfi-emu flash``: look into a flash file, make it blank, or exchange it as a configuration table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wizfi_emu.profile.image import FlashImage


@click.group(name="flash", no_args_is_help=False)
def command() -> None:
    """Show, erase or exchange the flash of a module.

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

    from wizfi_emu.profile.flashfile import default_path
    from wizfi_emu.readable import readable

    image = read_flash(file or default_path())
    click.echo(json.dumps(readable(image, secrets=secrets), indent=2, ensure_ascii=False))


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


@command.command(name="export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dct", "table", type=click.Path(path_type=Path), metavar="OUT", required=True, help="File to write.")
def export(file: Path, table: Path) -> None:
    """Write a flash file's settings as a configuration table (DCT).

    With certificate and key; it is what boot mode takes and what import reads. A module may be running on the flash
    file. The table holds keys and passwords, so only you can read it.

    \b
    Example:
        wizfi-emu flash export board1.bin --dct DCT.bin
    """
    import os
    import stat

    from wizfi_emu.errors import UserError
    from wizfi_emu.module.uploads import dct_from_image

    try:
        data = dct_from_image(read_flash(file))
    except ValueError as error:
        raise UserError(f"{file}: {error}") from None
    try:
        with open(table, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
            if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                os.fchmod(stream.fileno(), 0o600)  # it may have been there before
            stream.write(data)
    except OSError as error:
        raise UserError(f"cannot write {table}: {error.strerror}") from None


@command.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dct", "table", type=click.Path(path_type=Path), metavar="IN", required=True, help="File to read.")
def import_(file: Path, table: Path) -> None:
    """Take a configuration table (DCT) into a flash file.

    With certificate and key. The flash file is made if there is none; refused while a module runs on it. Of a real
    module's table only certificate and key are taken, its settings cannot be read.

    \b
    Example:
        wizfi-emu flash import board2.bin --dct DCT.bin
    """
    from wizfi_emu.boot.dct import FULL_BYTES
    from wizfi_emu.errors import UserError
    from wizfi_emu.module.uploads import PROFILE_UNREADABLE, image_from_dct, profile_is_unreadable
    from wizfi_emu.profile import FlashImage, decode_image, encode_image, factory_profile
    from wizfi_emu.profile.flashfile import FlashFile

    try:
        with table.open("rb") as stream:
            data = stream.read(FULL_BYTES + 1)
    except OSError as error:
        raise UserError(f"cannot read {table}: {error.strerror}") from None
    with FlashFile(file) as flash:
        old = decode_image(flash.load()) or FlashImage(factory_profile(""))
        image = image_from_dct(data, old)
        if isinstance(image, str):
            raise UserError(f"{table} is not a configuration table: {image}")
        flash.write(encode_image(image))
    if profile_is_unreadable(image):
        click.echo(f"{table}: {PROFILE_UNREADABLE}", err=True)


def read_flash(path: Path) -> FlashImage:
    """What a flash file holds. Raises UserError when that is nothing, or nothing that can be read."""
    from wizfi_emu.errors import UserError
    from wizfi_emu.profile.flashfile import read_image
    from wizfi_emu.profile.image import decode_image

    data = read_image(path)
    if not data:
        raise UserError(f"{path} is blank: the module will start with factory defaults")
    image = decode_image(data)
    if image is None:
        raise UserError(f"{path} holds a damaged image, or one of another version of this program")
    return image
