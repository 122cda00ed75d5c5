"""Scenarios in virtual time: every kind of step, blocks, and what a failing one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.scenes import JOIN, explain, failure, play, scene
from wizfi_emu.errors import UserError
from wizfi_emu.recording.files import read_recording
from wizfi_emu.recording.replay import replay
from wizfi_emu.scenario.virtual import run_virtually

SERVER = "peers:\n  s: {peer: server, port: 5000}\n"
CLIENT = (
    JOIN
    + """
- line: AT+SCON=O,TCN,192.168.12.50,{s.port},,0
- expect: "[CONNECT 0]"
- accept: s
"""
)
TCP_SERVER = (
    JOIN
    + """
- line: AT+SCON=O,TSN,,,6000,0
- expect: "[OK]"
"""
)


def test_a_whole_session() -> None:
    report = play(
        CLIENT
        + """
- line: AT+SSEND=0,,,5
- expect: "[0,,,5]"
- send: hello
- expect: hello
  peer: s
- send: "from the peer"
  peer: s
- expect: "}from the peer"
- close: s
- expect: "[DISCONNECT 0]"
""",
        head=SERVER,
    )
    assert report.passed, explain(report)
    assert report.duration_us < 1_000_000


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ('- {line: AT}\n- {expect: "[ERROR]", within: 2}', "'[ERROR]' did not come within 2 s"),
        ('- {line: AT}\n- {expect: ["[OK]", x, y]}', "'x', 'y' did not come within 5 s"),
        ('- {line: AT}\n- {expect_not: "[OK]", within: 1}', "'[OK]' came"),
        ("- {line: AT}\n- {expect_match: 'X+'}", "'X+' did not come within 5 s"),
        ("- {accept: s, within: 1}", "the module did not connect to s within 1 s"),
        ("- {send: x, peer: s}", "s has no connection"),
        ("- {close: s}", "s has no connection"),
        ("- {expect_closed: s}", "the module did not end the connection to s within 5 s"),
        ("- {listen: s}", "s is already listening, or is not a server"),
        ("- {connect: c, to: 5}", "c: port 5: refused"),
        ("- {listen: c}", "c is already listening, or is not a server"),
        ("- {heal: nothing}", "there is no fault 'nothing'; there is: none"),
        ("- {start: {fault: ap-off, access_point: X}}", "the world has no access point 'X'"),
        ("- {send: x, peer: u}", "u: no datagram received yet; set `to`"),
        ("- {power: off}\n- {reset: pin}", "the module has no power"),
        ("- {expect: 'a', from: host, within: 1}", "'a' did not come within 1 s"),
    ],
)
def test_what_does_not_go_as_written_is_said(steps: str, message: str) -> None:
    peers = SERVER + "  c: {peer: client}\n  u: {peer: echo, protocol: udp}\n"
    report = play(f"{steps}\n- wait: 1", head=peers)
    assert not report.passed
    assert failure(report).message == message
    assert report.results[-1].outcome == "skipped"


def test_expectations_are_looked_for_one_behind_the_other() -> None:
    assert play('- line: AT\n- expect: "[OK]"\n- line: AT\n- expect: "[OK]"').passed
    assert not play('- line: AT\n- expect: "[OK]"\n- expect: "[OK]"').passed


def test_several_in_any_order() -> None:
    assert play('- line: AT\n- expect: ["[OK]", "AT\\r\\n"]').passed


def test_a_regular_expression() -> None:
    assert play("- line: AT+MMAC=?\n- expect_match: '([0-9A-F]{2}:){5}[0-9A-F]{2}\\r\\n\\[OK\\]'").passed


def test_what_the_host_sends() -> None:
    assert play('- line: AT\n- expect: "AT\\r"\n  from: host').passed


def test_times() -> None:
    report = play("- wait: 1.5\n- line: AT\n- expect: OK\n- line: AT\n  at: 10\n- expect: OK")
    assert [result.ended_us for result in report.results] == [1_500_000, 1_500_000, 1_500_000, 10_000_000, 10_000_000]


def test_hands() -> None:
    report = play(
        """
- expect: WizFi250
- power: off
- line: AT
- expect_not: OK
  within: 1
- power: on
- expect: WizFi250
- power: cycle
- expect: WizFi250
- reset: pin
- expect: WizFi250
- reset: watchdog
- expect: ["[Reset Event]", WizFi250]
- pin: {gpio5: 0}
- line: AT+FGPIO=2,5,1
- expect: "[OK]"
- line: AT+FGPIO=0,5
- expect: "0\\r\\n[OK]"
- adc: 1234
- line: AT+FGETADC
- expect: "1234"
- press: 3
- expect: WizFi250
  within: 10
"""
    )
    assert report.passed, explain(report)


def test_pins_that_are_held_at_the_start() -> None:
    report = play("- power: off\n- power: on\n  low: [boot]\n- expect: Boot")
    assert report.passed, explain(report)
    assert report.results[1].ended_us == 3_500_000


def test_the_rate_of_the_host() -> None:
    report = play("- start: {fault: strict-baud}\n- baud: 9600\n- line: AT\n- expect_not: OK\n  within: 1")
    assert report.passed, explain(report)


def test_peers_that_speak_for_themselves() -> None:
    report = play(
        JOIN
        + """
