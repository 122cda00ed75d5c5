"""Open the serial port that the command line names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import trio

from wizfi_emu.errors import UserError
from wizfi_emu.listening import parse_host_port
from wizfi_emu.secret import Secret, discreet
from wizfi_emu.serial.base import BasePort
from wizfi_emu.serial.port import SerialPort


@discreet
class SerialSpec(NamedTuple):
    """What ``--serial`` says: ``pty``, or a scheme with the address to listen on and what a host has to begin with."""

    scheme: str
    host: str = ""
    port: int = 0
    token: Annotated[str, Secret.PASSWORD] = ""


def parse_serial_spec(text: str) -> SerialSpec:
    """Read ``pty``, ``tcp://HOST:PORT`` or ``rfc2217://HOST:PORT``.

    No HOST is 127.0.0.1, PORT 0 is the system's choice. ``?token=TOKEN`` may stand behind a TCP address.

    Raises ``UserError`` that names what was expected.
    """
    if text == "pty":
        return SerialSpec("pty")
    scheme, separator, rest = text.partition("://")
    address, question, query = rest.partition("?")
    name, _, token = query.partition("=")
    if question and not (scheme == "tcp" and name == "token" and token and token.isascii() and token.isprintable()):
        raise UserError(f"--serial {scheme}://{address}?...: expected ?token=TOKEN, behind a tcp:// address only")
    place = parse_host_port(address)
    if scheme in ("tcp", "rfc2217") and separator and place is not None:
        return SerialSpec(scheme, *place, token)
    raise UserError(f"--serial {text}: expected pty, tcp://HOST:PORT or rfc2217://HOST:PORT")


@asynccontextmanager
async def open_serial(
    spec: str,
    *,
    nursery: trio.Nursery,
    link: Path | None = None,
    paced: bool = True,
    watch_open: bool = False,
) -> AsyncIterator[SerialPort]:
    """Open the port that ``spec`` names (see ``parse_serial_spec``); it is closed when the context ends.

    Its tasks run in the caller's nursery, so that what the caller raises stays what it is. ``paced``: what is sent
    comes at the speed of a line; else as fast as the host reads. ``link`` gives a pseudo-terminal a second name.
    ``watch_open``: ``wait_opened`` will be called, and an open before that call counts.

    Raises ``UserError`` when the port or the link cannot be had.
    """
    parsed = parse_serial_spec(spec)
    port: BasePort
    # One of the two is imported, the start of the program is short of time.
    if parsed.scheme == "pty":
        from wizfi_emu.serial.pty import PtyPort

        port = PtyPort(paced=paced, link=link, watch_open=watch_open)
    else:
        from wizfi_emu.serial.tcp import TcpPort, listen

        if link is not None:
            raise UserError(f"--link {link}: only a pseudo-terminal can have a link, not {spec}")
        listener = await listen(parsed.host, parsed.port)
        port = TcpPort(listener, paced=paced, rfc2217=parsed.scheme == "rfc2217", token=parsed.token)
    nursery.start_soon(port.run)
    try:
        yield port
    finally:
        await port.aclose()
