"""Each call of pyserial gives the same in lockstep as on a pseudo-terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import serial

from wizfi_emu.testing.lockstep import lockstep
from wizfi_emu.testing.running import RunningModule
from wizfi_emu.testing.virtual import VirtualModule

Call = Callable[[serial.Serial], object]


def ask(port: serial.Serial, command: bytes = b"AT\r") -> None:
    """Send, and wait until the answer of ten bytes is there: the echo and [OK]."""
    port.write(command)
    deadline = time.monotonic() + 2
    while port.in_waiting < 10 and time.monotonic() < deadline:
        time.sleep(0.005)


def read(port: serial.Serial) -> object:
    ask(port)
    return port.read(2), port.read(100)


def read_lines(port: serial.Serial) -> object:
    ask(port)
    return port.readline(), port.readline(), port.readlines()


def read_until(port: serial.Serial) -> object:
    ask(port)
    return port.read_until(b"[O"), port.read_until(b"\n", 2), port.read_until(b"not there")


def read_all(port: serial.Serial) -> object:
    ask(port)
    return port.read_all(), port.read_all()


def iterate(port: serial.Serial) -> object:
    ask(port)
    return list(port)


def read_into(port: serial.Serial) -> object:
    ask(port)
    buffer = bytearray(5)
    return port.readinto(buffer), buffer


def count(port: serial.Serial) -> object:
    ask(port)
    return port.in_waiting, port.in_waiting, port.out_waiting


def forget(port: serial.Serial) -> object:
    ask(port)
    port.reset_input_buffer()
    port.reset_output_buffer()
    return port.read(1)


def write_kinds(port: serial.Serial) -> object:
    taken = port.write(b"AT"), port.write(bytearray(b"\r")), port.write(memoryview(b""))
    port.flush()
    return taken, port.read(100)


def write_text(port: serial.Serial) -> object:
    with pytest.raises(TypeError):
        port.write("AT\r")  # type: ignore[arg-type]  # that is the mistake
    return port.read(1)


def time_out(port: serial.Serial) -> object:
    begin = time.monotonic()
    data = port.read(1)
    return data, 0.2 <= time.monotonic() - begin < 1


def do_not_wait(port: serial.Serial) -> object:
    port.timeout = 0
    nothing = port.read(5)
    ask(port)
    return nothing, port.read(4), port.read(100)


def set_up(port: serial.Serial) -> object:
    port.baudrate = 57600
    port.timeout = 0.1
    settings = port.get_settings()
    port.apply_settings({"baudrate": 115200})
    return settings, port.baudrate, port.name == port.port, port.is_open, port.readable(), port.writable()


def refuse_settings(port: serial.Serial) -> object:
    messages = []
    for name, value in (("baudrate", -1), ("bytesize", 9), ("parity", "X"), ("stopbits", 3), ("timeout", -1)):
        with pytest.raises(ValueError, match=r"Not a valid") as error:
            setattr(port, name, value)
        messages.append(str(error.value))
    return messages


def close(port: serial.Serial) -> object:
    port.close()
    port.close()
    errors = []
    for call in (lambda: port.read(1), lambda: port.write(b"x"), port.reset_input_buffer):
        with pytest.raises(serial.SerialException) as error:
            call()
        errors.append((type(error.value), str(error.value)))
    port.open()
    with pytest.raises(serial.SerialException, match="already open"):
        port.open()
    with port:
        ask(port)
        data = port.read(100)
    return errors, data, port.is_open


def cancel(port: serial.Serial) -> object:
    port.timeout = None
    thread = threading.Timer(0.1, port.cancel_read)
    thread.start()
    data = port.read(1)
    thread.join()
    return data


def break_line(port: serial.Serial) -> object:
    port.send_break(0.1)
    ask(port)
    return port.read(100)


CALLS = [
    read, read_lines, read_until, read_all, iterate, read_into, count, forget, write_kinds, write_text, time_out,
    do_not_wait, set_up, refuse_settings, close, cancel, break_line,
]  # fmt: skip


def on(device: str, call: Call) -> object:
    with serial.Serial(device, 115200, timeout=0.2) as port:
        port.read_until(b"\r\n\r\n")  # the banner, if it still comes
        port.reset_input_buffer()
        return call(port)


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
def test_is_as_on_a_pseudo_terminal(call: Call, wizfi: RunningModule) -> None:
    real = on(wizfi.port, call)
    with lockstep() as bench:
        assert on(bench.port, call) == real


def test_lines_are_those_of_a_cable() -> None:
    with lockstep() as bench, serial.Serial(bench.port) as port:
        port.rts, port.dtr = False, False
        assert (port.rts, port.dtr, port.cts, port.dsr, port.ri, port.cd) == (False, False, True, True, False, True)


def test_hardware_flow_control_holds_either_side() -> None:
    with lockstep() as bench, serial.Serial(bench.port, 115200, timeout=1) as port:
        port.write(b"AT+USET=115200,N,8,1,HW\r")
        assert port.read_until(b")\r\n").endswith(b"(WIZnet Co.Ltd)\r\n")
        port.rts = False
        port.write(b"AT\r")
        assert port.read(10) == b""
        port.rts = True
        assert port.read(10) == b"AT\r\n[OK]\r\n"
        wire = bench.module.wire
        assert wire is not None
        wire.on_stop(True)
        assert not port.cts
        wire.on_stop(False)
        assert port.cts


def test_there_is_no_such_port() -> None:
    with lockstep(), pytest.raises(serial.SerialException, match="no such module"):
        serial.Serial("/dev/ttyUSB0")


def test_bytes_come_at_the_rate_of_the_line() -> None:
    with lockstep() as bench, serial.Serial(bench.port, timeout=5) as port:
        port.write(b"AT+MINFO\r")
        begin = time.monotonic()
        length = len(port.read_until(b"]\r\n"))
        assert time.monotonic() - begin == pytest.approx(length * 10 / 115200, abs=0.0015)


def test_a_module_that_takes_nothing_lets_the_host_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    with lockstep() as bench, serial.Serial(bench.port, write_timeout=0.5) as port:
        monkeypatch.setattr(VirtualModule, "serial_room", 0)
        begin = time.monotonic()
        port.write(bytes(100_000))
        with pytest.raises(serial.SerialTimeoutException):
            port.write(b"x")
        assert 0.5 <= time.monotonic() - begin < 0.51
        assert port.out_waiting == 100_000
        port.reset_output_buffer()
        assert port.write(b"x") == 1