- line: AT+SCON=O,TCN,192.168.12.50,{e.port},,0
- expect: "[CONNECT 0]"
- line: AT+SSEND=0,,,2
- send: hi
- expect: "}hi"
- line: AT+SCON=O,TCN,192.168.12.50,{d.port},,0
- expect: "[CONNECT 1]"
- line: AT+SSEND=1,,,2
- expect: "[1,,,2]"
- send: hi
- expect: hi
  peer: d
- line: AT+SCON=O,TCN,192.168.12.50,{g.port},,0
- expect: ["[CONNECT 2]", "}hello"]
- line: AT+SSEND=2,,,3
- expect: "[2,,,3]"
- send: bye
- expect: ["}so long", "[DISCONNECT 2]"]
- line: AT+SCON=O,TCN,192.168.12.50,80,,0
- expect: "[CONNECT 2]"
- line: AT+SSEND=2,,,18
- expect: "[2,,,18]"
- send: "GET / HTTP/1.0\\r\\n\\r\\n"
- expect: ["200 OK", "It works", "[DISCONNECT 2]"]
""",
        head="""
peers:
  e: {peer: echo}
  d: {peer: discard}
  g: {peer: server, greeting: hello, answers: [{to: bye, send: so long, close: true}]}
  w: {peer: http, port: 80}
""",
    )
    assert report.passed, explain(report)


def test_secure_peers() -> None:
    report = play(
        JOIN
        + """
- line: AT+SCON=O,TCS,192.168.12.50,{e.port},,0
- expect: "[CONNECT 0]"
- line: AT+SSEND=0,,,2
- expect: "[0,,,2]"
- send: hi
- expect: "}hi"
""",
        head="peers:\n  e: {peer: echo, tls: true}\n",
    )
    assert report.passed, explain(report)


def test_datagrams() -> None:
    report = play(
        JOIN
        + """
- line: AT+SCON=O,UCN,192.168.12.50,{u.port},,0
- expect: "[CONNECT 0]"
- line: AT+SSEND=0,,,2
- expect: "[0,,,2]"
- send: hi
- expect: "}hi"
- send: more
  peer: u
- expect: "}more"
- line: AT+SCON=O,USN,,,7000,0
- expect: "[CONNECT 1]"
- send: first
  peer: u
  to: 7000
- expect: "}first"
""",
        head="peers:\n  u: {peer: echo, protocol: udp}\n",
    )
    assert report.passed, explain(report)


def test_a_server_of_the_module() -> None:
    report = play(
        TCP_SERVER
        + """
- connect: c
  to: 6000
- expect: "[CONNECT 0]"
- send: hello
  peer: c
- expect: "}hello"
- abort: c
- expect: "[DISCONNECT 0]"
- connect: c
  to: 6000
- expect: "[CONNECT 0]"
- half_close: c
- expect: "[DISCONNECT 0]"
""",
        head="peers:\n  c: {peer: client}\n",
    )
    assert report.passed, explain(report)


def test_a_peer_that_is_not_always_there() -> None:
    report = play(
        JOIN
        + """
- line: AT+SCON=O,TCN,192.168.12.50,5000,,0
- expect: "[DISCONNECT 0]"
- listen: s
- line: AT+SCON=O,TCN,192.168.12.50,5000,,0
- expect: "[CONNECT 0]"
- stop: s
- line: AT+SCON=O,TCN,192.168.12.50,5000,,0
- expect: "[DISCONNECT 1]"
- line: AT+SMGMT=0
- expect_closed: s
""",
        head="peers:\n  s: {peer: server, port: 5000, listens: false}\n",
    )
    assert report.passed, explain(report)


def test_faults_from_the_beginning_and_from_steps() -> None:
    report = play(
        CLIENT
        + """
- expect: "[DISCONNECT 0]"
- start: {fault: tcp-refuse, name: no}
- line: AT+SCON=O,TCN,192.168.12.50,{s.port},,0
- expect: "[DISCONNECT 0]"
- heal: no
- line: AT+SCON=O,TCN,192.168.12.50,{s.port},,0
- expect: "[CONNECT 0]"
""",
        head=SERVER + "faults:\n- {fault: tcp-reset, when: {event: SocketOpened, after: 0.5}}\n",
    )
    assert report.passed, explain(report)
    assert [text for _, text in report.journal] == ["tcp-reset begins", "no begins", "no ends"]


def test_blocks_run_beside_the_steps() -> None:
    report = play(
        "- wait: 3",
        head="""
on:
- when: {at: 1}
  steps: [{line: AT}, {expect: "[OK]"}]
- when: {pattern: "[OK]"}
  steps: [{wait: 5}]
- when: {event: LinkLost}
  steps: [{line: never}]
