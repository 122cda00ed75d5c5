"""Logs of terminal programs and sessions of the guide."""

from __future__ import annotations

import pytest

from tests.cputime import cpu_limit
from tests.recording.sessions import record, talk_to_peers
from wizfi_emu.errors import UserError
from wizfi_emu.module import effects as fx
from wizfi_emu.scenario.importing.lines import Chunk
from wizfi_emu.scenario.importing.terminal import FILLED_BYTES_MAX, TerminalLog, read_terminal_log


def said(text: str, *, echo: bool = False) -> list[tuple[str, str]]:
    """Who says what; no echo unless a test is about it."""
    log = read_terminal_log(text.encode("latin-1"), echo=echo)
    return [("host" if chunk.host else "module", chunk.data.decode("latin-1")) for chunk in log.chunks]


def test_commands_and_answers() -> None:
    assert said("AT\n[OK]\n\nAT+WSET=?\n0,WizFiAP,,6\n[OK]\n") == [
        ("host", "AT\r"),
        ("module", "[OK]\r\n"),
        ("host", "AT+WSET=?\r"),
        ("module", "0,WizFiAP,,6\r\n"),
        ("module", "[OK]\r\n"),
    ]


def test_echo_until_it_is_switched_off() -> None:
    assert said("AT\n[OK]\nAT+MECHO=0\n[OK]\nAT\n[OK]\nAT+MECHO=1\n[OK]\nat\n[OK]", echo=True) == [
        ("host", "AT\r"),
        ("module", "AT\r\n"),
        ("module", "[OK]\r\n"),
        ("host", "AT+MECHO=0\r"),
        ("module", "AT+MECHO=0\r\n"),
        ("module", "[OK]\r\n"),
        ("host", "AT\r"),
        ("module", "[OK]\r\n"),
        ("host", "AT+MECHO=1\r"),
        ("module", "[OK]\r\n"),
        ("host", "at\r"),
        ("module", "at\r\n"),
        ("module", "[OK]\r\n"),
    ]


def test_a_session_as_the_guide_prints_it() -> None:
    """Guide, Examples - Data Communication: indented, with remarks."""
    text = """
       * Remote Port : 5000

    AP Association              ( Refer to Association & Disassociation Example )

    AT+SCON=O,TCN,192.168.12.23,5000,5001,0 ( AT command connecting with a TCP Client Socket )
    [OK]

    [CONNECT 0]                            < = At this point, a TCP connection is done

    AT+SSEND=0,,,5   ( Sending data to a Socket with CID 0 )
    Hello             < = When serial data is 5byte, WizFi250 send this data to peer system
    [OK]

    {0,192.168.12.23,5000,11}Hi WizFi250  ( Receiving data from pear system )
"""
    assert said(text) == [
        ("host", "AT+SCON=O,TCN,192.168.12.23,5000,5001,0\r"),
        ("module", "[OK]\r\n"),
        ("module", "[CONNECT 0]\r\n"),
        ("host", "AT+SSEND=0,,,5\r"),
        ("host", "Hello"),
        ("module", "[OK]\r\n"),
        ("module", "{0,192.168.12.23,5000,11}Hi WizFi250\r\n"),
    ]
    assert read_terminal_log(text.encode()).left_out == [2, 4]


def test_data_with_line_ends_in_both_directions() -> None:
    text = """
AT+SSEND=0,,,18
GET / HTTP/1.1{0x0d}{0x0a}
{0x0d}{0x0a}
[OK]
{0,173.194.33.38,443,46}HTTP/1.1 302 Found
Location: http://x

body
[DISCONNECT 0]
"""
    assert said(text) == [
        ("host", "AT+SSEND=0,,,18\r"),
        ("host", "GET / HTTP/1.1\r\n\r\n"),
        ("module", "[OK]\r\n"),
        ("module", "{0,173.194.33.38,443,46}HTTP/1.1 302 Found\r\nLocation: http://x\r\n\r\nbody\r\n"),
        ("module", "[DISCONNECT 0]\r\n"),
    ]


def test_data_after_the_prompt() -> None:
    assert said("AT+SSEND=0,,,5\n[0,,,5]\nHello\n[OK]\n") == [
        ("host", "AT+SSEND=0,,,5\r"),
        ("module", "[0,,,5]\r\n"),
        ("host", "Hello"),
        ("module", "[OK]\r\n"),
    ]


def test_data_that_the_log_does_not_show() -> None:
    assert said("AT+SSEND=0,,,5\n[0,,,5]\n[OK]\nAT+MCERT=W,K,3\n[OK]\nAT+MQTTPUB=a,2\nAT\n[OK]") == [
        ("host", "AT+SSEND=0,,,5\r"),
        ("module", "[0,,,5]\r\n"),
        ("host", "xxxxx"),
        ("module", "[OK]\r\n"),
        ("host", "AT+MCERT=W,K,3\r"),
        ("host", "xxx"),
        ("module", "[OK]\r\n"),
        ("host", "AT+MQTTPUB=a,2\r"),
        ("host", "xx"),
        ("host", "AT\r"),
        ("module", "[OK]\r\n"),
    ]


