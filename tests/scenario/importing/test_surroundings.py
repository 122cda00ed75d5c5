"""Firmware and peers of a session, told from what was said."""

from __future__ import annotations

import pytest
import yaml

from wizfi_emu.scenario.importing.lines import Chunk, steps_of, write_scenario
from wizfi_emu.scenario.importing.surroundings import ANSWERS_MAX, Surroundings, surroundings_of

KNOWN = ["1.0.5.2"]
OPEN = b"AT+SCON=O,TCN,192.168.1.9,5000,,0\r"
QUIET = "the peer at port 5000 says nothing: the log shows nothing of it"
DEFAULT = "the firmware is the default personality: the log shows no banner of a known version"


def read(*said: bytes) -> Surroundings:
    """A session: what begins with ``>`` is the host's."""
    return surroundings_of([Chunk(one.startswith(b">"), one.removeprefix(b">")) for one in said], KNOWN)


@pytest.mark.parametrize(
    ("text", "firmware", "assumed"),
    [
        (b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n", "1.0.5.2", []),
        (b"1.0.5.2/WizFi250 Rev 1.0\r\n", "1.0.5.2", []),
        (b"WizFi250 Version 1.0.9.9 (x)\r\n", "", ["there is no personality of version 1.0.9.9", DEFAULT]),
        (b"[OK]\r\n", "", [DEFAULT]),
    ],
)
def test_the_firmware(text: bytes, firmware: str, assumed: list[str]) -> None:
    found = read(text)
    assert (found.firmware, found.assumed) == (firmware, assumed)


def test_a_server_with_a_greeting_and_answers() -> None:
    found = read(
        b">" + OPEN, b"[OK]\r\n", b"[CONNECT 0]\r\n", b"{0,192.168.1.9,5000,7}hello\r\n",
        b">AT+SSEND=0,,,4\r", b"[0,,,4]\r\n", b">ping", b"[OK]\r\n", b"{0,192.168.1.9,5000,4}po", b"ng",
        b">AT+SSEND=0,,,3\r", b">bye", b"{0,192.168.1.9,5000,2}ok", b"[DISCONNECT 0]\r\n",
    )  # fmt: skip
    answers = [{"to": "ping", "send": "pong"}, {"to": "bye", "send": "ok", "close": True}]
    assert found.peers["tcp5000"].described() == {
        "peer": "server", "port": 5000, "greeting": "hello\r\n", "answers": answers
    }  # fmt: skip
    assert found.assumed == [DEFAULT]


def test_an_echo_in_data_mode() -> None:
    found = read(
        b">AT+SCON=O,UCN,192.168.1.9,7,,1\r", b"[CONNECT 2]\r\n", b"[OK]\r\n", b">one", b"one", b">two", b"two",
        b">+++", b"[OK]\r\n", b">AT+SMGMT=ALL\r", b"[DISCONNECT 2]\r\n",
    )  # fmt: skip
    assert found.peers["udp7"].described() == {"peer": "echo", "port": 7, "protocol": "udp"}


def test_who_says_nothing_or_does_not_answer() -> None:
    found = read(b">" + OPEN.replace(b"TCN", b"TCS"), b"[CONNECT 0]\r\n", b">" + OPEN, b"[DISCONNECT 1]\r\n")
    assert found.peers["tcp5000"].described() == {"peer": "server", "port": 5000, "tls": True}
    assert found.assumed == [DEFAULT, QUIET]
    assert read(b">" + OPEN, b"[DISCONNECT 0]\r\n").peers == {}


def test_what_has_to_be_added() -> None:
    found = read(b">AT+SCON=O,TSN,,,7000,0\r", b">AT+MQTTCON=1\r", b"[CONNECT 0]\r\n")
    assert found.assumed == [
        "who connects to the module's server at port 7000 is not in the file: add a client",
        "the broker of AT+MQTTCON is not in the file; add a peer: mqtt",
        DEFAULT,
    ]


def test_answers_have_an_end() -> None:
    turns = [one for _ in range(ANSWERS_MAX + 5) for one in (b">AT+SSEND=0,,,1\r", b">x", b"{0,1.2.3.4,5000,1}y")]
    found = read(b">" + OPEN, b"[CONNECT 0]\r\n", *turns)
    answers = found.peers["tcp5000"].described()["answers"]
    assert isinstance(answers, list)
    assert len(answers) == ANSWERS_MAX


def test_the_file_has_it() -> None:
    chunks = [Chunk(False, b"WizFi250 Version 1.0.5.2 (W)\r\n"), Chunk(True, OPEN), Chunk(False, b"[CONNECT 0]\r\n")]
    around = surroundings_of(chunks, KNOWN)
    file = yaml.safe_load(write_scenario(steps_of(chunks), around.assumed, around.head()))
    assert file["module"] == {"firmware": "1.0.5.2"}
    assert file["peers"] == {"tcp5000": {"peer": "server", "port": 5000}}
    assert len(file["steps"]) == 3
