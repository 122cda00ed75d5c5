"""Scenarios against a module with a real serial device, real sockets and real programs."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
import trio

from tests.scenario.scenes import JOIN, explain, failure, scene
from wizfi_emu.errors import UserError
from wizfi_emu.scenario.live import run_live
from wizfi_emu.scenario.lockstep import run_in_lockstep
from wizfi_emu.scenario.report import Report
from wizfi_emu.testing.running import own_host_address

HERE = Path()


async def play(steps: str = "", *, head: str = "", directory: Path = HERE, timing: str = "fast") -> Report:
    with trio.fail_after(30):
        return await run_live(scene(steps, head=head, timing=timing, host_address=own_host_address()), 1, directory)


async def test_a_session() -> None:
    report = await play(
        '- expect: WizFi250\n- line: AT\n- expect: "AT\\r\\n[OK]\\r\\n"\n- expect_not: x\n  within: 0.01'
    )
    assert report.passed, explain(report)


async def test_a_failing_one_shows_the_last_lines() -> None:
    report = await play('- line: AT\n- expect: "[ERROR]"\n  within: 0.2\n- wait: 1')
    assert failure(report).message == "'[ERROR]' did not come within 0.2 s"
    text = explain(report)
    said = [line.split(" s  ", 1)[1] for line in text.splitlines() if "host  " in line or "module  " in line]
    assert said[-3:] == ["host    AT\\r", "module  AT\\r\\n", "module  [OK]\\r\\n"]


async def test_peers_on_real_sockets() -> None:
    report = await play(
        JOIN
        + """
- line: AT+SCON=O,TCN,192.168.12.50,{e.port},,0
- expect: "[CONNECT 0]"
- line: AT+SSEND=0,,,2
- expect: "[0,,,2]"
- send: hi
- expect: "}hi"
- line: AT+SCON=O,TCN,192.168.12.50,{g.port},,0
- expect: ["[CONNECT 1]", "}hello"]
- line: AT+SSEND=1,,,3
- expect: "[1,,,3]"
- send: bye
- expect: ["}so long", "[DISCONNECT 1]"]
- line: AT+SCON=O,TCN,192.168.12.50,{w.port},,0
- expect: "[CONNECT 1]"
- line: AT+SSEND=1,,,18
- expect: "[1,,,18]"
- send: "GET / HTTP/1.0\\r\\n\\r\\n"
- expect: ["200 OK", "It works", "[DISCONNECT 1]"]
- line: AT+SCON=O,UCN,192.168.12.50,{u.port},,0
- expect: "[CONNECT 1]"
- line: AT+SSEND=1,,,2
- expect: "[1,,,2]"
- send: hi
- expect: "}hi"
- send: more
  peer: u
- expect: "}more"
- stop: u
- listen: u
- accept: e
- line: AT+SMGMT=0
- expect_closed: e
""",
        head="""
peers:
  e: {peer: echo}
  g: {peer: server, greeting: hello, answers: [{to: bye, send: so long, close: true}]}
  w: {peer: http}
  u: {peer: echo, protocol: udp}
""",
    )
    assert report.passed, explain(report)


async def test_a_server_that_is_led_by_the_steps() -> None:
    report = await play(
        JOIN
        + """
- line: AT+SCON=O,TCN,192.168.12.50,{s.port},,0
- accept: s
- expect: "[CONNECT 0]"
- send: from the peer
  peer: s
- expect: "}from the peer"
- half_close: s
- expect: "[DISCONNECT 0]"
- expect_closed: s
- line: AT+SCON=O,TCN,192.168.12.50,{s.port},,0
- accept: s
- abort: s
- expect: "[DISCONNECT 0]"
- stop: s
- line: AT+SCON=O,TCN,192.168.12.50,{s.port},,0
- expect: "[DISCONNECT 0]"
- listen: s
- wait: 0.05
- line: AT+SCON=O,TCN,192.168.12.50,{s.port},,0
- accept: s
- close: s
""",
        head="peers:\n  s: {peer: server}\n",
    )
    assert report.passed, explain(report)


async def test_a_client_of_the_module() -> None:
    report = await play(
        JOIN
        + """
- line: AT+SCON=O,TSN,,,6000,0
- expect: "[OK]"
- connect: c
  to: 6000
- expect: "[CONNECT 0]"
- send: hello
  peer: c
- expect: "}hello"
- close: c
- expect: "[DISCONNECT 0]"
- connect: c
  to: 6001
""",
        head="peers:\n  c: {peer: client}\n",
    )
    assert failure(report).message == "c: port 6001 of the module: Connection refused"
    assert [result.outcome for result in report.results].count("passed") == len(report.results) - 1


async def test_a_secure_server() -> None:
    report = await play(
        JOIN
        + """
- line: AT+SCON=O,TCS,192.168.12.50,{s.port},,0
- expect: "[CONNECT 0]"
  within: 10
- line: AT+SSEND=0,,,2
- expect: "[0,,,2]"
- send: hi
- expect: "}hi"
- half_close: s
""",
        head="peers:\n  s: {peer: echo, tls: true}\n",
    )
    assert failure(report).message == "s: a TLS connection cannot be half-closed"


@pytest.mark.usefixtures("mosquitto_program")
async def test_a_broker() -> None:
    report = await play(
        JOIN
        + """
- line: AT+MQTTSET=,,me,60
- expect: "[OK]"
- line: AT+MQTTCON=1,192.168.12.50,{b.port},0
- expect: "[MQTT CONNECT]"
- expect: "New client connected"
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


