"""What ``--spi`` says: where a client connects, and how it uses the wires."""

import os
from typing import Annotated, NamedTuple

from wizfi_emu.errors import UserError
from wizfi_emu.listening import parse_host_port
from wizfi_emu.module.spi import Wiring
from wizfi_emu.secret import Secret, discreet

ORDERS = {"msb": True, "lsb": False}
MODES = ("0", "1", "2", "3")


@discreet
class SpiSpec(NamedTuple):
    """A path of a Unix socket, or a host and port; and what a client over TCP has to begin with."""

    path: str = ""
    host: str = ""
    port: int = 0
    wiring: Wiring = Wiring()
    token: Annotated[str, Secret.PASSWORD] = ""


def parse_spi_spec(text: str) -> SpiSpec:
    """Read ``unix:PATH`` or ``tcp://HOST:PORT``, behind it ``?mode=0&order=msb`` and, over TCP, ``token=TOKEN``.

    No HOST is 127.0.0.1, PORT 0 is the system's choice. Raises ``UserError`` that names what was expected.
    """
    place, _, query = text.partition("?")
    settings: dict[str, str] = {}
    for setting in query.split("&") if query else ():
        name, _, value = setting.partition("=")
        settings[name] = value
    wiring = Wiring(
        int(_choice(settings, "mode", MODES)),
        ORDERS[_choice(settings, "order", tuple(ORDERS))],
    )
    token = "" if place.startswith("unix:") else settings.pop("token", "")
    if place.startswith("unix:") and len(place) > len("unix:"):
        spec = SpiSpec(path=os.path.abspath(place.removeprefix("unix:")), wiring=wiring)
    elif place.startswith("tcp://") and (address := parse_host_port(place.removeprefix("tcp://"))) is not None:
        spec = SpiSpec("", *address, wiring, token)
    else:
        raise UserError(f"--spi {place}: expected unix:PATH or tcp://HOST:PORT")
    if settings:
        expected = "mode and order" if spec.path else "mode, order and token"
        raise UserError(f"--spi {place}: unknown setting {min(settings)!r}; expected {expected}")
    return spec


def _choice(settings: dict[str, str], name: str, values: tuple[str, ...]) -> str:
    value = settings.pop(name, values[0])
    if value not in values:
        raise UserError(f"--spi ...?{name}={value}: expected {name}={'|'.join(values)}")
    return value
