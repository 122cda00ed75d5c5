"""``wizfi-emu image``: make a firmware image to try updates with, or look at one."""

from pathlib import Path

import click

# Of the image of firmware 1.0.5.2, so that a transfer takes as long.
DEFAULT_BYTES = 810_132


@click.group(name="image", no_args_is_help=False)
def command() -> None:
    """Make or show firmware images (APP.bin).

    An image is what boot mode and the update pages take. The ones that are made here have a header, a version and no
    code: a virtual module that gets one becomes that version, no real one could run it.

    \b
    Example:
        wizfi-emu image make --version 1.0.5.2 APP.bin
    """


@command.command()
@click.option("--version", required=True, metavar="VERSION", help="Four numbers, as 1.0.5.2.")
@click.option("--bytes", "size_bytes", default=DEFAULT_BYTES, metavar="N", help="Its size.", show_default=True)
@click.argument("file", type=click.Path(path_type=Path))
def make(version: str, size_bytes: int, file: Path) -> None:
    """Write an image of a firmware version.

    \b
    Example: the smallest one
        wizfi-emu image make --version 1.0.5.2 --bytes 584 APP.bin
    """
    from wizfi_emu.boot.appimage import make_app_image
    from wizfi_emu.errors import UserError

    try:
        image = make_app_image(version, size_bytes)
    except ValueError as error:
        raise UserError(str(error)) from None
    try:
        file.write_bytes(image)
    except OSError as error:
        raise UserError(f"cannot write {file}: {error.strerror}") from None


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def show(file: Path) -> None:
    """Show what the header of an image says.

    And as which firmware a virtual module runs it.

    \b
    Example:
        wizfi-emu image show APP.bin
    """
    from wizfi_emu.boot.appimage import APP_BYTES_MAX, read_app_image
    from wizfi_emu.errors import UserError
    from wizfi_emu.firmware.load import load_application

    try:
        with file.open("rb") as stream:
            image = read_app_image(stream.read(APP_BYTES_MAX + 1))
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}") from None
    if isinstance(image, str):
        raise UserError(f"{file} is not a firmware image: {image}")
    click.echo(f"name     {image.name or '-'}")
    click.echo(f"version  {image.version or '-'}")
    click.echo(f"size     {image.size_bytes} bytes")
    behaviour = load_application(image.version).description if image.version else "the firmware that it replaces"
    click.echo(f"runs as  {behaviour}")
