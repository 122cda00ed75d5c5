"""Where a module is controlled: the address that the command line names, and the listening socket there."""

import os
import re
import socket
from pathlib import Path
from typing import Annotated, NamedTuple

from wizfi_emu import listening
from wizfi_emu.errors import UserError
from wizfi_emu.secret import Secret, discreet

TOKEN_BYTES = 24
TOKEN_CHARACTERS_MIN = 16
"""Of a token that a person chose: whoever guesses it controls the module."""

_TOKEN = re.compile(rf"[A-Za-z0-9._-]{{{TOKEN_CHARACTERS_MIN},}}")


@discreet
class ControlSpec(NamedTuple):
    """What ``--control`` says: a path of a Unix socket, or a host, a port and the token if one was chosen."""

    path: str = ""
    host: str = ""
    port: int = 0
    token: Annotated[str, Secret.PASSWORD] = ""


def parse_control_spec(text: str) -> ControlSpec:
    """Read ``unix:PATH``, ``HOST:PORT`` or ``auto``.

    No HOST is 127.0.0.1, PORT 0 is the system's choice, ``auto`` is 127.0.0.1:0. ``?token=TOKEN`` may stand behind a
    TCP address. Raises ``UserError`` that names what was expected.
    """
    if text == "auto":
        return ControlSpec(host=listening.LOOPBACK)
    if text.startswith("unix:") and len(text) > len("unix:"):
        return ControlSpec(path=os.path.abspath(text.removeprefix("unix:")))
    place, question, query = text.partition("?")
    name, _, token = query.partition("=")
    if question and not (name == "token" and _TOKEN.fullmatch(token)):
        expected = f"?token=TOKEN with at least {TOKEN_CHARACTERS_MIN} letters, digits, '-', '_' or '.'"
        raise UserError(f"--control {place}?...: expected {expected}")
    address = listening.parse_host_port(place)
    if address is None:
        raise UserError(f"--control {place}: expected unix:PATH, HOST:PORT or auto")
    return ControlSpec(host=address[0], port=address[1], token=token)


class ControlSocket:
    """A listening socket. Whoever makes it closes it.

    ``address`` is what ``ctl --control`` takes: ``unix:PATH`` or ``HOST:PORT`` with the real port. ``token`` has to
    come with every request; it is empty for a Unix socket, which only its owner may open.

    Raises ``UserError`` when the address cannot be had.
    """

    def __init__(self, spec: ControlSpec) -> None:
        self.token = "" if spec.path else spec.token or os.urandom(TOKEN_BYTES).hex()
        self.host = spec.host
        self.port = 0
        self._listener: listening.UnixListener | socket.socket
        if spec.path:
            self._listener = listening.UnixListener(Path(spec.path), f"--control unix:{spec.path}")
            self.raw = self._listener.raw
            self.address = f"unix:{spec.path}"
            return
        try:
            self._listener = self.raw = listening.listen_tcp(spec.host, spec.port)
        except OSError as error:
            raise UserError(f"--control {spec.host}:{spec.port}: {error.strerror}") from None
        self.port = self.raw.getsockname()[1]
        self.address = listening.show_host_port(spec.host, self.port)

    @property
    def url(self) -> str:
        """What a browser opens; for a Unix socket the address, which no browser opens."""
        return listening.browser_url(self.host, self.port, self.token) if self.token else self.address

    @property
    def reaches_beyond_this_machine(self) -> bool:
        """Whether other machines can connect."""
        return listening.reaches_beyond_this_machine(self.raw)

    def close(self) -> None:
        """Close the socket, and remove the file of a Unix socket if it is still this one's."""
        self._listener.close()
