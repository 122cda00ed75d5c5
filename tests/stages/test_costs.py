"""What the module's work costs: boot, reset, flash, and data on its way to the network."""

from __future__ import annotations

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.costs import CHUNK_BYTES, LONG_TRANSFER_BYTES, Costs
from wizfi_emu.timing import Timing

MS = 1000
WRITE = fx.WriteFlash(1, b"image")


def costs(*, data_mode: bool = False, **timing: float) -> Costs:
    return Costs(Timing(**timing), lambda: data_mode)  # type: ignore[arg-type]  # some are integers


def test_what_costs_nothing_passes_at_once() -> None:
    stage = costs()
    for item in (WRITE, fx.SendData(1, b"x"), fx.Reset()):
        assert stage.execute(item, 0) == (item,)
    assert stage.receive(ev.PoweredOn(b""), 0) == (ev.PoweredOn(b""),)
    assert stage.wakeup_us is None


def test_boot_and_reset_have_times_of_their_own() -> None:
    stage = costs(boot_ms=30, reset_ms=20)
    for cause, due_us in ((ev.ResetCause.POWER, 30 * MS), (ev.ResetCause.RESET, 20 * MS)):
        event = ev.PoweredOn(b"", cause)
        assert stage.receive(event, 0) == ()
        assert stage.wakeup_us == due_us
        assert stage.time_reached(due_us - 1) == []
        assert stage.time_reached(due_us) == [event]


def test_a_power_cut_drops_what_waits() -> None:
    stage = costs(boot_ms=30, flash_write_ms=5, send_ms_per_chunk=1)
    stage.receive(ev.PoweredOn(b""), 0)
    stage.execute(WRITE, 0)
    stage.execute(fx.SendData(1, bytes(CHUNK_BYTES)), 0)
    stage.restarted()
    assert stage.wakeup_us is None
    assert stage.execute(fx.CloseSocket(1), 0) == (fx.CloseSocket(1),), "nothing is before it"


def test_a_reset_lets_a_write_end_first() -> None:
    stage = costs(flash_write_ms=5)
    assert stage.execute(WRITE, 0) == ()
    assert stage.execute(fx.Reset(), 1 * MS) == (WRITE, fx.Reset())
    stage.restarted()
    assert stage.time_reached(5 * MS) == []


def test_the_network_waits_in_order_behind_data() -> None:
    stage = costs(send_ms_per_chunk=2)
    data = fx.SendData(1, bytes(CHUNK_BYTES))
    assert stage.execute(data, 0) == ()
    assert stage.execute(data, 0) == ()
    assert stage.execute(fx.CloseSocket(1), 0) == ()
    assert stage.execute(fx.SetPin("led2", True), 0) == (fx.SetPin("led2", True),), "no network"
    assert stage.time_reached(2 * MS) == [data]
    assert stage.time_reached(4 * MS) == [data, fx.CloseSocket(1)]


def test_data_mode_costs_by_the_byte() -> None:
    stage = costs(data_mode=True, data_mode_us_per_byte=3, send_ms_per_chunk=1000)
    assert stage.execute(fx.SendData(1, b"ten bytes."), 0) == ()
    assert stage.wakeup_us == 30


def test_the_serial_line_is_off_while_the_flash_is_written() -> None:
    stage = costs(flash_write_ms=5)
    heard = ev.UartReceived(b"early")
    assert stage.receive(heard, 0) == (heard,)
    stage.execute(WRITE, 0)
    assert stage.receive(heard, 4 * MS) == (ev.UartLost(5, ev.SerialLoss.OFF),)
    assert stage.time_reached(5 * MS) == [WRITE]
    assert stage.receive(heard, 5 * MS) == (heard,)


def test_long_transfers_in_command_mode_take_longer_at_the_line() -> None:
    stage = costs(long_transfer_us_per_byte=2)
    stage.execute(fx.SendData(1, bytes(LONG_TRANSFER_BYTES - 1)), 0)
    assert stage.receive_us == 0
    stage.execute(fx.SendData(1, b"x"), 0)
    assert stage.receive_us == 2
    stage.execute(fx.SendData(2, b"another connection"), 0)
    assert stage.receive_us == 0
    stage.execute(fx.SendData(1, b"x"), 0)
    stage.execute(fx.CloseSocket(1), 0)
    stage.execute(fx.SendData(1, b"x"), 0)
    assert stage.receive_us == 0


def test_long_transfers_in_data_mode_do_not() -> None:
    stage = costs(data_mode=True, long_transfer_us_per_byte=2)
    stage.execute(fx.SendData(1, bytes(2 * LONG_TRANSFER_BYTES)), 0)
    assert stage.receive_us == 0
