"""Making a schedule small."""

from __future__ import annotations

from msgspec import structs

from wizfi_emu.explore.schedule import Schedule
from wizfi_emu.explore.shrink import shrink
from wizfi_emu.faults.model import Latency, SerialFlip, TcpReset, Watchdog, When

MOMENT = When(event="SocketOpened", nth=3, after=0.3)
BIG = Schedule(
    "1.0.5.2", (TcpReset(when=MOMENT), Watchdog(), SerialFlip(probability=0.1), Latency(delay_ms=20, when=MOMENT))
)


def test_what_is_not_needed_goes() -> None:
    found = shrink(BIG, lambda one: any(fault.word == "tcp-reset" for fault in one.faults))
    assert found == Schedule(faults=(TcpReset(when=When(event="SocketOpened")),))


def test_what_is_needed_stays() -> None:
    assert shrink(BIG, lambda _one: False) == BIG
    found = shrink(BIG, lambda one: len(one.faults) >= 2 and bool(one.firmware))
    assert (len(found.faults), found.firmware) == (2, "1.0.5.2")


def test_the_rest_becomes_plain() -> None:
    needed = {"serial-flip", "latency"}
    found = shrink(BIG, lambda one: needed <= {fault.word for fault in one.faults})
    assert found == Schedule(faults=(SerialFlip(), Latency(delay_ms=20)))


def test_not_more_runs_than_allowed() -> None:
    tried: list[Schedule] = []

    def fails(one: Schedule) -> bool:
        tried.append(one)
        return False

    many = structs.replace(BIG, faults=BIG.faults * 8)
    assert shrink(many, fails, 10) == many
    assert len(tried) == 10
