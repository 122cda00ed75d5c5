"""Open the serial port that the command line names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import trio

from wizfi_emu.errors import UserError
from wizfi_emu.listening import parse_host_port
from wizfi_emu.portable import need_module
from wizfi_emu.secret import Secret, discreet
from wizfi_emu.serial.base import BasePort
from wizfi_emu.serial.port import SerialPort


@discreet
class SerialSpec(NamedTuple):
    """What ``--serial`` says: ``pty``, or a scheme with an address or a path, and what a host has to begin with."""

    scheme: str
    host: str = ""
    port: int = 0
    token: Annotated[str, Secret.PASSWORD] = ""
    path: Path = Path()
    dtr_resets: bool = False


EXPECTED = "pty, tty:DEVICE, unix:PATH, tcp://HOST:PORT, rfc2217://HOST:PORT or tcp-client://HOST:PORT"
SETTINGS = "?token=TOKEN behind tcp://HOST:PORT, or ?dtr=reset behind rfc2217://HOST:PORT"


def parse_serial_spec(text: str) -> SerialSpec:
    """Read what ``EXPECTED`` names.

    No HOST is 127.0.0.1, PORT 0 is the system's choice of a port to listen on. ``?token=TOKEN`` may stand behind a
    ``tcp://`` address, ``?dtr=reset`` behind an ``rfc2217://`` one.

    Raises ``UserError`` that names what was expected.
    """
    if text == "pty":
        return SerialSpec("pty")
    kind, colon, path = text.partition(":")
    if kind in ("tty", "unix") and colon and path:
        return SerialSpec(kind, path=Path(path))
    scheme, separator, rest = text.partition("://")
    address, question, query = rest.partition("?")
    name, _, token = query.partition("=")
    dtr_resets = scheme == "rfc2217" and query == "dtr=reset"
    if dtr_resets:
        question = token = ""
    if question and not (scheme == "tcp" and name == "token" and token and token.isascii() and token.isprintable()):
        raise UserError(f"--serial {scheme}://{address}?...: expected {SETTINGS}")
    place = parse_host_port(address)
    if scheme in ("tcp", "rfc2217", "tcp-client") and separator and place is not None:
        if scheme == "tcp-client" and not place[1]:
            raise UserError(f"--serial {text}: expected the port that the host listens on")
        return SerialSpec(scheme, *place, token, dtr_resets=dtr_resets)
    raise UserError(f"--serial {text}: expected {EXPECTED}")


@asynccontextmanager
async def open_serial(
    spec: str,
    *,
    nursery: trio.Nursery,
    link: Path | None = None,
    paced: bool = True,
    watch_open: bool = False,
    watch_every: bool = False,
) -> AsyncIterator[SerialPort]:
    """Open the port that ``spec`` names (see ``parse_serial_spec``); it is closed when the context ends.

    Its tasks run in the caller's nursery, so that what the caller raises stays what it is. ``paced``: what is sent
    comes at the speed of a line; else as fast as the host reads. ``link`` gives a pseudo-terminal a second name.
    ``watch_open``: ``wait_opened`` will be called, and an open before that call counts. ``watch_every``: so does each
    one after it, for ``wait_open``.

    Raises ``UserError`` when the port or the link cannot be had.
    """
    parsed = parse_serial_spec(spec)
    if link is not None and parsed.scheme != "pty":
        raise UserError(f"--link {link}: only a pseudo-terminal can have a link, not {spec.partition('?')[0]}")
    port = await _open(parsed, paced, link, watch_open, watch_every)
    nursery.start_soon(port.run)
    try:
        yield port
    finally:
        await port.aclose()


async def _open(spec: SerialSpec, paced: bool, link: Path | None, watch_open: bool, watch_every: bool) -> BasePort:
    # Each is imported where it is asked for: the start is short of time, and not every system has all of them.
    match spec.scheme:
        case "pty":
            need_module("termios", "--serial pty")
            from wizfi_emu.serial.pty import PtyPort

            return PtyPort(paced=paced, link=link, watch_open=watch_open, watch_every=watch_every)
        case "tty":
            need_module("termios", "--serial tty:")
            from wizfi_emu.serial.tty import TtyPort

            return TtyPort(spec.path, paced=paced)
        case "unix":
            from wizfi_emu.serial.tcp import UnixPort

            return UnixPort(spec.path, paced=paced)
        case "tcp-client":
            from wizfi_emu.serial.dialling import DiallingPort

            return DiallingPort(spec.host, spec.port, paced=paced)
        case _:
            from wizfi_emu.serial.tcp import TcpPort, listen

            listener = await listen(spec.host, spec.port)
            return TcpPort(
                listener, paced=paced, rfc2217=spec.scheme == "rfc2217", token=spec.token, dtr_resets=spec.dtr_resets
            )
