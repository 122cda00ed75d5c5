"""AT+SSEND: prompt, chunks and blocks, time limit, tries, final response."""

from __future__ import annotations

import pytest

from tests.desk import (
    BOTH,
    ERROR,
    GUIDE,
    INVALID_INPUT,
    INVALID_SCID,
    MEASURED,
    MS,
    OK,
    PEER_ADDRESS,
    Desk,
    S,
    event,
)
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

SEND_ERROR = b"\r\n[TCP Send Error]\r\n"


def connected(firmware: str = MEASURED) -> Desk:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    return desk


def sent(desk: Desk) -> list[int]:
    return [len(effect.data) for effect in desk.ordered(fx.SendData) if isinstance(effect, fx.SendData)]


# --- prompt -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize(
    ("parameters", "prompt"),
    [
        ("0,,,5", b"[0,,,5]\r\n"),
        (" 0 , , , 5 ", b"[0,,,5]\r\n"),
        ("00,1.2.3.4,99,5", b"[0,,,5]\r\n"),
        ("0,,,5,2000", b"[0,,,5,2000]\r\n"),
        ("0,,,5,", b"[0,,,5]\r\n"),
        ("0,,,5,2000,x", b"[0,,,5,2000]\r\n"),
    ],
)
def test_prompt_of_tcp(firmware: str, parameters: str, prompt: bytes) -> None:
    desk = connected(firmware)
    assert desk.at(f"AT+SSEND={parameters}") == prompt
    assert desk.exchange(b"hello", 0) == OK
    assert desk.got() == b"hello"


@pytest.mark.parametrize(
    ("parameters", "prompt"),
    [
        ("0,,,2", b"[0,,,2]\r\n"),
        ("0,192.168.12.60,9,2", b"[0,192.168.12.60,9,2]\r\n"),
        ("0,192.168.12.60,,2", b"[0,192.168.12.60,0,2]\r\n"),
        ("0,0.0.0.0,9,2", b"[0,,,2]\r\n"),
        ("0,bad,9,2", b"[0,,,2]\r\n"),
        ("0,192.168.12.60,bad,2,7", b"[0,192.168.12.60,0,2,7]\r\n"),
    ],
)
def test_prompt_of_udp(parameters: str, prompt: bytes) -> None:
    desk = Desk(joined=True)
    desk.udp_client()
    assert desk.at(f"AT+SSEND={parameters}", 0) == prompt


def test_prompt_at_level_1_and_without_a_final_response() -> None:
    desk = connected()
    desk.exchange(b"AT+MMSG=1\r")
    assert desk.at("AT+SSEND=0,,,2") == b"[0,,,2]\r\n"
    assert desk.exchange(b"ab") == b""
    assert desk.got() == b"ab"


# --- collecting -------------------------------------------------------------------------------------------------------


def test_data_is_raw() -> None:
    desk = connected()
    data = b"\n\r\x08A/\x00\x1b+++" + bytes(range(256))
    desk.at(f"AT+SSEND=0,,,{len(data)}")
    assert desk.exchange(data, 0) == OK
    assert desk.got() == data


def test_data_in_one_write_with_the_command_and_the_next_command() -> None:
    desk = connected()
    assert desk.exchange(b"AT+SSEND=0,,,5\rhelloAT\r") == b"[0,,,5]\r\n" + OK + OK
    assert desk.got() == b"hello"


def test_line_feed_after_the_command_is_data() -> None:
    desk = connected()
    assert desk.exchange(b"AT+SSEND=0,,,5\r\nhello\r") == b"[0,,,5]\r\n" + OK + INVALID_INPUT
    assert desk.got() == b"\nhell"


@pytest.mark.parametrize(
    ("length", "chunks"),
    [(1, [1]), (1400, [1400]), (1401, [1400, 1]), (3000, [1400, 1400, 200]), (4200, [1400] * 3)],
)
def test_chunks(length: int, chunks: list[int]) -> None:
    desk = connected()
    desk.at(f"AT+SSEND=0,,,{length}")
    desk.effects.clear()
    desk.send(b"x" * (length - 1))
    assert desk.quiet(S) == b""
    desk.send(b"y")
    assert desk.quiet(S) == OK
    assert sent(desk) == chunks
    assert desk.got() == b"x" * (length - 1) + b"y"


