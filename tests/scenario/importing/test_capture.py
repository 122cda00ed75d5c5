"""Tables of logic analysers and sniffers."""

from __future__ import annotations

import pytest

from tests.cputime import cpu_limit
from tests.recording.sessions import record, talk_to_peers
from wizfi_emu.errors import UserError
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.scenario.importing.capture import read_capture
from wizfi_emu.scenario.importing.lines import Chunk


def read(text: str, host: str = "") -> list[Chunk]:
    return read_capture(text.encode(), "x.csv", host=host)


def table(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


AT_AND_OK = [Chunk(True, b"AT\r", 1.0), Chunk(False, b"AT\r\n", 1.5), Chunk(False, b"[OK]\r\n", 1.5)]


@pytest.mark.parametrize(
    "text",
    [
        table("time,direction,data", "1.0,TX,41540d", "1.5,RX,41540d0a5b4f4b5d0d0a"),
        table("Time [s],Channel,Hex", "1.0,0,41 54 0D", "1.5,1,41 54 0D 0A 5B 4F 4B 5D 0D 0A"),
        table("data;time_ms;dir", '"AT\\r";1000;>', '"AT\\r\\n[OK]\\r\\n";1500;<'),
        table("timestamp\ttx\trx", "1.0\t41540D\t", "1.5\t\t41540D0A5B4F4B5D0D0A"),
        table("time,module,host", "1.0,,AT\\x0d", "1.5,AT\\r\\n[OK]\\r\\n,"),
        "\ufeff" + table("start_time,name,data,error", "1.0,probe,0x41540d,", "1.5,other,0x41540d0a5b4f4b5d0d0a,"),
        table("t,source,ascii", '12:00:01.0,"mcu",AT\\r', "12:00:01.5,dut,AT\\r\\n[OK]\\r\\n"),
    ],
)
def test_tables_of_two_directions(text: str) -> None:
    chunks = read(text)
    first = chunks[0].time_s
    assert first is not None
    assert [(chunk.host, chunk.data, round((chunk.time_s or 0) - first + 1, 3)) for chunk in chunks] == [
        (chunk.host, chunk.data, chunk.time_s) for chunk in AT_AND_OK
    ]


def rows_of(host: str, module: str, cell: str = "0x{:02X}") -> list[str]:
    """A recorded session, byte by byte, as an analyser stores it: two interleaved decoders."""
    rows = []
    for time_us, item in record(talk_to_peers).items():
        if isinstance(item, ev.UartReceived | fx.UartSend):
            name = host if isinstance(item, ev.UartReceived) else module
            for number, byte in enumerate(item.data):
                rows.append(f"{name},data,{time_us / 1e6 + number * 1e-6:.7f},0.00008," + cell.format(byte))
    return rows


def test_the_table_of_a_logic_analyser() -> None:
    """As Saleae Logic 2 writes it: one row for each byte."""
    chunks = read(table("name,type,start_time,duration,data", *rows_of("Async Serial", "Async Serial [1]")))
    sent = [chunk.data for chunk in chunks if chunk.host]
    assert sent[:3] == [b"AT+WSET=0,WizFiDemoAP\r", b"AT+WSEC=0,WPA2,12345678\r", b"AT+WJOIN\r"]
    assert b"Hello" in sent
    answers = b"".join(chunk.data for chunk in chunks if not chunk.host)
    items = record(talk_to_peers).items()
    assert answers == b"".join(item.data for _, item in items if isinstance(item, fx.UartSend))
    # Nothing of what the module said has a wrong time.
    times = [chunk.time_s for chunk in chunks if not chunk.host and b"[Link-Up" in chunk.data]
    assert times == [pytest.approx(0.501, abs=1e-4)]


def test_typing_with_the_echo_between() -> None:
    rows = []
    for number, letter in enumerate("AT\r"):
        rows += [f"{number / 5},TX,{ord(letter):02x}", f"{number / 5 + 0.001},RX,{ord(letter):02x}"]
    chunks = read(table("time,dir,data", *rows, "0.402,RX,0a5b4f4b5d0d0a"))
    assert [(chunk.host, chunk.data) for chunk in chunks] == [
        (True, b"AT\r"),
        (False, b"AT\r\n"),
        (False, b"[OK]\r\n"),
    ]


def test_data_with_a_pause_is_two_pieces() -> None:
    chunks = read(table("time,tx,rx", "0,+++,", "0.01,x,", "1.5,y,", "2,,[OK]\\r\\n"))
    assert [(chunk.host, chunk.data) for chunk in chunks] == [(True, b"+++x"), (True, b"y"), (False, b"[OK]\r\n")]


def test_the_module_alone() -> None:
    """Its echo shows the commands; as Saleae Logic 1 writes it, byte by byte in text."""
    escapes = {"\r": "\\r", "\n": "\\n", ",": "COMMA", " ": "' '"}
    text = "AT\r\n[OK]\r\nAT+WSET=0,a b\r\n[OK]\r\n"
    rows = [f"{number / 1000},{escapes.get(letter, letter)},," for number, letter in enumerate(text)]
    chunks = read(table("Time [s],Value,Parity Error,Framing Error", *rows))
    assert [(chunk.host, chunk.data) for chunk in chunks] == [
        (True, b"AT\r"),
        (False, b"AT\r\n"),
        (False, b"[OK]\r\n"),
        (True, b"AT+WSET=0,a b\r"),
        (False, b"AT+WSET=0,a b\r\n"),
        (False, b"[OK]\r\n"),
    ]


def test_the_host_alone() -> None:
    assert read(table("time,data", "0,AT\\r", "1,AT+WJOIN\\r")) == [
        Chunk(True, b"AT\r", 0.0),
        Chunk(True, b"AT+WJOIN\r", 1.0),
    ]


@pytest.mark.parametrize(
    ("cell", "data"),
    [
        ("\\x00\\xff", b"\x00\xff"),
        ("'13'", b"\r"),
        ("'300'", b"'300'"),
        ("'A'", b"A"),
        ("SPACE", b" "),
        ("\\\\r", b"\\r"),
        ("\\q", b"\\q"),
        ("\u00e9", "\u00e9".encode()),
    ],
)
def test_escapes(cell: str, data: bytes) -> None:
    # The first row keeps the column from being read as hexadecimal.
    assert read(table("time,data", "0,text", f"1,{cell}"))[1].data == data


@pytest.mark.parametrize("name", ["data", "hex", "value"])
def test_digits_are_bytes_unless_the_column_is_one_of_text(name: str) -> None:
    assert read(table(f"time,{name}", "0,41"))[0].data == b"A"
    assert read(table("time,ascii", "0,41"))[0].data == b"41"


def test_the_direction_of_the_host_can_be_named() -> None:
    text = table("time,channel,data", "0,a,41540d", "1,b,aabb")
    assert read(text, "a") == [Chunk(True, b"AT\r", 0.0), Chunk(False, b"\xaa\xbb", 1.0)]
    with pytest.raises(UserError, match=r"x\.csv: no direction 'c'; there are 'a', 'b'"):
        read(text, "c")
    with pytest.raises(UserError, match=r"which direction is the host's\? Name it with --host: 'a', 'b'"):
        read(text)


def test_names_decide_when_the_words_do_not() -> None:
    chunks = read(table("time,channel,data", "0,tx,00", "1,rx,01"))
    assert [chunk.host for chunk in chunks] == [True, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.csv: expected columns time, data and direction, or time, tx and rx, found no rows"),
        ("time,data\n", "x.csv: expected columns time, data and direction, or time, tx and rx, found no rows"),
        ("a,b\n1,2\n", "x.csv: expected columns time, data and direction, or time, tx and rx, found a, b"),
        ("time,note\n1,2\n", "x.csv: expected columns time, data and direction, or time, tx and rx, found time, note"),
    ],
)
def test_tables_that_are_not_understood(text: str, message: str) -> None:
    with pytest.raises(UserError) as found:
        read(text)
    assert str(found.value) == message


