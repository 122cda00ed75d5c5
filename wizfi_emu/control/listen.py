"""Where a module is controlled: the address that the command line names, and the listening socket there."""

import ipaddress
import os
import socket
import stat
from pathlib import Path
from typing import NamedTuple

from wizfi_emu.control.registry import runtime_directory
from wizfi_emu.errors import UserError

LOOPBACK = "127.0.0.1"
BACKLOG = 32
TOKEN_BYTES = 24
PATH_BYTES_MAX = 107
"""Linux: what fits into the address of a Unix socket."""


class ControlSpec(NamedTuple):
    """What ``--control`` says: a path of a Unix socket, or a host and port to listen on."""

    path: str = ""
    host: str = ""
    port: int = 0


def parse_control_spec(text: str) -> ControlSpec:
    """Read ``unix:PATH``, ``HOST:PORT`` or ``auto``.

    No HOST is 127.0.0.1, PORT 0 is the system's choice, ``auto`` is a Unix socket in the user's runtime directory.
    Raises ``UserError`` that names what was expected.
    """
    if text == "auto":
        return ControlSpec(path=str(runtime_directory() / f"{os.getpid()}-{os.urandom(2).hex()}.sock"))
    if text.startswith("unix:") and len(text) > len("unix:"):
        return ControlSpec(path=os.path.abspath(text.removeprefix("unix:")))
    host, colon, port = text.rpartition(":")
    if colon and port.isascii() and port.isdigit() and int(port) < 65536:
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        if (":" in bare) == (bare != host) and "/" not in bare:
            return ControlSpec(host=bare or LOOPBACK, port=int(port))
    raise UserError(f"--control {text}: expected unix:PATH, HOST:PORT or auto")


class ControlSocket:
    """A listening socket. Whoever makes it closes it.

    ``address`` is what ``ctl --control`` takes: ``unix:PATH`` or ``HOST:PORT`` with the real port. ``token`` has to
    come with every request; it is empty for a Unix socket, which only its owner may open.

    Raises ``UserError`` when the address cannot be had.
    """

    def __init__(self, spec: ControlSpec) -> None:
        self.token = "" if spec.path else os.urandom(TOKEN_BYTES).hex()
        self.host = spec.host
        self._path = Path(spec.path) if spec.path else None
        self._inode = 0
        try:
            self.raw = self._listen_unix(self._path) if self._path else _listen_tcp(spec)
        except OSError as error:
            where = spec.path or f"{spec.host}:{spec.port}"
            raise UserError(f"--control {where}: {error.strerror}") from None
        self.raw.setblocking(False)
        if self._path:
            self.address = f"unix:{spec.path}"
            self.port = 0
        else:
            self.port = self.raw.getsockname()[1]
            self.address = f"[{spec.host}]:{self.port}" if ":" in spec.host else f"{spec.host}:{self.port}"

    @property
    def url(self) -> str:
        """What a browser opens; for a Unix socket the address, which no browser opens."""
        return f"http://{self.address}/?token={self.token}" if self.token else self.address

    @property
    def reaches_beyond_this_machine(self) -> bool:
        """Whether other machines can connect."""
        return not self._path and not ipaddress.ip_address(self.raw.getsockname()[0]).is_loopback

    def close(self) -> None:
        """Close the socket, and remove the file of a Unix socket if it is still this one's."""
        self.raw.close()
        if self._path:
            try:
                if self._path.lstat().st_ino == self._inode:
                    self._path.unlink()
            except OSError:
                return  # gone, or somebody else's by now

    def _listen_unix(self, path: Path) -> socket.socket:
        if len(os.fsencode(path)) > PATH_BYTES_MAX:
            raise UserError(f"--control unix:{path}: longer than {PATH_BYTES_MAX} bytes")
        _remove_stale(path)
        raw = socket.socket(socket.AF_UNIX)
        try:
            raw.bind(str(path))
            # Nobody can connect before `listen`, so there is no moment at which others could.
            path.chmod(0o600)
            raw.listen(BACKLOG)
            self._inode = path.lstat().st_ino
        except BaseException:
            raw.close()
            raise
        return raw


def _remove_stale(path: Path) -> None:
    """Remove what a killed run has left behind."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise UserError(f"--control unix:{path}: something else has this name, and it is not a socket")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise UserError(f"--control unix:{path}: a running program listens there")


def _listen_tcp(spec: ControlSpec) -> socket.socket:
    family, kind, _, _, address = socket.getaddrinfo(spec.host, spec.port, type=socket.SOCK_STREAM)[0]
    raw = socket.socket(family, kind)
    try:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        raw.bind(address)
        raw.listen(BACKLOG)
    except BaseException:
        raw.close()
        raise
    return raw
