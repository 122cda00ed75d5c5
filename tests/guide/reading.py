"""The guide's statements as data, and how their steps are read.

A step is one text. ``=>`` stands between what is done and what the module sends then, exactly; without it that is OK.

==========================  ============================================================================================
step                        does
==========================  ============================================================================================
``AT+X``                    sends the line and CR; its echo is expected before the answer
``"text"``                  sends these bytes alone, a JSON text; nothing is echoed
``@ verb words``            somebody else acts: see `_ACTIONS`; texts are JSON
==========================  ============================================================================================

An answer is made of pieces between `` | ``: the words of a result (``OK``, ``INVALID INPUT`` ...), ``<EVENT 0>`` for an
event between line ends, ``BANNER``, ``JOINED``, ``UP address gateway``, a JSON text for bytes as they are, ``nothing``,
``...`` for anything, and every other text for a line. ``{{ANY}}`` stands for anything within a text. ``~3000`` at the
end waits for so many milliseconds whatever comes. ``$`` is the value of ``each``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import yaml

from tests.vectors.player import PeerAction, Step

FOLDER = Path(__file__).parent / "statements"
State = Literal["holds", "switch", "row"]
Given = Literal["", "joined", "access point", "client", "server", "udp client", "udp server", "data mode"]

_RESULTS = {
    "OK": "[OK]\r\n",
    "ERROR": "[ERROR]\r\n",
    "INVALID INPUT": "[ERROR: INVALID INPUT]\r\n",
    "INVALID SCID": "[ERROR: INVALID SCID]\r\n",
    "WiFi Status": "[ERROR: WiFi Status]\r\n",
    "Mode Status": "[ERROR: Mode Status]\r\n",
    "JOINED": "Joining : WizFiDemoAP\r\nSuccessfully joined : WizFiDemoAP\r\n",
    "nothing": "",
    "...": "{{ANY}}",
}
_JOIN = ("AT+WSET=0,WizFiDemoAP", "AT+WSEC=0,WPA2,12345678", "AT+WJOIN => ... | OK")
_OPEN = "@ listen listener 6000"
_CLIENT = "AT+SCON=O,TCN,192.168.12.23,{{PEER:listener}},5001,"
_GIVEN: dict[str, tuple[str, ...]] = {
    "": (),
    "joined": _JOIN,
    "access point": ("AT+WSET=1,Mine", "AT+WSEC=1,WPA2,12345678", "AT+WJOIN => ... | OK"),
    "client": (*_JOIN, _OPEN, f"{_CLIENT}0 => ...", "@ accept peer listener"),
    "server": (*_JOIN, "AT+SCON=O,TSN,,,5000,0", "@ connect peer 5000 => <CONNECT 0>"),
    "udp client": (*_JOIN, "@ udp peer", "AT+SCON=O,UCN,192.168.12.23,{{PEER:peer}},5000,0 => ..."),
    "udp server": (*_JOIN, "@ udp peer", "AT+SCON=O,USN,,,5000,0 => ..."),
    "data mode": (*_JOIN, _OPEN, f"{_CLIENT}1 => ...", "@ accept peer listener"),
}


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One statement of the guide, in our words, with what shows it.

    ``switch`` names the switches that make the module do so where firmware 1.0.5.2 does otherwise; ``row`` the row of
    the table of differences that says why the module does otherwise than the statement. ``play`` shows the module then.
    ``tests`` names test functions for what is not bytes on the serial line, ``wire`` is played over the device too.
    """

    id: str
    says: str
    play: tuple[str, ...] = ()
    each: tuple[str, ...] = ("",)
    given: Given = ""
    world: str = "demo"
    switch: tuple[str, ...] = ()
    row: str = ""
    tests: tuple[str, ...] = ()
    wire: bool = False

    @property
    def state(self) -> State:
        return "row" if self.row else "switch" if self.switch else "holds"

    def steps(self, value: str, version: str) -> list[Step]:
        """What is played for a value of ``each`` on a module of this version."""
        texts = (*_GIVEN[self.given], *self.play)
        return [read_step(text.replace("$", value).replace("{{VERSION}}", version), version) for text in texts]