def test_rows_that_are_short_or_say_nothing() -> None:
    text = table("time,dir,data", "0,tx,41540d", "", "0.5", "0.6,rx,", "1,rx,5b4f4b5d0d0a")
    assert [chunk.data for chunk in read(text)] == [b"AT\r", b"[OK]\r\n"]


def test_times_that_are_none() -> None:
    chunks = read(table("time,tx,rx", "now,AT\\r,", "later,,[OK]\\r\\n"))
    assert [chunk.time_s for chunk in chunks] == [None, None]


def test_a_cell_without_end() -> None:
    with pytest.raises(UserError) as found:
        read(table("time,data", "0," + "41" * 70_000))
    assert str(found.value) == "x.csv:2: not a row of a table: field larger than field limit (131072)"


def test_rows_without_a_time() -> None:
    assert read(table("data,time", "41540d", "5b4f4b5d0d0a"))[0].time_s is None


@pytest.mark.parametrize("time", ["1e999", "nan", "-1e400", "9" * 400])
def test_times_without_end_are_none(time: str) -> None:
    assert [chunk.time_s for chunk in read(table("time,tx,rx", f"{time},AT\\r,"))] == [None]


def test_no_header_takes_long() -> None:
    with cpu_limit(5):
        read(table("time" + " " * 100_000 + "x,time,tx,rx", ",1,AT\\r,"))


@pytest.mark.parametrize(
    "table",
    [
        "time,direction,data\n0,tx,'A'\n1,tx,'T'\n2,tx,'\\r'\n3,rx,'['\n4,rx,OK]\n5,rx,'\\x0d'\n6,rx,'\\n'\n",
        'time,direction,data\n0,tx,"""AT\\r"""\n1,rx,"""[OK]\\r\\n"""\n',
        "time,direction,data\n0,tx,'AT\\r'\n1,rx,'[OK]\\r\\n'\n",
    ],
)
def test_escapes_in_quotation_marks(table: str) -> None:
    chunks = read_capture(table.encode(), "t.csv")
    assert b"".join(chunk.data for chunk in chunks if chunk.host) == b"AT\r"
    assert b"".join(chunk.data for chunk in chunks if not chunk.host) == b"[OK]\r\n"


def test_some_texts_in_quotation_marks_are_refused() -> None:
    table = "time,direction,data\n0,tx,AT\\r\n1,rx,'[OK]\\r\\n'\n"
    with pytest.raises(UserError, match=r"^t\.csv: 1 of 2 texts are in quotation marks; expected all of them or none$"):
        read_capture(table.encode(), "t.csv")
