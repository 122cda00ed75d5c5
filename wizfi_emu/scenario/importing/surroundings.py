"""What was around the module in a session: its firmware and its peers, told from what was said. Pure.

A log shows what a peer sent and what came before it, so a peer becomes a server that gives these answers, or an echo.
What the log does not tell is assumed, and said so.
"""

import json
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from wizfi_emu.scenario.importing.lines import Chunk

_VERSION = re.compile(rb"WizFi250 Version (\d+\.\d+\.\d+\.\d+)|^(\d+\.\d+\.\d+\.\d+)/", re.MULTILINE)
_OPEN = re.compile(rb"AT\+SCON=S?O,([TU])([CS])([NS]),([^,\r]*),(\d*),([^,\r]*)(?:,([01]))?", re.IGNORECASE)
_SEND = re.compile(rb"AT\+SSEND=\s*(\d)?,", re.IGNORECASE)
_CLOSE = re.compile(rb"AT\+(?:SMGMT|WLEAVE|MRESET|MFDEF)", re.IGNORECASE)
_COMMAND = re.compile(rb"AT(?:\+|\r)", re.IGNORECASE)
_EVENT = re.compile(rb"\[(CONNECT|DISCONNECT) (\d)\]")
_RECEIVED = re.compile(rb"\{(\d),[\d.]*,\d*,(\d+)\}")
_MQTT = re.compile(rb"AT\+MQTTCON", re.IGNORECASE)
ANSWERS_MAX = 100
"""Of one peer. A longer conversation is no table of questions and answers."""


@dataclass(slots=True)
class Peer:
    """Who was connected to: at which port, and what it said to what (``b""``: without being asked)."""

    protocol: str
    tls: bool
    port: int
    said: list[tuple[bytes, bytes]] = field(default_factory=list)
    closed: bool = False

    @property
    def echoes(self) -> bool:
        return bool(self.said) and all(heard == said for heard, said in self.said)

    def described(self) -> dict[str, object]:
        """Its entry in a scenario file."""
        fields: dict[str, object] = {"peer": "echo" if self.echoes else "server", "port": self.port}
        if self.protocol != "tcp":
            fields["protocol"] = self.protocol
        if self.tls:
            fields["tls"] = True
        if self.echoes:
            return fields
        greeting = b"".join(said for heard, said in self.said if not heard)
        if greeting:
            fields["greeting"] = greeting.decode("latin-1")
        answers = [(heard, said) for heard, said in self.said if heard][:ANSWERS_MAX]
        if answers:
            fields["answers"] = [
                {"to": heard.decode("latin-1"), "send": said.decode("latin-1")} for heard, said in answers
            ]
            if self.closed:
                fields["answers"][-1]["close"] = True  # type: ignore[index]  # the list of the line above
        return fields


@dataclass(slots=True)
class Surroundings:
    """What a scenario needs beside its steps. ``assumed``: what the log does not tell, a line each."""

    firmware: str = ""
    peers: dict[str, Peer] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)

    def head(self) -> list[str]:
        """The lines of a scenario file before its steps."""
        lines = [f"module: {{firmware: {json.dumps(self.firmware)}}}"] if self.firmware else []
        if self.peers:
            lines.append("peers:")
            lines += [f"  {name}: {json.dumps(peer.described())}" for name, peer in self.peers.items()]
        return lines


def surroundings_of(chunks: Iterable[Chunk], known: Container[str]) -> Surroundings:
    """Read a session. ``known`` are the versions that there are personalities of."""
    reader = _Reader(known)
    for chunk in chunks:
        if chunk.host:
            reader.host(chunk.data)
        else:
            reader.module(chunk.data)
    return reader.end()


class _Reader:
    def __init__(self, known: Container[str]) -> None:
        self._found = Surroundings()
        self._known = known
        self._opening: Peer | None = None
        self._sockets: dict[int, Peer] = {}
        self._heard: dict[int, bytes] = {}
        self._data_mode: int | None = None
        self._enters = False
        self._sending: int | None = None
        self._rest: tuple[int, int] = (0, 0)
        self._leaves = False

    def host(self, data: bytes) -> None:
        if opened := _OPEN.match(data):
            self._open(opened)
        elif self._data_mode is not None and not data.startswith(b"+++"):
            self._hear(self._data_mode, data)
        elif data.startswith(b"+++"):
            self._data_mode = None
        elif self._sending is not None and not _COMMAND.match(data):
            self._hear(self._sending, data)
            self._sending = None
        elif send := _SEND.match(data):
            self._sending = int(send[1] or 0)
        elif _MQTT.match(data):
            self._assume("the broker of AT+MQTTCON is not in the file; add a peer: mqtt")
        self._leaves = bool(_CLOSE.match(data))

    def module(self, data: bytes) -> None:
        version = _VERSION.search(data)
        if version and not self._found.firmware:
            self._take_version((version[1] or version[2]).decode())
        scid, missing = self._rest
        if missing:
            self._say(scid, data[:missing])
            self._rest = (scid, max(0, missing - len(data)))
        elif event := _EVENT.search(data):
            self._event(event[1] == b"CONNECT", int(event[2]))
        elif received := _RECEIVED.match(data):
            scid, count = int(received[1]), int(received[2])
            said = data[received.end() :][:count]
            self._say(scid, said)
            self._rest = (scid, count - len(said))
        elif self._data_mode is not None and not data.startswith(b"["):
            self._say(self._data_mode, data)

    def end(self) -> Surroundings:
        if not self._found.firmware:
            self._assume("the firmware is the default personality: the log shows no banner of a known version")
        for peer in self._found.peers.values():
            if not peer.said:
                self._assume(f"the peer at port {peer.port} says nothing: the log shows nothing of it")
        return self._found

    def _open(self, opened: re.Match[bytes]) -> None:
        kind, role, secure, _address, port, local_port, data_mode = opened.groups()
        self._opening, self._enters = None, data_mode == b"1"
        if role.upper() == b"C" and port:
            protocol = "tcp" if kind.upper() == b"T" else "udp"
            self._opening = Peer(protocol, protocol == "tcp" and secure.upper() == b"S", int(port))
        elif kind.upper() == b"T":
            server = f"the module's server at port {local_port.decode('latin-1')}"
            self._assume(f"who connects to {server} is not in the file: add a client")

    def _event(self, connects: bool, scid: int) -> None:
        if connects and self._opening is not None:
            name = f"{self._opening.protocol}{self._opening.port}"
            self._sockets[scid] = self._found.peers.setdefault(name, self._opening)
            self._opening = None
            self._heard[scid] = b""
            self._data_mode = scid if self._enters else self._data_mode
        elif not connects:
            peer = self._sockets.pop(scid, None)
            if peer is not None and not self._leaves:
                peer.closed = True
            self._data_mode = None if self._data_mode == scid else self._data_mode

    def _hear(self, scid: int, data: bytes) -> None:
        if scid in self._sockets:
            self._heard[scid] = self._heard.get(scid, b"") + data

    def _say(self, scid: int, data: bytes) -> None:
        peer = self._sockets.get(scid)
        if peer is None or not data:
            return
        heard = self._heard.get(scid, b"")
        if heard or not peer.said:
            peer.said.append((heard, data))
        else:
            asked, said = peer.said[-1]
            peer.said[-1] = (asked, said + data)
        self._heard[scid] = b""

    def _take_version(self, version: str) -> None:
        if version in self._known:
            self._found.firmware = version
        else:
            self._found.assumed.append(f"there is no personality of version {version}")

    def _assume(self, text: str) -> None:
        if text not in self._found.assumed:
            self._found.assumed.append(text)
