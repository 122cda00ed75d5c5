"""The scenario file: what it may say, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizfi_emu.actions.base import shown_text
from wizfi_emu.actions.expect import Expect, ExpectNot
from wizfi_emu.actions.hands import DrivePins, SetAdc, StartFault
from wizfi_emu.actions.host import Send, SendLine, Wait
from wizfi_emu.actions.peers import Close
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import TcpReset, When
from wizfi_emu.scenario.check import check_scenario
from wizfi_emu.scenario.model import EchoPeer, Exec, Scenario, read_scenario, substitute
from wizfi_emu.userfiles.schema import schema_of

HEAD = "scenario: 1\npeers:\n  e: {peer: echo, port: 5000}\n"


def read(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    return read_scenario(path)


def test_the_smallest_one(tmp_path: Path) -> None:
    assert read(tmp_path, "scenario: 1\n") == Scenario(1)


def test_what_an_import_of_a_recording_writes(tmp_path: Path) -> None:
    text = 'scenario: 1\nsteps:\n- {send: "AT\\r"}\n- {expect: "[OK]\\r\\n", within: 2}\n- {wait: 0.5}\n'
    assert read(tmp_path, text).steps == (Send("AT\r"), Expect("[OK]\r\n", within=2), Wait(0.5))


def test_everything(tmp_path: Path) -> None:
    scenario = read(
        tmp_path,
        HEAD
        + """
description: everything
module: {firmware: mine.yaml, world: worlds/w.yaml, timing: ./t.yaml, flash: f.bin, switches: [a=b]}
seed: 3
limit: 10
faults:
- {fault: tcp-reset, when: {event: SocketOpened}}
exec: {command: "./host {port}", status: 1, within: 2}
steps:
- {line: AT, at: 0.5}
- {expect: ["[OK]", "x"], within: 2}
- {expect_match: "AT.*", from: host}
- {expect_not: x, peer: e}
- {pin: {gpio5: 1, gpio6: free}}
- {power: cycle, low: [boot]}
- {reset: watchdog}
- {start: {fault: dns-fail}}
- {heal: dns-fail}
- {accept: e}
- {send: x, peer: e, to: 5000}
on:
- when: {at: 1}
  steps: [{press: 2}, {adc: 5}, {expect_exit: 0}]
