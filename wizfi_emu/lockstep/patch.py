"""Stand-ins for time, threads and serial ports, for the threads of hosts and as long as a lockstep lasts.

Any other thread finds everything as it is. What has been imported by name is exchanged too, in the modules that are
neither Python's nor installed: those under test.
"""

import queue
import sched
import select
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import serial
from serial.serialutil import Timeout

from wizfi_emu.lockstep import threads
from wizfi_emu.lockstep.clock import Lockstep
from wizfi_emu.lockstep.port import Port, PortEnd
from wizfi_emu.lockstep.whereabouts import is_installed

EPOCH_S = 1_704_067_200.0
"""``time.time()`` at the beginning of each run: 2024 begins (UTC)."""

_OWN = __name__.partition(".")[0]


def _clock(original: Callable[[], Any], unit: Callable[[int], Any]) -> Callable[[], Any]:
    def now() -> Any:  # noqa: ANN401  # seconds or nanoseconds, as the original
        lockstep = Lockstep.current
        return unit(lockstep.now_us) if lockstep is not None and lockstep.is_mine else original()

    return now


def _calendar(original: Callable[[float | None], Any]) -> Callable[[float | None], Any]:
    def broken_down(seconds: float | None = None) -> Any:  # noqa: ANN401  # a time tuple or a text, as the original
        return original(time.time() if seconds is None else seconds)

    return broken_down


_sleep = time.sleep
_select = select.select


def sleep(seconds: float) -> None:
    """``time.sleep``."""
    lockstep = Lockstep.current
    if lockstep is None or not lockstep.is_mine:
        _sleep(seconds)
    elif seconds < 0:
        raise ValueError("sleep length must be non-negative")
    elif seconds == 0:
        lockstep.spend()
    else:
        lockstep.wait(lockstep.clock.now_us + max(1, round(seconds * 1e6)), lambda: False)


def select_ports(
    readers: Iterable[Any], writers: Iterable[Any], others: Iterable[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """``select.select``, of ports only or of none."""
    readers, writers, others = list(readers), list(writers), list(others)
    lockstep = Lockstep.current
    ports = [one for one in (*readers, *writers, *others) if isinstance(one, Port)]
    if lockstep is None or not lockstep.is_mine:
        return _select(readers, writers, others, timeout)
    if len(ports) < len(readers) + len(writers) + len(others):
        raise ValueError("select: in lockstep there are only ports of modules")

    def readable() -> list[Any]:
        return [one for one in readers if one.has_data]

    def writable() -> list[Any]:
        return [one for one in writers if one.takes_more]

    until_us = None if timeout is None else lockstep.clock.now_us + max(1, round(timeout * 1e6))
    lockstep.wait(until_us, lambda: bool(readable() or writable()))
    return readable(), writable(), []


_CLOCKS: list[tuple[Any, str, Callable[[int], Any]]] = [
    (time, "monotonic", lambda now_us: now_us / 1e6),
    (time, "perf_counter", lambda now_us: now_us / 1e6),
    (time, "time", lambda now_us: EPOCH_S + now_us / 1e6),
    (time, "monotonic_ns", lambda now_us: now_us * 1000),
    (time, "perf_counter_ns", lambda now_us: now_us * 1000),
    (time, "time_ns", lambda now_us: int(EPOCH_S) * 1_000_000_000 + now_us * 1000),
]
_MONOTONIC = _clock(time.monotonic, _CLOCKS[0][2])

_STAND_INS: list[tuple[Any, str, Any]] = [
    *((place, name, _clock(getattr(place, name), unit)) for place, name, unit in _CLOCKS[1:]),
    (time, "monotonic", _MONOTONIC),
    (time, "sleep", sleep),
    *((time, name, _calendar(getattr(time, name))) for name in ("localtime", "gmtime", "ctime")),
    (select, "select", select_ports),
    (serial, "Serial", Port),
    (threading, "Lock", threads.TurnLock),
    (threading.Thread, "start", threads.start),
    (threading.Thread, "join", threads.join),
    (threading.Thread, "is_alive", threads.is_alive),
    # What these modules have taken by name, and their locks in Python instead of C, which wait by those above.
    (Timeout, "TIME", staticmethod(_MONOTONIC)),
    (threading, "_time", _MONOTONIC),
    (threading, "_allocate_lock", threads.TurnLock),
    (threading, "_CRLock", None),
    (queue, "time", _MONOTONIC),
    (queue, "SimpleQueue", queue._PySimpleQueue),  # type: ignore[attr-defined]  # its Python form
    (sched, "_time", _MONOTONIC),
]


@contextmanager
def patched(lockstep: Lockstep, ends: Mapping[str, PortEnd], *, imported: bool = True) -> Iterator[None]:
    """Let the hosts of a lockstep find its time, and its modules by the names of their ports.

    ``imported``: also in modules that are there already. Raises RuntimeError within another lockstep.
    """
    if Lockstep.current is not None:
        raise RuntimeError("there is one lockstep at a time in a process")
    before = [(place, name, vars(place)[name]) for place, name, _ in _STAND_INS]
    places = list(_STAND_INS)
    if imported:
        names = {id(old): new for (_, _, old), (place, _, new) in zip(before, _STAND_INS, strict=True) if new}
        for module in modules_under_test().values():
            for name, value in list(vars(module).items()):
                if (new := names.get(id(value))) is not None:
                    before.append((module, name, value))
                    places.append((module, name, new))
    handlers = serial.protocol_handler_packages
    Lockstep.current = lockstep
    Port.ends = ends
    for place, name, new in places:
        setattr(place, name, new)
    handlers.append("wizfi_emu.lockstep")
    try:
        yield
    finally:
        handlers.remove("wizfi_emu.lockstep")
        for place, name, old in reversed(before):
            setattr(place, name, old)
        Port.ends = {}
        Lockstep.current = None


def modules_under_test() -> dict[str, ModuleType]:
    """What is imported and under test."""
    return {name: module for name, module in list(sys.modules.items()) if is_under_test(name, module)}


def is_under_test(name: str, module: ModuleType) -> bool:
    """Whether a module is neither Python's, nor installed, nor of this program."""
    file = getattr(module, "__file__", None)
    return file is not None and not is_installed(file) and name.partition(".")[0] != _OWN
