"""Threads of hosts: they take turns, and what they wait for in each other they wait for in virtual time."""

import _thread
import sys
import threading
import weakref

from wizfi_emu.lockstep.clock import Lockstep, StoppedError, Turn

_start = threading.Thread.start
_join = threading.Thread.join
_is_alive = threading.Thread.is_alive

turns: weakref.WeakKeyDictionary[threading.Thread, Turn] = weakref.WeakKeyDictionary()
"""The threads that hosts have started."""


class TurnLock:
    """Stands in for a lock of ``threading``: a host's thread waits for it in turn, any other one as always."""

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        lockstep = Lockstep.current
        if lockstep is None or not lockstep.is_mine:
            return self._lock.acquire(blocking, timeout)
        until_us = None if timeout < 0 else lockstep.clock.now_us + round(timeout * 1e6)
        while not self._lock.acquire(False):
            if not blocking:
                lockstep.spend()
                return False
            if not lockstep.wait(until_us, lambda: not self._lock.locked()):
                return False
        return True

    __enter__ = acquire

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    def release(self) -> None:
        self._lock.release()

    def locked(self) -> bool:
        return self._lock.locked()

    def _at_fork_reinit(self) -> None:
        self._lock = _thread.allocate_lock()


def start(thread: threading.Thread) -> None:
    """``Thread.start``: a thread that a host starts runs in turn."""
    lockstep = Lockstep.current
    if lockstep is None or not lockstep.is_mine:
        _start(thread)
        return
    turns[thread] = turn = lockstep.expect()
    run = thread.run

    def run_in_turn() -> None:
        with lockstep.in_turn(turn):
            try:
                run()
            except StoppedError:
                raise
            except BaseException:
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), thread)))

    thread.run = run_in_turn  # type: ignore[method-assign]  # of this thread alone
    with lockstep.outside():
        _start(thread)


def join(thread: threading.Thread, timeout: float | None = None) -> None:
    """``Thread.join``."""
    lockstep, turn = Lockstep.current, turns.get(thread)
    if lockstep is None or turn is None or not lockstep.is_mine:
        _join(thread, timeout)
    elif lockstep.wait(
        None if timeout is None else lockstep.clock.now_us + round(max(0, timeout) * 1e6), lambda: turn.done
    ):
        with lockstep.outside():
            _join(thread)


def is_alive(thread: threading.Thread) -> bool:
    """``Thread.is_alive``."""
    turn = turns.get(thread)
    return _is_alive(thread) and not (turn is not None and turn.done)