def test_udp_gets_a_datagram_per_chunk() -> None:
    desk = Desk(joined=True)
    desk.udp_client()
    desk.exchange(b"AT+SSEND=0,,,1500\r" + b"x" * 1500)
    assert [len(data) for data in desk.network.datagrams("peer")] == [1400, 100]


def test_chunk_leaves_when_it_is_complete() -> None:
    desk = connected()
    desk.at("AT+SSEND=0,,,2000")
    desk.send(b"x" * 1399)
    assert desk.got() == b""
    desk.send(b"x")
    assert len(desk.got()) == 1400


def test_received_data_and_events_come_between() -> None:
    desk = connected()
    desk.tcp_server()
    desk.at("AT+SSEND=0,,,4")
    desk.send(b"ab")
    assert desk.hear(b"x") == b"{0,192.168.12.50,40000,1}x\r\n"
    assert desk.visit(peer="visitor") == event("CONNECT", 1)
    assert desk.exchange(b"cd") == OK
    assert desk.got() == b"abcd"


def test_length_zero() -> None:
    desk = connected(MEASURED)
    desk.effects.clear()
    assert desk.at("AT+SSEND=0,,,0") == b"[0,,,0]\r\n" + OK
    assert sent(desk) == []


@pytest.mark.parametrize(
    ("firmware", "length", "answer"),
    [
        (GUIDE, 0, INVALID_INPUT),
        (GUIDE, 100_000_001, INVALID_INPUT),
        (GUIDE, 100_000_000, b"[0,,,100000000]\r\n"),
        (MEASURED, 100_000_001, b"[0,,,100000001]\r\n"),
    ],
)
def test_range_of_the_length(firmware: str, length: int, answer: bytes) -> None:
    assert connected(firmware).at(f"AT+SSEND=0,,,{length}") == answer


# --- time limit -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("firmware", "per_byte_us"), [(GUIDE, 100), (MEASURED, 1000)])
def test_default_limit(firmware: str, per_byte_us: int) -> None:
    desk = connected(firmware)
    desk.exchange(b"AT+SSEND=0,,,500\r", 0)
    assert desk.quiet(10 * S + 500 * per_byte_us - 1) == b""
    assert desk.quiet(1) == ERROR
    assert desk.at("AT") == OK


def test_given_limit() -> None:
    desk = connected()
    desk.exchange(b"AT+SSEND=0,,,5,300\r", 0)
    assert desk.quiet(300 * MS - 1) == b""
    assert desk.quiet(1) == ERROR


def test_incomplete_block_becomes_a_command_line() -> None:
    desk = connected()
    desk.module.ram.echo = True
    desk.exchange(b"AT+SSEND=0,,,1000,100\r", 0)
    assert desk.exchange(b"AT+MINF", 99 * MS) == b""
    assert desk.quiet(MS) == ERROR + b"AT+MINF"
    assert b"1.0.5.2/WizFi250" in desk.exchange(b"O\r")
    assert desk.got() == b""


def test_complete_block_of_an_incomplete_chunk_is_lost() -> None:
    desk = connected()
    desk.exchange(b"AT+SSEND=0,,,1400,100\r", 0)
    desk.send(b"x" * 1024 + b"AT")
    assert desk.quiet(100 * MS) == ERROR
    assert desk.exchange(b"\r") == OK
    assert desk.got() == b""


def test_complete_chunk_is_sent() -> None:
    desk = connected()
    desk.exchange(b"AT+SSEND=0,,,3000,100\r", 0)
    desk.send(b"x" * 1400 + b"AT")
    assert desk.quiet(100 * MS) == ERROR
    assert desk.exchange(b"\r") == OK
    assert desk.got() == b"x" * 1400


def test_limit_passes_while_a_chunk_is_sent() -> None:
    desk = connected()
    desk.network.stall("peer")
    desk.exchange(b"AT+SSEND=0,,,1401,100\r", 0)
    desk.send(b"x" * 1401)
    desk.run(S)
    desk.feed(*desk.network.resume("peer"))
    assert desk.read() == ERROR
    assert desk.exchange(b"\r") == INVALID_INPUT  # the last byte
    desk.network.stall("peer")
    desk.exchange(b"AT+SSEND=0,,,1400,100\r", 0)
    desk.send(b"x" * 1400)
    desk.run(S)
    desk.feed(*desk.network.resume("peer"))
    assert desk.read() == OK  # it was the last one


