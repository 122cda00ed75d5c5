"""Talks to a running module's control interface: finds it, and sends requests. Blocking, and light to import."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Annotated, NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec

from wizfi_emu.control.registry import running_modules
from wizfi_emu.errors import UserError
from wizfi_emu.secret import Secret, discreet


@discreet
class Target(NamedTuple):
    """Where a module is controlled: ``unix:PATH`` or ``HOST:PORT``, and the token, empty if none is needed."""

    address: str
    token: Annotated[str, Secret.PASSWORD]


def find_target(link: str | None = None, control: str | None = None) -> Target:
    """The module with this link (or device), or at this control address; without both the only one that runs.

    ``control`` may be the URL of the log, with the token. Raises ``UserError`` when there is no such module, or when
    there are several to choose from.
    """
    if control is not None:
        return _at_address(control)
    entries = running_modules()
    if link is not None:
        path, target = os.path.abspath(link), os.path.realpath(link)
        entries = [entry for entry in entries if entry.link == path or entry.device in (link, target)]
        if not entries:
            raise UserError(f"no module with the link {link} runs with --control")
    if not entries:
        raise UserError("no module runs with --control; start one with: wizfi-emu run --control auto")
    if len(entries) > 1:
        names = ", ".join(entry.name for entry in entries)
        raise UserError(f"several modules run, choose one with --link or --control: {names}")
    return Target(entries[0].control, entries[0].token)


def _at_address(text: str) -> Target:
    if text.startswith("http://"):
        parts = urlsplit(text)
        address, token = parts.netloc, parse_qs(parts.query).get("token", [""])[0]
    else:
        address, token = text, ""
    if address.startswith("unix:"):
        address = f"unix:{os.path.abspath(address.removeprefix('unix:'))}"
    elif address.startswith(":"):
        address = f"127.0.0.1{address}"
    if not address.startswith("unix:") and not token:
        token = next((entry.token for entry in running_modules() if entry.control == address), "")
    return Target(address, token)


class Client:
    """Requests to one module.

    ``limit_s`` is how long it may take to answer; without, some answers come when somebody has done something.
    """

    def __init__(self, target: Target, limit_s: float | None = None) -> None:
        self._target = target
        self._limit_s = limit_s

    def get(self, path: str) -> object:
        """The JSON value at a path. Raises ``UserError`` with what the module says when it refuses."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, object]) -> object:
        """Order something; gives the JSON value of the answer. Raises as ``get``."""
        return self._ask("POST", path, body)

    def delete(self, path: str) -> object:
        """End something; gives the JSON value of the answer. Raises as ``get``."""
        return self._ask("DELETE", path, None)

    def within(self, limit_s: float) -> "Client":
        """The same with this limit."""
        return Client(self._target, limit_s)

    @contextmanager
    def events(self, kinds: str | None = None, *, past: bool = True) -> Iterator[Iterator[tuple[str, bytes]]]:
        """The live stream: kind and JSON text of each event, until the module ends or is silent for the limit.

        ``past``: first what is kept of the serial line.
        """
        query = f"?past={past:d}" + ("" if kinds is None else f"&kinds={kinds}")
        with self._exchange("GET", f"/api/events{query}", None) as response:
            _raise_refusal(response)
            yield _read_events(response)

    def _ask(self, method: str, path: str, body: dict[str, object] | None) -> object:
        with self._exchange(method, path, body) as response:
            _raise_refusal(response)
            try:
                return msgspec.json.decode(response.read())
            except (OSError, HTTPException) as error:
                raise self._unreachable(error) from None

    @contextmanager
    def _exchange(self, method: str, path: str, body: dict[str, object] | None) -> Iterator[HTTPResponse]:
        connection = _connect(self._target.address, self._limit_s)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self._target.token:
            headers["Authorization"] = f"Bearer {self._target.token}"
        try:
            try:
                connection.request(method, path, None if body is None else msgspec.json.encode(body), headers)
                response = connection.getresponse()
            except (OSError, HTTPException) as error:
                raise self._unreachable(error) from None
            with response:
                yield response
        finally:
            connection.close()

    def _unreachable(self, error: Exception) -> UserError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return UserError(f"no module answers at {self._target.address}: {reason}")


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str, limit_s: float | None) -> None:
        super().__init__("localhost", timeout=limit_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _connect(address: str, limit_s: float | None = None) -> HTTPConnection:
    if address.startswith("unix:"):
        return _UnixConnection(address.removeprefix("unix:"), limit_s)
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        raise UserError(f"--control {address}: expected unix:PATH, HOST:PORT or the URL of the log")
    return HTTPConnection(host.strip("[]"), int(port), timeout=limit_s)


def _raise_refusal(response: HTTPResponse) -> None:
    if response.status != 200:
        try:
            answer = msgspec.json.decode(response.read(), type=dict[str, str])
        except msgspec.MsgspecError:
            answer = {}
        raise UserError(answer.get("error", f"the module answered {response.status} {response.reason}"))


def _read_events(response: HTTPResponse) -> Iterator[tuple[str, bytes]]:
    kind = ""
    while line := _read_line(response):
        name, _, value = line.rstrip(b"\n").partition(b": ")
        if name == b"event":
            kind = value.decode()
        elif name == b"data":
            yield kind, value


def _read_line(response: HTTPResponse) -> bytes:
    try:
        return response.readline()
    except (OSError, HTTPException):
        return b""  # the module has ended without a word
