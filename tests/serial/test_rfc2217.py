"""The telnet side of RFC 2217: whole, byte by byte and split at random, with the same data and the same answers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wizfi_emu.serial.rfc2217 import COM_PORT, MAX_SUBNEGOTIATION_BYTES, SIGNATURE, ComPort, Rfc2217Session, escape

WILL, WONT, DO, DONT = b"\xff\xfb", b"\xff\xfc", b"\xff\xfd", b"\xff\xfe"
BINARY, ECHO, SGA, COM = b"\x00", b"\x01", b"\x03", b"\x2c"
GREETING = WILL + BINARY + WILL + SGA + DO + BINARY + DO + SGA


def sub(command: int, value: bytes = b"") -> bytes:
    return b"\xff\xfa\x2c" + bytes((command,)) + escape(value) + b"\xff\xf0"


def feed(pieces: Iterable[bytes]) -> tuple[bytes, bytes, Rfc2217Session]:
    """Data and answers of a new session."""
    session = Rfc2217Session()
    assert session.data_to_send() == GREETING
    data = b"".join([session.receive_data(piece) for piece in pieces])
    return data, session.data_to_send(), session


def check(stream: bytes, data: bytes, answers: bytes) -> None:
    assert feed([stream])[:2] == (data, answers)
    assert feed(bytes((byte,)) for byte in stream)[:2] == (data, answers)


@pytest.mark.parametrize(
    ("stream", "answers"),
    [
        pytest.param(DO + BINARY + WILL + BINARY + DO + SGA + WILL + SGA, b"", id="agreed to what we asked"),
        pytest.param(DONT + BINARY + WONT + BINARY, b"", id="refused what we asked"),
        pytest.param(WILL + COM, DO + COM + sub(107, b"\xb0"), id="offers the serial settings"),
        pytest.param(DO + COM, WILL + COM, id="asks for them"),
        pytest.param(WILL + COM + WILL + COM, DO + COM + sub(107, b"\xb0"), id="offers twice"),
        pytest.param(WILL + COM + WONT + COM, DO + COM + sub(107, b"\xb0") + DONT + COM, id="takes it back"),
        pytest.param(DO + ECHO + WILL + b"\x18", WONT + ECHO + DONT + b"\x18", id="unknown options"),
        pytest.param(DONT + ECHO + WONT + b"\x18", b"", id="unknown options refused"),
        pytest.param(b"\xff\xf1\xff\xf9\xff\xf6", b"", id="other commands"),
        pytest.param(DO + BINARY + DONT + BINARY + DO + BINARY, WONT + BINARY + WILL + BINARY, id="off and on"),
    ],
)
def test_negotiation(stream: bytes, answers: bytes) -> None:
    check(b"a" + stream + b"z", b"az", answers)


@pytest.mark.parametrize(
    ("command", "value", "answer"),
    [
        (ComPort.SET_BAUDRATE, (9600).to_bytes(4, "big"), (9600).to_bytes(4, "big")),
        (ComPort.SET_BAUDRATE, (0xFF00FF).to_bytes(4, "big"), (0xFF00FF).to_bytes(4, "big")),
        (ComPort.SET_BAUDRATE, bytes(4), (115200).to_bytes(4, "big")),
        (ComPort.SET_BAUDRATE, b"\x01", (115200).to_bytes(4, "big")),
        (ComPort.SET_DATASIZE, b"\x07", b"\x07"),
        (ComPort.SET_DATASIZE, b"\x00", b"\x08"),
        (ComPort.SET_PARITY, b"\x03", b"\x03"),
        (ComPort.SET_PARITY, b"\x00", b"\x01"),
        (ComPort.SET_STOPSIZE, b"\x02", b"\x02"),
        (ComPort.SET_STOPSIZE, b"\x00", b"\x01"),
        (ComPort.SET_CONTROL, b"\x00", b"\x01"),
        (ComPort.SET_CONTROL, b"\x03", b"\x03"),
        (ComPort.SET_CONTROL, b"\x04", b"\x06"),
        (ComPort.SET_CONTROL, b"\x07", b"\x08"),
        (ComPort.SET_CONTROL, b"\x09", b"\x09"),
        (ComPort.SET_CONTROL, b"\x0a", b"\x0b"),
        (ComPort.SET_CONTROL, b"\x0d", b"\x0e"),
        (ComPort.SET_CONTROL, b"\x7f", b"\x7f"),
        (ComPort.SET_LINESTATE_MASK, b"\xff", b"\xff"),
        (ComPort.SET_MODEMSTATE_MASK, b"\x00", b"\x00"),
        (ComPort.PURGE_DATA, b"\x02", b"\x02"),
        (ComPort.NOTIFY_MODEMSTATE, b"", b"\xb0"),
        (ComPort.NOTIFY_LINESTATE, b"", b"\x60"),
        (ComPort.SIGNATURE, b"", SIGNATURE),
    ],
)
def test_settings(command: ComPort, value: bytes, answer: bytes) -> None:
    check(sub(command, value), b"", sub(command + 100, answer))


def test_a_setting_is_remembered() -> None:
    _, answers, _ = feed([sub(1, b"\0\0\x25\x80"), sub(1, bytes(4)), sub(5, b"\x09"), sub(5, b"\x07")])
    assert answers == sub(101, b"\0\0\x25\x80") * 2 + sub(105, b"\x09") * 2


@pytest.mark.parametrize(
    "stream",
    [
        sub(ComPort.SIGNATURE, b"a client's name"),
        sub(ComPort.SET_CONTROL),
        sub(99, b"x"),
        b"\xff\xfa\x2c\xff\xf0",
        b"\xff\xfa\x18\x01\xff\xf0",
        b"\xff\xfa\xff\xf0",
    ],
)
def test_nothing_to_answer(stream: bytes) -> None:
    check(b"1" + stream + b"2", b"12", b"")


def test_a_command_inside_breaks_a_subnegotiation_off() -> None:
    check(b"\xff\xfa\x2c\x01\x00" + WILL + COM + b"data", b"data", DO + COM + sub(107, b"\xb0"))


def test_a_subnegotiation_without_end_is_given_up() -> None:
    data, answers, _ = feed([b"\xff\xfa", b"x" * MAX_SUBNEGOTIATION_BYTES, b"more"])
    assert (data, answers) == (b"x" * MAX_SUBNEGOTIATION_BYTES + b"more", b"")


def test_purge_and_suspend_are_told() -> None:
    _, _, session = feed([sub(12, b"\x02")])
    assert not session.purged
    _, _, session = feed([sub(12, b"\x03") + sub(12, b"\x02")])
    assert session.purged
    _, _, session = feed([sub(8)])
    assert session.suspended
    session.receive_data(sub(9))
    assert not session.suspended


def test_a_client_that_has_to_stop_is_told_twice_over() -> None:
    _, _, session = feed([WILL + COM])
    session.stop(True)
    assert session.data_to_send() == sub(107, b"\xa1") + sub(108)
    session.stop(True)
    assert session.data_to_send() == b""
    session.receive_data(sub(7))
    assert session.data_to_send() == sub(107, b"\xa0"), "as long as it is so"
    session.stop(False)
    assert session.data_to_send() == sub(107, b"\xb1") + sub(109)


def test_a_client_that_comes_while_the_host_is_stopped_hears_of_it_when_it_can() -> None:
    session = Rfc2217Session(stopped=True)
    session.data_to_send()
    session.stop(False)
    session.stop(True)
    assert session.data_to_send() == b"", "it has not said that it speaks of lines"
    session.receive_data(WILL + COM)
    assert session.data_to_send() == DO + COM + sub(107, b"\xa0")


def test_the_clients_request_to_send() -> None:
    _, _, session = feed([b""])
    assert session.ready
    session.receive_data(sub(5, b"\x0c"))
    assert not session.ready
    session.receive_data(sub(5, b"\x0b"))
    assert session.ready


def test_a_break_is_a_byte_of_zeros_in_its_place() -> None:
    on, off = sub(ComPort.SET_CONTROL, b"\x05"), sub(ComPort.SET_CONTROL, b"\x06")
    check(b"a" + on + on + off + b"b" + on + off, b"a\0b\0", b"".join(sub(105, bytes((c,))) for c in (5, 5, 6, 5, 6)))


def test_dtr_that_goes_on_is_counted() -> None:
    on, off = sub(ComPort.SET_CONTROL, b"\x08"), sub(ComPort.SET_CONTROL, b"\x09")
    assert feed([on])[2].raised == 0, "it is on from the beginning"
    assert feed([off, on, on, off, on])[2].raised == 2


def test_setups_are_counted() -> None:
    assert feed([b"data \xff\xff"])[2].setups == 0
    assert feed([WILL + COM + sub(1, bytes(4)) + b"data"])[2].setups == 2


@given(st.binary(max_size=300))
@example(b"\xff" * 7)
def test_escaped_data_comes_back(data: bytes) -> None:
    check(escape(data), data, b"")


def test_data_without_escapes_is_not_copied() -> None:
    data = b"x" * 1000
    assert Rfc2217Session().receive_data(data) is data


command = st.builds(sub, st.integers(0, 13), st.binary(max_size=6))
option = st.builds(
    lambda verb, option: verb + bytes((option,)), st.sampled_from([WILL, WONT, DO, DONT]), st.integers(0, 50)
)
stream = st.lists(st.one_of(command, option, st.binary(max_size=40).map(escape), st.binary(max_size=6))).map(b"".join)


@given(stream, st.lists(st.integers(0, 400)))
def test_split_at_random(stream: bytes, cuts: list[int]) -> None:
    ends = sorted(cut for cut in cuts if cut < len(stream))
    pieces = [stream[start:end] for start, end in zip([0, *ends], [*ends, len(stream)], strict=True)]
    assert feed(pieces)[:2] == feed([stream])[:2]


@given(st.lists(st.binary(max_size=64).map(lambda data: data.replace(b"y", b"\xff").replace(b"z", b"\xfa"))))
def test_any_bytes_are_taken(pieces: list[bytes]) -> None:
    data, answers, _ = feed(pieces)
    assert len(data) <= sum(map(len, pieces))
    assert answers.count(b"\xff\xfa" + bytes((COM_PORT,))) <= len(b"".join(pieces))