def test_limit_of_zero_takes_what_is_there() -> None:
    desk = connected()
    assert desk.exchange(b"AT+SSEND=0,,,3,0\rabc", 0) == b"[0,,,3,0]\r\n" + OK
    assert desk.at("AT+SSEND=0,,,3,0", 0) == b"[0,,,3,0]\r\n" + ERROR
    assert desk.got() == b"abc"


# --- tries and result -------------------------------------------------------------------------------------------------


def failing(desk: Desk, failures: int) -> None:
    """Let the first transmissions fail."""
    execute = desk.network.execute
    left = [failures]

    def fail(effect: fx.NetworkEffect, now_us: int = 0) -> list[ev.Event]:
        if isinstance(effect, fx.SendData) and left[0]:
            left[0] -= 1
            return [ev.SocketSent(effect.sock, ev.Failure.TIMEOUT)]
        return execute(effect, now_us)

    desk.network.execute = fail  # type: ignore[method-assign]  # of this network alone
    desk.effects.clear()


@pytest.mark.parametrize(("failures", "answer", "tries"), [(1, OK, 2), (2, OK, 3), (3, SEND_ERROR, 3)])
def test_three_tries(failures: int, answer: bytes, tries: int) -> None:
    desk = connected()
    failing(desk, failures)
    assert desk.exchange(b"AT+SSEND=0,,,5\rhello") == b"[0,,,5]\r\n" + answer
    assert sent(desk) == [5] * tries


def test_udp_answers_error() -> None:
    desk = Desk(joined=True)
    desk.udp_client()
    failing(desk, 3)
    assert desk.exchange(b"AT+SSEND=0,,,5\rhello") == b"[0,,,5]\r\n" + ERROR


def test_result_is_that_of_the_last_chunk() -> None:
    desk = connected()
    failing(desk, 3)
    assert desk.exchange(b"AT+SSEND=0,,,1405\r" + b"x" * 1405) == b"[0,,,1405]\r\n" + OK
    assert desk.got() == b"x" * 5
    failing(desk, 2)
    assert desk.exchange(b"AT+SSEND=0,,,1405\r" + b"x" * 1405).endswith(OK)
    assert len(desk.got()) == 1405


def test_peer_closes_meanwhile() -> None:
    desk = connected()
    desk.at("AT+SSEND=0,,,5")
    assert desk.part() == event("DISCONNECT", 0)
    assert desk.exchange(b"hello") == INVALID_SCID


def test_socket_that_still_connects() -> None:
    desk = Desk(joined=True)
    desk.module.handle(ev.UartReceived(f"AT+SCON=O,TCN,{PEER_ADDRESS},9,,0\r".encode()), desk.now_us)
    desk.run(100 * MS)
    assert desk.read() == OK
    assert desk.exchange(b"AT+SSEND=0,,,5\rhello") == b"[0,,,5]\r\n" + SEND_ERROR


def test_send_error_follows_the_event_form() -> None:
    desk = connected()
    desk.ok("AT+MEVTFORM=1111112111")
    failing(desk, 3)
    assert desk.exchange(b"AT+SSEND=0,,,1\rx") == b"[0,,,1]\r\n\r\n[6]\r\n"
    desk.at("AT+MEVTFORM=1111110111")
    failing(desk, 3)
    assert desk.exchange(b"AT+SSEND=0,,,1\rx") == b"[0,,,1]\r\n"


def test_time_limit_of_a_transmission_is_option_1() -> None:
    desk = connected()
    desk.ok("AT+FSOCK=1,2000")
    desk.exchange(b"AT+SSEND=0,,,1\rx")
    desk.ok("AT+FSOCK=1,0")
    desk.exchange(b"AT+SSEND=0,,,1\rx")
    limits = [effect.limit_us for effect in desk.effects if isinstance(effect, fx.SendData)]
    assert limits == [2 * S, 0]