""",
    )
    module = scenario.module
    assert module.firmware == str(tmp_path / "mine.yaml")
    assert module.world == str(tmp_path / "worlds/w.yaml")
    assert module.timing == str(tmp_path / "t.yaml")
    assert module.flash == str(tmp_path / "f.bin")
    assert scenario.peers == {"e": EchoPeer(port=5000)}
    assert scenario.faults == (TcpReset(when=When(event="SocketOpened")),)
    assert scenario.program == Exec("./host {port}", 1, 2)
    assert len(scenario.steps) == 11
    assert scenario.blocks[0].steps[1] == SetAdc(5)


def test_a_name_is_no_file(tmp_path: Path) -> None:
    assert read(tmp_path, "scenario: 1\nmodule: {firmware: 1.0.5.2}\n").module.firmware == "1.0.5.2"
    assert read(tmp_path, "scenario: 1\nexec: ./host\n").program == Exec("./host")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps: []\n", "1: the key scenario is missing"),
        ("scenario: 2\n", "1: scenario: expected 1, got '2'"),
        (HEAD + "step: []\n", "4: step: no such key; expected scenario, description, module, "),
        ("scenario: 1\npeers:\n  e: {peer: ecko}\n", "3: peers[e].peer: expected echo, discard, server, http, client"),
        ("scenario: 1\npeers:\n  e: {peer: http, protocol: udp}\n", "3: peers[e].protocol: expected tcp"),
        ("scenario: 1\npeers:\n  e: {peer: echo, tls: 1, protocol: udp}\n", "3: peers[e].tls: only with tcp"),
        ("scenario: 1\npeers:\n  e: {peer: echo, port: 70000}\n", "3: peers[e].port: expected 0 to 65535, got 70000"),
        ("scenario: 1\npeers:\n  e:\n    peer: server\n    answers: [{to: ''}]\n", "5: peers[e].answers[0].to: expect"),
        ("scenario: 1\nexec: ''\n", "2: exec: expected a program"),
        ("scenario: 1\nexec: {command: ' '}\n", "2: exec.command: expected a program"),
        (
            "scenario: 1\nfaults:\n- fault: tcp-rest\n",
            "3: faults[0].fault: expected ap-off, key-changed, dhcp-refuse, ",
        ),
        (
            "scenario: 1\nfaults:\n- fault: tcp-reset\n  prt: 1\n",
            "4: faults[0].prt: no such key; expected name, when, ",
        ),
        ("scenario: 1\nfaults:\n- {when: {at: 1}}\n", "3: faults[0]: the key fault is missing"),
        ("scenario: 1\nfaults:\n- fault: dns-fail\n  for: -1\n", "4: faults[0].for: expected 0 to 86400, got -1"),
        ("scenario: 1\non:\n- when: {event: Foo}\n  steps: []\n", "3: on[0].when.event: expected an event or effect "),
        ("scenario: 1\nothers: {a: {exec: x}}\n", "2: others: only beside a host program (exec)"),
        ("scenario: 1\nexec: x\nothers: {a: {exec: ' '}}\n", "3: others.a.exec: expected a program"),
        ("scenario: 1\nexec: x\nothers: {a: {}}\n", "3: others[a]: the key exec is missing"),
        (
            "scenario: 1\nexec: x\nothers: {" + ", ".join(f"m{n}: {{exec: x}}" for n in range(16)) + "}\n",
            "3: others: expected 15 at most",
        ),
        ("scenario: 1\nlimit: -1\n", "2: limit: expected 0 to 86400, got -1"),
    ],
)
def test_mistakes_are_named_with_their_places(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/s.yaml:{message}")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{}", "steps[0]: expected one thing to do, got none"),
        ("{line: AT, wait: 1}", "steps[0]: expected one thing to do, got line and wait"),
        ("{wait: 1, within: 1}", "steps[0].within: only with expect, expect_match, expect_not, expect_pin, "),
        ("{wait: 1, from: host}", "steps[0].from: only with expect, expect_match, expect_not"),
        ("{wait: 1, peer: e}", "steps[0].peer: only with send, line, expect, expect_match, expect_not"),
        ("{wait: 1, to: 5}", "steps[0].to: only with send, line, connect"),
        ("{reset: pin, low: [boot]}", "steps[0].low: only with power"),
        ("{power: off, low: [boot]}", "steps[0].low: pins are held when the power comes on"),
        ("{wait: -1}", "steps[0].wait: expected 0 to 86400, got -1"),
        ("{press: 0}", "steps[0].press: expected 1 to 20, got 0"),
        ("{adc: 5000}", "steps[0].adc: expected 0 to 4095, got 5000"),
        ("{baud: 0}", "steps[0].baud: expected 1 to 100000000, got 0"),
        ("{pin: {gpio9: 1}}", "steps[0].pin: expected boot, function, gpio1, "),
        ("{pin: {gpio5: 2}}", "steps[0].pin[gpio5]: expected 0, 1 or free"),
        ("{power: blue}", "steps[0].power: expected on, off or cycle, got 'blue'"),
        ("{connect: e}", "steps[0]: the key to is missing"),
        ("{expect: ''}", "steps[0].expect: expected a text"),
        ("{expect: []}", "steps[0].expect: expected a text"),
        ("{expect_match: '('}", "steps[0].expect_match: missing ): ("),
        ("{send: '\u20ac'}", "steps[0].send: '\u20ac' is not a single byte; write its bytes as \\x escapes"),
        ("{accept: f}", "steps[0].accept: there is no peer 'f'"),
        ("{send: x, peer: f}", "steps[0].send: there is no peer 'f'"),
        ("{line: '{f.port}'}", "steps[0].line: there is no peer 'f'"),
        ("{expect_exit: 0}", "steps[0].expect_exit: there is no host program"),
        ("{start: {fault: dns-fail, how: bad}}", "steps[0].start.how: expected silent or unknown, got 'bad'"),
    ],
)
def test_mistakes_of_a_step_are_named(tmp_path: Path, step: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, f"{HEAD}steps:\n- {step}\n")
    assert str(caught.value).startswith(f"{tmp_path}/s.yaml:5: {message}")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("{firmware: 9.9}", "unknown firmware '9.9'"),
        ("{world: nowhere}", "worlds: 'nowhere' not found"),
        ("{timing: slow}", "timing: 'slow' not found"),
        ("{switches: [a=b]}", "a"),
        ("{}\nexec: x\nothers: {b: {exec: x, firmware: 9.9}}", "unknown firmware '9.9'"),
    ],
)
def test_what_the_file_names_is_looked_at(tmp_path: Path, module: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_scenario(read(tmp_path, f"scenario: 1\nmodule: {module}\n"))


def test_steps_in_words() -> None:
    assert str(Expect(("a", "b"), within=2)) == "expect 'a', 'b' within 2 s"
    assert str(Expect("a", source="host")) == "expect 'a' from the host within 5 s"
    assert str(Send("a\r", peer="e")) == "send 'a\\r' of e"
    assert str(ExpectNot("a", peer="e")) == "expect_not 'a' at e within 5 s"
    assert str(DrivePins({"gpio5": 1, "gpio6": "free"})) == "pin gpio5 1, gpio6 free"
    assert str(StartFault(TcpReset())) == "start tcp-reset"
    assert str(Wait(0.5)) == "wait 0.5"
    assert str(Close("e")) == "close e"


def test_keys_are_not_shown() -> None:
    assert "topsecret" not in str(SendLine("AT+WSEC=0,WPA2,topsecret"))
    assert shown_text("AT+WSEC=0,WPA2,12345678") == "'AT+WSEC=0,WPA2,12345678'", "the key that everybody knows"


def test_placeholders() -> None:
    values = {"port": "/dev/pts/1", "e.port": "5000"}
    assert substitute('{port} {e.port} {other} {"json": {}} {x.port}', values) == (
        '/dev/pts/1 5000 {other} {"json": {}} {x.port}'
    )


def test_the_schema_has_every_fault_and_every_verb() -> None:
    schema = schema_of(Scenario, "A scenario of wizfi-emu")
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    assert {"TcpReset", "BrownOut", "EchoPeer", "Press", "ExpectExit"} <= set(definitions)
    assert definitions["Press"]["properties"]["press"]["description"] == "How often FUNCTION is pressed."
    assert definitions["Scenario"]["properties"]["on"]["items"]
    assert definitions["When"]["properties"]["from"]["description"] == "Who sends the text."


def test_a_text_is_repeated_so_often_and_no_more(tmp_path: Path) -> None:
    assert read(tmp_path, "scenario: 1\nsteps: [{line: AT, times: 10000}]\n").steps
    with pytest.raises(UserError, match=r"steps\[0\].times: expected 1 to 10000, got 10001$"):
        read(tmp_path, "scenario: 1\nsteps: [{line: AT, times: 10001}]\n")


def test_unknown_words_have_a_guess(tmp_path: Path) -> None:
    for text, guess in (
        ("faults: [{fault: tcp-rest}]", "did you mean tcp-reset?"),
        ("steps: [{expcet: x}]", "did you mean expect?"),
        ("steps: [{expect_pin: {led: 0}}]", "did you mean led"),
        ("peers: {server: {peer: echo}}\nsteps: [{accept: sever}]", "did you mean server?"),
        ("steps: [{expect_state: {wifi.stat: station}}]", "did you mean state?"),
    ):
        with pytest.raises(UserError) as caught:
            read(tmp_path, f"scenario: 1\n{text}\n")
        assert guess in str(caught.value)
