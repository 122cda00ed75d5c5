"""Sockets that programs of this machine talk to: how they are made, and how the command line says where."""

import errno
import ipaddress
import os
import socket
import stat
from pathlib import Path

from wizfi_emu.errors import UserError

LOOPBACK = "127.0.0.1"
_ANY = {"0.0.0.0": LOOPBACK, "::": "::1"}
"""All addresses of this machine, and the one by which a program of this machine gets there."""
BACKLOG = 32
PATH_BYTES_MAX = 107
"""Linux: what fits into the address of a Unix socket."""


def parse_host_port(text: str) -> tuple[str, int] | None:
    """Read ``HOST:PORT``; no HOST is 127.0.0.1, an IPv6 one stands in brackets. None for what is neither."""
    host, colon, port = text.rpartition(":")
    if colon and port.isascii() and port.isdigit() and int(port) < 65536:
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        if (":" in bare) == (bare != host) and "/" not in bare:
            return bare or LOOPBACK, int(port)
    return None


def show_host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def browser_url(host: str, port: int, token: str) -> str:
    """What a browser of this machine opens for a server that listens at this address."""
    return f"http://{show_host_port(_ANY.get(host, host), port)}/?token={token}"


def open_socket(kind: socket.SocketKind, host: str, port: int, *, reuse: bool = False) -> socket.socket:
    """Make a non-blocking socket that is bound to a host address and port (0: any). Raises OSError.

    ``reuse`` allows a port on which connections are still on their way out. UDP must not have it: two sockets could
    then share a port.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=kind)[0]
    raw = socket.socket(family, kind)
    try:
        raw.setblocking(False)
        if reuse:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        raw.bind(address)
    except BaseException:
        raw.close()
        raise
    return raw


def listen_tcp(host: str, port: int, backlog: int = BACKLOG) -> socket.socket:
    """A listening socket; port 0 lets the system choose. Raises OSError when the address cannot be had."""
    raw = open_socket(socket.SOCK_STREAM, host, port, reuse=True)
    try:
        # A port can be bound beside a connection that uses it and still refuse to listen.
        raw.listen(backlog)
    except BaseException:
        raw.close()
        raise
    return raw


def reaches_beyond_this_machine(raw: socket.socket) -> bool:
    """Whether other machines can connect."""
    return raw.family != socket.AF_UNIX and not ipaddress.ip_address(raw.getsockname()[0]).is_loopback


def is_abandoned(path: Path) -> bool:
    """Whether nobody listens any more at a Unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == errno.ECONNREFUSED


class UnixListener:
    """A listening Unix socket, which only its owner may open. Whoever makes it closes it.

    What a killed run has left behind is removed. Raises ``UserError``, beginning with ``said``, when a running program
    listens there or the path is not a socket.
    """

    def __init__(self, path: Path, said: str) -> None:
        self._path = path
        if len(os.fsencode(path)) > PATH_BYTES_MAX:
            raise UserError(f"{said}: longer than {PATH_BYTES_MAX} bytes")
        _remove_stale(path, said)
        self.raw = socket.socket(socket.AF_UNIX)
        try:
            self.raw.bind(str(path))
            # Nobody can connect before `listen`, so there is no moment at which others could.
            path.chmod(0o600)
            self.raw.listen(BACKLOG)
            self._inode = path.lstat().st_ino
        except OSError as error:
            self.raw.close()
            raise UserError(f"{said}: {error.strerror}") from None
        self.raw.setblocking(False)

    def close(self) -> None:
        """Close the socket, and remove its file if it is still this one's."""
        self.raw.close()
        try:
            if self._path.lstat().st_ino == self._inode:
                self._path.unlink()
        except OSError:
            return  # gone, or somebody else's by now


def _remove_stale(path: Path, said: str) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(f"{said}: {error.strerror}") from None
    if not stat.S_ISSOCK(mode):
        raise UserError(f"{said}: it exists and is not a socket")
    if not is_abandoned(path):
        raise UserError(f"{said}: a running program listens there")
    path.unlink()
