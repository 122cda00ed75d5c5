"""Recordings without secrets: none is left, and the machine does the same with what is there instead."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import MS, OK, Desk, S
from tests.recording.sessions import Tape, record
from wizfi_emu.module import events as ev
from wizfi_emu.module.events import AirCommandReceived, SocketReceived, WebDataReceived
from wizfi_emu.profile import decode_image
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.redaction.redactor import HELD_BYTES_MAX, LINE_BYTES, PATIENCE_US, Redactor
from wizfi_emu.recording.replay import replay

SECRET = b"topSecret!"
SPLITS = ([1000], [1], [3], [7, 1], [17])


def everything(recording: Recording) -> bytes:
    """All bytes of all events and effects, flash images as what they hold."""
    return b"\n".join(data for _, item in recording.items() for data in _bytes_in(item))


def _bytes_in(value: object) -> list[bytes]:
    match value:
        case bytes():
            image = decode_image(value)
            return [value, *(_bytes_in(image) if image is not None else [])]
        case str():
            return [value.encode()]
        case dict():
            return [data for one in value.values() for data in _bytes_in(one)]
        case list() | tuple():
            return [data for one in value for data in _bytes_in(one)]
        case int() | float() | None:
            return []
        case _:
            return _bytes_in(msgspec.to_builtins(value, builtin_types=(bytes,)))


def serial_of(recording: Recording, *, host: bool) -> bytes:
    name = "UartReceived" if host else "UartSend"
    return b"".join(item.data for _, item in recording.items() if type(item).__name__ == name)  # type: ignore[union-attr]  # both have data


def send_in_pieces(desk: Desk, data: bytes, sizes: list[int]) -> None:
    """Send bytes in pieces of these sizes, over and over; a moment passes between them."""
    number = 0
    while data:
        size = sizes[number % len(sizes)]
        desk.send(data[:size])
        desk.run(MS)
        data = data[size:]
        number += 1


# --- any session ------------------------------------------------------------------------------------------------------

secrets = st.text("zqjvkw#$!79", min_size=8, max_size=20).filter(lambda text: not text.isdigit()).map(str.encode)
names = st.sampled_from([b"bob", b"alice"])
hex_keys = st.binary(min_size=5, max_size=5).map(lambda key: key.hex().upper().encode()) | st.binary(
    min_size=13, max_size=13
).map(lambda key: key.hex().encode())


@st.composite
def edited(draw: st.DrawFn, line: st.SearchStrategy[bytes]) -> bytes:
    """A line as somebody types it who makes mistakes."""
    text = draw(line)
    position = draw(st.integers(0, len(text)))
    mistake = draw(st.text("mnop=,", max_size=8)).encode()
    return text[:position] + mistake + b"\b" * len(mistake) + text[position:]


def keys_of(draw: st.DrawFn) -> tuple[bytes, bytes]:
    if draw(st.booleans()):
        return draw(st.sampled_from([b"WPA2", b"WPA", b"", b"WPA2AES"])), draw(secrets)
    return b"WEP", draw(hex_keys)


@st.composite
def commands(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """What the host sends, and which secrets are in it."""
    kind = draw(st.integers(0, 6))
    if kind == 0:
        word, key = keys_of(draw)
        mode = draw(st.sampled_from([b"0", b"1"]))
        return draw(edited(st.just(b"AT+WSEC=%s,%s,%s" % (mode, word, key)))) + b"\r", [key]
    if kind == 1:
        new = draw(secrets)
        line = b"AT+MCWUI=admin,admin,%s,%s" % (draw(names), new)
        return draw(edited(st.just(line))) + b"\r", [new]
    if kind == 2:
        user, password = draw(secrets), draw(secrets)
        return b'AT+MQTTSET=%s,"%s",client,60\r' % (user, password), [user, password]
    if kind == 3:
        key = b"-----KEY-----\r\n" + b"\b\n".join(draw(st.lists(secrets, min_size=1, max_size=10)))
        return b"AT+MCERT=W,K,%d\r" % len(key) + key, [key]
    if kind == 4:
        pin = draw(secrets)[:8]
        return b"AT+WWPS=1,%s\r" % pin, [pin]
    line = draw(
        st.sampled_from(
            [
                b"AT\r",
                b"AT+WSEC=?\r",
                b"AT+MPROF=VG\r",
                b"AT+MPROF=VD\r",
                b"AT+MCWUI=?\r",
                b"AT+MQTTSET=?\r",
                b"AT+MCERT=R,K\r",
                b"AT+MECHO=0\r",
                b"AT+MECHO=1\r",
                b"A/",
                b"AT+MPROF=S\r",
                b"AT+MRESET\r",
                b"AT+MFDEF=FR\r",
                b"AT+WSET=1,access point\r",
                b"AT+WJOIN\r",
                b"AT+WLEAVE\r",
            ]
        )
    )
    return line, []


@settings(max_examples=60)
@given(
    st.lists(commands(), max_size=12),
    st.lists(st.integers(1, 40), min_size=1, max_size=3),
    st.sampled_from(["guide", "1.0.5.2"]),
)
def test_no_secret_is_left_and_the_replay_is_the_same(
    session: list[tuple[bytes, list[bytes]]], sizes: list[int], firmware: str
) -> None:
    def play(desk: Desk) -> None:
        for (before, _), (sent, _) in pairwise([(b"", []), *session]):
            if sent == b"A/" and before.startswith((b"AT+MCERT=W", b"A/")):
                continue  # the next commands would be a private key, and what comes then is a test of its own
            send_in_pieces(desk, sent, sizes)
            desk.run(3 * S)
        desk.run(20 * S)

    recording = record(play, firmware=firmware)
    assert replay(recording).difference is None
    written = everything(recording)
    for _, hidden in session:
        for secret in hidden:
            assert secret not in written


pieces = st.lists(
    st.binary(max_size=40)
    | st.sampled_from(
        [b"AT+WSEC=", b"0,WPA2,", b"AT+MCERT=W,K,9", b"AT+MQTTSET=", b"\r", b"\b", b"\n", b"A/", b'"', b"x" * 3000]
    )
)


@given(pieces)
def test_any_bytes_keep_their_number_and_their_order(sent: list[bytes]) -> None:
    redactor = Redactor()
    released = [one for number, data in enumerate(sent) for one in redactor.receive(number, ev.UartReceived(data))]
    released += redactor.close()
    assert [time_us for time_us, _ in released] == list(range(len(sent)))
    masked = [event.data for _, event in released if isinstance(event, ev.UartReceived)]
    assert [len(data) for data in masked] == [len(data) for data in sent]
    for one, other in zip(sent, masked, strict=True):
        for kept in b"\r\b\n":
            # Where lines end and are edited does not change, except in a private key.
            assert b"MCERT" in b"".join(sent) or [byte == kept for byte in one] == [byte == kept for byte in other]


# --- what is left of a line -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", SPLITS)
@pytest.mark.parametrize(
    ("sent", "masked"),
    [
        (b"AT+WSEC=0,WPA2,topSecret!\r", b"AT+WSEC=0,WPA2,1xxxxxxxxx\r"),
        (b"AT+WSEC=0,WPA2,topSecrat\b\bet!\r", b"AT+WSEC=0,WPA2,1xxxxxxxx\b\bx!\r".replace(b"x!", b"xxx")),
        (b"AT+WSEX\bC=0,WPA2,topSecret!\r", b"AT+WSEX\bC=0,WPA2,1xxxxxxxxx\r"),
        (b"AT+WSE\nC=0,WPA2,top\nSecret!\r", b"AT+WSE\nC=0,WPA2,1xx\nxxxxxxx\r"),
        (b"AT+WSET=0,a\rAT+WSEC=0,WPA2,topSecret!\rAT\r", b"AT+WSET=0,a\rAT+WSEC=0,WPA2,1xxxxxxxxx\rAT\r"),
        (b"AT+MCERT=W,K,10\rtop\rSecret!AT\r", b"AT+MCERT=W,K,10\rxxxxxxxxxxt!AT\r".replace(b"xt!", b"x!")),
        (b"A/AT+WSEC=0,WPA2,topSecret!\r", b"A/AT+WSEC=0,WPA2,1xxxxxxxxx\r"),
    ],
)
def test_the_serial_line(sent: bytes, masked: bytes, sizes: list[int]) -> None:
    def session(desk: Desk) -> None:
        send_in_pieces(desk, sent, sizes)
        desk.run(S)

    recording = record(session)
    received = serial_of(recording, host=True)
    assert received == masked
    assert replay(recording).difference is None


def test_what_was_typed_and_deleted_is_no_longer_there() -> None:
    """A right key, deleted for the one that everybody knows."""
    line = b"AT+WSEC=0,WPA2," + SECRET + b"\b" * len(SECRET) + b"12345678\r"
    recording = record(lambda desk: desk.exchange(line))
    assert SECRET not in everything(recording)
    assert serial_of(recording, host=False).endswith(b"12345678\r\n[OK]\r\n")


def test_answers_and_their_echo() -> None:
    def session(desk: Desk) -> None:
        desk.ok(f"AT+WSEC=0,WPA2,{SECRET.decode()}")
        assert SECRET in desk.at("AT+WSEC=?")
        assert SECRET in desk.at("AT+MPROF=VG")

    recording = record(session)
    assert SECRET not in everything(recording)
    assert serial_of(recording, host=False).count(b"WPA2,1xxxxxxxxx") == 3


def test_a_command_that_goes_out_as_data_and_comes_back() -> None:
    """The host believes that it is in command mode; the peer is a loop-back."""

    def session(desk: Desk) -> None:
        desk.join()
        desk.tcp_client(data_mode=True)
        line = b"AT+WSEC=0,WPA2," + SECRET + b"\r"
        desk.exchange(line, S)
        assert desk.got() == line
        assert desk.hear(line) == line

    assert SECRET not in everything(record(session))


def test_the_flash_that_the_module_starts_with() -> None:
    first = Desk("guide")
    first.ok(f"AT+WSEC=0,WPA2,{SECRET.decode()}")
    tape = Tape()
    desk = Desk("guide", image=first.image, observers=[tape.recorder])
    # The same key again changes nothing and writes nothing, in the recording too.
    assert desk.at(f"AT+WSEC=0,WPA2,{SECRET.decode()}") == OK
    recording = tape.end()
    assert SECRET not in everything(recording)
    assert not any(type(item).__name__ == "WriteFlash" for _, item in recording.items())


# --- other ways -------------------------------------------------------------------------------------------------------


def test_air_commands_and_web_requests() -> None:
    redactor = Redactor()
    [(_, air)] = redactor.receive(1, AirCommandReceived(1, b"WizFi250AirCmd:AT+WSEC=0,WPA2," + SECRET + b"\r"))
    assert air == AirCommandReceived(1, b"WizFi250AirCmd:AT+WSEC=0,WPA2,1xxxxxxxxx\r")
    [(_, web)] = redactor.receive(2, WebDataReceived(1, b"GET /s2wlogin?UN:admin/PW:" + SECRET + b"^ HTTP/1.1\r\n\r\n"))
    assert web == WebDataReceived(1, b"GET /s2wlogin?UN:admin/PW:1xxxxxxxxx^ HTTP/1.1\r\n\r\n")


def test_a_private_key_after_an_air_command_comes_on_the_serial_line() -> None:
    redactor = Redactor()
    redactor.receive(1, AirCommandReceived(1, b"WizFi250AirCmd:AT+MCERT=W,K,10\r"))
    assert redactor.receive(2, ev.UartReceived(SECRET + b"AT\r")) == [(2, ev.UartReceived(b"xxxxxxxxxxAT\r"))]


@pytest.mark.parametrize(
    "event",
    [
        ev.WpsEnded(1, b"net", "WPA2", SECRET),
        ev.IdentityMade(1, b"certificate", SECRET),
        SocketReceived(1, b"AT+WSEC=0,WPA2," + SECRET + b"\r", "1.2.3.4", 5),
    ],
)
def test_events_that_carry_a_secret(event: ev.Event) -> None:
    [(_, masked)] = Redactor().receive(1, event)
    assert type(masked) is type(event)
    assert SECRET not in b"".join(_bytes_in(masked))


# --- holding back -----------------------------------------------------------------------------------------------------


def typed(redactor: Redactor, *pieces: bytes, step_us: int = 1000) -> list[int]:
    """How many events are released with each piece."""
    return [
        len(redactor.receive(number * step_us, ev.UartReceived(piece))) for number, piece in enumerate(pieces, start=1)
    ]


def test_only_a_line_that_will_hold_a_secret_is_held_back() -> None:
    assert typed(Redactor(), b"AT", b"+WSET=0,a", b"\r", b"AT+WSEC", b"=0,", b",x", b"yz12345", b"\r") == [
        1, 1, 1, 1, 0, 0, 0, 4,
    ]  # fmt: skip


def test_everything_is_held_back_in_its_order() -> None:
    redactor = Redactor()
    assert redactor.receive(1, ev.UartReceived(b"AT+WSEC=0,,")) == []
    assert redactor.receive(2, ev.LinkLost()) == []
    assert redactor.receive(3, ev.UartReceived(SECRET + b"\r")) == [
        (1, ev.UartReceived(b"AT+WSEC=0,,")),
        (2, ev.LinkLost()),
        (3, ev.UartReceived(b"1xxxxxxxxx\r")),
    ]


GiveUp = Callable[[Redactor], list[tuple[int, ev.Event]]]


@pytest.mark.parametrize(
    "give_up",
    [
        lambda redactor: redactor.close(),
        lambda redactor: redactor.receive(PATIENCE_US + 2, ev.TimeReached()),
        lambda redactor: redactor.receive(3, ev.UartReceived(b"z" * LINE_BYTES)),
        lambda redactor: redactor.receive(3, ev.PoweredOn(b"")),
    ],
    ids=["end", "a minute", "long line", "restart"],
)
def test_the_wait_has_an_end(give_up: GiveUp) -> None:
    redactor = Redactor()
    redactor.receive(1, ev.UartReceived(b"AT+WSEC=0,WPA2,topSec"))
    events = [event for _, event in give_up(redactor)]
    assert events[0] == ev.UartReceived(b"AT+WSEC=0,WPA2,1xxxxx")


def test_what_comes_behind_half_a_line_is_held_back_to_a_limit() -> None:
    redactor = Redactor()
    assert redactor.receive(1, ev.UartReceived(b"AT+WSEC=0,WPA2,topSec")) == []
    data = ev.SocketReceived(1, bytes(1460), "127.0.0.1", 4000)
    count = (HELD_BYTES_MAX - 21 - 64) // (1460 + 64)
    for number in range(count):
        assert redactor.receive(2 + number, data) == []
    released = redactor.receive(3 + count, data)
    assert len(released) == count + 2
    assert released[0][1] == ev.UartReceived(b"AT+WSEC=0,WPA2,1xxxxx")
    assert redactor.overflows == 1
    assert len(redactor.receive(4 + count, data)) == 1
    assert redactor.receive(5 + count, ev.UartReceived(b"ret!\rAT\r"))[0][1] == ev.UartReceived(b"xxxx\rAT\r")


def test_many_small_events_end_at_the_limit_too() -> None:
    redactor = Redactor()
    redactor.receive(1, ev.UartReceived(b"AT+WSEC=0,WPA2,topSec"))
    assert any(redactor.receive(number, ev.TimeReached()) for number in range(HELD_BYTES_MAX // 64))


def test_data_mode_holds_nothing_back() -> None:
    """A command that goes out as data by mistake is masked all the same, as far as a line of commands is long."""
    redactor = Redactor(lambda: True)
    pieces = (b"AT+WSEC=0,WPA2,topSec", b"ret!", b"\rAT+WSEC=0,WPA2,topSecret!\rnext", b"\rAT+WSEC=0,,", b"z" * 5000)
    masked = [redactor.receive(1, ev.UartReceived(piece)) for piece in pieces]
    assert [event for [(_, event)] in masked] == [
        ev.UartReceived(b"AT+WSEC=0,WPA2,1xxxxx"),
        ev.UartReceived(b"xxxx"),
        ev.UartReceived(b"\rAT+WSEC=0,WPA2,2xxxxxxxxx\rnext"),
        ev.UartReceived(b"\rAT+WSEC=0,,"),
        ev.UartReceived(b"x" * LINE_BYTES + b"z" * (5000 - LINE_BYTES)),
    ]


def test_a_configuration_table_in_data_mode_holds_nothing_back() -> None:
    redactor = Redactor(lambda: True)
    start = b"\x01\x01\xfe\x00\x40\x00\x00\x1c\x20\x00\x00abcdBRCM"
    assert len(redactor.receive(1, ev.UartReceived(start))) == 1
    assert len(redactor.receive(2, ev.LinkLost())) == 1


def test_the_rest_of_a_line_that_was_given_up() -> None:
    redactor = Redactor()
    redactor.receive(1, ev.UartReceived(b"AT+WSEC=0,WPA2,topSec"))
    redactor.receive(PATIENCE_US + 2, ev.TimeReached())
    assert redactor.receive(PATIENCE_US + 3, ev.UartReceived(b"ret!\rAT\r"))[-1][1] == ev.UartReceived(b"xxxx\rAT\r")


@pytest.mark.parametrize("before", [b"AT+MCERT=W,K,100\r", b"AT+WSEC=0,WPA2,topSec"])
def test_after_a_restart_lines_begin_anew(before: bytes) -> None:
    redactor = Redactor()
    redactor.receive(1, ev.UartReceived(before))
    redactor.receive(2, ev.PoweredOn(b""))
    assert redactor.receive(3, ev.UartReceived(b"AT\r")) == [(3, ev.UartReceived(b"AT\r"))]


def test_after_a_restart_there_is_no_line_to_repeat() -> None:
    """``A/`` asks for no private key then, and what comes behind it is an ordinary line."""

    def session(desk: Desk) -> None:
        desk.exchange(b"AT+MCERT=W,K,10\r" + SECRET)
        desk.restart()
        desk.exchange(b"A/AT+WSTAT\rAT+WSEC=0,WPA2," + SECRET + b"\r")

    plain, redacted = record(session, redacted=False), record(session)
    assert serial_of(redacted, host=True).endswith(b"A/AT+WSTAT\rAT+WSEC=0,WPA2,1xxxxxxxxx\r")
    assert SECRET not in everything(redacted)
    assert serial_of(redacted, host=False) == serial_of(plain, host=False).replace(SECRET, b"1xxxxxxxxx")
    assert replay(redacted).difference is None


def test_much_data_without_a_line_end() -> None:
    """The end of what goes by may be the beginning of a command."""
    redactor = Redactor()
    for number in range(100):
        assert len(redactor.receive(number, ev.UartReceived(b"d" * 900 + b"AT+WS"))) == 1
    assert redactor.receive(200, ev.UartReceived(b"EC=0,WPA2," + SECRET + b"\r")) == [
        (200, ev.UartReceived(b"EC=0,WPA2,1xxxxxxxxx\r"))
    ]


def test_much_at_once() -> None:
    """More than fits into the receive buffer is data; but a line may have begun before, or go on after."""
    redactor = Redactor()
    assert redactor.receive(1, ev.UartReceived(b"AT+WSEC=0,WPA2,topSec")) == []
    released = redactor.receive(2, ev.UartReceived(b"ret!\r" + b"d" * 5000))
    assert [event for _, event in released] == [
        ev.UartReceived(b"AT+WSEC=0,WPA2,1xxxxx"),
        ev.UartReceived(b"xxxx\r" + b"d" * 5000),
    ]
    [(_, data)] = redactor.receive(3, ev.UartReceived(b"d\rd" * 2000 + b"\rAT+WSEC=0,WPA2,topSecret!\r"))
    assert isinstance(data, ev.UartReceived)
    assert data.data.endswith(b"\rAT+WSEC=0,WPA2,1xxxxxxxxx\r")
    assert len(redactor.receive(4, ev.UartReceived(b"d\r" * 3000 + b"AT+WSE"))) == 1
    assert redactor.receive(5, ev.UartReceived(b"C=0,WPA2,topSecret!\r"))[0][1] == ev.UartReceived(
        b"C=0,WPA2,1xxxxxxxxx\r"
    )


def test_commands_among_much_data() -> None:
    """In data all of which could be command lines: only those that are become others, wherever an event ends."""
    data, command = b"+d\r+" * 1500, b"+\rAT+WSEC=0,WPA2,topSecret!\r"
    sent = data + command + data + command * 2 + data
    masked = sent.replace(SECRET, b"1xxxxxxxxx")
    for cut in range(len(data) - 10, len(data) + len(command) + 10):
        redactor = Redactor()
        events = [redactor.receive(1, ev.UartReceived(sent[:cut])), redactor.receive(2, ev.UartReceived(sent[cut:]))]
        assert b"".join(event.data for ready in events for _, event in ready) == masked  # type: ignore[union-attr]  # all have


def test_the_command_for_a_private_key_again() -> None:
    """``A/`` repeats the line that asks for it, without a line end."""
    for sizes in SPLITS:

        def session(desk: Desk, sizes: list[int] = sizes) -> None:
            send_in_pieces(desk, b"AT+MCERT=W,K,10\r" + SECRET, sizes)
            desk.quiet(S)
            send_in_pieces(desk, b"xa\b\bA\n/" + SECRET + b"AT\rA/", sizes)
            desk.quiet(S)

        recording = record(session)
        assert SECRET not in everything(recording)
        assert serial_of(recording, host=True).endswith(b"xa\b\bA\n/xxxxxxxxxxAT\rA/")