""",
    )
    assert report.passed, explain(report)
    assert [(result.place, result.ended_us) for result in report.results] == [
        ("steps[0]", 3_000_000),
        ("on[0][0]", 1_000_000),
        ("on[0][1]", 1_000_000),
        ("on[1][0]", 6_000_000),
    ]


def test_a_block_expects_what_comes_after_its_moment() -> None:
    report = play(
        "- line: AT\n- wait: 2\n- line: AT",
        head="on:\n- when: {at: 1}\n  steps: [{expect: OK, within: 10}]\n",
    )
    assert report.results[-1].ended_us == 2_000_000


def test_a_block_that_fails_ends_everything() -> None:
    report = play("- wait: 30", head="on:\n- when: {at: 1}\n  steps: [{expect: never, within: 1}]\n")
    assert [result.outcome for result in report.results] == ["skipped", "failed"]
    assert report.duration_us == 2_000_000


def test_a_block_can_come_again() -> None:
    report = play(
        "- line: AT\n- wait: 1\n- line: AT\n- wait: 1",
        head='on:\n- when: {pattern: "[OK]", every: true}\n  steps: [{press: 1}]\n',
    )
    assert [result.place for result in report.results].count("on[0][0]") == 2


def test_a_scenario_has_a_limit() -> None:
    report = play("- wait: 100", head="limit: 5")
    assert failure(report).message == "the scenario is not over after 5 s"


def test_an_empty_one_passes() -> None:
    assert play().passed


def test_a_host_program_needs_a_real_run() -> None:
    with pytest.raises(UserError, match="a host program cannot run with --virtual"):
        play(head="exec: ./host")


BROKER = """
- line: AT+WSET=0,WizFiDemoAP
- expect: "[OK]"
- line: AT+WSEC=0,WPA2,12345678
- expect: "[OK]"
- line: AT+WJOIN
- expect: "[OK]"
- line: AT+MQTTSET=,,me,60
- expect: "[OK]"
- line: AT+MQTTCON=1,192.168.12.50,{b.port},0
- expect: "[MQTT CONNECT]"
- expect: "New client connected"
  peer: b
"""


def test_a_broker_in_memory() -> None:
    report = play(
        BROKER
        + """
- line: AT+MQTTSUB=1,topic
- expect: "[OK]"
- expect: "Received SUBSCRIBE from me"
  peer: b
- line: AT+MQTTPUB=topic,5
- send: hello
- expect: "{Q,topic,,5}hello"
- expect: "'topic', ... (5 bytes)"
  peer: b
- start: {fault: tcp-reset}
- expect: "[MQTT DISCONNECT]"
- expect: "Client me closed its connection"
  peer: b
- send: x
  peer: b
""",
        head="peers:\n  b: {peer: mqtt}\n",
    )
    assert failure(report).message == "b: an MQTT broker cannot be scripted", explain(report)


def test_the_timing_counts_in_virtual_time() -> None:
    def took_us(timing: str) -> int:
        steps = '- expect: WizFi250\n- line: AT+MHELP\n- expect: "[OK]"'
        report = run_virtually(scene(steps, timing=timing), 0)
        assert report.passed, explain(report)
        return report.duration_us

    help_bytes = 3000
    assert took_us("fast") < 1000
    assert took_us("wire") > help_bytes * 10_000_000 / 115200 / 10
    assert took_us("realtime") > took_us("wire")


def test_a_run_is_recorded_and_replays_identically(tmp_path: Path) -> None:
    files = [tmp_path / "one.jsonl", tmp_path / "other.jsonl"]
    for file in files:
        assert run_virtually(scene('- line: AT+MINFO\n- expect: "[OK]"', timing="wire"), 0, record=file).passed
    assert files[0].read_bytes() == files[1].read_bytes(), "virtual time says nothing of when it was"
    result = replay(read_recording(files[0]))
    assert result.difference is None
    assert result.sent_bytes > 0


def test_a_peer_takes_its_time() -> None:
    steps = (
        JOIN
        + """
- line: AT+SCON=O,TCN,192.168.12.50,{e.port},,0
- expect: "[CONNECT 0]"
- line: AT+SSEND=0,,,2
- expect: "[0,,,2]"
- send: h
  times: 2
- expect_not: "}hh"
  within: 0.19
- expect: "}hh"
  within: 0.1
"""
    )
    report = play(steps, head="peers: {e: {peer: echo, delay_ms: 200}}")
    assert report.passed, explain(report)


def test_texts_that_come_several_times() -> None:
    report = play('- line: AT\n  times: 3\n- expect: "[OK]"\n  times: 3')
    assert report.passed, explain(report)
    failed = failure(play('- line: AT\n- expect: "[OK]"\n  times: 2\n  within: 1'))
    assert failed.message == "'[OK]' did not come 2 times, but 1 times, within 1 s"


def test_an_echo_comes_behind_the_ok() -> None:
    steps = (
        JOIN
        + """
- line: AT+SCON=O,TCN,192.168.12.50,{e.port},,0
- expect: "[CONNECT 0]"
- line: AT+SSEND=0,,,2
- expect: "[0,,,2]"
- send: hi
- expect: "}hi"
"""
    )
    report = run_virtually(scene(steps, head="peers: {e: {peer: echo}}", timing="wire"), 0)
    assert report.passed, explain(report)
    assert b"[OK]\r\n{0,192.168.12.50,40000,2}hi" in report.to_host