class Chapter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: a chapter of the guide."""

    chapter: str
    statements: tuple[Statement, ...]


class Check(NamedTuple):
    """A statement with one of its values."""

    statement: Statement
    value: str


@cache
def chapters() -> tuple[Chapter, ...]:
    """All chapters, in the order of the guide (the files' names)."""
    read = (yaml.load(path.read_text(), yaml.CBaseLoader) for path in sorted(FOLDER.glob("*.yaml")))
    return tuple(msgspec.convert(chapter, Chapter, strict=False) for chapter in read)


def statements() -> Iterator[Statement]:
    for chapter in chapters():
        yield from chapter.statements


def checks() -> list[Check]:
    """Everything that is played."""
    return [Check(one, value) for one in statements() if one.play for value in one.each]


def read_step(text: str, version: str) -> Step:
    """A step of the form above, as the player of ``tests/vectors`` wants it."""
    done, arrow, answer = text.partition(" => ")
    wait = re.search(r" ~(\d+)$", text)
    if wait:
        done, answer = done.removesuffix(wait[0]), answer.removesuffix(wait[0])
    step: Step = {"expect": read_answer(answer if arrow else "" if done.startswith(("@", '"')) else "OK", version)}
    if wait:
        step |= {"wait_ms": int(wait[1]), "full_wait": True}
    if done.startswith("@ "):
        _add_action(step, done.removeprefix("@ "))
    elif done.startswith('"'):
        step["send"] = json.loads(done)
    else:
        step["send"] = done + "\r"
        step["expect"] = f"{done}\r\n{step['expect']}"
    return step


def read_answer(text: str, version: str) -> str:
    """The bytes that an answer stands for, with the player's placeholders."""
    return "".join(_read_piece(piece, version) for piece in text.split(" | ")) if text else ""


def _read_piece(piece: str, version: str) -> str:
    if piece in _RESULTS:
        return _RESULTS[piece]
    if piece == "BANNER":
        return f"WizFi250 Version {version} (WIZnet Co.Ltd)\r\n"
    if piece.startswith("UP "):
        _, address, gateway = piece.split()
        return f"\r\n[Link-Up Event]\r\n  IP Addr    : {address}\r\n  Gateway    : {gateway}\r\n"
    if piece.startswith("<"):
        return f"\r\n[{piece[1:-1]}]\r\n"
    return json.loads(piece) if piece.startswith('"') else f"{piece}\r\n"


_ACTIONS = {
    "listen": ("tcp_listen", ("name", "port")),
    "accept": ("tcp_accept", ("name", "from")),
    "connect": ("tcp_connect", ("name", "port")),
    "udp": ("udp_open", ("name", "port")),
    "datagram": ("udp_sendto", ("name", "port", "hex")),
    "say": ("send", ("name", "hex")),
    "close": ("close", ("name",)),
    "closed": ("expect_closed", ("name",)),
    "wait": ("sleep", ("ms",)),
    "press": ("press", ("times",)),
    "pin": ("pin", ("name", "level")),
    "restart": ("restart", ()),
    "network": ("network", ("name", "level")),
    "stall": ("stall", ("name",)),
}
"""What others do: the verb, the player's word for it, and its words. ``got`` and ``led`` look at what there is."""


def _add_action(step: Step, text: str) -> None:
    verb, *words = text.split(" ", 1)
    if verb in ("got", "led"):
        name, value = words[0].split(" ", 1)
        wanted = json.loads(value).encode("latin-1").hex() if verb == "got" else value
        expected: Any = {"name": name, "hex" if verb == "got" else "text": wanted}
        step["net_expect"] = [expected]
        return
    op, names = _ACTIONS[verb]
    values = words[0].split(" ", len(names) - 1) if words else []
    action: dict[str, Any] = {"op": op, "port": 0}
    for name, value in zip(names, values, strict=False):
        match name:
            case "port" | "ms" | "times":
                action[name] = int(value)
            case "hex":
                action[name] = json.loads(value).encode("latin-1").hex()
            case _:
                action[name] = value
    given: PeerAction = action  # type: ignore[assignment]  # the words are those of the table above
    step["net"] = [given]