async def test_faults_on_real_sockets() -> None:
    report = await play(
        JOIN
        + """
- line: AT+SCON=O,TCN,192.168.12.50,{e.port},,0
- expect: "[CONNECT 0]"
- accept: e
- line: AT+SSEND=0,,,5
- expect: "[0,,,5]"
- send: hello
- expect: "[DISCONNECT 0]"
- expect_closed: e
- start: {fault: brown-out, off_ms: 10, when: {pattern: AT+MM, from: host}}
- line: AT+MMAC=?
- expect: WizFi250
- start: {fault: watchdog}
- expect: ["[Reset Event]", WizFi250]
""",
        head="peers:\n  e: {peer: echo}\nfaults:\n- {fault: tcp-cut, after_bytes: 3, count: sent}\n",
    )
    assert report.passed, explain(report)


async def test_the_rate_of_a_real_device() -> None:
    report = await play(
        """
- expect: WizFi250
- start: {fault: strict-baud}
- line: AT
- expect: "[OK]"
- baud: 9600
- line: AT
- expect_not: "AT"
  within: 0.2
- baud: 115200
- send: "\\r"
- line: AT
- expect: "[OK]"
""",
    )
    assert report.passed, explain(report)


async def test_pieces_on_a_real_device() -> None:
    report = await play(
        """
- expect: WizFi250
- start: {fault: serial-pieces, bytes: 1, gap_ms: 20}
- line: AT
- expect: "[OK]\\r\\n"
"""
    )
    assert report.passed, explain(report)
    assert report.duration_us > 8 * 20_000


HOST = """
import os, sys, serial
port = serial.Serial(sys.argv[1], 115200, timeout=5)
print(port.readline())
port.write(b"AT\\r")
print(port.read_until(b"[OK]\\r\\n"))
sys.exit(int(sys.argv[2]))
"""


def host(tmp_path: Path, status: int, expected: int = 0) -> str:
    (tmp_path / "host.py").write_text(HOST)
    command = f"{sys.executable} host.py {{port}} {status}"
    return f"exec: {{command: '{command}', status: {expected}, within: 10}}\n"


async def test_a_host_program(tmp_path: Path) -> None:
    report = await play(
        '- expect: "AT\\r"\n  from: host\n- expect: "[OK]"\n- expect_exit: 0\n',
        head=host(tmp_path, 0),
        directory=tmp_path,
    )
    assert report.passed, explain(report)
    assert report.results[-1].place == "exec"
    assert b"WizFi250 Version" in report.program


async def test_a_host_program_that_fails(tmp_path: Path) -> None:
    report = await play(head=host(tmp_path, 3), directory=tmp_path)
    assert failure(report).message == "the host program ended with status 3"
    assert "last lines of the host program:" in explain(report)


HASTY = """
import sys, serial
port = serial.Serial(sys.argv[1], 115200, timeout=5)
port.write(b"AT\\r")
sys.exit(not port.read_until(b"[OK]\\r\\n").endswith(b"AT\\r\\n[OK]\\r\\n"))
"""


async def test_a_host_that_writes_before_the_module_has_power(tmp_path: Path) -> None:
    (tmp_path / "host.py").write_text(HASTY)
    head = f"exec: {sys.executable} host.py {{port}}\n"
    for timing in ("fast", "wire"):
        report = await play(head=head, directory=tmp_path, timing=timing)
        assert report.passed, explain(report)
    scenario = scene("", head=head)
    assert run_in_lockstep(scenario, 0, tmp_path).passed


async def test_a_status_that_is_expected(tmp_path: Path) -> None:
    assert (await play(head=host(tmp_path, 3, expected=3), directory=tmp_path)).passed


async def test_bytes_beside_a_host_program(tmp_path: Path) -> None:
    (tmp_path / "idle.py").write_text("import serial, sys\nport = serial.Serial(sys.argv[1])\nprint(port.read(60))\n")
    report = await play(
        '- expect: WizFi250\n- line: AT+MMAC=?\n- expect: "[OK]"\n',
        head=f"exec: {{command: '{sys.executable} idle.py {{port}}', within: 10}}",
        directory=tmp_path,
    )
    assert report.passed, explain(report)
    assert b"AT+MMAC=?" in report.program


async def test_a_host_program_that_goes_on_is_ended(tmp_path: Path) -> None:
    report = await play(head="exec: {command: sleep 100, within: 0.1}\n", directory=tmp_path)
    assert failure(report).message == "the host program did not end within 0.1 s"


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("exec: ./nothing", "./nothing: No such file or directory"),
        ("exec: 'echo \"'", "exec: No closing quotation"),
        ("faults: [{fault: ap-off, access_point: X}]", "the world has no access point 'X'"),
    ],
)
async def test_what_the_person_got_wrong(head: str, message: str, tmp_path: Path) -> None:
    with pytest.raises((UserError, ExceptionGroup)) as caught:
        await play(head=head, directory=tmp_path)
    error: BaseException = caught.value
    while isinstance(error, BaseExceptionGroup):
        [error] = error.exceptions
    assert isinstance(error, UserError)
    assert str(error) == message


async def test_a_port_that_is_taken() -> None:
    address = own_host_address()
    with socket.create_server((address, 0)) as taken:
        port = taken.getsockname()[1]
        scenario = scene(head=f"peers:\n  e: {{peer: echo, port: {port}}}", host_address=address)
        with pytest.raises(ExceptionGroup) as caught:
            await run_live(scenario, 1, HERE)
    assert caught.group_contains(UserError, match=f"e: port {port} of {address}: Address already in use")