def test_the_escape_has_no_line_end() -> None:
    assert said("AT+SDATA\n[OK]\n+++\n[OK]\n") == [
        ("host", "AT+SDATA\r"),
        ("module", "[OK]\r\n"),
        ("host", "+++"),
        ("module", "[OK]\r\n"),
    ]


@pytest.mark.parametrize(
    "stamps",
    [
        ("[12:30:01.250] ", "[12:30:01.260] ", "[12:30:02.000] "),
        ("2024-01-31T12:30:01.250Z ", "2024-01-31T12:30:01.260Z ", "2024-01-31T12:30:02.000Z "),
        ("1.250 ", "1.260 ", "2.000 "),
    ],
)
def test_time_stamps(stamps: tuple[str, str, str]) -> None:
    lines = [stamp + text for stamp, text in zip(stamps, ("AT", "[OK]", "[x]"), strict=True)]
    log = read_terminal_log("\r\n".join(lines).encode())
    times = [chunk.time_s for chunk in log.chunks]
    assert None not in times
    first = times[0] or 0
    assert [round((time or 0) - first, 3) for time in times] == [0, 0, 0.01, 0.75]


@pytest.mark.parametrize(
    ("host", "module"),
    [
        (">", "<"),
        ("TX:", "RX:"),
        ("->", "<-"),
        ("SEND", "RECV"),
        ("HOST", "MODULE"),
        ("tx", "rx"),
        ("Sent:", "Received:"),
    ],
)
def test_marks_of_direction(host: str, module: str) -> None:
    """Where both directions were seen, nothing has to be guessed."""
    text = f"{host} AT\n{module} AT\n{module} [OK]\n{host} data\n{module} \n"
    assert said(text, echo=True) == [
        ("host", "AT\r"),
        ("module", "AT\r\n"),
        ("module", "[OK]\r\n"),
        ("host", "data"),
    ]


def test_a_blank_line_or_none_at_all() -> None:
    assert read_terminal_log(b"") == TerminalLog()
    assert read_terminal_log(b"\xef\xbb\xbf\r\n\r\n") == TerminalLog()


def test_what_the_module_says_by_itself_before_and_between() -> None:
    text = "WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\nAT\n[OK]\n[DISCONNECT 0]\nhello there\n{0,1.2.3.4,5,2}ab\n"
    log = read_terminal_log(text.encode(), echo=False)
    assert [chunk.data for chunk in log.chunks] == [
        b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n",
        b"AT\r",
        b"[OK]\r\n",
        b"[DISCONNECT 0]\r\n",
        b"{0,1.2.3.4,5,2}ab\r\n",
    ]
    assert log.left_out == [5]


def test_the_log_of_a_recorded_session_has_all_its_lines() -> None:
    """What a terminal program would have stored, with the echo as the only sign of what was typed."""
    recording = record(talk_to_peers)
    sent = b"".join(item.data for _, item in recording.items() if isinstance(item, fx.UartSend))
    log = read_terminal_log(sent)
    commands = [chunk.data for chunk in log.chunks if chunk.host and chunk.data.startswith(b"AT")]
    assert commands[:3] == [b"AT+WSET=0,WizFiDemoAP\r", b"AT+WSEC=0,WPA2,12345678\r", b"AT+WJOIN\r"]
    assert commands[-1] == b"AT+SMGMT=ALL\r"
    assert Chunk(True, b"xxxxx") in log.chunks
    assert log.left_out == []


@pytest.mark.parametrize("line", [" " * 200_000 + "x", "AT" + " <" * 100_000, "[1.5" + " " * 200_000, "1" * 200_000])
def test_no_line_takes_long(line: str) -> None:
    with cpu_limit(5):
        read_terminal_log(f"AT\n{line}\n".encode())


@pytest.mark.parametrize("count", ["99999999", "9" * 5000])
def test_announced_data_that_is_not_there_is_bounded(count: str) -> None:
    """Else a line of the log would be gigabytes."""
    line = f"AT+SSEND=0,,,{count}"
    if len(count) > 8:
        assert said(f"{line}\n", echo=False) == [("host", f"{line}\r")]
        return
    with pytest.raises(UserError) as found:
        read_terminal_log(f"AT\n{line}\n".encode(), "x.log")
    assert str(found.value) == (
        "x.log:2: announces 99999999 bytes, 99999999 of them are not there; at most 1048576 bytes are made up in all"
    )


def test_the_bound_is_for_all_data_that_is_not_there() -> None:
    half = FILLED_BYTES_MAX // 2
    log = "".join(f"AT+SSEND=0,,,{half}\n[OK]\n" for _ in range(2))
    assert sum(len(chunk.data) for chunk in read_terminal_log(log.encode()).chunks) > FILLED_BYTES_MAX
    with pytest.raises(UserError, match=r"log:5: announces 1 bytes"):
        read_terminal_log(log.encode() + b"AT+SSEND=0,,,1\n[OK]\n")
